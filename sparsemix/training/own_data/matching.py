"""Whether and how far events are matched by identifiers: what the data say.

Identifiers are matched where labels name single events, and most events hold an identifier that others hold, too. An event is
then judged with all events of its order, block or session; how far these lie apart in the data is how far training looks. The
types that are judged by are those whose words stand in few events each: machines and users are in most events, and span
everything. Weights to continue from keep their types, and the span is measured anew.

Axis letters: N events.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sparsemix.dataset import Item
from sparsemix.encoding.entities import Entities, EntityType, entities_of
from sparsemix.encoding.entity_types import NEAREST, find_types
from sparsemix.errors import ConfigError
from sparsemix.training.own_data.plan import Plan

# Share of the events that must hold a repeated identifier, and the share of the spans that training covers.
_SHARED, _COVERED = 0.5, 0.9
# Shortest and longest span in events.
_SHORTEST, _LONGEST = 1024, 131_072
WINDOW, EVENTS = 256, 1024
"""Events of a window and of a batch, at most: many short windows show more identifiers than a long one, and what they are
matched with lies beside them."""


@dataclass(frozen=True, slots=True)
class Matching:
    """``types`` of identifiers to match by, none where they are not matched; the ``span`` of training in events; and why:
    ``shared``, the share of events with an identifier that others hold, and how many events ``most`` (nine in ten) of these
    identifiers span at most."""

    types: tuple[EntityType, ...]
    span: int
    shared: float
    most: int

    def in_words(self) -> str:
        """Say what events are matched by, how far training looks, and why."""
        names = ", ".join(repr(kind.name) for kind in self.types)
        return (
            f"events are matched by identifiers ({names}) within {self.span:,} events, because {self.shared:.0%} of the events "
            f"hold an identifier that others hold, and nine in ten of these identifiers span at most {self.most:,} events"
        )


NO_MATCHING = Matching((), 0, 0.0, 0)


def matching(items: Sequence[Item], task: str, plan: Plan) -> Matching:
    """Return how to match the events of the items by identifiers."""
    located = [item for item in items if item.steps is not None]
    if task != "label" or not located or plan.span == 0 or plan.attention == "softmax":
        return NO_MATCHING
    logs = [[event.message for event in item.sequence.events] for item in items]
    types = find_types(logs)
    few = {number for number, kind in enumerate(types) if kind.nearest == NEAREST}
    found = _measured(logs, types, few, plan)
    return found if found.shared >= _SHARED else NO_MATCHING


def matching_on(items: Sequence[Item], types: tuple[EntityType, ...], task: str, plan: Plan) -> Matching:
    """Return how to go on from weights that match events by these ``types``, which stay; without types, nothing is matched.

    Raises `ConfigError` when the items have no labels of single events, or the plan says that nothing is matched.
    """
    if not types:
        return NO_MATCHING
    if task != "label" or all(item.steps is None for item in items) or plan.span == 0:
        raise ConfigError(
            "the weights to continue from match events by identifiers, and learned from labels of single events: give such "
            "labels again and a span above 0, or train without these weights"
        )
    logs = [[event.message for event in item.sequence.events] for item in items]
    few = {number for number, kind in enumerate(types) if kind.nearest >= max(other.nearest for other in types)}
    return _measured(logs, types, few, plan)


def _measured(logs: Sequence[Sequence[str]], types: tuple[EntityType, ...], few: set[int], plan: Plan) -> Matching:
    """Return the matching by these types, with the plan's span or the one that the types with ``few`` events a word ask for."""
    spans = np.concatenate([np.zeros(0, np.int64), *(_spans(entities_of(log, types), few) for log in logs)])
    most = int(np.quantile(spans, _COVERED)) if len(spans) else 0
    span = min(max(2 ** math.ceil(math.log2(max(most, 1))), _SHORTEST), _LONGEST) if plan.span is None else plan.span
    return Matching(types, span, len(spans) / max(sum(map(len, logs)), 1), most)


def _spans(entities: Entities, types: set[int]) -> NDArray[np.int64]:
    """Return, for every event with a repeated identifier of these types, how many events the one that spans the least spans."""
    first = np.flatnonzero(np.append(True, np.diff(entities.code) != 0)) if len(entities.code) else np.zeros(0, np.int64)
    last = np.append(first[1:], len(entities.code)) - 1
    counts = last - first + 1
    span = np.repeat(entities.event[last] - entities.event[first] + 1, counts) if len(first) else np.zeros(0, np.int64)
    counted = (np.repeat(counts, counts) > 1) & np.isin(entities.type, list(types))
    least = np.full(len(entities), np.iinfo(np.int64).max)
    np.minimum.at(least, entities.event[counted], span[counted])
    return least[least < np.iinfo(np.int64).max]
