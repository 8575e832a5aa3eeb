"""From weights and a feedback set to new weights, and the changes: in every marked pair, all selections, and the decisions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TypeVar

import numpy as np
import torch

from sparsemix.dataset import DataSet
from sparsemix.encoding.encoder import encode
from sparsemix.encoding.sequence import TokenSequence
from sparsemix.errors import ConfigError, FeedbackError
from sparsemix.model.event_batch import EventBatch
from sparsemix.model.model import SparseMixModel
from sparsemix.model.network import Network
from sparsemix.model.run import Run
from sparsemix.trace.selection_trace import SelectionTrace
from sparsemix.training.feedback.fitting import FeedbackPlan, Fit, Lesson, Teacher, fit_feedback
from sparsemix.training.feedback.pair_judge import PairJudge
from sparsemix.training.feedback.reading import FeedbackSet, ReviewedDecision
from sparsemix.training.feedback.targets import Targets, judge_of, judged, marked_pairs, reviewed_templates, targets_of

Heads = dict[tuple[int, int], int]
# Share of the inputs that nothing is learned from; none of fewer than ten inputs.
_HELD_OUT, _LEAST_HELD_OUT = 0.2, 10
_THRESHOLDS = tuple(round(0.05 * step, 2) for step in range(1, 20))
_Item = TypeVar("_Item")
Progress = Callable[[float, str], None]
"""Called with the share done in [0, 1] and a stage ("judge", "learn", "compare"); may raise RunCancelled to stop."""


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
        """Return the changes as JSON types, with counts in place of the single pairs."""
        plain = {name: value for name, value in asdict(self).items() if name != "pairs"}
        return plain | {"spurious": self.counts(relevant=False), "relevant": self.counts(relevant=True)}

    def counts(self, *, relevant: bool) -> dict[str, int]:
        """Return for the rather relevant pairs (missing ones included) or the rather spurious ones how many there are, how many
        any head selected before and after, and how many heads did."""
        pairs = [pair for pair in self.pairs if (pair.relevant >= 0.5) is relevant]
        return {
            "pairs": len(pairs),
            "selected_before": sum(pair.before > 0 for pair in pairs),
            "selected_after": sum(pair.after > 0 for pair in pairs),
            "heads_before": sum(pair.before for pair in pairs),
            "heads_after": sum(pair.after for pair in pairs),
        }


def changes_of(
    decisions: Sequence[ReviewedDecision], targets: Sequence[Targets], before: Sequence[Run], after: Sequence[Run]
) -> Changes:
    """Compare runs of the same decisions by two sets of weights; ``targets``: the targets of their pairs."""
    pairs: list[PairChange] = []
    selections, objected, agreeing = np.zeros(2, np.int64), np.zeros(2, np.int64), np.zeros(2, np.int64)
    otherwise = flagged = events = 0
    for decision, target, *runs in zip(decisions, targets, before, after, strict=True):
        heads = [_heads(run.trace) for run in runs]
        for (query, key), relevant in marked_pairs(decision).items():
            pairs.append(
                PairChange(decision.id, query, key, relevant, *(counts_of.get((query, key), 0) for counts_of in heads))
            )
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


@dataclass(frozen=True, slots=True)
class LearnedFeedback:
    """The new weights, the ``judge`` of pairs (None: only marks counted), the changes in the decisions that were ``learned``
    from and in the ``held_out`` decisions, and the losses of the steps."""

    model: SparseMixModel
    judge: PairJudge | None
    learned: Changes
    held_out: Changes
    fits: tuple[Fit, ...]


def learn_feedback(
    model: SparseMixModel,
    feedback: FeedbackSet,
    plan: FeedbackPlan = FeedbackPlan(),  # noqa: B008 - frozen
    *,
    replay: DataSet | None = None,
    noise_control: bool = True,
    progress: Progress = lambda _share, _stage: None,
    report: Callable[[Fit], None] = lambda _fit: None,
) -> LearnedFeedback:
    """Learn from reviews.

    ``replay``: data that nobody reviewed, whose events shall be judged as before; ``noise_control``: believe reviewers as far
    as they agree, and refuse marks that do not differ from chance; without it, every mark is taken as certain; ``report``:
    called with every step's losses, before ``progress``. Raises ``ConfigError`` when these weights cannot learn from reviews,
    ``FeedbackError`` when nothing can be learned, ``TrainingCollapsed`` when the loss is not finite.
    """
    _check_learnable(model, feedback)
    taught, held = split(feedback.decisions, plan.seed)
    before = [model.run_with_trace(one.sequence) for one in _counted([*taught, *held], progress, "judge", 0.0, 0.1)]
    ours, theirs = before[: len(taught)], before[len(taught) :]
    judge = judge_of(taught, ours, plan.seed) if noise_control else None
    if judge is not None and not judge.knows:
        raise FeedbackError(
            f"what reviewers said of pairs cannot be told from chance (AUC {judge.auc:.2f}, 99 % interval {judge.low:.2f} to "
            f"{judge.high:.2f}, on decisions not learned from): nothing is learned from it. More reviews by several people of "
            "the same decisions help; --no-noise-control takes every mark at its word."
        )
    reviewed = reviewed_templates(taught)
    lessons_from = list(taught) if noise_control else [_at_its_word(one) for one in taught]
    targets = targets_of(lessons_from, ours, judge, reviewed, plan.seed)
    checked = targets_of(held, theirs, judge, reviewed, plan.seed, learned=False)
    fits: list[Fit] = []

    def on_fit(fit: Fit) -> None:
        fits.append(fit)
        report(fit)
        progress(0.2 + 0.6 * fit.share, "learn")

    lessons = [_lesson(model, one.sequence, target, one.faulty) for one, target in zip(lessons_from, targets, strict=True)]
    checks = [_lesson(model, one.sequence, target, 0.5) for one, target in zip(held, checked, strict=True)]
    replay_sequences = [] if replay is None else [item.sequence for item in replay.items]
    replayed = _replayed(model, replay_sequences, judge, reviewed, plan.seed, progress)
    teacher = Teacher(model.network, model.calibration)
    network = fit_feedback(teacher, lessons, replayed, checks, plan, on_fit)
    # Probabilities move a little with the selection; the threshold follows, so that the same events are flagged.
    threshold = _same_flags(teacher, network, _counted([*lessons, *replayed], progress, "compare", 0.8, 0.1))
    new = SparseMixModel(network, model.vocabulary, model.neutral, model.calibration, *model.learned).with_config(
        event_threshold=threshold
    )
    after = [new.run_with_trace(one.sequence) for one in _counted([*taught, *held], progress, "compare", 0.9, 0.1)]
    learned = changes_of(taught, targets, ours, after[: len(taught)])
    return LearnedFeedback(new, judge, learned, changes_of(held, checked, theirs, after[len(taught) :]), tuple(fits))


def _check_learnable(model: SparseMixModel, feedback: FeedbackSet) -> None:
    """Raise ``ConfigError`` when these weights cannot learn from reviews, ``FeedbackError`` when there are no marks."""
    if model.config.attention != "entmax15":
        raise ConfigError("a dense softmax model selects every pair: there is no selection to correct")
    if model.judge.task == "novelty":
        raise ConfigError(
            "these weights learned what is usual, and judge by how often they saw it: reviews do not change that. "
            "Train new weights with train --data, from normal data."
        )
    if not feedback.marks:
        raise FeedbackError("nobody said anything about a pair; mark pairs as relevant, spurious or missing in Review")


def split(decisions: Sequence[ReviewedDecision], seed: int) -> tuple[list[ReviewedDecision], list[ReviewedDecision]]:
    """Split into decisions to learn from and decisions to compare with.

    All decisions on the same input are on the same side; where there are few inputs, all decisions are learned from.
    """
    inputs = sorted({one.input_sha256 for one in decisions})
    if len(inputs) < _LEAST_HELD_OUT:
        return list(decisions), []
    order = np.random.default_rng([seed, 6]).permutation(len(inputs))
    away = {inputs[place] for place in order[: round(_HELD_OUT * len(inputs))].tolist()}
    return [one for one in decisions if one.input_sha256 not in away], [one for one in decisions if one.input_sha256 in away]


def _replayed(
    model: SparseMixModel,
    sequences: Sequence[TokenSequence],
    judge: PairJudge | None,
    reviewed: frozenset[str],
    seed: int,
    progress: Progress,
) -> list[Lesson]:
    """Return lessons of sequences that nobody reviewed, with the judge's targets for their pairs where there is a judge."""
    if judge is None:
        return [_lesson(model, sequence, None, 0.5) for sequence in sequences]
    # One by one, so that the selections of hundreds of sequences are not in memory together.
    runs = (model.run_with_trace(sequence) for sequence in _counted(sequences, progress, "judge", 0.1, 0.1))
    targets = judged(sequences, runs, judge, reviewed, seed)
    return [_lesson(model, sequence, target, 0.5) for sequence, target in zip(sequences, targets, strict=True)]


@torch.no_grad()
def _same_flags(teacher: Teacher, network: Network, lessons: Iterable[Lesson]) -> float:
    """Return the event threshold that changes the fewest flags of events, the nearest to the old one among equals."""
    old = teacher.network.config.event_threshold
    flagged, probability = [], []
    for lesson in lessons:
        logits, _ = network(EventBatch.of([lesson.hashed]), following=lesson.following)
        flagged.append(teacher.logits(lesson)[0].sigmoid() >= old)
        probability.append(logits[0].sigmoid())
    before, after = torch.cat(flagged), torch.cat(probability)
    return min(
        {old, *_THRESHOLDS},
        key=lambda threshold: (int(((after >= threshold) != before).sum()), abs(threshold - old), threshold),
    )


def _counted(items: Sequence[_Item], progress: Progress, stage: str, start: float, share: float) -> Iterator[_Item]:
    """Yield the items, and report progress before each: its place within the stage's ``share``, which begins at ``start``."""
    for place, item in enumerate(items):
        progress(start + share * place / len(items), stage)
        yield item


def _at_its_word(decision: ReviewedDecision) -> ReviewedDecision:
    """Return the decision with every mark, and the label, taken as certain."""
    marks = tuple(replace(mark, probable=_sure(mark.probable)) for mark in decision.marks)
    return replace(decision, probable=_sure(decision.probable), marks=marks)


def _sure(probable: float) -> float:
    # 0.5: nobody reviewed it, or equally many reviewers disagree.
    return probable if probable == 0.5 else 1.0 - 1e-6


def _lesson(model: SparseMixModel, sequence: TokenSequence, targets: Targets | None, faulty: float) -> Lesson:
    hashed = encode(sequence.events, model.config.features, model.reading)
    return Lesson(hashed, model.knowledge.following(sequence.events), targets, faulty)
