"""Notifications: a POST of each decision, each move of its gate and each failure, signed after Standard Webhooks 1.0.

    webhook-id: <decision or SHA-256>.<entry of the log>   the same at every try: a receiver that keeps it can drop repetitions
    webhook-timestamp: <seconds since 1970>        of this try; refuse old ones
    webhook-signature: v1,<base64 of HMAC-SHA256 over "id.timestamp.body">

A 2xx within ten seconds is a delivery. Any other answer, including a redirection, is tried again after 5 s, 20 s, 80 s and so
on up to 6 hours, ten times within most of a day. Then the message is given up, which is an entry of the log. Messages are read
from the log (`audit.intake.gate_changes`). The place in the log and the waiting messages lie on disk, so that a restart
continues: every message comes at least once, and not always in order. The body's ``entry`` says which message is newer. A
failure without an entry of the log is not sent: a caller that waits for a sequence asks for it as well.
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
from audit.intake.gate_changes import Change
from audit.intake.inputs import InputFailure
from audit.records.atomic_files import read_text, replace_text
from dashboard.service.common.decision_details import details_of
from dashboard.service.sign_in.identity import is_local

TRIES = 10
FIRST, LONGEST = 5.0, 6 * 3600.0  # seconds between tries: four times as long each time
_TIMEOUT = 10.0  # seconds for a whole try, however slowly the other side speaks
_LOOK = 1.0  # seconds between two reads of the log
_MOST_WAITING = 1_000  # messages; with more of them reading the log waits
_GONE = 410
_PREFIX = "whsec_"
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Message:
    """A message to send: id and body, the number of tries, and when the next one is due (seconds since 1970)."""

    id: str
    body: str
    tries: int = 0
    due: float = 0.0


def address(url: str) -> str:
    """Return a target's address.

    Raises `InvalidRecord` unless it is https, or http to this machine, without a password in it.
    """
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
    """Read the key that signs messages from a file with ``whsec_<base64>``; create the file on first use, for its owner only.

    Raises `InvalidRecord` when the file holds no such key.
    """
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
    """Return the headers of one try."""
    content = f"{message.id}.{now}.{message.body}".encode()
    signature = base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
    return {
        "content-type": "application/json",
        "webhook-id": message.id,
        "webhook-timestamp": str(now),
        "webhook-signature": f"v1,{signature}",
    }


def message_of(change: Change) -> Message:
    """Return the message about a change."""
    if isinstance(change, InputFailure):
        # Without the place of the file, which concerns this machine only.
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
        "source": details_of(decision).source or None,
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
    """A thread that notifies one address. ``folder`` holds its progress; without progress it begins with new entries of the
    log."""

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
        self._write()  # so that changes while this gate API is stopped are sent as well
        self.given_up = 0
        self._wake, self._stop = threading.Event(), threading.Event()
        # The event loop limits a whole try; the client itself could only limit each read.
        self._runner = asyncio.Runner()
        self._client = httpx2.AsyncClient(timeout=None, follow_redirects=False)
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        """Begin to notify."""
        self._thread.start()

    def look(self) -> None:
        """Read the log now: it may have new entries."""
        self._wake.set()

    def close(self) -> None:
        """Stop; unsent messages wait on disk. A try that is under way may still finish within its time."""
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
            except (AuditError, OSError) as error:  # a full disk, too: unsent messages wait
                _log.warning("notifications to %s wait: %s", self.host, error)
            except Exception:  # a fault of this program must not end the thread, and with it all notifications
                _log.exception("notifications to %s wait", self.host)
            self._wake.wait(_LOOK)
        self._hang_up()

    def _hang_up(self) -> None:
        self._runner.run(self._client.aclose())
        self._runner.close()

    def step(self) -> None:
        """Send the due messages, read new entries of the log, and send their messages. Raises `StoreUnavailable`,
        `Tampered`."""
        # Before the log is read: waiting messages are sent even when an entry cannot be read.
        self._send_due()
        if len(self.waiting) < _MOST_WAITING:
            changes, seen = self._store.gate_changes(self.cursor, 200)
            if seen != self.cursor:
                self.waiting |= {message.id: message for message in map(message_of, changes)}
                self.cursor = seen
                self._write()
                self._send_due()

    def _send_due(self) -> None:
        for message in [message for message in self.waiting.values() if message.due <= self._clock()]:
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
        """Return the status of the answer, whose body is not read; None without an answer."""
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
        """Return the seconds until the next try: four times as long each time, and up to a fifth more, so that not all messages
        come at once."""
        jitter = int.from_bytes(hashlib.sha256(f"{id}/{tries}".encode()).digest()[:4], "big") / 2**32
        return float(min(self._first * 4.0 ** (tries - 1), LONGEST)) * (1.0 + 0.2 * jitter)

    def _read(self) -> tuple[int, dict[str, Message]]:
        size = self._store.log_size()
        if not self._path.exists():
            return size, {}
        try:
            state = json.loads(read_text(self._path))
            cursor, waiting = int(state["cursor"]), {message["id"]: Message(**message) for message in state["waiting"]}
        except (ValueError, TypeError, KeyError) as error:
            raise StoreUnavailable(f"{self._path} does not say which messages were sent: {error}") from error
        if cursor > size:  # the entries up to the cursor would never be sent
            _log.warning(
                "the log was restored and ends at %d, not at %d: %s gets messages from there on", size, cursor, self.host
            )
        return min(cursor, size), waiting

    def _write(self) -> None:
        state = {"cursor": self.cursor, "waiting": [asdict(message) for message in self.waiting.values()]}
        replace_text(self._path, json.dumps(state, ensure_ascii=False))
