"""The addresses below ``/log/`` from which the browser fetches a decision's log, beside Streamlit's own.

    GET /log/{decision}/{entry}/{what}, for example .../text/0, .../line/848, .../find?q=disk

A run of the app tells how a decision is opened (``CONNECTED``); every request opens it with the session's own rights: what was
erased, or is judged blind, is refused within two seconds. ``entry`` begins the hash of the decision's entry in the record: what
an address gives never changes, so answers are compressed once and kept here. Browsers keep nothing: what was erased must not
stay in their caches.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Protocol

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from audit import AuditError, Denied, NotFound, SignInFailed, Tampered
from dashboard.service.common.result_cache import ResultCache

ENTRY = 16
"""Characters of an entry's hash in an address."""
_KEPT_BYTES, _BESIDE = 64 * 1024**2, 500  # of compressed answers; what keeping one takes beside it
_ID, _HASH = re.compile(r"[0-9a-f]{32}"), re.compile(r"[0-9a-f]{16}")
_TURNS = {"flagged": 0, "why": 0, "without": 0, "overlay": 1}
"""What takes the whole machine: one at a time, but a slow method that colours the log does not keep effects waiting."""
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


class Opening(Protocol):
    """What the app tells the routes."""

    def opened(self, token: str | None, decision_id: str) -> tuple[Any, str]:
        """Open a decision with a session's token, None in single-user mode. Return it and the hash of its entry. Raises
        `AuditError`, `Refused`."""

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
    answers: ResultCache[str, bytes] = field(default_factory=lambda: ResultCache(_KEPT_BYTES, lambda body: len(body) + _BESIDE))
    turns: tuple[asyncio.Lock, ...] = field(default_factory=lambda: (asyncio.Lock(), asyncio.Lock()))


CONNECTED = Connection()


async def _serve(request: Request) -> Response:
    """Answer a request. What takes the machine waits for its turn, and is left undone where nobody waits for it any more."""
    try:
        decision = await run_in_threadpool(_opened, request)
        turn = _TURNS.get(request.path_params["what"])
        if turn is None:
            return await run_in_threadpool(_answer, request, decision, threading.Event())
        async with CONNECTED.turns[turn]:
            return await _while_awaited(request, decision)
    except Refused as error:
        refused = error
    except AuditError as error:
        status, code = next((said for kind, said in _WORDS if isinstance(error, kind)), _UNAVAILABLE)
        refused = Refused(status, code, str(error))
    return _word(refused)


async def _while_awaited(request: Request, decision: Any) -> Response:
    left = threading.Event()

    async def look() -> None:
        while not await request.is_disconnected():
            await asyncio.sleep(_LOOKED)
        left.set()

    if await request.is_disconnected():
        raise Refused(*_UNAVAILABLE)
    looking = asyncio.create_task(look())
    try:
        return await run_in_threadpool(_answer, request, decision, left)
    finally:
        looking.cancel()


def _connected() -> Opening:
    if CONNECTED.opening is None:
        raise Refused(*_UNAVAILABLE)
    return CONNECTED.opening


def _opened(request: Request) -> Any:
    """Return the decision that a request names, as this session may see it now."""
    id, entry = request.path_params["decision"], request.path_params["entry"]
    if not (_ID.fullmatch(id) and _HASH.fullmatch(entry)):
        raise Refused(HTTPStatus.NOT_FOUND, "gone")
    decision, own = _connected().opened(request.cookies.get(CONNECTED.cookie), id)
    if own[:ENTRY] != entry:
        raise Refused(HTTPStatus.CONFLICT, "tampered")
    return decision


def _answer(request: Request, decision: Any, left: threading.Event) -> Response:
    def progress(_share: float, _stage: str) -> None:
        if left.is_set():
            raise Refused(*_UNAVAILABLE)

    address = f"{request.url.path}?{request.url.query}"
    body = CONNECTED.answers.get(address)
    what, number = request.path_params["what"], request.path_params.get("number", "")
    if body is None:
        place = int(number) if number.isdecimal() and len(number) < 10 else -1
        made = _connected().answer(decision, what, place, request.query_params, progress)
        plain = made if isinstance(made, bytes) else json.dumps(made, ensure_ascii=False, separators=(",", ":")).encode()
        body = gzip.compress(plain, 5, mtime=0)
        CONNECTED.answers.put(address, body)
    kind = "application/octet-stream" if what == "find" else "application/json"
    return Response(body, media_type=kind, headers=_UNKEPT | {"Content-Encoding": "gzip"})


def _word(refused: Refused) -> Response:
    content = json.dumps({"error": refused.code, "why": refused.why}, ensure_ascii=False)
    return Response(content, refused.status, _UNKEPT, "application/json")


_BASE = "/log/{decision}/{entry}/{what}"
ROUTES = (Route(_BASE, _serve), Route(f"{_BASE}/{{number}}", _serve))
