"""From a data set to a model: read, fit, calibrate, in this order."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import torch
from numpy.typing import NDArray

from sparsemix.config import SparseMixConfig
from sparsemix.dataset import DataSet, Item
from sparsemix.dataset.item import LEAST_OF_A_CLASS
from sparsemix.encoding import scales as columns
from sparsemix.encoding.encoder import (
    EventReading,
    column_names,
    column_table,
    known_share,
    messages_to_know,
    vocabulary_of,
)
from sparsemix.encoding.scales import Scale
from sparsemix.errors import ConfigError
from sparsemix.judges import Judges, Labelled, NormalCourse
from sparsemix.judges.following import FOLDS, JUDGED_FOLDS, JudgedLogs, Knowledge
from sparsemix.judges.judge import Judge
from sparsemix.model.event_batch import EventBatch
from sparsemix.model.learned_lines import NONE_KNOWN, learned_lines
from sparsemix.model.model import SparseMixModel
from sparsemix.model.network import Network
from sparsemix.training.common.world import ALONE, ProcessGroup
from sparsemix.training.own_data.batches import Source
from sparsemix.training.own_data.calibration import Calibrated, calibrated, logit_of, logits_of
from sparsemix.training.own_data.fitting import Keeping, Report, fit
from sparsemix.training.own_data.matched_range import with_usual_selection
from sparsemix.training.own_data.plan import (
    COLUMN_SHARE,
    EVENTS,
    NO_MATCHING,
    WINDOW,
    Matching,
    Plan,
    matching,
    matching_on,
    split_apart,
    task_of,
    told_apart,
    usable,
)
from sparsemix.training.own_data.prior_fitting import (
    NO_PRIORS,
    by_each,
    evidence_of_wholes,
    expected_by,
    followed,
    surprise,
)

_NEUTRAL_EVENTS = 50_000
_ENOUGH_NORMAL = 200  # events
_CHECKS = 0.1  # share of the sequences to learn from
# How long comparing takes, in times of what comes before learning, without and with a normal course; the share of the minutes
# that learning has at least.
_AFTERWARDS, _LEAST_LEARNING = (0.5, 2.0), 1 / 3
_POOLING = {"max": "max", "typical": "median"}
# So many held-out sequences are enough to compare with: one in a hundred of them is two.
_MANY_HELD = 200
# Fresh data are at most as familiar as held-out data; less than this share of their familiarity is unfamiliar.
_FAMILIAR = 0.8


@dataclass(frozen=True, slots=True)
class Learned:
    """A model and its training: the ``task``, the numbers of sequences that were ``trained`` on and ``held_out`` for
    calibration, the result of calibration, the moving ``loss`` at every hundredth of training, the loss of every step
    (``curve``), the ``seconds`` and ``processes`` of training, the kind of ``device``, and how identifiers were ``matched``."""

    model: SparseMixModel
    task: str
    trained: int
    held_out: int
    calibrated: Calibrated
    loss: tuple[float, ...]
    curve: tuple[float, ...]
    seconds: float
    processes: int
    device: str
    matched: Matching = NO_MATCHING

    @property
    def steps(self) -> int:
        """Return how many steps were taken."""
        return len(self.curve)


def learn(
    data: DataSet,
    plan: Plan,
    report: Report = lambda _fitting: None,
    *,
    initial: SparseMixModel | None = None,
    world: ProcessGroup = ALONE,
    keeping: Keeping | None = None,
    tell: Callable[[str], None] = lambda _text: None,
) -> Learned:
    """Learn from ``data`` as ``plan`` says.

    ``initial``: a model to continue from, with its reading and shape; ``world``: the processes that learn together, which all
    return the same result while the first process reports; ``keeping``: the checkpoint, the only file that is written;
    ``tell`` is told how events are matched by identifiers, or why they are not, and how long each phase takes. Raises
    ``InputError`` when the data do not suffice, ``ConfigError`` when ``initial`` has another kind of attention than the plan,
    judges files by themselves, or matches identifiers while single events have no labels, or processes do not begin alike,
    ``WeightsError`` when the checkpoint belongs to another run, ``TrainingCollapsed`` when the loss is not finite, and any
    error that ``report`` raises.
    """
    started = time.monotonic()
    task = task_of(data, plan)
    known = usable(data, task)
    if initial is not None:
        _check_initial(initial.config, plan)
    trained, checks, held = _parts(known, plan)
    matched = _matching(trained, initial, task, plan, world, tell)
    if matched.types:
        plan = replace(plan, longest=min(plan.longest, WINDOW), events=min(plan.events, EVENTS))
    plan = replace(plan, span=matched.span)
    if len(trained) < FOLDS and not matched.types:
        # What is counted in some folds judges the others.
        trained = [piece for item in trained for piece in _pieces(item)]
    scales = () if matched.types else fit_scales(_usual(trained)) if initial is None else initial.judge.scales
    start = None if initial is None else initial.judge
    judge: Judges
    if task == Labelled.task:
        located, classes = any(item.steps is not None for item in trained), told_apart(trained)
        knowledge, priors = evidence_of_wholes(known, scales, classes)
        own = _labelled(start, scales, matched, plan)
        judge = replace(own, classes=classes, located=located, evidence=bool(priors))
    else:
        knowledge, priors = expected_by([*trained, *checks, *held], scales, initial), NO_PRIORS
        judge = _normal_course(start, scales, knowledge.kinds, plan)
    shape = SparseMixConfig(features=plan.features, attention=plan.attention) if initial is None else initial.config
    config = replace(shape, judge=judge)
    # Counts of the initial weights are not changed, and everything is judged by them.
    counted = initial is None or not initial.knowledge.kinds
    sources = followed(trained, () if counted else None, knowledge.bare(looking_back=True), config, priors)
    network = _network(config, plan.seed, initial)
    check_sources = followed(checks, trained if counted else None, knowledge.bare(looking_back=True), config, priors)
    (before,) = world.from_first([time.monotonic() - started])
    plan = _for_learning(plan, before, judge, tell)
    fitted, run = fit(network, sources, check_sources, task, plan, report, world, keeping)
    tell(f"learned in {run.seconds:.0f} s")
    comparing = time.monotonic()
    fitted.eval()
    fitted.config = config = replace(config, judge=judge.learned(plan.false_alarms))
    if judge.later:
        plain = [*sources, *check_sources, *followed(held, None, knowledge.bare(), config)]
        knowledge, compared = _compared(
            fitted, knowledge, plain, len(trained), len(held), counted=counted, whole=_are_whole(known)
        )
    else:
        compared = followed(held, None, knowledge, config, priors)
    calibration = _calibrate(fitted, compared, task, plan, wholes=_are_whole(known))
    vocabulary = _vocabulary(trained, judge.reading)
    fitted.config = replace(
        config,
        judge=with_usual_selection(fitted, [*sources, *check_sources, *compared]),
        event_threshold=calibration.event_threshold,
        sequence_threshold=calibration.sequence_threshold,
        familiarity_floor=_floor(held, vocabulary, judge.reading),
    )
    lines = learned_lines((item.sequence.events for item in known), NONE_KNOWN if initial is None else initial.lines)
    learned = (calibration.reference, knowledge, lines)
    model = SparseMixModel(fitted, vocabulary, _neutral(fitted, sources), calibration.calibration, *learned)
    tell(f"compared with {len(compared):,} sequences in {time.monotonic() - comparing:.0f} s")
    counts = len(trained), len(held), calibration, tuple(run.history), tuple(run.curve)
    return Learned(model, task, *counts, run.seconds, world.size, world.device.type, matched)


def _matching(
    trained: Sequence[Item],
    initial: SparseMixModel | None,
    task: str,
    plan: Plan,
    world: ProcessGroup,
    tell: Callable[[str], None],
) -> Matching:
    """Return how events are matched by identifiers, and tell it. Raises `ConfigError` where the device cannot."""
    matched = matching(trained, task, plan) if initial is None else matching_on(trained, initial.reading, task, plan)
    if matched.types and world.device.type != "cpu":
        # Compiled loops match events; a graphics card has none.
        raise ConfigError("events are matched by identifiers on the processor: train with --device cpu, or with --span 0")
    if matched.types or matched.why_not:
        tell(matched.in_words(plan.longest))
    return matched


def _for_learning(plan: Plan, before: float, judge: Judge, tell: Callable[[str], None]) -> Plan:
    """Return the plan with the minutes that are left for learning itself, where so many seconds passed ``before`` it: what was
    counted is counted again to compare with fresh sequences."""
    if plan.steps is not None:
        tell(f"prepared in {before:.0f} s")
        return plan
    minutes = plan.minutes - (1.0 + _AFTERWARDS[judge.later]) * before / 60.0
    plan = replace(plan, minutes=max(minutes, _LEAST_LEARNING * plan.minutes))
    tell(f"prepared in {before:.0f} s; learning for {60.0 * plan.minutes:.0f} s, then comparing")
    return plan


def _check_initial(config: SparseMixConfig, plan: Plan) -> None:
    """Raise `ConfigError` when nothing can go on from weights of this configuration."""
    if config.attention != plan.attention:
        raise ConfigError(f"the weights to continue from have {config.attention} attention, not {plan.attention}")
    if config.judge.by_itself:
        raise ConfigError("the weights to continue from judge any file by itself; train on your own data without them")


def _are_whole(items: Sequence[Item]) -> bool:
    """Return whether sequences are held out as wholes, and not the ends of all sequences."""
    return len(items) >= 2 * LEAST_OF_A_CLASS


def _parts(items: Sequence[Item], plan: Plan) -> tuple[list[Item], list[Item], list[Item]]:
    """Split the items into those to learn from, those to check the network on, and those held out for calibration."""
    trained, held = split_apart(items, plan.held_out, plan.seed)
    trained, checks = split_apart(trained, _CHECKS, plan.seed + 1)
    return trained, checks, held


def _compared(
    network: Network, knowledge: Knowledge, sources: Sequence[Source], trained: int, held: int, *, counted: bool, whole: bool
) -> tuple[Knowledge, list[Source]]:
    """Return the ``knowledge`` with the terms of the network's judge, and the sources to compare fresh ones with, with what
    others say of each. The first so many were ``trained`` on, the last so many are ``held`` out; ``counted``: the knowledge was
    counted on them."""
    logs, bare, apart = [source.events for source in sources], knowledge.bare(), len(sources) - held
    # The network learned from most of them: where enough are held out, these alone are compared with, and no part of the terms.
    few = counted and whole and knowledge.kinds > 0 and held < _MANY_HELD
    own, folds = (logs, JUDGED_FOLDS) if few else (logs[:trained], FOLDS)
    others = bare.by_others(own, folds) if counted else [bare] * len(own)
    if network.judge.terms:
        beside = bare.by_others(logs[len(own) : apart], folds, own) if counted else [bare] * (apart - len(own))
        told = [*others, *beside]
        found = surprise(network, sources[: len(told)], told, trained)
        knowledge, others = knowledge.with_terms(JudgedLogs(own, others, found, folds, logs, whole))
    if few:
        return knowledge, by_each(sources, others)
    last = knowledge.by_others(logs[apart:], JUDGED_FOLDS, logs[:apart]) if counted else [knowledge] * held
    return knowledge, by_each(sources[apart:], last)


def _calibrate(network: Network, held: Sequence[Source], task: str, plan: Plan, *, wholes: bool) -> Calibrated:
    """Calibrate on the sequences to compare with, and set the ``usual`` surprise of a network that learned what comes next."""
    logits = [logits_of(network, source) for source in held]
    calibration = calibrated(network, held, logits, task, plan.false_alarms, wholes=wholes)
    if network.judge.later:
        # Surprise is measured from the point where it is rare, so that an event's probability is above a half beyond it.
        before = float(network.usual)
        network.usual.add_(logit_of(calibration.event_threshold))
        logits = [one - (float(network.usual) - before) for one in logits]
        calibration = calibrated(network, held, logits, task, plan.false_alarms, wholes=wholes)
    return calibration


def _pieces(item: Item) -> list[Item]:
    """Cut a sequence into as many parts as there are folds."""
    edges = np.linspace(0, len(item), FOLDS + 1).astype(int).tolist()
    return [item.part(start, stop) for start, stop in pairwise(edges) if stop > start]


def _usual(items: Sequence[Item]) -> Sequence[Item]:
    """Return the items that scale the columns: the normal ones where there are enough of them, else all."""
    normal = [item for item in items if item.faulty is not True]
    return normal if sum(len(item) for item in normal) >= _ENOUGH_NORMAL else items


def fit_scales(items: Sequence[Item]) -> tuple[Scale, ...]:
    """Fit the scales of all columns that hold a number in at least half of the events."""
    names = column_names([event.message for item in items for event in item.sequence.events], COLUMN_SHARE)
    blank = [Scale(name, (0.0,), 0.0, 1.0, (0.0,), 1.0) for name in names]
    return columns.fit(names, [column_table(item.sequence.events, blank) for item in items])


def _labelled(start: Judge | None, scales: tuple[Scale, ...], matched: Matching, plan: Plan) -> Labelled:
    """Return the judge by labels, with the reading of the judge to ``start`` from."""
    if start is None and matched.types:
        # A file is faulty when one of its events is.
        return Labelled(entities=matched.types, around=matched.around)
    start = start or Labelled(plan.context, scales, "soft")
    pooling = start.pooling if start.task == Labelled.task else "soft"
    return Labelled(start.context, start.scales, pooling, entities=matched.types, around=matched.around)


def _normal_course(start: Judge | None, scales: tuple[Scale, ...], kinds: int, plan: Plan) -> NormalCourse:
    """Return the judge by the normal course of so many ``kinds``, or of rows, with the reading of the judge to ``start``
    from."""
    if start is None:
        # A table's rows are distinguished by their numbers, whose forecasts already look back. The typical event is told from
        # others by its surprise alone: it is neither new nor rare.
        context, pooling = plan.context if kinds else 1, _POOLING[plan.judge]
        return NormalCourse(context, scales, pooling, kinds, not kinds, terms=pooling == "max")
    pooling, terms = (start.pooling, start.terms) if start.task == NormalCourse.task else ("max", True)
    # Counts that are kept have no rates beside them in weights written earlier.
    terms, asked = terms and pooling == "max", start.false_alarms
    return NormalCourse(start.context, scales, pooling, kinds, not kinds, terms=terms, false_alarms=asked)


def _network(config: SparseMixConfig, seed: int, initial: SparseMixModel | None) -> Network:
    """Return a network with the ``initial`` weights wherever they fit; a head for another task starts anew, and so does all
    without them. Half of the heads look to both sides then, because the cause of an event may be logged after it, unless the
    network learns what comes next."""
    torch.manual_seed(seed)
    network = Network(config)
    judge = network.judge
    if not judge.later:
        with torch.no_grad():
            for layer in network.stack:
                layer.attention.future_offset[1::2] = 0.0
            if judge.evidence:
                # Training begins at the prior of n-grams or columns, and stays there where attention has nothing to add.
                network.head.weight.zero_()
                network.head.bias.zero_()
    if initial is not None:
        own, values = network.state_dict(), initial.network.state_dict()
        fitting = {name: value.float() for name, value in values.items() if name in own and value.shape == own[name].shape}
        network.load_state_dict(own | fitting)
    return network


def _neutral(network: Network, sources: Sequence[Source]) -> torch.Tensor:
    """Return the mean embedded event."""
    total, count = torch.zeros(network.config.d_model), 0
    with torch.no_grad():
        for source in sources:
            embedded = network.embed(EventBatch.of([source.hashed]))[0]
            total, count = total + embedded.sum(0), count + len(embedded)
            if count >= _NEUTRAL_EVENTS:
                break
    return total / count


def _vocabulary(items: Sequence[Item], reading: EventReading) -> NDArray[np.uint32]:
    return vocabulary_of([message for item in items for message in messages_to_know(item.sequence.events, reading)])


def _floor(held: Sequence[Item], vocabulary: NDArray[np.uint32], reading: EventReading) -> float:
    shares = [known_share(item.sequence.events, vocabulary, reading) for item in held]
    return round(_FAMILIAR * float(np.quantile(shares, 0.01)), 3) if shares else 0.0
