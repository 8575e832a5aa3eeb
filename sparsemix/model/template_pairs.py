"""Kinds of pairs: the selected pairs of a run by the templates of their two messages, with numbers and identifiers masked.

The share of a kind is its part of the weight that all layers and heads gave to other events, so that a long log can be compared
with a short one.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sparsemix.encoding.sequence import TokenSequence, template
from sparsemix.trace.pair_file import check_fit
from sparsemix.trace.selection_trace import SelectionTrace

TEMPLATE_LENGTH = 400  # characters; messages that differ only after them have the same template


def template_pairs(sequence: TokenSequence, trace: SelectionTrace) -> pa.Table:
    """Return the selected pairs of all layers and heads by their kind, heaviest first; pairs of an event with itself are left
    out.

    Columns: ``query``, ``key`` (dictionary of strings: templates), ``count`` int64 (pairs), ``weight`` float64 (their sum),
    ``share`` float64 (of the weight of all rows). Raises `TraceError` when the trace does not fit the sequence.
    """
    check_fit(sequence, trace)
    codes, templates = coded_templates(sequence)
    kinds, weights = [], []
    for _, _, head in trace:
        query = head.query_index
        other = query != head.key_index
        kinds.append(codes[query[other]] * len(templates) + codes[head.key_index[other]])
        weights.append(head.weight[other])
    pairs = pa.table({"kind": np.concatenate(kinds), "weight": np.concatenate(weights)})
    # On one thread: the order of the sum, and so its last digits, stay the same.
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


def template_of(message: str) -> str:
    """Return the message with numbers masked, cut to the length of a template."""
    return template(message)[:TEMPLATE_LENGTH]


def coded_templates(sequence: TokenSequence) -> tuple[NDArray[np.int64], list[str]]:
    """Return the template of each event's message, int64 [N], as a position in the list of templates, and this list in the
    order of first occurrence."""
    templates: dict[str, int] = {}
    messages: dict[str, int] = {}
    codes = np.empty(len(sequence), np.int64)
    for place, event in enumerate(sequence.events):
        code = messages.get(event.message)
        if code is None:
            code = messages[event.message] = templates.setdefault(template_of(event.message), len(templates))
        codes[place] = code
    return codes, list(templates)
