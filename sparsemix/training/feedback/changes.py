"""The changes made by learning from feedback: in every marked pair, in all selections, and in the decisions."""

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
    """A marked pair: how probably it is ``relevant`` by the marks, and how many heads selected it ``before`` and ``after``."""

    decision: str
    query: int
    key: int
    relevant: float
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class Changes:
    """The changes over some decisions: the marked ``pairs``; ``selections`` of pairs of two different events by all heads;
    ``objected``, the selections that reviewers or the judge consider rather spurious; ``decided_otherwise``, decisions with
    another label; ``flagged_otherwise``, events of all ``events`` that are newly flagged or no longer flagged; ``agreeing``,
    decisions with the label that reviewers consider right. Two numbers are before and after."""

    decisions: int
    events: int
    pairs: tuple[PairChange, ...]
    selections: tuple[int, int]
    objected: tuple[int, int]
    decided_otherwise: int
    flagged_otherwise: int
    agreeing: tuple[int, int]

    def figures(self) -> dict[str, object]:
        """Return the changes as JSON types without the single pairs.

        For the rather spurious and the rather relevant pairs (missing ones included): how many there are, and how many any head
        selected before and after.
        """
        plain = {name: value for name, value in asdict(self).items() if name != "pairs"}
        spurious = [pair for pair in self.pairs if pair.relevant < 0.5]
        relevant = [pair for pair in self.pairs if pair.relevant >= 0.5]
        return plain | {"spurious": _selected(spurious), "relevant": _selected(relevant)}


def changes_of(
    decisions: Sequence[ReviewedDecision], targets: Sequence[Targets], before: Sequence[Run], after: Sequence[Run]
) -> Changes:
    """Compare runs of the same decisions by two sets of weights; ``targets``: the targets of their pairs."""
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
        selections += [sum(counts_of.values()) for counts_of in heads]
        objected += [sum(counts_of.get(pair, 0) for pair in doubted) for counts_of in heads]
        if decision.faulty != 0.5:  # else nobody reviewed its verdict, or equally many reviewers disagree
            reviewed_label = "normal" if decision.faulty < 0.5 else "fault"
            agreeing += [run.decision.label == reviewed_label for run in runs]
        flags_before, flags_after = (run.decision.event_probability >= run.decision.event_threshold for run in runs)
        flagged += int((flags_before != flags_after).sum())
        otherwise += runs[0].decision.label != runs[1].decision.label
        events += len(decision.sequence)
    totals = [(int(counts_of[0]), int(counts_of[1])) for counts_of in (selections, objected, agreeing)]
    return Changes(len(decisions), events, tuple(pairs), totals[0], totals[1], otherwise, flagged, totals[2])


def _heads(trace: SelectionTrace) -> Heads:
    """Count for each pair of two different events the heads that selected it."""
    pairs = [np.stack([head.query_index, head.key_index], 1)[head.query_index != head.key_index] for _, _, head in trace]
    selected, count = np.unique(np.concatenate(pairs), axis=0, return_counts=True)
    return {(query, key): number for (query, key), number in zip(selected.tolist(), count.tolist(), strict=True)}


def _pair_changes(decision: ReviewedDecision, before: Heads, after: Heads) -> Iterator[PairChange]:
    for (query, key), relevant in marked_pairs(decision).items():
        yield PairChange(decision.id, query, key, relevant, before.get((query, key), 0), after.get((query, key), 0))


def _selected(pairs: Sequence[PairChange]) -> dict[str, int]:
    return {
        "pairs": len(pairs),
        "selected_before": sum(pair.before > 0 for pair in pairs),
        "selected_after": sum(pair.after > 0 for pair in pairs),
        "heads_before": sum(pair.before for pair in pairs),
        "heads_after": sum(pair.after for pair in pairs),
    }
