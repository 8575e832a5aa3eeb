"""From weights and a feedback set to new weights, with an account of what changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
import torch

from sparsemix.dataset import DataSet
from sparsemix.encoding.encoder import encode
from sparsemix.encoding.sequence import TokenSequence
from sparsemix.errors import ConfigError, FeedbackError
from sparsemix.model.model import SparseMixModel
from sparsemix.model.network import Batch, Network
from sparsemix.training.feedback.changes import Changes, changes_of
from sparsemix.training.feedback.fitting import FeedbackPlan, Fit, Lesson, Teacher, fit_feedback
from sparsemix.training.feedback.pair_judge import PairJudge
from sparsemix.training.feedback.reading import FeedbackSet, ReviewedDecision
from sparsemix.training.feedback.targets import Targets, judge_of, judged, reviewed_templates, targets_of

_HELD_OUT, _LEAST_HELD_OUT = 0.2, 10
_THRESHOLDS = tuple(round(0.05 * step, 2) for step in range(1, 20))
_Item = TypeVar("_Item")
Progress = Callable[[float, str], None]
"""Called with the share done in [0, 1] and a stage ("judge", "learn", "compare"); may raise RunCancelled to stop."""


@dataclass(frozen=True, slots=True)
class LearnedFeedback:
    """New weights, the ``judge`` of pairs (None: only marks counted), what changed in the decisions that were ``learned`` from
    and in those that were ``held_out``, and the losses of the steps."""

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
    """Learn. ``replay``: data that nobody reviewed, whose events are to go on being judged as they are; ``noise_control``:
    believe reviewers as far as they agree, and what they say together as far as it can be told from chance; without it, every
    mark is taken at its word; ``report``: called with every step's losses, before ``progress``.

    Raises ConfigError for weights that cannot learn from reviews, FeedbackError when nothing can be learned, TrainingCollapsed.
    """
    if model.config.attention != "entmax15":
        raise ConfigError("a dense softmax model selects every pair: there is no selection to correct")
    if model.config.task == "novelty":
        raise ConfigError(
            "these weights learned what is usual, and judge by how much of it they saw: reviews do not change that. "
            "Learn anew with train --data, from normal data."
        )
    if not feedback.marks:
        raise FeedbackError("nobody said anything about a pair; mark pairs as relevant, spurious or missing in Review")
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
    asked = reviewed_templates(taught)
    believed = list(taught) if noise_control else [_at_its_word(one) for one in taught]
    targets = targets_of(believed, ours, judge, asked, plan.seed)
    checked = targets_of(held, theirs, judge, asked, plan.seed, learned=False)
    fits: list[Fit] = []

    def told(fit: Fit) -> None:
        fits.append(fit)
        report(fit)
        progress(0.2 + 0.6 * fit.share, "learn")

    lessons = [_lesson(model, one.sequence, target, one.faulty) for one, target in zip(believed, targets, strict=True)]
    checks = [_lesson(model, one.sequence, target, 0.5) for one, target in zip(held, checked, strict=True)]
    beside = [] if replay is None else [item.sequence for item in replay.items]
    again = _replayed(model, beside, judge, asked, plan.seed, progress)
    teacher = Teacher(model.network, model.calibration)
    network = fit_feedback(teacher, lessons, again, checks, plan, told)
    # Probabilities move a little with the selection; the cut follows, so that the same events are flagged.
    threshold = _same_flags(teacher, network, _counted([*lessons, *again], progress, "compare", 0.8, 0.1))
    new = SparseMixModel(
        network, model.vocabulary, model.neutral, model.calibration, model.reference, model.expectation, model.evidence
    ).with_config(event_threshold=threshold)
    after = [new.run_with_trace(one.sequence) for one in _counted([*taught, *held], progress, "compare", 0.9, 0.1)]
    learned = changes_of(taught, targets, ours, after[: len(taught)])
    return LearnedFeedback(new, judge, learned, changes_of(held, checked, theirs, after[len(taught) :]), tuple(fits))


def split(decisions: Sequence[ReviewedDecision], seed: int) -> tuple[list[ReviewedDecision], list[ReviewedDecision]]:
    """Decisions to learn from and others to compare with, all of the same input on one side; few are all learned from."""
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
    asked: frozenset[str],
    seed: int,
    progress: Progress,
) -> list[Lesson]:
    """Sequences that nobody reviewed: to be judged as they are, their pairs by the judge where there is one."""
    if judge is None:
        return [_lesson(model, sequence, None, 0.5) for sequence in sequences]
    # One by one: what hundreds of them selected need not be in memory together.
    runs = (model.run_with_trace(sequence) for sequence in _counted(sequences, progress, "judge", 0.1, 0.1))
    targets = judged(sequences, runs, judge, asked, seed)
    return [_lesson(model, sequence, target, 0.5) for sequence, target in zip(sequences, targets, strict=True)]


@torch.no_grad()
def _same_flags(teacher: Teacher, network: Network, lessons: Iterable[Lesson]) -> float:
    """The event threshold by which the same events are flagged as before, as far as there is one: the nearest to the old."""
    old = teacher.network.config.event_threshold
    flagged, probability = [], []
    for lesson in lessons:
        logits, _ = network(Batch.of([lesson.hashed]), following=lesson.following)
        flagged.append(teacher.logits(lesson)[0].sigmoid() >= old)
        probability.append(logits[0].sigmoid())
    before, after = torch.cat(flagged), torch.cat(probability)
    return min({old, *_THRESHOLDS}, key=lambda one: (int(((after >= one) != before).sum()), abs(one - old), one))


def _counted(items: Sequence[_Item], progress: Progress, stage: str, start: float, share: float) -> Iterator[_Item]:
    """The items, each told of before its turn comes: how far all of them are within a stage's ``share`` of everything."""
    for place, item in enumerate(items):
        progress(start + share * place / len(items), stage)
        yield item


def _at_its_word(one: ReviewedDecision) -> ReviewedDecision:
    marks = tuple(replace(mark, probable=_sure(mark.probable)) for mark in one.marks)
    return replace(one, probable=_sure(one.probable), marks=marks)


def _sure(probable: float) -> float:
    # What nobody spoke of, or equals dispute, has no word to be taken at.
    return probable if probable == 0.5 else 1.0 - 1e-6


def _lesson(model: SparseMixModel, sequence: TokenSequence, targets: Targets | None, faulty: float) -> Lesson:
    hashed = encode(sequence.events, model.config.features, model.reading)
    return Lesson(hashed, model.following(sequence.events), targets, faulty)
