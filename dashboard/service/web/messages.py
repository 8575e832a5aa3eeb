"""Messages of a page to Streamlit: which of them it may have, found out before they are taken apart in full.

A message is protobuf (BackMsg of Streamlit). Only its outline is read here, up to a bounded number of fields: a few bytes of a
message can stand for an object of hundreds.
"""

from __future__ import annotations

from collections.abc import Iterator

# After signing in. The largest that a page sends: a box drawn over a map of 3,000 pairs, with the words of each, some 3 MB.
MOST_BYTES = 8 * 1024 * 1024
MOST_WIDGETS = 4_000
# Before: the sign-in page, with one's name and password.
MOST_BYTES_BEFORE = 64 * 1024
MOST_WIDGETS_BEFORE = 50
_MOST_FIELDS = 20_000  # names of files that are dropped together, hashes of what the page has kept
_MOST_WIDTH = 10  # bytes of a number
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5

# BackMsg
STOP_SCRIPT, RERUN_SCRIPT, FILE_URLS, HEARTBEAT, BACKEND_OPERATION = 7, 11, 16, 17, 19
_OF_ALL = {STOP_SCRIPT, RERUN_SCRIPT, HEARTBEAT}
# The rest (caches, git, settings, ends of the server) are for developers.
_OF_SIGNED_IN = _OF_ALL | {FILE_URLS, BACKEND_OPERATION}
WIDGET_STATES = 2  # ClientState, in RERUN_SCRIPT
# BackendOperationRequest: who asks, and for a file that is made when it is downloaded.
OPERATION_FIELDS = {1, 2, 3}
Field = tuple[int, int, int, int]  # number, where it begins, where its value begins, where it ends


def admitted(data: bytes, *, signed_in: bool) -> bytes | None:
    """Return a page's message as Streamlit may have it; None when it may not. What has too many widgets is taken without
    them: the page then gets its answer, and shows what it is allowed to."""
    if len(data) > (MOST_BYTES if signed_in else MOST_BYTES_BEFORE):
        return None
    try:
        fields = list(_fields(data, 0, len(data), 1))  # a page sends one thing at a time
        if len(fields) != 1:
            return None
        number, _, begin, end = fields[0]
        if number not in (_OF_SIGNED_IN if signed_in else _OF_ALL):
            return None
        if number == RERUN_SCRIPT:
            return _rerun(data, begin, end, MOST_WIDGETS if signed_in else MOST_WIDGETS_BEFORE)
        inner = (
            {found[0] for found in _fields(data, begin, end, _MOST_FIELDS)}
            if number in (FILE_URLS, BACKEND_OPERATION)
            else set()
        )
        return None if number == BACKEND_OPERATION and not inner <= OPERATION_FIELDS else data
    except ValueError:
        return None


def _rerun(data: bytes, begin: int, end: int, most: int) -> bytes:
    parts = list(_fields(data, begin, end, _MOST_FIELDS))
    widgets = 0
    try:
        for number, _, value, stop in parts:
            if number == WIDGET_STATES:
                widgets += sum(1 for _ in _fields(data, value, stop, most - widgets))
    except ValueError:
        kept = b"".join(data[start:stop] for number, start, _, stop in parts if number != WIDGET_STATES)
        return _number(RERUN_SCRIPT << 3 | _BYTES) + _number(len(kept)) + kept
    return data


def _fields(data: bytes, begin: int, end: int, most: int) -> Iterator[Field]:
    """Yield the fields between two places. Raises `ValueError` when there are more than ``most``, or it is no message."""
    place = begin
    while place < end:
        if most <= 0:
            raise ValueError("too many fields")
        most -= 1
        start = place
        tag, place = _read(data, place, end)
        kind = tag & 7
        if kind == _VARINT:
            value = place
            _, place = _read(data, place, end)
        elif kind == _BYTES:
            size, value = _read(data, place, end)
            place = value + size
        elif kind in (_FIXED64, _FIXED32):
            value, place = place, place + (8 if kind == _FIXED64 else 4)
        else:
            raise ValueError("an unknown kind of field")
        if place > end:
            raise ValueError("a field without its end")
        yield tag >> 3, start, value, place


def _read(data: bytes, place: int, end: int) -> tuple[int, int]:
    """Return the number at a place, and where it ends. Raises `ValueError`."""
    found = 0
    for step in range(_MOST_WIDTH):
        if place >= end:
            break
        byte = data[place]
        place += 1
        found |= (byte & 127) << (7 * step)
        if byte < 128:
            return found, place
    raise ValueError("a number without its end")


def _number(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])
