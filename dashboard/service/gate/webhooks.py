"""Notifications: a POST of each decision, each move of its gate and each failure, signed after Standard Webhooks 1.0.

    webhook-id: <decision or SHA-256>.<entry of the log>   the same at every try: who keeps it, takes a message once
    webhook-timestamp: <seconds since 1970>        of this try; refuse old ones
    webhook-signature: v1,<base64 of HMAC-SHA256 over "id.timestamp.body">

A 2xx within ten seconds is a delivery; anything else, a redirection too, is tried again after 5 s, 20 s, 80 s and so on up to
6 hours, ten times within most of a day. Then it is given up, and that is an entry of the log. What is to be told is read from
the log (`audit.intake.gate_changes`); how far that is, and what waits, lies on disk, so that a restart goes on: every message
comes at least once, and not always in order. The body's ``entry`` says which is newer. A failure that is no entry of the log
is told to nobody: who waits for a sequence asks after it, too.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import logging
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

import httpx2

from audit import AuditError, AuditStore, InvalidRecord, StoreUnavailable
from audit.intake.inputs import Failure
from audit.intake.gate_changes import Change
from audit.records.atomic_files import read_text, replace_text
from dashboard.service.sign_in.identity import is_local

TRIES = 10
FIRST, LONGEST = 5.0, 6 * 3600.0  # seconds between tries: four times as long each time
_TIMEOUT = 10.0  # seconds for a whole try, however slowly the other side speaks
_LOOK = 1.0  # seconds between looks at the log
_MOST_WAITING = 1_000  # messages; above that the log is read on later
_GONE = 410
_PREFIX = "whsec_"
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Message:
    """What is still to be told: id and body, how often it was tried, when it is due (seconds since 1970)."""

    id: str
    body: str
    tries: int = 0
    due: float = 0.0


def address(url: str) -> str:
    """A target's address. Errors: `InvalidRecord` unless it is https, or http to this machine, without a password in it."""
    try:
        parts = urlsplit(url)
        httpx2.URL(url)
    except (ValueError, httpx2.InvalidURL) as error:
        raise InvalidRecord(f"not an address: {error}") from error
    fits = parts.scheme == "https" or (parts.scheme == "http" and is_local(parts.hostname))
    if not fits or not parts.hostname or parts.username is not None:
        raise InvalidRecord("an address to notify begins with https://, or http://localhost, and holds no password")
    return url


def secret_of(path: Path) -> bytes:
    """The key that messages are signed with, from a file with ``whsec_<base64>``, made on first use, for its owner only."""
    if not path.exists():
        partial = path.with_name(f".{path.name}.partial")
        partial.unlink(missing_ok=True)
        partial.touch(mode=0o600)
        partial.write_text(_PREFIX + base64.b64encode(secrets.token_bytes(32)).decode() + "\n", encoding="ascii")
        partial.replace(path)
    text = read_text(path).strip()
    try:
        key = base64.b64decode(text.removeprefix(_PREFIX), validate=True)
    except ValueError as error:  # no ASCII, or no base64
        raise InvalidRecord(f"{path} holds no secret of the form {_PREFIX}<base64>") from error
    if not text.startswith(_PREFIX) or not 24 <= len(key) <= 64:
        raise InvalidRecord(f"{path} holds no secret of the form {_PREFIX}<base64> of 24 to 64 bytes")
    return key


def signed(key: bytes, message: Message, now: int) -> dict[str, str]:
    """The headers of one try."""
    content = f"{message.id}.{now}.{message.body}".encode()
    signature = base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
    return {
        "content-type": "application/json",
        "webhook-id": message.id,
        "webhook-timestamp": str(now),
        "webhook-signature": f"v1,{signature}",
    }


def message_of(change: Change) -> Message:
    """What is told of a change."""
    if isinstance(change, Failure):
        # Not where the file lay: that is this machine's own affair.
        data: dict[str, object] = {
            "sha256": change.input_sha256,
            "name": change.name,
            "code": change.code,
            "why": change.why,
            "weights_sha256": change.weights_sha256,
            "entry": change.seq,
        }
        return _message("sequence.failed", change.at, change.input_sha256, change.seq, data)
    decision = change.decision
    data = {
        "decision": decision.id,
        "sha256": decision.input_sha256,
        "name": decision.input_name,
        "source": decision.details.get("source"),
        "label": decision.label,
        "gate": change.after.value,
        "before": change.before.value if change.before else None,
        "entry": change.seq,
    }
    kind = "decision.made" if change.before is None else "decision.gate_changed"
    return _message(kind, change.at, decision.id, change.seq, data)


def _message(kind: str, at: str, subject: str, entry: int, data: Mapping[str, object]) -> Message:
    body = {"type": kind, "timestamp": at, "data": data}
    return Message(f"{subject}.{entry}", json.dumps(body, ensure_ascii=False))


class Notifier:
    """A thread that tells one address. ``folder``: where it keeps how far it is; the first time it begins with what is new."""

    def __init__(
        self,
        store: AuditStore,
        url: str,
        key: bytes,
        folder: Path,
        *,
        first: float = FIRST,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.host = urlsplit(address(url)).netloc
        self._store, self._url, self._key, self._first, self._clock = store, url, key, first, clock
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._path = folder / f"{hashlib.sha256(url.encode()).hexdigest()[:16]}.json"
        self.cursor, self.waiting = self._read()
        self._write()  # what comes while this gate is away is told as well
        self.given_up = 0
        self._wake, self._stop = threading.Event(), threading.Event()
        # A loop can leave a try at any moment; what a client limits by itself is each read.
        self._runner = asyncio.Runner()
        self._client = httpx2.AsyncClient(timeout=None, follow_redirects=False)
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        """Begin to tell."""
        self._thread.start()

    def look(self) -> None:
        """Something may be new."""
        self._wake.set()

    def close(self) -> None:
        """Stop; what was not told waits on disk. A try that is under way has its time, and no more."""
        self._stop.set()
        self._wake.set()
        if self._thread.ident is None:
            self._hang_up()
        else:
            self._thread.join(_TIMEOUT + 1)

    def _run(self) -> None:
        while not self._stop.is_set():
            self._wake.clear()
            try:
                self.step()
            except (AuditError, OSError) as error:  # a full disk, too: what was not told waits
                _log.warning("nothing is told to %s for now: %s", self.host, error)
            self._wake.wait(_LOOK)
        self._hang_up()

    def _hang_up(self) -> None:
        self._runner.run(self._client.aclose())
        self._runner.close()

    def step(self) -> None:
        """Try what is due, read on in the log, and try what is new. Errors: `StoreUnavailable`, `Tampered`."""
        # Before the log is read: what waits is told although an entry cannot be.
        self._tell()
        if len(self.waiting) < _MOST_WAITING:
            changes, seen = self._store.gate_changes(self.cursor, 200)
            if seen != self.cursor:
                self.waiting |= {message.id: message for message in map(message_of, changes)}
                self.cursor = seen
                self._write()
                self._tell()

    def _tell(self) -> None:
        for message in [one for one in self.waiting.values() if one.due <= self._clock()]:
            if self._stop.is_set():
                return
            self._try(message)

    def _try(self, message: Message) -> None:
        status = self._post(message)
        if status is not None and 200 <= status < 300:
            del self.waiting[message.id]
        elif message.tries + 1 >= TRIES or status == _GONE:
            what: Mapping[str, object] = {"host": self.host, "tries": message.tries + 1, "status": status}
            self._store.record_event("system", "not_notified", message.id, what)
            self.given_up += 1
            del self.waiting[message.id]
        else:
            tries = message.tries + 1
            self.waiting[message.id] = replace(message, tries=tries, due=self._clock() + self._pause(message.id, tries))
        self._write()

    def _post(self, message: Message) -> int | None:
        """The status of the answer, whose body nobody reads; None without one."""
        headers = signed(self._key, message, int(self._clock()))
        try:
            return self._runner.run(self._answer(message.body.encode(), headers))
        except (httpx2.HTTPError, OSError) as error:  # a TimeoutError, too
            _log.info("%s did not answer: %s", self.host, str(error) or "in time")
            return None

    async def _answer(self, body: bytes, headers: Mapping[str, str]) -> int:
        async with (
            asyncio.timeout(_TIMEOUT),
            self._client.stream("POST", self._url, content=body, headers=headers) as response,
        ):
            return int(response.status_code)

    def _pause(self, id: str, tries: int) -> float:
        """Seconds until the next try: four times as long each time, and up to a fifth more, so that not all come at once."""
        jitter = int.from_bytes(hashlib.sha256(f"{id}/{tries}".encode()).digest()[:4], "big") / 2**32
        return float(min(self._first * 4.0 ** (tries - 1), LONGEST)) * (1.0 + 0.2 * jitter)

    def _read(self) -> tuple[int, dict[str, Message]]:
        size = self._store.log_size()
        if not self._path.exists():
            return size, {}
        try:
            found = json.loads(read_text(self._path))
            cursor, waiting = int(found["cursor"]), {one["id"]: Message(**one) for one in found["waiting"]}
        except (ValueError, TypeError, KeyError) as error:
            raise StoreUnavailable(f"{self._path} does not say what was told: {error}") from error
        if cursor > size:  # or the entries up to there would never be told
            _log.warning("the log was restored, and ends at %d, not at %d: %s is told from there on", size, cursor, self.host)
        return min(cursor, size), waiting

    def _write(self) -> None:
        state = {"cursor": self.cursor, "waiting": [asdict(one) for one in self.waiting.values()]}
        replace_text(self._path, json.dumps(state, ensure_ascii=False))
