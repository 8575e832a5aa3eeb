"""The kinds of pairs (`template_pairs`) of recorded decisions, the strongest of each, kept for all sessions."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from audit import DecisionRecord
from dashboard.service.decide.pipeline import Reader, load_evidence
from sparsemix import SelectionTrace, TokenSequence
from sparsemix.model.template_pairs import template_pairs

MOST_KINDS = 10_000  # kept of a decision, the strongest: of 50,000 ordinary lines there are 3,000


def coded(column: pa.ChunkedArray, known: Mapping[str, int]) -> NDArray[np.int64]:
    """A dictionary column as numbers, int64 [rows]: those that ``known`` gives its texts, -1 for others."""
    array = column.combine_chunks()
    codes = np.array([known.get(text, -1) for text in array.dictionary.to_pylist()], np.int64)
    found: NDArray[np.int64] = codes[array.indices.to_numpy()]
    return found


class Tables:
    """``template_pairs`` of recent decisions, shared by all sessions, at most ``most`` bytes together."""

    def __init__(self, most: int = 64 * 2**20) -> None:
        self._most, self._size = most, 0
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[str, ...], pa.Table] = OrderedDict()

    def of(self, decision: DecisionRecord, reader: Reader) -> pa.Table:
        """The decision's strongest kinds, kept or read now. Errors: `NotFound`, `Tampered`, InputError, TraceError."""
        found = self._get(decision)
        return self._put(decision, *load_evidence(reader, decision)) if found is None else found

    def keep(self, decision: DecisionRecord, sequence: TokenSequence, trace: SelectionTrace) -> pa.Table:
        """The same for a decision whose evidence is at hand."""
        found = self._get(decision)
        return self._put(decision, sequence, trace) if found is None else found

    def _get(self, decision: DecisionRecord) -> pa.Table | None:
        with self._lock:
            found = self._kept.get(_key(decision))
            if found is not None:
                self._kept.move_to_end(_key(decision))
            return found

    def _put(self, decision: DecisionRecord, sequence: TokenSequence, trace: SelectionTrace) -> pa.Table:
        made = _strongest(template_pairs(sequence, trace))
        with self._lock:
            # Two sessions may have asked for the same at once.
            found = self._kept.setdefault(_key(decision), made)
            self._size += made.nbytes if found is made else 0
            while self._size > self._most:
                self._size -= self._kept.popitem(last=False)[1].nbytes
        return found


def _key(decision: DecisionRecord) -> tuple[str, ...]:
    return (decision.id, *(selection.sha256 for selection in decision.selections))


def _strongest(table: pa.Table) -> pa.Table:
    if table.num_rows <= MOST_KINDS:
        return table
    kept = table.slice(0, MOST_KINDS)
    for place, side in enumerate(("query", "key")):
        # Anew, without the texts that are no longer used.
        kept = kept.set_column(place, side, kept.column(side).cast(pa.string()).dictionary_encode())
    return kept
