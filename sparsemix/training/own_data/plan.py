"""The plan of learning from one's own data: its settings, the task that the data allow, and the split into parts.

Overlapping sequences are kept apart. A window that shares most of its rows with a training window tests nothing: it would
prefer the weights and thresholds that remember best. So the held-out part is one stretch of every label, in the order given,
and sequences that overlap it are left out of training (purging: Lopez de Prado 2018, "Advances in financial machine learning",
chapter 7). Recordings that were cut without overlap cannot be distinguished from separate sequences, and are split at random
like them.

The data say whether and how far events are matched by identifiers: where labels name single events, and most events hold an
identifier that others hold, too. An event is then judged with all events of its order, block or session; how far these lie
apart in the data is how far training looks. The types that are judged by are those whose words stand in few events each:
machines and users are in most events, and span everything. Weights to continue from keep their types, and the span is measured
anew.

Axis letters: N events.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sparsemix.dataset import DataSet, Item
from sparsemix.dataset.item import LEAST_OF_A_CLASS, labelled
from sparsemix.encoding.encoder import EventReading, column_names
from sparsemix.encoding.entities import Entities, EntityType, entities_from
from sparsemix.encoding.entity_types import NEAREST, find_types
from sparsemix.encoding.file_identifiers import Surroundings, identifiers_of, surroundings
from sparsemix.errors import ConfigError, InputError
from sparsemix.judges import TASKS

LEAST_EVENTS = 50
_MOST_CLASSES = 500
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Plan:
    """Settings of learning. ``task`` "label", "novelty" or "auto"; training ends after ``minutes``, or after ``steps`` where
    they are given, which makes it repeatable; ``seed``; ``false_alarms``: share of normal sequences that may be flagged as
    novel; ``longest`` window in events; ``events`` of a batch; ``context``: number of events that an event is read together
    with; ``span``: the number of events, before and after, within which events are matched by identifiers (None: as far as
    the identifiers in the data span; 0: they are not matched); ``attention`` as in the configuration; ``judge``: whether a log
    whose normal course was learned is judged by its "typical" event or by its highest event ("max"); ``held_out``: share of the
    sequences that is kept for calibration;
    ``features``: number of hash buckets of the encoder; ``double``: compute in double precision, in which runs on one and on
    several processes can be compared."""

    task: str = "auto"
    minutes: float = 5.0
    steps: int | None = None
    seed: int = 0
    false_alarms: float = 0.01
    longest: int = 1024
    events: int = 2048
    context: int = 3
    span: int | None = None
    attention: str = "entmax15"
    judge: str = "max"
    learning_rate: float = 3e-3
    weight_decay: float = 0.05
    dropout: float = 0.1
    held_out: float = 0.2
    features: int = 16_384
    double: bool = False

    def __post_init__(self) -> None:
        if self.task not in (*TASKS, "auto"):
            raise ConfigError(f"the task must be auto, {' or '.join(TASKS)}, not {self.task!r}")
        if self.judge not in ("max", "typical"):
            raise ConfigError(f"a log is judged by its max or its typical event, not by {self.judge!r}")
        # Written so that NaN is refused, too.
        if not (self.minutes > 0 and self.learning_rate > 0):
            raise ConfigError("minutes and learning rate must be positive")
        if not (0 < self.false_alarms < 0.5 and 0 < self.held_out < 0.9 and 0 <= self.dropout < 1):
            raise ConfigError("false alarms must lie between 0 and 0.5, the held out share between 0 and 0.9, dropout below 1")
        if (self.steps is not None and self.steps < 2) or min(self.longest, self.events) < 16 or self.context < 1:
            raise ConfigError("steps must be at least 2, windows and batches at least 16 events, the context at least 1")
        if self.span is not None and self.span < 0:
            raise ConfigError("the span of matching must not be negative")


def task_of(data: DataSet, plan: Plan) -> str:
    """Return the task of the plan, or the task that the labels allow.

    Raises ``InputError`` when the plan asks for labels and they do not suffice.
    """
    counts = labelled(data.items)
    if plan.task == "auto":
        return "label" if counts.suffice else "novelty"
    if plan.task == "label" and not counts.suffice:
        raise InputError(
            f"{data.name} has {counts.faulty} faulty and {counts.normal} normal labelled sequences; learning from labels needs "
            f"{LEAST_OF_A_CLASS} of each. Label more, or learn what is normal (task novelty).",
            code="one_class",
            faulty=counts.faulty,
            normal=counts.normal,
        )
    return plan.task


def told_apart(items: Sequence[Item]) -> tuple[str, ...]:
    """Return the faults that the network can learn to distinguish: labels of at least four sequences or steps each.

    Return none where there are fewer than two of them, or more than 500.
    """
    counts = Counter(fault for item in items for fault in item.faults)
    faults = sorted(name for name, count in counts.items() if count >= LEAST_OF_A_CLASS)
    return tuple(faults) if 1 < len(faults) <= _MOST_CLASSES else ()


def usable(data: DataSet, task: str) -> list[Item]:
    """Return the items to learn from: all labelled items, or for novelty all items that are not known to be faulty.

    Raises ``InputError`` when all items are faulty or there are too few events.
    """
    items = [item for item in data.items if (item.faulty is not None if task == "label" else item.faulty is not True)]
    if data.items and not items and task == "novelty":
        raise InputError(
            f"All {len(data)} sequences of {data.name} are labelled as faulty. Add normal sequences: the model learns from "
            "them what is normal, and how faults differ from it; or say with --normal which labels mean normal.",
            code="all_faulty",
            faulty=len(data),
        )
    events = sum(len(item) for item in items)
    if events < LEAST_EVENTS:
        raise InputError(
            f"{data.name} has {events} events to learn from; at least {LEAST_EVENTS} are needed.",
            code="too_few_events",
            found=events,
            needed=LEAST_EVENTS,
            skipped=0,
        )
    return items


def split(items: Sequence[Item], share: float, seed: int) -> tuple[list[Item], list[Item]]:
    """Split into items to learn from and items held out: the ``share`` of every class, at random.

    Where there are only a few sequences, each sequence is cut in time and its end is held out.
    """
    if len(items) < 2 * LEAST_OF_A_CLASS:
        return _cut(items, share)
    rng = np.random.default_rng(seed)
    held: set[int] = set()
    for faulty in (True, False, None):
        group = [place for place, item in enumerate(items) if item.faulty is faulty]
        held.update(rng.permutation(group)[: round(share * len(group))].tolist())
    if not held:
        # A small share of a few labels rounds to no item, and there would be nothing to compare with: hold out one item of the
        # larger class.
        largest = max((True, False, None), key=lambda faulty: sum(item.faulty is faulty for item in items))
        held.add(int(rng.choice([place for place, item in enumerate(items) if item.faulty is largest])))
    return [item for place, item in enumerate(items) if place not in held], [items[place] for place in sorted(held)]


def _cut(items: Sequence[Item], share: float) -> tuple[list[Item], list[Item]]:
    first, second = [], []
    for item in items:
        at = len(item) - round(share * len(item))
        first.append(item.part(0, at))
        if at < len(item):
            second.append(item.part(at, len(item)))
    return first, second


def split_apart(items: Sequence[Item], share: float, seed: int) -> tuple[list[Item], list[Item]]:
    """Split as ``split`` does, but keep overlapping tables apart that are labelled as a whole.

    Of such tables, one stretch of every label is held out in place of single tables, and tables that overlap the stretch are in
    neither part, unless hardly any tables of that label would be left.
    """
    if len(items) < 2 * LEAST_OF_A_CLASS or any(item.label is None or item.steps is not None for item in items):
        return split(items, share, seed)
    held = _stretches(items, share, np.random.default_rng(seed)) if _any_overlap(items) else np.zeros(len(items), np.bool_)
    if not held.any():
        return split(items, share, seed)
    left_out = beside(items, held)
    labels = np.array([item.label for item in items])
    for label in np.unique(labels):
        if (~held & ~left_out & (labels == label)).sum() < LEAST_OF_A_CLASS:
            left_out &= labels != label
    trained = [item for place, item in enumerate(items) if not held[place] and not left_out[place]]
    return trained, [items[place] for place in np.flatnonzero(held).tolist()]


def stretches_of(labels: Sequence[object], folds: int) -> NDArray[np.int64]:
    """Return a fold for every sequence: every fold holds the same share of each label, as one stretch in the order given."""
    fold = np.zeros(len(labels), np.int64)
    for label in dict.fromkeys(labels):
        places = [place for place, name in enumerate(labels) if name == label]
        fold[places] = np.arange(len(places)) * folds // len(places)
    return fold


def beside(items: Sequence[Item], chosen: Mask) -> Mask:
    """Return a mask [S] of the ``items`` that are not ``chosen`` but overlap a chosen item before or after them; ``items`` in
    the order given."""
    overlapping = np.zeros(len(items), np.bool_)
    for step in (-1, 1):
        for edge in np.flatnonzero(chosen).tolist():
            place = edge + step
            while 0 <= place < len(items) and not chosen[place] and _overlap(items, min(place, edge), max(place, edge)):
                overlapping[place] = True
                place += step
    return overlapping


def _stretches(items: Sequence[Item], share: float, rng: np.random.Generator) -> Mask:
    held = np.zeros(len(items), np.bool_)
    for label in dict.fromkeys(item.label for item in items):
        places = [place for place, item in enumerate(items) if item.label == label]
        count = round(share * len(places))
        start = int(rng.integers(0, len(places) - count + 1))
        held[places[start : start + count]] = True
    return held


def _any_overlap(items: Sequence[Item]) -> bool:
    """Return whether any table begins with rows that end the table before it."""
    tables = all(item.sequence.source_format == "csv" for item in items)
    return tables and any(_overlap(items, place, place + 1) for place in range(len(items) - 1))


def _overlap(items: Sequence[Item], before: int, after: int) -> bool:
    """Return whether item ``before`` ends with the rows that item ``after`` begins with.

    The common rows must hold at least two different rows, because a machine at rest repeats itself.
    """
    first, second = ([event.message for event in items[place].sequence.events] for place in (before, after))
    for rows in range(min(len(first), len(second)), 1, -1):
        if first[-rows] == second[0] and first[-1] == second[rows - 1] and first[-rows:] == second[:rows]:
            return len(set(second[:rows])) > 1
    return False


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
    """``types`` of identifiers to match by, none where they are not matched, and the words ``around`` them; the ``span`` of
    training in events; and why: ``shared``, the share of events with an identifier that others hold, and how many events
    ``most`` (nine in ten) of these identifiers span at most. ``why_not``: why they are not matched, although labels name single
    events; else empty."""

    types: tuple[EntityType, ...]
    span: int
    shared: float
    most: int
    why_not: str = ""
    around: Surroundings = ()

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
    found = _measured(logs, types, surroundings(logs, types), few, plan)
    if found.shared >= _SHARED:
        return found
    return replace(NO_MATCHING, shared=found.shared, why_not="few" if found.shared else "none")


def _asked_for(items: Sequence[Item], task: str, plan: Plan) -> bool:
    """Return whether events would be matched if the data allow it: labels name single events, and the plan does not exclude
    it."""
    labelled = task == "label" and any(item.steps is not None for item in items)
    return labelled and plan.span != 0 and plan.attention != "softmax"


def matching_on(items: Sequence[Item], reading: EventReading, task: str, plan: Plan) -> Matching:
    """Return how to go on from weights with this ``reading``, whose types of identifiers, and the words around them, stay;
    weights of earlier versions get such words. Without types, nothing is matched.

    Raises `ConfigError` when the items have no labels of single events, or the plan says that nothing is matched.
    """
    types = reading.entities
    if not types:
        return replace(NO_MATCHING, why_not="weights") if _asked_for(items, task, plan) else NO_MATCHING
    if task != "label" or all(item.steps is None for item in items) or plan.span == 0:
        raise ConfigError(
            "the weights to continue from match events by identifiers, and learned from labels of single events: give such "
            "labels again and a span above 0, or train without these weights"
        )
    logs = [[event.message for event in item.sequence.events] for item in items]
    few = {number for number, kind in enumerate(types) if kind.nearest >= max(other.nearest for other in types)}
    return _measured(logs, types, reading.around or surroundings(logs, types), few, plan)


def _measured(
    logs: Sequence[Sequence[str]], types: tuple[EntityType, ...], around: Surroundings, few: set[int], plan: Plan
) -> Matching:
    """Return the matching by these types, with the plan's span or the one that the types with ``few`` events a word ask for."""
    entities = (entities_from(identifiers_of(log, types, around), types) for log in logs)
    spans = np.concatenate([np.zeros(0, np.int64), *(_spans(one, few) for one in entities)])
    most = int(np.quantile(spans, _COVERED)) if len(spans) else 0
    span = min(max(2 ** math.ceil(math.log2(max(most, 1))), _SHORTEST), _LONGEST) if plan.span is None else plan.span
    return Matching(types, span, len(spans) / max(sum(map(len, logs)), 1), most, around=around)


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
