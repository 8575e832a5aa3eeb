"""From a data set to a model: read, fit, calibrate. The whole way, in order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import torch

from sparsemix.config import SparseMixConfig
from sparsemix.dataset import DataSet, Item
from sparsemix.encoding import scales as columns
from sparsemix.encoding.encoder import column_table, known_share, numbers_of, words
from sparsemix.encoding.scales import Scale
from sparsemix.errors import ConfigError
from sparsemix.model.model import SparseMixModel
from sparsemix.model.network import Batch, Network
from sparsemix.priors.event_priors import Prior
from sparsemix.priors.expectation import Expectation
from sparsemix.training.common.world import ALONE, World
from sparsemix.training.own_data.batches import Source
from sparsemix.training.own_data.calibration import Calibrated, calibrated, logit_of
from sparsemix.training.own_data.fitting import Keeping, Report, fit
from sparsemix.training.own_data.plan import Plan, split_apart, task_of, told_apart, usable
from sparsemix.training.own_data.prior_fitting import FOLDS, evidence_of_wholes, expected_kinds, followed

# A number that most events have is a sensor's; others are part of what an event says.
_COLUMN_SHARE = 0.5
_NEUTRAL_EVENTS = 50_000
_ENOUGH_NORMAL = 200
_CHECKS = 0.1
_POOLING = {"max": "max", "typical": "median"}
# Attention expects what a sequence itself repeats. Where the typical event counts, another program at work must not excuse
# itself so: of the say that attention has learned to have, this part is left.
_ATTENDED = 0.1
# Held-out data are as familiar as anything will be; less than this share of that is unfamiliar.
_FAMILIAR = 0.8


@dataclass(frozen=True, slots=True)
class Learned:
    """A model, and how it came about: the ``task``, how many sequences were learned from and calibrated on, what calibration
    found, the moving ``loss`` at every hundredth of the way, the loss of every step (``curve``), how many ``seconds`` and
    ``processes`` these took, and the kind of ``device``."""

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

    @property
    def steps(self) -> int:
        """How many steps were taken."""
        return len(self.curve)


def learn(
    data: DataSet,
    plan: Plan,
    report: Report = lambda _fitting: None,
    *,
    initial: SparseMixModel | None = None,
    world: World = ALONE,
    keeping: Keeping | None = None,
) -> Learned:
    """Learn from ``data`` as ``plan`` says; ``initial``: a model to go on from, of which reading and shape are kept; ``world``:
    the processes that learn together, all of which return the same, the first one reporting; ``keeping``: the checkpoint.

    Raises InputError where the data do not suffice, ConfigError where ``initial`` attends otherwise than the plan asks for or
    processes do not begin alike, WeightsError where the checkpoint is another run's, TrainingCollapsed, and whatever ``report``
    raises; nothing but the checkpoint is written anywhere.
    """
    task = task_of(data, plan)
    known = usable(data, task)
    trained, held = split_apart(known, plan.held_out, plan.seed)
    if initial is not None and initial.config.attention != plan.attention:
        raise ConfigError(f"the weights to go on from have {initial.config.attention} attention, not {plan.attention}")
    trained, checks = split_apart(trained, _CHECKS, plan.seed + 1)
    if len(trained) < FOLDS:
        trained = [piece for item in trained for piece in _pieces(item)]
    scales = fit_scales(_usual(trained)) if initial is None else initial.config.scales
    expected = expected_kinds([*trained, *checks, *held], task, scales, initial)
    classes = told_apart(trained) if task == "label" else ()
    evidence, priors = evidence_of_wholes(known, task, scales, classes)
    config = _config(scales, expected, task, plan) if initial is None else _going_on(initial.config, expected, task)
    config = replace(
        config,
        classes=classes,
        located=task != "label" or any(item.steps is not None for item in trained),
        evidence=evidence is not None,
    )
    foreseen = None if expected is None else expected.looking_back
    sources = _told(followed(trained, (), foreseen, config), trained, priors)
    # Counts of other weights are kept as they are, and are what everything will be judged by.
    counted = initial is None or initial.expectation is None
    network = _network(config, plan.seed)
    if initial is not None:
        _take_over(network, initial.network)
    fresh = _told(followed(checks, trained if counted else None, foreseen, config), checks, priors)
    done = fit(network, sources, fresh, task, plan, report, world, keeping)
    fitted = done.network.eval()
    fitted.config = config = replace(config, attended=_ATTENDED if config.kinds and config.pooling == "median" else 1.0)
    kept = _told(followed(held, [*trained, *checks] if counted else None, expected, config), held, priors)
    found = calibrated(fitted, kept, task, plan.false_alarms)
    if config.expects:
        # Surprises are counted from where they are rare, so that an event's probability is above a half from there on.
        fitted.usual.add_(logit_of(found.event_threshold))
        found = calibrated(fitted, kept, task, plan.false_alarms)
    vocabulary = np.array(sorted(set().union(*(words(e.message) for item in trained for e in item.sequence.events))), np.uint32)
    fitted.config = replace(
        config,
        event_threshold=found.event_threshold,
        sequence_threshold=found.sequence_threshold,
        familiarity_floor=_floor(held, vocabulary),
    )
    neutral = _neutral(fitted, sources)
    model = SparseMixModel(fitted, vocabulary, neutral, found.calibration, found.reference, expected, evidence)
    return Learned(
        model, task, len(trained), len(held), found, done.loss, done.curve, done.seconds, world.size, world.device.type
    )


def _told(sources: Sequence[Source], items: Sequence[Item], priors: Mapping[str, Prior]) -> Sequence[Source]:
    """The sources of ``items`` with what n-grams or columns say of each, where these have a say."""
    if not priors:
        return sources
    return [replace(source, following=priors[item.id]) for source, item in zip(sources, items, strict=True)]


def _pieces(item: Item) -> list[Item]:
    """A sequence cut into as many parts as there are folds."""
    edges = np.linspace(0, len(item), FOLDS + 1).astype(int).tolist()
    return [item.part(start, stop) for start, stop in pairwise(edges) if stop > start]


def _usual(items: Sequence[Item]) -> Sequence[Item]:
    """What columns are measured by: how they behave when nothing is wrong, where there is enough of that, else all."""
    normal = [item for item in items if item.faulty is not True]
    return normal if sum(len(item) for item in normal) >= _ENOUGH_NORMAL else items


def fit_scales(items: Sequence[Item]) -> tuple[Scale, ...]:
    """Scales of all columns that hold a number in at least half of the events."""
    counts = Counter(key for item in items for event in item.sequence.events for key in numbers_of(event.message))
    events = sum(len(item) for item in items)
    names = sorted(name for name, count in counts.items() if count >= _COLUMN_SHARE * events)
    blank = [Scale(name, (0.0,), 0.0, 1.0, (0.0,), 1.0) for name in names]
    return columns.fit(names, [column_table(item.sequence.events, blank) for item in items])


def _config(scales: tuple[Scale, ...], expected: Expectation | None, task: str, plan: Plan) -> SparseMixConfig:
    return SparseMixConfig(
        features=plan.features,
        attention=plan.attention,
        # A table's rows are told apart by their numbers, whose forecasts already look back.
        context=1 if scales and expected is None and task == "novelty" else plan.context,
        scales=scales,
        pooling=_POOLING[plan.judge] if task == "novelty" else "soft",
        task=task,
        kinds=0 if expected is None else len(expected.known),
        forecast=task == "novelty" and expected is None,
    )


def _going_on(config: SparseMixConfig, expected: Expectation | None, task: str) -> SparseMixConfig:
    """The shape and reading of other weights, with the head that the task needs."""
    kinds = 0 if expected is None else len(expected.known)
    pooling = config.pooling if task == config.task else "max" if task == "novelty" else "soft"
    forecast = task == "novelty" and expected is None
    return replace(config, task=task, kinds=kinds, forecast=forecast, pooling=pooling, attended=1.0)


def _take_over(network: Network, initial: Network) -> None:
    """Start from other weights wherever they fit; a head for another task starts anew."""
    own = network.state_dict()
    found = {name: value.float() for name, value in initial.state_dict().items() if name in own}
    network.load_state_dict(own | {name: value for name, value in found.items() if value.shape == own[name].shape})


def _network(config: SparseMixConfig, seed: int) -> Network:
    """A fresh network, half of whose heads look to both sides, for what explains an event may come after it; unless it is to
    expect what comes next."""
    torch.manual_seed(seed)
    network = Network(config)
    if not config.expects:
        with torch.no_grad():
            for layer in network.stack:
                layer.attention.future_offset[1::2] = 0.0
            if config.evidence:
                # Training begins at what n-grams or columns say, and ends there where attention has nothing to add.
                network.head.weight.zero_()
                network.head.bias.zero_()
    return network


def _neutral(network: Network, sources: Sequence[Source]) -> torch.Tensor:
    """Mean embedded event."""
    total, count = torch.zeros(network.config.d_model), 0
    with torch.no_grad():
        for source in sources:
            embedded = network.embed(Batch.of([source.hashed]))[0]
            total, count = total + embedded.sum(0), count + len(embedded)
            if count >= _NEUTRAL_EVENTS:
                break
    return total / count


def _floor(held: Sequence[Item], vocabulary: np.ndarray) -> float:
    shares = [known_share(item.sequence.events, vocabulary) for item in held]
    return round(_FAMILIAR * float(np.quantile(shares, 0.01)), 3) if shares else 0.0
