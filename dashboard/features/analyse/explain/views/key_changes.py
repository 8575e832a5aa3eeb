"""The keys that a line selected in two runs, side by side."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sparsemix import ExplanationError, SelectionTrace
from sparsemix.explain.comparison import Comparison


@dataclass(frozen=True, slots=True)
class KeyChange:
    """A key that a line selected in either run: ``key`` in the first run, ``other`` in the second run (None: the event is not
    in that run), and the sum of its weights in all layers and heads of each run; 0 where it was not selected."""

    key: int | None
    other: int | None
    first: float
    second: float


def key_changes(comparison: Comparison, event: int) -> tuple[KeyChange, ...]:
    """Return the keys that an event of the first run selected in either run, the largest weight first.

    Raises ``ExplanationError`` when the event is not in both runs.
    """
    other = comparison.other(event) if event >= 0 else None
    if other is None:
        raise ExplanationError(f"event {event} is not in both runs")
    origin = comparison.origin
    place = np.full(comparison.first.trace.length, -1, dtype=np.int64)
    place[origin[origin >= 0]] = np.flatnonzero(origin >= 0)
    first, second = _weights(comparison.first.trace, event), _weights(comparison.second.trace, other)
    changes = [KeyChange(key, _index(place, key), weight, second.get(int(place[key]), 0.0)) for key, weight in first.items()]
    # The rest: keys of the second run that the first run does not have, or did not select.
    changes += [KeyChange(_index(origin, key), key, 0.0, w) for key, w in second.items() if int(origin[key]) not in first]
    return tuple(
        sorted(
            changes,
            key=lambda change: (-max(change.first, change.second), change.key is None, change.key or 0, change.other or 0),
        )
    )


def _weights(trace: SelectionTrace, query: int) -> dict[int, float]:
    """Return the keys that a query selected in any head, with the sum of their weights."""
    weights: dict[int, float] = {}
    for _, _, head in trace:
        pairs = head.pairs_of(query)
        for key, weight in zip(head.key_index[pairs].tolist(), head.weight[pairs].tolist(), strict=True):
            weights[key] = weights.get(key, 0.0) + weight
    return weights


def _index(places: NDArray[np.int64], event: int) -> int | None:
    event_there = int(places[event])
    return event_there if event_there >= 0 else None
