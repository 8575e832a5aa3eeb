"""The selected pairs of an event's receptive field, and where their weight went: raw weights and attention rollout.

Only pairs of the receptive field can have an effect on the event's logit; an ``Edge`` holds all heads of such a pair.

Rollout, Abnar and Zuidema 2020 (arXiv 2005.00928): the heads' weights are averaged, half of every layer stands for the residual
connection, and the layers are multiplied. Over logged pairs the product is a few additions, whatever the length. Raw weights
and rollout both follow weights, not what the weights carry: correlates to be compared with effects, not causes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sparsemix.explain.attribution import Attribution
from sparsemix.explain.intervention import Pair, check_event
from sparsemix.model.receptive_field import reach
from sparsemix.trace.selection_trace import SelectionTrace

WEIGHT = "selection_weight"
ROLLOUT = "rollout"


@dataclass(frozen=True, slots=True)
class Edge:
    """A query and its key with the ``pairs`` that join them, the largest weight first; ``weight``: their weights' sum;
    ``carried``: the largest product of weights along a way from the target to this pair, the pair's weight included."""

    query: int
    key: int
    pairs: tuple[Pair, ...]
    weight: float
    carried: float


def edges(trace: SelectionTrace, target: int) -> list[Edge]:
    """Every edge of the receptive field of ``target`` between two different events, the one that carries most first.

    A pair of an event with itself is left out: it says that the event speaks for itself. Raises ExplanationError when there is
    no such event.
    """
    check_event(trace, target)
    found: dict[tuple[int, int], list[tuple[Pair, float, float]]] = {}
    reached = {target: 1.0}
    for layer in reversed(range(len(trace.heads))):
        below = dict(reached)
        for index, head in enumerate(trace.heads[layer]):
            for query, share in reached.items():
                part = head.pairs_of(query)
                for key, weight in zip(head.key_index[part].tolist(), head.weight[part].tolist(), strict=True):
                    carried = share * weight
                    below[key] = max(below.get(key, 0.0), carried)
                    if key != query:
                        found.setdefault((query, key), []).append((Pair(layer, index, query, key), weight, carried))
        reached = below
    result = [
        Edge(
            query,
            key,
            tuple(p for p, _, _ in sorted(parts, key=lambda part: (-part[1], part[0]))),
            sum(w for _, w, _ in parts),
            max(c for _, _, c in parts),
        )
        for (query, key), parts in found.items()
    ]
    return sorted(result, key=lambda e: (-e.carried, e.query, e.key))


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
