"""Kinds of pairs: the selected pairs of a decision by the templates of their two messages, numbers and identifiers masked.

The share of a kind is its part of the weight that all layers and heads gave to other events, so that a long log can be laid
beside a short one.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from audit import DecisionRecord
from dashboard.pipeline import Reader, load_evidence
from sparsemix import SelectionTrace, TokenSequence, TraceError
from sparsemix.sequence import template

MOST_KINDS = 10_000  # kept of a decision, the strongest: of 50,000 ordinary lines there are 3,000
TEMPLATE_LENGTH = 400  # characters; messages that differ only after them are of one kind


def template_pairs(sequence: TokenSequence, trace: SelectionTrace) -> pa.Table:
    """The selected pairs of all layers and heads by their kind, heaviest first; pairs of an event with itself left out.

    Columns: ``query``, ``key`` (dictionary of strings: templates), ``count`` int64 (pairs), ``weight`` float64 (their sum),
    ``share`` float64 (of the weight of all rows). Raises TraceError when the trace does not fit the sequence.
    """
    if len(sequence) != trace.length:
        raise TraceError(f"the trace is of {trace.length} events, the sequence of {len(sequence)}")
    codes, templates = coded_templates(sequence)
    kinds, weights = [], []
    for _, _, head in trace:
        query = head.query_index
        other = query != head.key_index
        kinds.append(codes[query[other]] * len(templates) + codes[head.key_index[other]])
        weights.append(head.weight[other])
    pairs = pa.table({"kind": np.concatenate(kinds), "weight": np.concatenate(weights)})
    # On one thread: the order in which weights are added, and with it the last digits, stay the same.
    groups = pairs.group_by("kind", use_threads=False).aggregate([("weight", "count"), ("weight", "sum")])
    groups = groups.sort_by([("weight_sum", "descending"), ("kind", "ascending")])
    query, key = np.divmod(groups["kind"].to_numpy(), max(1, len(templates)))
    weight = groups["weight_sum"].to_numpy()
    texts = pa.array(templates, pa.string())
    return pa.table(
        {
            "query": pa.DictionaryArray.from_arrays(query.astype(np.int32), texts),
            "key": pa.DictionaryArray.from_arrays(key.astype(np.int32), texts),
            "count": groups["weight_count"],
            "weight": weight,
            "share": weight / max(float(weight.sum()), np.finfo(np.float64).tiny),
        }
    )


def coded_templates(sequence: TokenSequence) -> tuple[NDArray[np.int64], list[str]]:
    """The template of each event's message, int64 [N], as a place in the list of templates; that is in the order of their
    first events."""
    templates: dict[str, int] = {}
    messages: dict[str, int] = {}
    codes = np.empty(len(sequence), np.int64)
    for place, event in enumerate(sequence.events):
        code = messages.get(event.message)
        if code is None:
            code = messages[event.message] = templates.setdefault(template(event.message)[:TEMPLATE_LENGTH], len(templates))
        codes[place] = code
    return codes, list(templates)


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
