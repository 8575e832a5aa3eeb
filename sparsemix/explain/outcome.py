"""What an intervention led to: new logits, and what the rows computed anew select.

Axis letters: N events, H heads, R rows computed anew, C events computed anew.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sparsemix.trace.selection_trace import SelectionTrace


@dataclass(frozen=True, slots=True)
class RowSelection:
    """What rows of one layer select in a run under an intervention, as CSR: ``row`` int64 [R] the queries, sorted; the pairs of
    head h and the r-th of them are ``key[pointer[h * R + r]:pointer[h * R + r + 1]]`` with ``weight``."""

    row: NDArray[np.int64]
    pointer: NDArray[np.int64]
    key: NDArray[np.int64]
    weight: NDArray[np.float64]

    def pairs_of(self, head: int, query: int) -> slice | None:
        """Where a query's pairs lie; None when the query was not computed anew."""
        place = int(np.searchsorted(self.row, query))
        if place == len(self.row) or self.row[place] != query:
            return None
        first = head * len(self.row) + place
        return slice(int(self.pointer[first]), int(self.pointer[first + 1]))


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an intervention led to.

    ``events`` int64 [C]: the events whose logit was computed anew; ``logit`` float64 [C]: their logits; all others are as
    they were. ``rows``: layer by layer, what the rows that were computed anew (or, of very many, those asked for) select now.
    """

    events: NDArray[np.int64]
    logit: NDArray[np.float64]
    rows: tuple[RowSelection, ...]

    def logits(self, base: NDArray[np.float64]) -> NDArray[np.float64]:
        """Logits of all events [N], given those of the run."""
        full = base.copy()
        full[self.events] = self.logit
        return full

    def of(self, event: int, base: NDArray[np.float64]) -> float:
        """The logit of one event."""
        found = int(np.searchsorted(self.events, event))
        if found < len(self.events) and self.events[found] == event:
            return float(self.logit[found])
        return float(base[event])

    def selected(
        self, trace: SelectionTrace, layer: int, head: int, query: int
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Keys and weights that a query selects now."""
        rows, logged = self.rows[layer], trace.heads[layer][head]
        part = rows.pairs_of(head, query)
        if part is not None:
            return rows.key[part], rows.weight[part]
        part = logged.pairs_of(query)
        return logged.key_index[part].astype(np.int64), logged.weight[part].astype(np.float64)
