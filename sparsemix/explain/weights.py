"""Where the selected weight went: raw weights, and attention rollout over the sparse pairs.

Rollout, Abnar and Zuidema 2020 (arXiv 2005.00928): the heads' weights are averaged, half of every layer stands for the residual
connection, and the layers are multiplied. Over logged pairs the product is a few additions, whatever the length. Both follow
weights, not what they carry: correlates to be compared with effects, not causes.
"""

from __future__ import annotations

import numpy as np

from sparsemix.explain.attribution import Attribution
from sparsemix.explain.candidates import edges
from sparsemix.explain.intervention import check_event
from sparsemix.model.receptive_field import reach
from sparsemix.trace.selection_trace import SelectionTrace

WEIGHT = "selection_weight"
ROLLOUT = "rollout"


def rollout(trace: SelectionTrace, target: int) -> Attribution:
    """Share of the weight, in [0, 1], that reaches ``target`` from each event of its receptive field.

    What is missing to a sum of 1 (``delta``) went to the anchors: selected nothing. Raises ExplanationError for an unknown
    event.
    """
    check_event(trace, target)
    share = {target: 1.0}
    for heads in reversed(trace.heads):
        below = {event: 0.5 * part for event, part in share.items()}
        for head in heads:
            for query, part in share.items():
                place = head.pairs_of(query)
                for key, weight in zip(head.key_index[place].tolist(), head.weight[place].tolist(), strict=True):
                    below[key] = below.get(key, 0.0) + 0.5 * part * weight / len(heads)
        share = below
    events = np.array(sorted(share), dtype=np.int64)
    value = np.array([share[event] for event in events.tolist()], dtype=np.float32)
    return Attribution(ROLLOUT, target, events, value, 1.0, 0.0, None, len(trace.heads))


def selection_weight(trace: SelectionTrace, target: int) -> Attribution:
    """Weight of the pairs that lead to each event, all queries, layers and heads of the receptive field together.

    Raises ExplanationError for an unknown event.
    """
    check_event(trace, target)
    events = reach(trace, target)
    value = np.zeros(len(events), dtype=np.float32)
    for edge in edges(trace, target):
        value[np.searchsorted(events, edge.key)] += edge.weight
    return Attribution(WEIGHT, target, events, value, float(value.sum()), 0.0, None, len(trace.heads))
