"""`Refusals`: denials and failed sign-ins as entries of the log, added up where they come in floods: no entry is ever deleted.

    store.refusals.note("denied", actor, "decision 7", {"action": "erase", "why": "it needs another role"})
    store.refusals.note("sign_in_failed", SYSTEM, account_id, {"how": "wrong password"})

The first refusals of a kind (a person's action; an account's sign-in for one cause) are entries of their own. Those that follow
are counted; an entry with their number (`times`) is written as soon as they are as many as were recorded so far, or once there
was a quiet minute, and when the store is closed. A program that is killed loses at most as many as it has recorded.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from audit.errors import StoreUnavailable
from audit.log.entries import check_event
from audit.storage.database import Database

OWN = 10  # refusals of a kind that are entries of their own
QUIET = 60.0  # seconds without one, after which the count begins anew
MOST = 1_000  # counts that are kept
_MOST_SUBJECTS = 10
DENIED, SIGN_IN_FAILED = "denied", "sign_in_failed"
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Count:
    """The refusals of one kind: ``recorded`` in the log, and ``waiting``, about ``subjects``."""

    recorded: int = 0
    waiting: int = 0
    last: float = 0.0
    content: Mapping[str, object] = field(default_factory=dict)
    subjects: dict[str, None] = field(default_factory=dict)


class _Kind(NamedTuple):
    """What is added up: entries of this ``type`` by one actor, with the same action or about the same subject and cause."""

    type: str
    actor: str
    what: tuple[str, ...]


class Refusals:
    """The refusals of all people of a record; safe to share between threads."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.monotonic) -> None:
        self._database, self._clock = database, clock
        self._lock = threading.Lock()
        self._counts: dict[_Kind, _Count] = {}
        self._timer: threading.Timer | None = None

    def note(self, type: str, actor: str, subject: str, content: Mapping[str, object]) -> None:
        """Record a refusal, or count it.

        ``type``: "denied", whose ``content`` has ``action`` and ``why``, or "sign_in_failed", whose content has ``how``. Raises
        `StoreUnavailable`, `InvalidRecord`.
        """
        check_event(actor, type, subject, content)
        what = (str(content["action"]),) if type == DENIED else (subject, str(content["how"]))
        key = _Kind(type, actor, what)
        now = self._clock()
        with self._lock:
            count = self._counts.pop(key, None)
            if count is None or (not count.waiting and now - count.last > QUIET):
                count = _Count()
            self._counts[key] = count  # the newest last
            count.waiting, count.last, count.content = count.waiting + 1, now, content
            if len(count.subjects) < _MOST_SUBJECTS:
                count.subjects[subject] = None
            due = [key] if count.recorded < OWN or count.waiting >= count.recorded else []
            due += [other for other in list(self._counts)[:-MOST] if self._counts[other].waiting]
            if count.waiting and not due and self._timer is None:
                self._wait()
        self._write(due)
        with self._lock:
            for other in list(self._counts)[:-MOST]:
                if not self._counts[other].waiting:
                    del self._counts[other]

    def write(self) -> None:
        """Record what was only counted so far. Raises `StoreUnavailable`."""
        with self._lock:
            waiting = [key for key, count in self._counts.items() if count.waiting]
        self._write(waiting)

    def close(self) -> None:
        """Record what was only counted so far, and count no more."""
        with self._lock:
            timer, self._timer = self._timer, None
        if timer is not None:
            timer.cancel()
        self._write_or_log()

    def _write(self, keys: list[_Kind]) -> None:
        for key in keys:
            with self._lock:
                count = self._counts.get(key)
                if count is None or not count.waiting:
                    continue
                times, subjects, content = count.waiting, list(count.subjects), dict(count.content)
                # Counted before they are written, so that threads which refuse at the same time do not all write their own.
                count.waiting, count.subjects, count.recorded = 0, {}, count.recorded + times
            if times > 1:
                content |= {"times": times, "subjects": subjects}
            entry = {"actor": key.actor, "type": key.type, "subject": subjects[-1]}
            payload = check_event(**entry, payload=content)
            try:
                with self._database.write() as connection:
                    self._database.append(connection, **entry, payload=payload)
            except BaseException:
                with self._lock:
                    count.waiting, count.recorded = count.waiting + times, count.recorded - times
                    count.subjects = dict.fromkeys([*subjects, *count.subjects][:_MOST_SUBJECTS])
                raise

    def _write_or_log(self) -> None:
        try:
            self.write()
        except StoreUnavailable as error:
            _log.warning("counted refusals cannot be recorded: %s", error)

    def _wait(self) -> None:
        self._timer = threading.Timer(QUIET, self._quiet)
        self._timer.daemon = True
        self._timer.start()

    def _quiet(self) -> None:
        """Record the counts of those who have stopped, and look again later while there are others."""
        now = self._clock()
        with self._lock:
            if self._timer is None:  # closed
                return
            still = [key for key, count in self._counts.items() if count.waiting and now - count.last >= QUIET]
        try:
            self._write(still)
        except StoreUnavailable as error:
            _log.warning("counted refusals wait: %s", error)
        with self._lock:
            closed = self._timer is None
            self._timer = None
            if not closed and any(count.waiting for count in self._counts.values()):
                self._wait()
