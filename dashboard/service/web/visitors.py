"""`Visitors`: who has signed in, for the guards in front of Streamlit.

A browser's cookie says it when a stream begins. A person who signs in or out later does so over the stream, and their cookie
follows: so each run of the app tells whose session of Streamlit's it serves.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

REMEMBERED = 5.0  # seconds that an answer of the record holds
_MOST = 5_000  # sessions, and answers, that are remembered


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who a session of Streamlit's serves: whether somebody is ``signed_in``, and by which token; one user alone has none."""

    signed_in: bool
    token: str | None = None


class Visitors:
    """What the runs of the app have told, by the ids of Streamlit's sessions; the oldest are forgotten."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[str, Visitor] = {}

    def note(self, session: str, visitor: Visitor) -> None:
        """Note whom a session serves."""
        with self._lock:
            self._known.pop(session, None)
            self._known[session] = visitor
            if len(self._known) > _MOST:
                del self._known[next(iter(self._known))]

    def of(self, session: str) -> Visitor | None:
        """Return whom a session serves; None when no run has told."""
        with self._lock:
            return self._known.get(session)


VISITORS = Visitors()


class PersonLookup:
    """A question to the record about a session's token, ``asked`` at most once in ``REMEMBERED`` seconds for each token."""

    def __init__(self, asked: Callable[[str | None], str | None], clock: Callable[[], float] = time.monotonic) -> None:
        self._asked, self._clock = asked, clock
        self._lock = threading.Lock()
        self._answers: dict[str | None, tuple[float, str | None]] = {}

    def ask(self, token: str | None) -> str | None:
        """Return the answer."""
        now = self._clock()
        with self._lock:
            at, answer = self._answers.get(token, (now - 2 * REMEMBERED, None))
        if now - at <= REMEMBERED:
            return answer
        answer = self._asked(token)
        with self._lock:
            self._answers.pop(token, None)
            self._answers[token] = (now, answer)
            if len(self._answers) > _MOST:
                del self._answers[next(iter(self._answers))]
        return answer
