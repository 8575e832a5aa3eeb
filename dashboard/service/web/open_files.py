"""Open files: how many this process may have, and what they are for."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec

_WANTED = 4_096
_RECORD = 200  # the record, the program's own, child processes
_OF_SESSION = 3  # an event loop, which Streamlit keeps for each session
_KEPT = 128  # sessions without a stream, which Streamlit keeps for a while
_OF_STREAM = _OF_SESSION + 2  # with its connection, and one to spare
_MOST_REQUESTS, _FEWEST_REQUESTS, _FEWEST_STREAMS = 800, 200, 16


@dataclass(frozen=True, slots=True)
class Places:
    """How many requests and how many streams there may be at once."""

    requests: int
    streams: int


def raise_limit() -> int:
    """Raise the limit of open files of this process as far as the system lets it, to some thousands; return the limit."""
    if find_spec("resource") is None:  # Windows has no such limit
        return _WANTED
    import resource  # noqa: PLC0415 - not everywhere

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return _WANTED
    wanted = _WANTED if hard == resource.RLIM_INFINITY else min(_WANTED, hard)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return max(soft, wanted)


def places(files: int) -> Places:
    """Return how many requests and streams this many open files are enough for."""
    left = min(files, _WANTED) - _RECORD - _KEPT * _OF_SESSION
    requests = min(max(left // 2, _FEWEST_REQUESTS), _MOST_REQUESTS)
    return Places(requests, max((left - requests) // _OF_STREAM, _FEWEST_STREAMS))
