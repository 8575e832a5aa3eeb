"""Overlap: results for a window's events from earlier windows, where windows slide over one stream and overlap.

    overlap = Overlap()
    for data in windows:
        sequence = read_file(data, "line4.log", Limits(), ReadOptions(), overlap.parse).sequence
        run = model.run_with_trace(sequence, overlap=overlap)
        overlap.turn()

An Overlap keeps what an event is by itself, wherever it is in a window: a parsed line, an event's hashed features (with those
of the few events that it is read together with, its identifiers, and the pause before it), and the share of its words that are
known. All of these are remembered results of the same functions that a run without memory
calls, so the run is the same to the last bit. They are a little more than half of the work for a window of log lines.

Keys and their index are not kept. They look incremental, since a key of the first layer depends on its event alone. But a
product of matrices with other rows differs in the last bits, and the index is k-means on a sample of the window's own keys,
whose cells decide which queries look at every key; the trace records that. Both together are 5 to 8 % of a decision.

An Overlap belongs to one model and one thread; it holds what the last two windows used.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Generic, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from sparsemix.encoding.encoder import (
    PLAIN,
    EventReading,
    encode,
    identified,
    mean_share,
    messages_to_know,
    named_features,
    reach_of,
    share_of,
)
from sparsemix.encoding.entities import Found, entities_from
from sparsemix.encoding.hashing import HashedEvents, Long, hashed_apart
from sparsemix.encoding.sequence import Event
from sparsemix.readers.log_lines import ParsedLine, parse_line
from sparsemix.readers.stamps import RULES

K = TypeVar("K")
V = TypeVar("V")
# Inputs of an event's row: the messages that it is read together with, its own last, its identifiers, and the pause before it
# (None: no pause).
_RowInputs = tuple[str | float | Found | None, ...]


class Recent(Generic[K, V]):
    """Memory of function results by their arguments, of the last two turns."""

    def __init__(self) -> None:
        self._now: dict[K, V] = {}
        self._before: dict[K, V] = {}

    def __len__(self) -> int:
        return len(self._now.keys() | self._before.keys())

    def __setitem__(self, key: K, value: V) -> None:
        self._now[key] = value

    def get(self, key: K) -> V | None:
        """Return the remembered result, None without one."""
        value = self._now.get(key)
        if value is None and (value := self._before.get(key)) is not None:
            self._now[key] = value
        return value

    def of(self, key: K, compute: Callable[..., V], *arguments: Any) -> V:
        """Return the remembered result, or compute it from the arguments and remember it."""
        value = self.get(key)
        if value is None:
            value = self[key] = compute(*arguments)
        return value

    def turn(self) -> None:
        """Forget the results that were not used since the last turn."""
        self._before, self._now = self._now, {}


class _HashedRow(NamedTuple):
    bucket: Long
    value: NDArray[np.float32]
    out_of_order: bool


class Overlap:
    """Memory of one stream; see the module's docstring."""

    def __init__(self) -> None:
        self._lines: Recent[tuple[str, int], ParsedLine] = Recent()
        self._rows: Recent[_RowInputs, _HashedRow] = Recent()
        self._shares: Recent[str, float | None] = Recent()

    @property
    def lines(self) -> int:
        """Return how many lines are remembered."""
        return len(self._lines)

    def parse(self, head: str, rules: int = RULES) -> ParsedLine:
        """Parse a line as `parse_line` does."""
        return self._lines.of((head, rules), parse_line, head, rules)

    def encode(self, events: Sequence[Event], features: int, reading: EventReading) -> HashedEvents:
        """Encode events as `encoder.encode` does."""
        if reading.scales or reading.of_file:
            return encode(events, features, reading)
        found = identified(events, reading)
        row_inputs, before = _row_inputs(events, reach_of(reading), found)
        remembered = [self._rows.get(key) for key in row_inputs]
        missing: dict[_RowInputs, int] = {}
        for index, row in enumerate(remembered):
            if row is None:
                missing.setdefault(row_inputs[index], index)
        rows, out_of_order = hashed_apart(
            (named_features(events, index, before[index], reading) for index in missing.values()), features
        )
        computed: dict[_RowInputs, _HashedRow] = {}
        for place, key in enumerate(missing):
            part = slice(rows.pointer[place], rows.pointer[place + 1])
            computed[key] = self._rows[key] = _HashedRow(
                rows.bucket[part].copy(), rows.value[part].copy(), bool(out_of_order[place])
            )
        hashed_rows = [computed[key] if row is None else row for key, row in zip(row_inputs, remembered, strict=True)]
        if not any(row.out_of_order for row in hashed_rows):
            return encode(events, features, reading)
        counts = np.fromiter((len(row.bucket) for row in hashed_rows), np.int64, len(hashed_rows))
        hashed = HashedEvents(
            np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
            np.concatenate([row.bucket for row in hashed_rows]),
            np.concatenate([row.value for row in hashed_rows]),
        )
        return hashed if found is None else replace(hashed, entities=entities_from(found, reading.entities))

    def known_share(self, events: Sequence[Event], vocabulary: NDArray[np.uint32], reading: EventReading = PLAIN) -> float:
        """Return the known share as `encoder.known_share` does."""
        known = set(vocabulary.tolist())
        return mean_share([self._shares.of(text, share_of, text, known) for text in messages_to_know(events, reading)])

    def turn(self) -> None:
        """End a window: forget what neither this window nor the window before it used."""
        for memory in (self._lines, self._rows, self._shares):
            memory.turn()


def _row_inputs(
    events: Sequence[Event], reach: int, found: Sequence[Found] | None
) -> tuple[list[_RowInputs], list[float | None]]:
    """Return the inputs of every event's row, and the time of the last earlier event that has a time."""
    row_inputs: list[_RowInputs] = []
    times: list[float | None] = []
    before: float | None = None
    messages = [event.message for event in events]
    for index, event in enumerate(events):
        pause = None if event.time is None or before is None else max(event.time - before, 0.0)
        own = None if found is None else found[index]
        row_inputs.append((*messages[max(index - reach + 1, 0) : index + 1], own, pause))
        times.append(before)
        before = event.time if event.time is not None else before
    return row_inputs, times
