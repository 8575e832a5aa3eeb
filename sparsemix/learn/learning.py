"""From a data set to a model: read, fit, calibrate. The whole way, in order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import torch

from sparsemix import expectation, scales
from sparsemix.config import SparseMixConfig
from sparsemix.dataset import DataSet, Item
from sparsemix.encoder import Reading, column_table, known_share, numbers_of, words
from sparsemix.errors import ConfigError
from sparsemix.learn.calibration import Calibrated, calibrated
from sparsemix.learn.fitting import Fitting, Report, fit
from sparsemix.learn.plan import Plan, split, task_of, usable
from sparsemix.learn.sources import Source
from sparsemix.model import SparseMixModel
from sparsemix.network import Batch, Network
from sparsemix.scales import Scale

# A number that most events have is a sensor's; others are part of what an event says.
_COLUMN_SHARE = 0.5
_NEUTRAL_EVENTS = 50_000
_FOLDS = 4
# Held-out data are as familiar as anything will be; less than this share of that is unfamiliar.
_FAMILIAR = 0.8


@dataclass(frozen=True, slots=True)
class Learned:
    """A model, and how it came about: the ``task``, how many sequences were learned from and calibrated on, what calibration
    found, the moving ``loss`` at every hundredth of the way, and how many ``steps`` were taken."""

    model: SparseMixModel
    task: str
    trained: int
    held_out: int
    calibrated: Calibrated
    loss: tuple[float, ...]
    steps: int


def learn(
    data: DataSet, plan: Plan, report: Report = lambda _fitting: None, *, initial: SparseMixModel | None = None
) -> Learned:
    """Learn from ``data`` as ``plan`` says; ``initial``: a model to go on from, of which reading and shape are kept.

    Raises InputError where the data do not suffice, ConfigError where ``initial`` attends otherwise than the plan asks for,
    TrainingCollapsed, and whatever ``report`` raises; nothing is written anywhere.
    """
    task = task_of(data, plan)
    trained, held = split(usable(data, task), plan.held_out, plan.seed)
    if initial is not None and initial.config.attention != plan.attention:
        raise ConfigError(f"the weights to go on from have {initial.config.attention} attention, not {plan.attention}")
    config = _config(trained, task, plan) if initial is None else replace(initial.config, task=task)
    if len(trained) < _FOLDS:
        trained = [piece for item in trained for piece in _pieces(item)]
    reading, sources = _read(trained, config, task, initial)
    network = _network(config, plan.seed)
    if initial is not None:
        network.load_state_dict({name: value.float() for name, value in initial.network.state_dict().items()}, strict=False)
    last = Fitting(0, 0.0, 0.0, 0.0, 0.0, sparse=False)

    def told(fitting: Fitting) -> None:
        nonlocal last
        last = fitting
        report(fitting)

    fitted, loss = fit(network, sources, task, plan, told)
    fitted.eval()
    kept = [Source.of(item, config.features, reading) for item in held]
    found = calibrated(fitted, kept, task, plan.false_alarms)
    vocabulary = np.array(sorted(set().union(*(words(e.message) for item in trained for e in item.sequence.events))), np.uint32)
    fitted.config = replace(
        config,
        event_threshold=found.event_threshold,
        sequence_threshold=found.sequence_threshold,
        familiarity_floor=_floor(held, vocabulary),
    )
    model = SparseMixModel(
        fitted, vocabulary, _neutral(fitted, sources), found.calibration, found.reference, reading.expectation
    )
    return Learned(model, task, len(trained), len(held), found, tuple(loss), last.step)


def _read(
    items: Sequence[Item], config: SparseMixConfig, task: str, initial: SparseMixModel | None
) -> tuple[Reading, list[Source]]:
    """The reading of the model, and the items read.

    Of logs that are to be judged by what is normal, a part of which makes the expectation that the rest is read with: an
    expectation that has counted an event is not surprised by it, and no network would learn what surprise looks like.
    """
    plain = Reading(config.context, config.scales, None if initial is None else initial.expectation)
    if task != "novelty" or config.scales or initial is not None:
        return plain, [Source.of(item, config.features, plain) for item in items]
    events = [item.sequence.events for item in items]
    sources: list[Source | None] = [None] * len(items)
    for fold in range(_FOLDS):
        rest = [one for place, one in enumerate(events) if place % _FOLDS != fold]
        reading = replace(plain, expectation=expectation.fit(rest))
        for place in range(fold, len(items), _FOLDS):
            sources[place] = Source.of(items[place], config.features, reading)
    return replace(plain, expectation=expectation.fit(events)), [source for source in sources if source is not None]


def _pieces(item: Item) -> list[Item]:
    """A sequence cut into as many parts as there are folds."""
    edges = np.linspace(0, len(item), _FOLDS + 1).astype(int).tolist()
    return [item.part(start, stop) for start, stop in pairwise(edges) if stop > start]


def fit_scales(items: Sequence[Item]) -> tuple[Scale, ...]:
    """Scales of all columns that hold a number in at least half of the events."""
    counts = Counter(key for item in items for event in item.sequence.events for key in numbers_of(event.message))
    events = sum(len(item) for item in items)
    names = sorted(name for name, count in counts.items() if count >= _COLUMN_SHARE * events)
    blank = [Scale(name, (0.0,), 0.0, 1.0, (0.0,), 1.0) for name in names]
    return scales.fit(names, [column_table(item.sequence.events, blank) for item in items])


def _config(items: Sequence[Item], task: str, plan: Plan) -> SparseMixConfig:
    reading = Reading(plan.context, fit_scales(items))
    # A table's rows are told apart by their numbers, whose forecasts already look back.
    context = 1 if reading.scales else plan.context
    return SparseMixConfig(
        features=plan.features, attention=plan.attention, context=context, scales=reading.scales, pooling="soft", task=task
    )


def _network(config: SparseMixConfig, seed: int) -> Network:
    """A fresh network, half of whose heads look to both sides, for what explains an event may come after it."""
    torch.manual_seed(seed)
    network = Network(config)
    with torch.no_grad():
        for layer in network.stack:
            layer.attention.future_offset[1::2] = 0.0
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
