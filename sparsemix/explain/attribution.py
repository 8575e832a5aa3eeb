"""Attribution: what each event contributed to one event's logit; and the two methods that follow the selected weight.

Only pairs of the receptive field can have an effect on the event's logit; an ``Edge`` holds all heads of such a pair.

Rollout, Abnar and Zuidema 2020 (arXiv 2005.00928): the heads' weights are averaged, half of every layer stands for the residual
connection, and the layers are multiplied. Over logged pairs the product is a few additions, whatever the length. Raw weights
and rollout both follow weights, not what the weights carry: correlates to be compared with effects, not causes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sparsemix.errors import ExplanationError
from sparsemix.explain.intervention import Pair, check_event
from sparsemix.explain.rerun import Rerun
from sparsemix.model.receptive_field import ReceptiveField, reach
from sparsemix.trace.selection_trace import SelectionTrace

TOLERANCE = 0.01
# Smaller differences, in logits, need no explanation, and every delta would be large relative to them.
_LEAST_DIFFERENCE = 0.1
WEIGHT = "selection_weight"
ROLLOUT = "rollout"


@dataclass(frozen=True, slots=True)
class Attribution:
    """Attribution of one event's logit.

    ``method``: its name. ``events`` int64 [K]: the receptive field; ``value`` float32 [K]: contribution of each, in logits
    (for rollout: share of the weight). For methods whose values should add up to logit - baseline_logit, ``delta``: their sum
    minus that, 0 when they do; else None. ``steps``: of an integration, samples or forward passes otherwise.
    """

    method: str
    target: int
    events: NDArray[np.int64]
    value: NDArray[np.float32]
    logit: float
    baseline_logit: float
    delta: float | None
    steps: int

    def __post_init__(self) -> None:
        if not (np.isfinite(self.value).all() and np.isfinite([self.logit, self.baseline_logit]).all()):
            raise ExplanationError(f"{self.method} gives values that are not finite; they are not shown")

    @property
    def relative_delta(self) -> float | None:
        """Return |delta| as a share of the explained difference; of 0.1 logits where that difference is smaller."""
        if self.delta is None:
            return None
        return abs(self.delta) / max(abs(self.logit - self.baseline_logit), _LEAST_DIFFERENCE)

    @property
    def converged(self) -> bool:
        """Return whether the delta is at most 1 % of the explained difference; True for a method without a delta."""
        return self.relative_delta is None or self.relative_delta <= TOLERANCE

    def dense(self, length: int) -> NDArray[np.float32]:
        """Return the attribution of every event of the sequence, float32 [length]."""
        full = np.zeros(length, np.float32)
        full[self.events] = self.value
        return full

    def ranking(self) -> NDArray[np.int64]:
        """Return the field's other events, the largest contribution (of either sign) first; ties: the earlier event."""
        others = self.events != self.target
        events, size = self.events[others], np.abs(self.value[others])
        return np.asarray(events[np.argsort(-size, kind="stable")])


def frozen_field(rerun: Rerun, target: int, step: Callable[[], None] = lambda: None) -> ReceptiveField:
    """Return the receptive field of ``target`` with the selection of the run.

    Raises ``ExplanationError`` when there is no such event.
    """
    check_event(rerun.trace, target)
    return ReceptiveField(rerun.model.network, rerun.embedded, rerun.model.neutral, rerun.trace, target, step, rerun.following)


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
    """Return every edge of the receptive field of ``target`` between two different events, the edge that carries most first.

    A pair of an event with itself is left out, because it carries only the event's own content. Raises ``ExplanationError``
    when there is no such event.
    """
    check_event(trace, target)
    parts_of: dict[tuple[int, int], list[tuple[Pair, float, float]]] = {}
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
                        parts_of.setdefault((query, key), []).append((Pair(layer, index, query, key), weight, carried))
        reached = below
    result = [
        Edge(
            query,
            key,
            tuple(p for p, _, _ in sorted(parts, key=lambda part: (-part[1], part[0]))),
            sum(w for _, w, _ in parts),
            max(c for _, _, c in parts),
        )
        for (query, key), parts in parts_of.items()
    ]
    return sorted(result, key=lambda e: (-e.carried, e.query, e.key))


def rollout(trace: SelectionTrace, target: int) -> Attribution:
    """Return the share of the weight, in [0, 1], that reaches ``target`` from each event of its receptive field.

    The rest of the weight, up to a sum of 1, went to the anchors, which stand for "selected nothing". Raises
    ``ExplanationError`` when there is no such event.
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
    """Return the weight of the pairs that lead to each event, all queries, layers and heads of the receptive field together.

    Raises ``ExplanationError`` when there is no such event.
    """
    check_event(trace, target)
    events = reach(trace, target)
    value = np.zeros(len(events), dtype=np.float32)
    for edge in edges(trace, target):
        value[np.searchsorted(events, edge.key)] += edge.weight
    return Attribution(WEIGHT, target, events, value, float(value.sum()), 0.0, None, len(trace.heads))
