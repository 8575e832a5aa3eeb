"""Numbers that are words: slots of a template whose numbers come from a small closed set, such as status codes.

A template masks every number, so that lines of one kind are counted together. But ``200`` and ``503`` behind a request are
different kinds of events. A slot of a template is *closed* when its values are small integers, there are few of them, and what
came in the second half of its lines had come in the first half: nothing new is to be expected. An identifier or a measured
value is not closed, because new values keep coming.

    words = closed_number_slots(lines)
    words.template("GET /index 503 17 ms")  ->  "GET /index 503 <*> ms"
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sparsemix.encoding.sequence import RUN, masked, template, text_hash
from sparsemix.errors import WeightsError

MOST_VALUES = 12
_LEAST_LINES = 20
_LINES_PER_VALUE = 4
# Share of the lines of the second half whose value was not in the first half.
_MOST_NEW = 0.005
_SMALL = re.compile(r"[0-9]{1,3}")
# Slots of a template that are looked at: a set of them is stored as the bits of a number.
_SLOTS = 62


@dataclass(frozen=True, slots=True, eq=False)
class ClosedSlots:
    """Closed slots by template. ``hashed`` uint64 [T], ascending: hashes of the templates; ``slots`` int64 [T]: the set of a
    template's closed slots, as bits, the first slot lowest. Raises `WeightsError` when damaged."""

    hashed: NDArray[np.uint64]
    slots: NDArray[np.int64]

    def __post_init__(self) -> None:
        if self.hashed.shape != self.slots.shape or self.hashed.ndim != 1 or (self.hashed[1:] <= self.hashed[:-1]).any():
            raise WeightsError("the closed slots of templates are damaged")
        if (self.slots <= 0).any() or (self.slots >= 2**_SLOTS).any():
            raise WeightsError("the closed slots of templates are damaged: a set of slots is empty or too large")

    def __len__(self) -> int:
        return len(self.hashed)

    def template(self, message: str) -> str:
        """Return the message with numbers and identifiers masked as ``<*>``, except in closed slots."""
        plain = template(message)
        place = int(np.searchsorted(self.hashed, np.uint64(text_hash(plain))))
        if place >= len(self.hashed) or int(self.hashed[place]) != text_hash(plain):
            return plain
        kept, slot = int(self.slots[place]), -1

        def mask(run: re.Match[str]) -> str:
            nonlocal slot
            hidden = masked(run)
            slot += hidden != run[0]
            closed = hidden != run[0] and slot < _SLOTS and kept >> slot & 1
            return run[0] if closed and _SMALL.fullmatch(run[0]) else hidden

        return RUN.sub(mask, message)


def closed_number_slots(lines: Iterable[str]) -> ClosedSlots:
    """Return the closed slots of the templates of ``lines``, which are in order of time."""
    values: defaultdict[str, list[tuple[str, ...]]] = defaultdict(list)
    for line in lines:
        # The runs that a template masks.
        values[template(line)].append(tuple(run[0] for run in RUN.finditer(line) if masked(run) != run[0]))
    found = {}
    for name, rows in values.items():
        # A line that holds the text <*> itself has the template of lines with another number of slots.
        if len(rows) < _LEAST_LINES or len({len(row) for row in rows}) > 1:
            continue
        closed = [slot for slot, column in enumerate(zip(*rows, strict=True)) if slot < _SLOTS and _closed(column)]
        if closed:
            found[text_hash(name)] = sum(1 << slot for slot in closed)
    hashed = sorted(found)
    return ClosedSlots(np.array(hashed, np.uint64), np.array([found[one] for one in hashed], np.int64))


def _closed(column: tuple[str, ...]) -> bool:
    counts = Counter(column)
    if len(counts) > MOST_VALUES or len(column) < _LINES_PER_VALUE * len(counts):
        return False
    if not all(_SMALL.fullmatch(value) for value in counts):
        return False
    half = len(column) // 2
    before = set(column[:half])
    return sum(value not in before for value in column[half:]) <= _MOST_NEW * (len(column) - half)
