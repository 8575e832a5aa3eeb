"""`Uploads`: how many bytes of uploads the server keeps, for one person and for all, with those that are on their way."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from starlette.exceptions import HTTPException

PATH = "/_stcore/upload_file/"
MOST_OF_PERSON = 1024**3  # what several pages may hold at once: 512 MB are the most of one
MOST = 3 * 1024**3
# Of 2**20 bytes, at which Streamlit cuts a body off: a little more than readers take. It would show 512 as "1GB per file".
OF_FILE_MB = 511
LARGEST = (OF_FILE_MB + 1) * 1024**2  # of a body that does not say
LEAST = 64 * 1024  # that a file counts: small ones cost more than their bytes


class Uploads:
    """What is kept and on its way. ``kept``: the bytes that each session of Streamlit's keeps now, by its id."""

    def __init__(self, kept: Callable[[], Mapping[str, int]]) -> None:
        self._kept = kept
        self._persons: dict[str, str] = {}  # by the sessions for which they have uploaded
        self._coming: dict[object, tuple[str, str, int]] = {}  # session, person, bytes

    @contextmanager
    def coming(self, person: str, session: str, size: int | None) -> Iterator[None]:
        """Keep room for a body of ``size`` bytes, while it arrives. Raises `HTTPException` with status 413 when this person's
        uploads are too much, 507 when all are."""
        size = LARGEST if size is None else max(size, LEAST)
        kept, coming = self._kept(), list(self._coming.values())
        alive = {*kept, *(one for one, _, _ in coming)}
        self._persons = {known: owner for known, owner in self._persons.items() if known in alive} | {session: person}
        parts = [(self._persons.get(known, ""), number) for known, number in kept.items()]
        parts += [(owner, number) for _, owner, number in coming]
        if size + sum(number for owner, number in parts if owner == person) > MOST_OF_PERSON:
            raise HTTPException(413, "Your uploads take too much room. Take files out of the boxes, or close other tabs.")
        if size + sum(number for _, number in parts) > MOST:
            raise HTTPException(507, "The server has no room for more uploads now. Try again later.")
        place = object()
        self._coming[place] = (session, person, size)
        try:
            yield
        finally:
            del self._coming[place]
