"""Kinds of events as numbers: the units that counts and n-grams of a log consist of.

A kind is a message, or its template where messages hardly repeat. A 64-bit hash stands for a kind, and for several kinds in a
row, so that a long log is looked up in a few vector operations.

Axis letters: N events.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from sparsemix.encoding.closed_slots import ClosedSlots
from sparsemix.encoding.sequence import Event, template, text_hash

KINDS = ("message", "template")
_FEW_KINDS = 2000
_OFTEN = 10
_MULTIPLY, _STEP = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9)

Hashes = NDArray[np.uint64]


def kind_basis(sequences: Sequence[Sequence[Event]]) -> str:
    """Return what tells events apart: "message" where at most 2,000 different messages occur ten times each on average, else
    "template"."""
    messages = {event.message for events in sequences for event in events}
    often = _OFTEN * len(messages) <= sum(map(len, sequences))
    return "message" if often and len(messages) <= _FEW_KINDS else "template"


def kinds(events: Sequence[Event], by: str, words: ClosedSlots | None = None) -> Hashes:
    """Return a 64-bit hash of every event's message or template [N]; ``by``: one of KINDS; ``words``: numbers that templates
    keep."""
    if by == "message":
        return np.array([text_hash(event.message) for event in events], np.uint64)
    return np.array([_template_hash(event.message, words) for event in events], np.uint64)


@lru_cache(maxsize=65_536)
def _template_hash(message: str, words: ClosedSlots | None) -> int:
    """Return the hash of a message's template: the messages of a log are counted many times, each time without others."""
    return text_hash(template(message) if words is None else words.template(message))


def in_a_row(kind: Hashes, most: int) -> Iterator[tuple[Hashes, Hashes]]:
    """Yield, for every context length from 0 to ``most`` - 1, the hashes of the events before each event (its context), and of
    the context together with the event. A hash that stands for no kind lies before the first event."""
    context = np.full(len(kind), _STEP, np.uint64)
    for length in range(most):
        if length:
            before = np.concatenate([np.full(min(length, len(kind)), _STEP, np.uint64), kind[: max(len(kind) - length, 0)]])
            context = _mix(context * _MULTIPLY + before)
        yield context, _mix(context ^ (kind * _MULTIPLY))


def _mix(value: Hashes) -> Hashes:
    """Spread every bit over all others (the finaliser of SplitMix64, Steele et al. 2014)."""
    value = (value ^ (value >> np.uint64(30))) * _STEP
    return np.asarray(value ^ (value >> np.uint64(31)))
