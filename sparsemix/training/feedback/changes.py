"""What learning from feedback changed: in every pair that people spoke of, in all selections, and in what was decided."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass

import numpy as np

from sparsemix.model.model import Run
from sparsemix.trace.selection_trace import SelectionTrace
from sparsemix.training.feedback.reading import ReviewedDecision
from sparsemix.training.feedback.targets import Targets, marked_pairs

Heads = dict[tuple[int, int], int]


@dataclass(frozen=True, slots=True)
class PairChange:
    """A pair that people spoke of: how probably it is ``relevant`` by what they said, and how many heads selected it ``before``
    and do ``after``."""

    decision: str
    query: int
    key: int
    relevant: float
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class Changes:
    """Over some decisions: ``pairs`` that people spoke of; ``selections`` of pairs of two different events by all heads;
    ``objected``, those among them that people, or the judge, rather take for spurious; ``decided_otherwise``, decisions with
    another label, and ``flagged_otherwise``, events that are flagged now and were not, or the other way round, of ``events``;
    ``agreeing``, decisions whose label is the one that reviewers hold for right. Each before and after where there are two."""

    decisions: int
    events: int
    pairs: tuple[PairChange, ...]
    selections: tuple[int, int]
    objected: tuple[int, int]
    decided_otherwise: int
    flagged_otherwise: int
    agreeing: tuple[int, int]

    def figures(self) -> dict[str, object]:
        """As JSON, without the single pairs: of those rather spurious and those rather relevant (missing ones among them), how
        many there are and how many any head selected before and selects after."""
        plain = {name: value for name, value in asdict(self).items() if name != "pairs"}
        spurious = [one for one in self.pairs if one.relevant < 0.5]
        relevant = [one for one in self.pairs if one.relevant >= 0.5]
        return plain | {"spurious": _selected(spurious), "relevant": _selected(relevant)}


def changes_of(
    decisions: Sequence[ReviewedDecision], targets: Sequence[Targets], before: Sequence[Run], after: Sequence[Run]
) -> Changes:
    """Compare runs of the same decisions by two sets of weights; ``targets``: what was made of their pairs."""
    pairs: list[PairChange] = []
    selections, objected, agreeing = np.zeros(2, np.int64), np.zeros(2, np.int64), np.zeros(2, np.int64)
    otherwise = flagged = events = 0
    for decision, target, *runs in zip(decisions, targets, before, after, strict=True):
        heads = [_heads(run.trace) for run in runs]
        pairs += _pair_changes(decision, *heads)
        doubted = [
            (query, key)
            for query, key, relevant in zip(target.query.tolist(), target.key.tolist(), target.relevant.tolist(), strict=True)
            if relevant < 0.5
        ]
        selections += [sum(found.values()) for found in heads]
        objected += [sum(found.get(pair, 0) for pair in doubted) for found in heads]
        if decision.faulty != 0.5:  # else nobody spoke of its verdict, or equals dispute it
            said = "normal" if decision.faulty < 0.5 else "fault"
            agreeing += [run.decision.label == said for run in runs]
        one, two = (run.decision.event_probability >= run.decision.event_threshold for run in runs)
        flagged += int((one != two).sum())
        otherwise += runs[0].decision.label != runs[1].decision.label
        events += len(decision.sequence)
    counts = [(int(found[0]), int(found[1])) for found in (selections, objected, agreeing)]
    return Changes(len(decisions), events, tuple(pairs), counts[0], counts[1], otherwise, flagged, counts[2])


def _heads(trace: SelectionTrace) -> Heads:
    """By how many heads each pair of two different events was selected."""
    pairs = [np.stack([head.query_index, head.key_index], 1)[head.query_index != head.key_index] for _, _, head in trace]
    found, count = np.unique(np.concatenate(pairs), axis=0, return_counts=True)
    return {(query, key): number for (query, key), number in zip(found.tolist(), count.tolist(), strict=True)}


def _pair_changes(decision: ReviewedDecision, before: Heads, after: Heads) -> Iterator[PairChange]:
    for (query, key), relevant in marked_pairs(decision).items():
        yield PairChange(decision.id, query, key, relevant, before.get((query, key), 0), after.get((query, key), 0))


def _selected(pairs: Sequence[PairChange]) -> dict[str, int]:
    return {
        "pairs": len(pairs),
        "selected_before": sum(one.before > 0 for one in pairs),
        "selected_after": sum(one.after > 0 for one in pairs),
        "heads_before": sum(one.before for one in pairs),
        "heads_after": sum(one.after for one in pairs),
    }
