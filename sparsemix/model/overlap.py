"""What is known of a window's events from the windows before it, where windows slide over one stream and overlap.

    overlap = Overlap()
    for data in windows:
        sequence = read_file(data, "line4.log", Limits(), ReadOptions(), overlap.parse).sequence
        run = model.run_with_trace(sequence, overlap=overlap)
        overlap.turn()

Kept is what an event is by itself, wherever it stands: a line taken apart, an event's hashed features (with those of the few
events that it is read together with, and the pause before it), the share of its words that are known. All of these are
remembered answers of the very functions that a run without memory calls, so the run is the same to the last bit; of what is
computed for a window of log lines they are a little more than half.

Keys and their index are not kept. They look incremental, since a key of the first layer hangs on its event alone; but rows
that are multiplied in another company differ in their last bits, and the index is k-means on a sample of the window's own
keys, whose cells decide which queries look at every key, and that is in the trace. Both together are 5 to 8 % of a decision.

An Overlap belongs to one model and one thread; it holds what the last two windows used.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from sparsemix.encoding.encoder import Reading, encode, mean_share, named_features, reach_of, share_of
from sparsemix.encoding.hashing import HashedEvents, Long, hashed_apart
from sparsemix.encoding.sequence import Event
from sparsemix.readers.log_lines import ParsedLine, parse_line

K = TypeVar("K")
V = TypeVar("V")


class Recent(Generic[K, V]):
    """Answers by their questions, of the last two turns."""

    def __init__(self) -> None:
        self._now: dict[K, V] = {}
        self._before: dict[K, V] = {}

    def __len__(self) -> int:
        return len(self._now.keys() | self._before.keys())

    def __setitem__(self, key: K, value: V) -> None:
        self._now[key] = value

    def get(self, key: K) -> V | None:
        """The answer, None where it is not known."""
        found = self._now.get(key)
        if found is None and (found := self._before.get(key)) is not None:
            self._now[key] = found
        return found

    def turn(self) -> None:
        """Forget what was not asked for since the last turn."""
        self._before, self._now = self._now, {}


class _Row(NamedTuple):
    bucket: Long
    value: NDArray[np.float32]
    out_of_order: bool


# The messages that an event is read together with, its own last, and the pause before it (None: there is none).
_MadeOf = tuple[str | float | None, ...]


class Overlap:
    """See the module's text."""

    def __init__(self) -> None:
        self._lines: Recent[str, ParsedLine] = Recent()
        self._rows: Recent[_MadeOf, _Row] = Recent()
        self._shares: Recent[str, float | None] = Recent()

    @property
    def lines(self) -> int:
        """How many lines are remembered."""
        return len(self._lines)

    def parse(self, head: str) -> ParsedLine:
        """As `parse_line`."""
        found = self._lines.get(head)
        if found is None:
            found = self._lines[head] = parse_line(head)
        return found

    def encode(self, events: Sequence[Event], features: int, reading: Reading) -> HashedEvents:
        """As `encoder.encode`."""
        if reading.scales:
            return encode(events, features, reading)
        made_of, before = _made_of(events, reach_of(reading))
        known = [self._rows.get(key) for key in made_of]
        new: dict[_MadeOf, int] = {}
        for index, row in enumerate(known):
            if row is None:
                new.setdefault(made_of[index], index)
        rows, out_of_order = hashed_apart(
            (named_features(events, index, before[index], reading) for index in new.values()), features
        )
        made: dict[_MadeOf, _Row] = {}
        for place, key in enumerate(new):
            part = slice(rows.pointer[place], rows.pointer[place + 1])
            made[key] = self._rows[key] = _Row(rows.bucket[part].copy(), rows.value[part].copy(), bool(out_of_order[place]))
        found = [made[key] if row is None else row for key, row in zip(made_of, known, strict=True)]
        if not any(row.out_of_order for row in found):
            return encode(events, features, reading)
        counts = np.fromiter((len(row.bucket) for row in found), np.int64, len(found))
        return HashedEvents(
            np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
            np.concatenate([row.bucket for row in found]),
            np.concatenate([row.value for row in found]),
        )

    def known_share(self, events: Sequence[Event], vocabulary: NDArray[np.uint32]) -> float:
        """As `encoder.known_share`."""
        known = set(vocabulary.tolist())
        shares = []
        for event in events:
            share = self._shares.get(event.message)
            if share is None:
                share = self._shares[event.message] = share_of(event.message, known)
            shares.append(share)
        return mean_share(shares)

    def turn(self) -> None:
        """A window is done: forget what neither it nor the one before it used."""
        for kept in (self._lines, self._rows, self._shares):
            kept.turn()


def _made_of(events: Sequence[Event], reach: int) -> tuple[list[_MadeOf], list[float | None]]:
    """Of every event what its row is made of, and the time of the last event before it that has one."""
    made_of: list[_MadeOf] = []
    times: list[float | None] = []
    before: float | None = None
    messages = [event.message for event in events]
    for index, event in enumerate(events):
        pause = None if event.time is None or before is None else max(event.time - before, 0.0)
        made_of.append((*messages[max(index - reach + 1, 0) : index + 1], pause))
        times.append(before)
        before = event.time if event.time is not None else before
    return made_of, times
