"""The kind of an event, as a number: what counts and n-grams of a log are made of.

A kind is a message, or its template where messages hardly repeat. It is known by a 64-bit hash, and so are several in a row, so
that a long log is looked up in a few vector operations.

Axis letters: N events.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from sparsemix.encoding.sequence import Event, template

KINDS = ("message", "template")
_FEW_KINDS = 2000
_OFTEN = 10
_MULTIPLY, _STEP = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9)

Hashes = NDArray[np.uint64]


def told_by(sequences: Sequence[Sequence[Event]]) -> str:
    """What tells events apart: messages where there are at most 2,000 different ones and they come ten times each, else
    templates."""
    messages = {event.message for events in sequences for event in events}
    often = _OFTEN * len(messages) <= sum(map(len, sequences))
    return "message" if often and len(messages) <= _FEW_KINDS else "template"


def kinds(events: Sequence[Event], by: str) -> Hashes:
    """A 64-bit hash of every event's message or template [N]."""
    read = (event.message if by == "message" else template(event.message) for event in events)
    return np.array([_hash(text) for text in read], np.uint64)


def in_a_row(kind: Hashes, most: int) -> Iterator[tuple[Hashes, Hashes]]:
    """For every number of events before from 0 to ``most`` - 1: hashes of these, the context of each event, and of them
    together with the event. Before the first one lies a kind that is none."""
    context = np.full(len(kind), _STEP, np.uint64)
    for length in range(most):
        if length:
            before = np.concatenate([np.full(min(length, len(kind)), _STEP, np.uint64), kind[: max(len(kind) - length, 0)]])
            context = _mix(context * _MULTIPLY + before)
        yield context, _mix(context ^ (kind * _MULTIPLY))


@lru_cache(maxsize=65_536)
def _hash(text: str) -> int:
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")


def _mix(value: Hashes) -> Hashes:
    """Spreads every bit over all others (the finaliser of SplitMix64, Steele et al. 2014)."""
    value = (value ^ (value >> np.uint64(30))) * _STEP
    return np.asarray(value ^ (value >> np.uint64(31)))
