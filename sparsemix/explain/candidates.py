"""The pairs that can have an effect on an event's logit at all: those of its receptive field, all heads of a pair together."""

from __future__ import annotations

from dataclasses import dataclass

from sparsemix.explain.intervention import Pair, check_event
from sparsemix.trace.selection_trace import SelectionTrace


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
