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
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sparsemix.dataset import Item
from sparsemix.encoding.encoder import column_names
from sparsemix.encoding.entities import Entities, EntityType, entities_of
from sparsemix.encoding.entity_types import NEAREST, find_types
from sparsemix.errors import ConfigError
from sparsemix.training.own_data.plan import Plan

# Share of the events that must hold a repeated identifier, and the share of the spans that training covers.
_SHARED, _COVERED = 0.5, 0.9
# Shortest and longest span in events.
_SHORTEST, _LONGEST = 1024, 131_072
COLUMN_SHARE = 0.5
"""A number that this share of the events have belongs to a sensor; other numbers are part of an event's text."""
WINDOW, EVENTS = 256, 1024
"""Events of a window and of a batch, at most: many short windows show more identifiers than a long one, and what they are
matched with lies beside them."""


_WHY_NOT = {
    "mixed": "some sequences have no labels of single events",
    "table": "the rows of a table are told apart by their numbers",
    "numbers": "half of the events or more hold numbers with names, as sensors write them",
    "none": "no kind of word was found of which each stands in a few events, as orders, blocks and sessions do",
    "few": "only {shared:.0%} of the events hold an identifier that others hold, and {needed:.0%} must",
    "weights": "the weights to continue from match none",
}
"""Why events are not matched, although labels name single events."""


@dataclass(frozen=True, slots=True)
class Matching:
    """``types`` of identifiers to match by, none where they are not matched; the ``span`` of training in events; and why:
    ``shared``, the share of events with an identifier that others hold, and how many events ``most`` (nine in ten) of these
    identifiers span at most. ``why_not``: why they are not matched, although labels name single events; else empty."""

    types: tuple[EntityType, ...]
    span: int
    shared: float
    most: int
    why_not: str = ""

    def in_words(self, longest: int) -> str:
        """Say what events are matched by, how far training looks, and why; or why they are not matched, so that training looks
        no further than a window of ``longest`` events."""
        if not self.types:
            why = _WHY_NOT[self.why_not].format(shared=self.shared, needed=_SHARED)
            return f"events are not matched by identifiers, because {why}: training looks no further than {longest:,} events"
        names = ", ".join(repr(kind.name) for kind in self.types)
        return (
            f"events are matched by identifiers ({names}) within {self.span:,} events, because {self.shared:.0%} of the events "
            f"hold an identifier that others hold, and nine in ten of these identifiers span at most {self.most:,} events"
        )


NO_MATCHING = Matching((), 0, 0.0, 0)


def matching(items: Sequence[Item], task: str, plan: Plan) -> Matching:
    """Return how to match the events of the items by identifiers."""
    if not _asked_for(items, task, plan):
        return NO_MATCHING
    # A table's rows are told apart by their numbers, and labels of wholes do not say which events belong together.
    if any(item.sequence.source_format == "csv" for item in items):
        return replace(NO_MATCHING, why_not="table")
    if any(item.steps is None for item in items):
        return replace(NO_MATCHING, why_not="mixed")
    logs = [[event.message for event in item.sequence.events] for item in items]
    types = find_types(logs)
    named = {place.split(" ")[0] for kind in types for place in kind.places}
    if not set(column_names([message for log in logs for message in log], COLUMN_SHARE)) <= named:
        return replace(NO_MATCHING, why_not="numbers")
    few = {number for number, kind in enumerate(types) if kind.nearest == NEAREST}
    found = _measured(logs, types, few, plan)
    if found.shared >= _SHARED:
        return found
    return replace(NO_MATCHING, shared=found.shared, why_not="few" if found.shared else "none")


def _asked_for(items: Sequence[Item], task: str, plan: Plan) -> bool:
    """Return whether events would be matched if the data allow it: labels name single events, and the plan does not exclude
    it."""
    labelled = task == "label" and any(item.steps is not None for item in items)
    return labelled and plan.span != 0 and plan.attention != "softmax"


def matching_on(items: Sequence[Item], types: tuple[EntityType, ...], task: str, plan: Plan) -> Matching:
    """Return how to go on from weights that match events by these ``types``, which stay; without types, nothing is matched.

    Raises `ConfigError` when the items have no labels of single events, or the plan says that nothing is matched.
    """
    if not types:
        return replace(NO_MATCHING, why_not="weights") if _asked_for(items, task, plan) else NO_MATCHING
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
