"""`Visitors`: who has signed in, for the guards in front of Streamlit.

A browser's cookie says it when a stream begins. A person who signs in or out later does so over the stream, and their cookie
follows: so each run of the app tells whose session of Streamlit's it serves.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from cachetools import TTLCache, cached

from dashboard.service.common.result_cache import ResultCache

REMEMBERED = 5.0  # seconds that an answer of the record holds
_MOST = 5_000  # sessions, and answers, that are remembered


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who a session of Streamlit's serves: whether somebody is ``signed_in``, and by which token (one user alone has none),
    and for whom the session works: a ``person``, or itself."""

    signed_in: bool
    token: str | None = None
    person: str = ""


class Visitors(ResultCache[str, Visitor]):
    """What the runs of the app have told, by the ids of Streamlit's sessions; the oldest are forgotten."""

    def __init__(self) -> None:
        super().__init__(_MOST)


VISITORS = Visitors()
Question = Callable[[str | None], str | None]


def remembering(asked: Question, clock: Callable[[], float] = time.monotonic) -> Question:
    """Return a question to the record about a session's token that is ``asked`` at most once in ``REMEMBERED`` seconds for each
    token."""
    return cached(TTLCache(_MOST, REMEMBERED, clock), lock=threading.Lock())(asked)
