"""Attribution: what each event contributed to one event's logit; and the two methods that follow the selected weight.

Only pairs of the receptive field can have an effect on the event's logit; an ``EventPair`` holds all heads of such a pair.

Rollout, Abnar and Zuidema 2020 (arXiv 2005.00928): the heads' weights are averaged, half of every layer stands for the residual
connection, and the layers are multiplied. Over logged pairs the product is a few additions, whatever the length. Raw weights
and rollout both follow weights, not what the weights carry: correlates to be compared with effects, not causes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sparsemix.distinct import distinct
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
    minus that, 0 when they do; else None. ``steps``: of an integration, samples or forward passes otherwise. ``groups``: for
    ablation, how many groups of events there are; ``steps`` of them were left out in turn.
    """

    method: str
    target: int
    events: NDArray[np.int64]
    value: NDArray[np.float32]
    logit: float
    baseline_logit: float
    delta: float | None
    steps: int
    groups: int | None = None

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
    def tried(self) -> tuple[int, int] | None:
        """Return how many groups of how many were left out, where not all were; None otherwise."""
        return None if self.groups is None or self.steps == self.groups else (self.steps, self.groups)

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
    model = rerun.model
    return ReceptiveField(
        model.network, rerun.embedded, model.neutral, rerun.trace, target, step, rerun.following, rerun.matches
    )


@dataclass(frozen=True, slots=True)
class EventPair:
    """A query and its key with the ``pairs`` that join them, the largest weight first; ``weight``: their weights' sum."""

    query: int
    key: int
    pairs: tuple[Pair, ...]
    weight: float


class _Pairs(NamedTuple):
    """Pairs [P] of one head in a receptive field; ``carried``: the largest product of weights along a way from the target to
    each, its own weight included."""

    layer: int
    head: int
    query: NDArray[np.int64]
    key: NDArray[np.int64]
    weight: NDArray[np.float64]
    carried: NDArray[np.float64]


def field_pairs(trace: SelectionTrace, target: int) -> Iterator[_Pairs]:
    """Yield the pairs of the receptive field of ``target``, from the last layer down, head by head.

    Raises ``ExplanationError`` when there is no such event.
    """
    check_event(trace, target)
    share = np.zeros(trace.length)
    share[target] = 1.0
    events = np.array([target])
    for layer in reversed(range(len(trace.heads))):
        below, keys = share.copy(), [events]
        for index, head in enumerate(trace.heads[layer]):
            counts, places = head.pairs_of_all(events)
            query, key = np.repeat(events, counts), head.key_index[places].astype(np.int64)
            weight = head.weight[places].astype(np.float64)
            carried = share[query] * weight
            np.maximum.at(below, key, carried)
            keys.append(key)
            yield _Pairs(layer, index, query, key, weight, carried)
        share, events = below, distinct(np.concatenate(keys))


def edges(trace: SelectionTrace, target: int, most: int | None = None) -> list[EventPair]:
    """Return the edges of the receptive field of ``target`` between two different events, the edge that carries most first;
    ``most``: only so many of them.

    A pair of an event with itself is left out, because it carries only the event's own content. Raises ``ExplanationError``
    when there is no such event.
    """
    parts = [part for part in field_pairs(trace, target) if len(part.key)]
    if not parts:
        return []
    sizes = [len(part.key) for part in parts]
    layer, head = (np.repeat([getattr(part, name) for part in parts], sizes) for name in ("layer", "head"))
    query, key, weight, carried = (np.concatenate([part[i] for part in parts]) for i in range(2, 6))
    edge = query * trace.length + key
    # All pairs of an edge stand together, the largest weight first.
    order = np.lexsort((head, layer, -weight, edge))
    order = order[(query != key)[order]]
    starts = np.flatnonzero(np.diff(edge[order], prepend=-1))
    ends = np.append(starts[1:], len(order))
    carried = np.maximum.reduceat(carried[order], starts) if len(starts) else carried[:0]
    # Edges stand by query, then key already.
    best = np.argsort(-carried, kind="stable")[:most]
    result = []
    for place in best.tolist():
        some = order[starts[place] : ends[place]]
        pairs = zip(layer[some].tolist(), head[some].tolist(), query[some].tolist(), key[some].tolist(), strict=True)
        first = int(some[0])
        joined = tuple(Pair(*pair) for pair in pairs)
        result.append(EventPair(int(query[first]), int(key[first]), joined, float(weight[some].sum())))
    return result


def edge_count(trace: SelectionTrace, target: int) -> int:
    """Return the number of ``edges``. Raises ``ExplanationError`` when there is no such event."""
    found = [(part.query * trace.length + part.key)[part.query != part.key] for part in field_pairs(trace, target)]
    return len(distinct(np.concatenate(found)))


def rollout(trace: SelectionTrace, target: int) -> Attribution:
    """Return the share of the weight, in [0, 1], that reaches ``target`` from each event of its receptive field.

    The rest of the weight, up to a sum of 1, went to the anchors, which stand for "selected nothing". Raises
    ``ExplanationError`` when there is no such event.
    """
    check_event(trace, target)
    share = np.zeros(trace.length)
    share[target] = 1.0
    below, layer = share, len(trace.heads)
    for part in field_pairs(trace, target):
        if part.layer != layer:
            share, below, layer = below, 0.5 * below, part.layer
        below += np.bincount(part.key, 0.5 * share[part.query] * part.weight / len(trace.heads[layer]), trace.length)
    events = reach(trace, target)
    return Attribution(ROLLOUT, target, events, below[events].astype(np.float32), 1.0, 0.0, None, len(trace.heads))


def selection_weight(trace: SelectionTrace, target: int) -> Attribution:
    """Return the weight of the pairs that lead to each event, all queries, layers and heads of the receptive field together.

    Raises ``ExplanationError`` when there is no such event.
    """
    total = np.zeros(trace.length)
    for part in field_pairs(trace, target):
        total += np.bincount(part.key, np.where(part.query == part.key, 0.0, part.weight), trace.length)
    events = reach(trace, target)
    value = total[events].astype(np.float32)
    return Attribution(WEIGHT, target, events, value, float(value.sum()), 0.0, None, len(trace.heads))
