"""What was selected in windows of test lines, counted: whether a line's own block, how much, and with which certainty.

Axis letters: W lines of a window, H heads, P pairs.
"""

from __future__ import annotations

import numpy as np

from sparsemix.trace.selection_trace import SelectionTrace
from tests.benchmarks.hdfs.data import Hdfs
from tests.benchmarks.long.data import Span
from tests.benchmarks.report import Row


class SelectionCount:
    """Counts the selections of windows one after another."""

    def __init__(self, data: Hdfs) -> None:
        self._block = data.block
        self._own = self._all = np.zeros(0)
        self._certified = self._pairs = self._queries = 0.0

    def look(self, trace: SelectionTrace, span: Span) -> None:
        """Count the selection of the lines of ``span``."""
        block = self._block[slice(*span)]
        _, place, counts = np.unique(block, return_inverse=True, return_counts=True)
        in_company = counts[place] > 1
        own, total = [], []
        for head in trace.heads[0]:
            query = head.query_index
            weight = head.weight * (in_company[query] & (query != head.key_index))
            own.append(float(weight[block[query] == block[head.key_index]].sum(dtype=np.float64)))
            total.append(float(weight.sum(dtype=np.float64)))
        self._own, self._all = (
            before + now if len(before) else np.array(now) for before, now in ((self._own, own), (self._all, total))
        )
        for _, _, head in trace:
            self._certified += float(head.certified.sum())
            self._pairs += len(head.key_index)
            self._queries += head.length

    def figures(self) -> Row:
        """Return the share of the first layer's weight on other lines of the line's own block, itself left out, over lines that
        have such lines in their window, for the best head; the share of certified queries and the keys selected a query, over
        all layers and heads."""
        share = self._own / np.maximum(self._all, np.finfo(float).tiny)
        return {
            "own_block_share": float(share.max(initial=0.0)),
            "certified_share": self._certified / max(self._queries, 1.0),
            "keys_per_query": self._pairs / max(self._queries, 1.0),
        }
