"""Normal sequences made unusual: what the network learns to point at where nobody has labelled anything.

Events are exchanged for others of the same plant, repeated, swapped, or a piece of another sequence takes the place of some;
columns of a sensor table are shifted, frozen, made noisy, or take their values from another time. All of it happens in normal
data too, but elsewhere: only by looking at what else there is can it be told.

Sources: replaced-token detection, Clark et al. 2020 (ELECTRA, arXiv 2003.10555), for anomalies in text Manolache et al. 2021
(DATE, arXiv 2104.05591); contextual outlier exposure, Carmona et al. 2021 (NCAD, arXiv 2107.07702).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from sparsemix.sequence import Event

Draw = Callable[[np.random.Generator], Event]
Matrix = NDArray[np.float64]

_RATES = (0.02, 0.05, 0.15, 0.3, 0.6)
_SHIFTS = (1.0, 6.0)


def corrupted_events(
    events: Sequence[Event], other: Sequence[Event], draw: Draw, rng: np.random.Generator
) -> tuple[list[Event], NDArray[np.bool_]]:
    """Events with some of them out of place, and which [L]; those whose message stays what it was do not count.

    ``other``: another sequence, to take a piece of; ``draw`` gives any event of the data.
    """
    changed = list(events)
    length = len(events)
    for place in np.flatnonzero(rng.random(length) < rng.choice(_RATES)).tolist():
        changed[place] = draw(rng)
    kind = rng.integers(4)
    piece = int(rng.integers(1, max(length // 3, 1) + 1))
    start = int(rng.integers(0, length - piece + 1))
    if kind == 0 and len(other) >= piece:
        at = int(rng.integers(0, len(other) - piece + 1))
        changed[start : start + piece] = other[at : at + piece]
    elif kind == 1:
        changed[start : start + piece] = [changed[start]] * piece
    elif kind == 2:
        order = start + rng.permutation(piece)
        changed[start : start + piece] = [changed[place] for place in order.tolist()]
    return changed, np.array([now.message != then.message for now, then in zip(changed, events, strict=True)], np.bool_)


def corrupted_columns(table: Matrix, first: int, rng: np.random.Generator) -> tuple[Matrix, NDArray[np.bool_]]:
    """A table [N, C] with some columns wrong for some steps from ``first`` on, and which steps [N]."""
    changed, n, columns = table.copy(), len(table), table.shape[1]
    wrong = np.zeros(n, np.bool_)
    # Standard deviations of the window itself: what is a large step depends on the column.
    spread = np.nan_to_num(np.nanstd(table, axis=0)) if n else np.zeros(columns)
    spread = np.where(spread > 0, spread, 1.0)
    for _ in range(int(rng.integers(1, 4))):
        length = int(rng.integers(1, max((n - first) // 3, 1) + 1))
        start = int(rng.integers(first, n - length + 1))
        count = min(columns, int(rng.geometric(0.4)))
        for column in rng.choice(columns, count, replace=False).tolist():
            piece = slice(start, start + length)
            changed[piece, column] = _wrong(table[:, column], start, length, float(spread[column]), rng)
        wrong[start : start + length] = True
    return changed, wrong


def _wrong(column: Matrix, start: int, length: int, spread: float, rng: np.random.Generator) -> Matrix:
    values = column[start : start + length]
    size = rng.uniform(*_SHIFTS) * spread
    kind = rng.integers(5)
    if kind == 0:
        return np.asarray(values + rng.choice((-1.0, 1.0)) * size)
    if kind == 1:
        return np.asarray(values + rng.normal(0.0, size, length))
    if kind == 2:
        return np.full(length, values[0])
    if kind == 3:
        return np.asarray(values + rng.choice((-1.0, 1.0)) * size * np.linspace(0.0, 1.0, length))
    at = int(rng.integers(0, len(column) - length + 1))
    return np.asarray(column[at : at + length])
