"""HeadPairs: the selection of one head as computed, its near misses, and its conversion to a part of a trace.

Axis letters: N events, P pairs, M near misses.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sparsemix.kernels.compiled import compiled
from sparsemix.trace.grid import numbers_of, on_grid
from sparsemix.trace.head_selection import HeadSelection, Route

_LOCAL, _CONTENT = np.uint8(Route.LOCAL), np.uint8(Route.CONTENT)


@dataclass(frozen=True, slots=True)
class HeadPairs:
    """Selection of one head over one sequence, before it becomes part of a trace.

    The selected pairs of query i are ``key[pointer[i]:pointer[i + 1]]``, by rising key, with ``weight`` and ``logit``; its
    near misses ``near_key[near_pointer[i]:near_pointer[i + 1]]``, best first, with ``near_logit``. Per query [N]:
    ``threshold`` (tau, on the scale of z / 2), ``anchor_weight``, ``certified``, and ``scored``: of how many keys the query
    computed a logit, in whole blocks of sixteen, and a key twice where it was looked at twice. Pointers are int64, keys and
    ``scored`` int32.
    """

    threshold: NDArray[Any]
    anchor_weight: NDArray[Any]
    pointer: NDArray[np.int64]
    key: NDArray[np.int32]
    weight: NDArray[Any]
    logit: NDArray[Any]
    near_pointer: NDArray[np.int64]
    near_key: NDArray[np.int32]
    near_logit: NDArray[Any]
    certified: NDArray[np.bool_]
    scored: NDArray[np.int32]

    @property
    def query(self) -> NDArray[np.int64]:
        """Return the query of every selected pair [P]."""
        return np.repeat(np.arange(len(self.threshold)), np.diff(self.pointer))


def joined(blocks: Sequence[HeadPairs]) -> HeadPairs:
    """Return the selection of all queries, from those of blocks of queries, one after another."""
    columns: dict[str, Any] = {}
    for field in fields(HeadPairs):
        column = [getattr(block, field.name) for block in blocks]
        if field.name in ("pointer", "near_pointer"):
            columns[field.name] = np.append(0, np.concatenate([np.diff(part) for part in column]).cumsum()).astype(np.int64)
        else:
            columns[field.name] = np.concatenate(column)
    return HeadPairs(**columns)


def best_of_rows(place: NDArray[np.int64], row: NDArray[np.int64], logit: NDArray[Any], most: int) -> NDArray[np.int64]:
    """Return, of the pairs at some ``place`` among all pairs [P], the best ``most`` of every row, by row and best first; among
    equals the earlier. ``row`` and ``logit``: those of all pairs [P], by rising row."""
    ordered = place[np.lexsort((-logit[place], row[place]))]
    begin = np.searchsorted(row[ordered], row[ordered], "left")
    return np.asarray(ordered[np.arange(len(ordered)) - begin < most])


def head_selection(pairs: HeadPairs, local_window: int) -> HeadSelection:
    """Return one head's part of a trace: with routes, and with values on the grid that is stored (``trace.grid``)."""
    numbers = {name: np.asarray(values, np.float32) for name, values in numbers_of(pairs).items()}
    return HeadSelection(
        query_ptr=pairs.pointer,
        key_index=pairs.key,
        route=_routes(pairs.pointer, pairs.key, local_window),
        certified=pairs.certified,
        near_ptr=pairs.near_pointer,
        near_index=pairs.near_key,
        # Memory holds the same numbers as the stored trace.
        **on_grid(numbers, pairs.pointer, pairs.near_pointer),
    )


@compiled()
def _routes(pointer: NDArray[np.int64], key: NDArray[np.int32], local_window: int) -> Any:
    query = np.repeat(np.arange(len(pointer) - 1), np.diff(pointer))
    return np.where(np.abs(key - query) <= local_window, _LOCAL, _CONTENT)
