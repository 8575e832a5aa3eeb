"""Two runs side by side: verdict, events and selection; what a counterfactual changed, or other weights, or another log.

Events of the second run are matched with those of the first: by what an edit did with them, else line by line (equal beginning,
equal end, and a longest common subsequence of what lies between, where that is short).
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sparsemix.encoding.sequence import TokenSequence
from sparsemix.errors import ExplanationError
from sparsemix.explain.edits import Edit, edited
from sparsemix.model.model import Progress, Run, SparseMixModel
from sparsemix.trace.selection_trace import SelectionTrace

# Lines between equal beginning and end: the matching takes the square of it.
_MAX_BETWEEN = 3000


@dataclass(frozen=True, slots=True)
class EventChange:
    """Probability of an event of the second run beside that of the first (``first`` None: it was not there, ``second`` None: it
    is gone). ``event`` in the first run, ``other`` in the second."""

    event: int | None
    other: int | None
    first: float | None
    second: float | None

    @property
    def size(self) -> float:
        """Change of the probability; an event that is not there counts as 0."""
        return abs((self.second or 0.0) - (self.first or 0.0))


@dataclass(frozen=True, slots=True)
class LayerChange:
    """Pairs of a layer, all heads: selected in both runs, only in the first, only in the second."""

    both: int
    only_first: int
    only_second: int

    @property
    def kept(self) -> float:
        """Jaccard index of the two selections, in [0, 1]; 1 for two empty ones."""
        total = self.both + self.only_first + self.only_second
        return self.both / total if total else 1.0


@dataclass(frozen=True, slots=True)
class KeyChange:
    """A key that a line selected in either run: ``key`` in the first run, ``other`` in the second (None: it is not there), and
    what it got there, its weights in all layers and heads added up; 0 where it was not selected."""

    key: int | None
    other: int | None
    first: float
    second: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two runs. ``origin`` int64 [N']: the event of the first run for every one of the second, -1 for none. ``events``: those
    whose probability changed most. ``layers``: the selection, layer by layer, where both runs have the same layers and
    heads."""

    first: Run
    second: Run
    origin: NDArray[np.int64]
    events: tuple[EventChange, ...]
    layers: tuple[LayerChange, ...]

    @property
    def flipped(self) -> bool:
        """Whether the verdict changed."""
        return self.first.decision.label != self.second.decision.label

    @property
    def crossed(self) -> tuple[int, int]:
        """How many of the events in both runs are no longer flagged, and how many are only flagged now; each run has its own
        threshold."""
        both = self.origin >= 0
        one, two = self.first.decision, self.second.decision
        was = one.event_probability[self.origin[both]] >= one.event_threshold
        now = two.event_probability[both] >= two.event_threshold
        return int((was & ~now).sum()), int((now & ~was).sum())

    def other(self, event: int) -> int | None:
        """Where an event of the first run is in the second; None when it is not there."""
        found = np.flatnonzero(self.origin == event)
        return int(found[0]) if len(found) else None


def counterfactual(
    model: SparseMixModel,
    sequence: TokenSequence,
    run: Run,
    edits: Sequence[Edit],
    progress: Progress | None = None,
) -> tuple[TokenSequence, Comparison]:
    """Run a sequence again with some events edited: the edited sequence, and both runs side by side.

    Raises ExplanationError for edits that cannot be made or weights that are not those of the run, and whatever ``progress``
    raises.
    """
    if model.weights_sha256 != run.decision.weights_sha256:
        raise ExplanationError("the run was made with other weights: run the sequence again first")
    other, origin = edited(sequence, edits)
    return other, compare(run, model.run_with_trace(other, progress), origin)


def compare(first: Run, second: Run, origin: NDArray[np.int64], most: int = 50) -> Comparison:
    """Two runs side by side; the ``most`` events that changed most."""
    if len(origin) != second.trace.length or (len(origin) and origin.max() >= first.trace.length):
        raise ExplanationError("the matching of events does not fit the two runs")
    return Comparison(first, second, origin, _events(first, second, origin)[:most], _layers(first.trace, second.trace, origin))


def key_changes(comparison: Comparison, event: int) -> tuple[KeyChange, ...]:
    """What an event of the first run selected in either run, its largest weight first.

    Raises ExplanationError when the event is not in both runs.
    """
    other = comparison.other(event) if event >= 0 else None
    if other is None:
        raise ExplanationError(f"event {event} is not in both runs")
    origin = comparison.origin
    place = np.full(comparison.first.trace.length, -1, dtype=np.int64)
    place[origin[origin >= 0]] = np.flatnonzero(origin >= 0)
    first, second = _weights(comparison.first.trace, event), _weights(comparison.second.trace, other)
    found = [KeyChange(key, _there(place, key), weight, second.get(int(place[key]), 0.0)) for key, weight in first.items()]
    # What is left: of the second run's keys those that the first run does not have, or did not select.
    found += [KeyChange(_there(origin, key), key, 0.0, w) for key, w in second.items() if int(origin[key]) not in first]
    return tuple(sorted(found, key=lambda one: (-max(one.first, one.second), one.key is None, one.key or 0, one.other or 0)))


def _weights(trace: SelectionTrace, query: int) -> dict[int, float]:
    """The keys that a query selected in any head, with the sum of their weights."""
    found: dict[int, float] = {}
    for _, _, head in trace:
        pairs = head.pairs_of(query)
        for key, weight in zip(head.key_index[pairs].tolist(), head.weight[pairs].tolist(), strict=True):
            found[key] = found.get(key, 0.0) + weight
    return found


def _there(places: NDArray[np.int64], event: int) -> int | None:
    found = int(places[event])
    return found if found >= 0 else None


def match(first: TokenSequence, second: TokenSequence) -> NDArray[np.int64]:
    """For every event of the second sequence [N'] the one of the first that it is, -1 for none."""
    one, two = [event.text for event in first.events], [event.text for event in second.events]
    start = 0
    while start < min(len(one), len(two)) and one[start] == two[start]:
        start += 1
    end = 0
    while end < min(len(one), len(two)) - start and one[-1 - end] == two[-1 - end]:
        end += 1
    origin = np.full(len(two), -1, dtype=np.int64)
    origin[:start] = np.arange(start)
    if end:
        origin[-end:] = np.arange(len(one) - end, len(one))
    middle_one, middle_two = one[start : len(one) - end], two[start : len(two) - end]
    if max(len(middle_one), len(middle_two)) <= _MAX_BETWEEN:
        found = difflib.SequenceMatcher(None, middle_one, middle_two, autojunk=False)
        for a, b, size in found.get_matching_blocks():
            origin[start + b : start + b + size] = start + a + np.arange(size)
    return origin


def _events(first: Run, second: Run, origin: NDArray[np.int64]) -> tuple[EventChange, ...]:
    before, after = first.decision.event_probability, second.decision.event_probability
    found = [
        EventChange(
            int(event) if event >= 0 else None,
            other,
            float(before[event]) if event >= 0 else None,
            float(after[other]),
        )
        for other, event in enumerate(origin.tolist())
        if event < 0 or before[event] != after[other]
    ]
    gone = np.setdiff1d(np.arange(len(before)), origin)
    found += [EventChange(event, None, float(before[event]), None) for event in gone.tolist()]
    return tuple(sorted(found, key=lambda change: -change.size))


def _layers(first: SelectionTrace, second: SelectionTrace, origin: NDArray[np.int64]) -> tuple[LayerChange, ...]:
    if [len(heads) for heads in first.heads] != [len(heads) for heads in second.heads]:
        return ()
    found = []
    for one, two in zip(first.heads, second.heads, strict=True):
        counts = np.zeros(3, dtype=np.int64)
        for before, after in zip(one, two, strict=True):
            n = first.length
            old = before.query_index.astype(np.int64) * n + before.key_index
            query, key = origin[after.query_index], origin[after.key_index]
            # Pairs with an event that the first run does not have are new, whatever they are.
            known = (query >= 0) & (key >= 0)
            new = query[known] * n + key[known]
            both = len(np.intersect1d(old, new, assume_unique=True))
            counts += (both, len(old) - both, len(query) - both)
        found.append(LayerChange(*counts.tolist()))
    return tuple(found)
