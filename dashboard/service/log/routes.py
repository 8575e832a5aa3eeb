"""The addresses below ``/log/`` from which the browser fetches a decision's log, beside Streamlit's own.

    GET /log/{decision}/{entry}/{what}, for example .../text/0, .../line/848, .../find?q=disk

A run of the app tells how a decision is opened (``CONNECTED``); every request opens it with the session's own rights: what was
erased, or is judged blind, is refused within two seconds. ``entry`` begins the hash of the decision's entry in the record: what
an address gives never changes, so answers are compressed once and kept here. Browsers keep nothing: what was erased must not
stay in their caches.

`ADDRESSES` says what there is, and what it may be asked with. Whatever is computed is a flight (`flights`): persons take turns,
what all ask at once is computed once, and what nobody waits for is given up. Threads compute; none waits for another.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import re
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from typing import Any, NamedTuple, Protocol

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from audit import AuditError, Denied, NotFound, SignInFailed, Tampered
from dashboard.service.common.flights import Flights
from dashboard.service.common.result_cache import ResultCache

ENTRY = 16
"""Characters of an entry's hash in an address."""
_KEPT_BYTES, _BESIDE = 64 * 1024**2, 500  # of compressed answers; what keeping one takes beside it
_TOLD = 40  # characters of an unknown name
_ID, _HASH = re.compile(r"[0-9a-f]{32}"), re.compile(r"[0-9a-f]{16}")
_PLACES = {"lines": 3, "effects": 1, "colours": 1}
"""How much is computed at once, by lane. Effects and colours take the whole machine, but a slow method that colours the log
does not keep effects waiting."""
_LOOKED = 0.3  # seconds after which it is looked whether somebody still waits
_UNAVAILABLE = (HTTPStatus.SERVICE_UNAVAILABLE, "unavailable")
_WORDS: tuple[tuple[type[AuditError], tuple[HTTPStatus, str]], ...] = (
    (SignInFailed, (HTTPStatus.UNAUTHORIZED, "signed_out")),
    (Denied, (HTTPStatus.FORBIDDEN, "hidden")),
    (NotFound, (HTTPStatus.NOT_FOUND, "gone")),
    (Tampered, (HTTPStatus.CONFLICT, "tampered")),
)
"""What is said of an error of the record, the narrower ones first."""
_UNKEPT = {"Cache-Control": "private, no-store"}


class Refused(Exception):  # noqa: N818 - an answer, not an error
    """A request that gets a word (``code``), and ``why`` in English, instead of what it asks for."""

    def __init__(self, status: HTTPStatus, code: str, why: str = "") -> None:
        super().__init__(code)
        self.status, self.code, self.why = status, code, why


@dataclass(frozen=True, slots=True)
class Address:
    """What an address may be asked with, beside a ``number`` at its end; in which ``lane`` it is computed; and whether it reads
    the whole log, which takes ``long`` where that is long."""

    asked: tuple[str, ...] = ()
    number: bool = False
    lane: str = "lines"
    long: bool = True


ADDRESSES = {
    "text": Address(number=True, long=False),
    "line": Address(number=True, long=False),
    "overview": Address(),
    "find": Address(("q", "regex", "level", "source", "reads", "kind", "incident", "from", "to")),
    "flagged": Address(lane="effects"),
    "why": Address(number=True, lane="effects"),
    "without": Address(("event", "key"), lane="effects"),
    "overlay": Address(("method",), number=True, lane="colours"),
}


class Opened(NamedTuple):
    """A decision, or a log that waits, as a session may see it now; the hash of its entry; and for whom it is opened."""

    decision: Any
    entry: str
    who: str


class Opening(Protocol):
    """What the app tells the routes."""

    def opened(self, token: str | None, decision_id: str) -> Opened:
        """Open a decision with a session's token, None in single-user mode. It looks at rights, and computes nothing. Raises
        `AuditError`, `Refused`."""

    def missing(self, decision: Any, what: str, asked: Mapping[str, str]) -> Sequence[str]:
        """Return what has to be prepared first, in this order, so that all else is quick."""

    def size(self, decision: Any) -> int:
        """Return about how many bytes the log of an opened decision has."""

    def prepare(self, decision: Any, part: str, progress: Callable[[float, str], None]) -> None:
        """Prepare what was ``missing``; ``progress`` as for `answer`. Raises `AuditError`, `Refused`."""

    def answer(
        self, decision: Any, what: str, number: int, asked: Mapping[str, str], progress: Callable[[float, str], None]
    ) -> bytes | Mapping[str, object]:
        """Return what is asked about an opened decision; ``number``: of an address that ends in one, else -1; ``progress``: is
        told how far long work is, and raises where nobody waits for it any more. Raises `AuditError`, `Refused`."""


@dataclass(slots=True)
class Connection:
    """The app's ``opening``, None before its first run, and the name of the session's ``cookie``."""

    opening: Opening | None = None
    cookie: str = ""
    answers: ResultCache[Hashable, bytes] = field(
        default_factory=lambda: ResultCache(_KEPT_BYTES, lambda body: len(body) + _BESIDE)
    )
    lanes: Mapping[str, Flights] = field(default_factory=lambda: {lane: Flights(places) for lane, places in _PLACES.items()})


CONNECTED = Connection()


async def _serve(request: Request) -> Response:
    """Answer a request."""
    try:
        address, number, asked = _read(request)
        opened = await run_in_threadpool(_opened, request)
        body = await _body(request, opened, address, number, asked)
    except Refused as error:
        return _word(error)
    except AuditError as error:
        status, code = next((said for kind, said in _WORDS if isinstance(error, kind)), _UNAVAILABLE)
        return _word(Refused(status, code, str(error)))
    kind = "application/octet-stream" if request.path_params["what"] == "find" else "application/json"
    return Response(body, media_type=kind, headers=_UNKEPT | {"Content-Encoding": "gzip"})


def _read(request: Request) -> tuple[Address, int, dict[str, str]]:
    """Return what is asked, without what says nothing, so that one question has one form. Raises `Refused`."""
    what, number = request.path_params["what"], request.path_params.get("number")
    address = ADDRESSES.get(what)
    if address is None or (number is not None) > address.number:
        raise Refused(HTTPStatus.NOT_FOUND, "bad", "there is nothing under this address")
    unknown = sorted(set(request.query_params) - set(address.asked))
    if unknown:
        known = f"may have {', '.join(address.asked)}" if address.asked else "has no parameters"
        raise Refused(HTTPStatus.BAD_REQUEST, "bad", f"unknown parameter {unknown[0][:_TOLD]!r}; {what} {known}")
    place = int(number) if number and number.isdecimal() and len(number) < 10 else -1
    return address, place, {name: said for name in address.asked if (said := request.query_params.get(name))}


async def _body(request: Request, opened: Opened, address: Address, number: int, asked: Mapping[str, str]) -> bytes:
    """Return what is asked, compressed, as soon as it is there."""
    opening, log = _connected(), (request.path_params["decision"], opened.entry)
    what = request.path_params["what"]
    key = (*log, what, number, *asked.items())
    body = CONNECTED.answers.get(key)
    if body is not None:
        return body

    def made(progress: Callable[[float, str], None]) -> bytes:
        return CONNECTED.answers.get_or_make(
            key, lambda: _packed(opening.answer(opened.decision, what, number, asked, progress))
        )

    for joined in _preparing(opened, log, what, asked):
        await _awaited(request, joined)
    size = opening.size(opened.decision) if address.long else 0
    made_now: bytes = await _awaited(request, CONNECTED.lanes[address.lane].joined(key, made, who=opened.who, size=size))
    return made_now


def _preparing(
    opened: Opened, log: tuple[str, str], what: str, asked: Mapping[str, str]
) -> Iterator[AbstractContextManager[Future[Any]]]:
    """Yield the flights, one after the other, by which a log is prepared for what is asked."""
    opening = _connected()
    for part in opening.missing(opened.decision, what, asked):
        work, size = partial(opening.prepare, opened.decision, part), opening.size(opened.decision)
        yield CONNECTED.lanes["lines"].joined((*log, part), work, who=opened.who, size=size)


def _packed(given: bytes | Mapping[str, object]) -> bytes:
    plain = given if isinstance(given, bytes) else json.dumps(given, ensure_ascii=False, separators=(",", ":")).encode()
    return gzip.compress(plain, 5, mtime=0)


async def _awaited(request: Request, joined: AbstractContextManager[Future[Any]]) -> Any:
    """Return what was computed. Raises `Refused` where the browser has left, and whatever the computation raised."""
    loop, ended = asyncio.get_running_loop(), asyncio.Event()
    with joined as future:
        future.add_done_callback(lambda _: loop.call_soon_threadsafe(ended.set))
        while not future.done():
            if await request.is_disconnected():
                raise Refused(*_UNAVAILABLE)
            with suppress(TimeoutError):
                await asyncio.wait_for(ended.wait(), _LOOKED)
        return future.result()


def prepare(opened: Opened, decision_id: str) -> None:
    """Prepare what an overview needs before anybody asks; wait until it is there. Raises `AuditError`, `Refused`."""
    for joined in _preparing(opened, (decision_id, opened.entry), "overview", {}):
        with joined as future:
            future.result()


def _connected() -> Opening:
    if CONNECTED.opening is None:
        raise Refused(*_UNAVAILABLE)
    return CONNECTED.opening


def _opened(request: Request) -> Opened:
    """Return the decision that a request names, as this session may see it now."""
    id, entry = request.path_params["decision"], request.path_params["entry"]
    if not (_ID.fullmatch(id) and _HASH.fullmatch(entry)):
        raise Refused(HTTPStatus.NOT_FOUND, "gone")
    opened = _connected().opened(request.cookies.get(CONNECTED.cookie), id)
    if opened.entry[:ENTRY] != entry:
        raise Refused(HTTPStatus.CONFLICT, "tampered")
    return opened


def _word(refused: Refused) -> Response:
    content = json.dumps({"error": refused.code, "why": refused.why}, ensure_ascii=False)
    return Response(content, refused.status, _UNKEPT, "application/json")


_BASE = "/log/{decision}/{entry}/{what}"
ROUTES = (Route(_BASE, _serve), Route(f"{_BASE}/{{number}}", _serve))
