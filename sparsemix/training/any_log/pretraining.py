"""Training of the model for any log: pre-training, and learning on from a few labelled logs.

Heads of the first layer match by session, kind and state. The loss is the cross-entropy of which events are faulty, plus two
terms for the selection. *Guidance*: a head of the second layer learns to select the event that caused a later one, as a person
should read it with that one. *Sparsity*: as in the other trainings. Logs are drawn anew, and so are the signs that stand for
identifiers, so that only relations can be learned. Now and then a group of statistics, or attention, is left out, so that the
network does without each, and what each adds can be measured.

What the model reads of a log, its statistics, means the same in every plant; so a few labelled logs say which of them matter
there. Nothing is learned of single words: they only tell whether a later log is familiar.

Axis letters: N events, Q queries.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing import get_context

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from sparsemix.config import SparseMixConfig
from sparsemix.encoding.encoder import vocabulary_of
from sparsemix.encoding.file_statistics.statistics import CODES, GROUPS, FileStatistics, file_statistics
from sparsemix.encoding.of_file import FEATURES, MATCHED, features_of
from sparsemix.encoding.sequence import Event
from sparsemix.errors import ConfigError
from sparsemix.judges import AnyLog
from sparsemix.model.event_batch import EventBatch
from sparsemix.model.learned_lines import NONE_KNOWN, Hashes, learned_lines
from sparsemix.model.model import SparseMixModel
from sparsemix.model.network import Layer, Network
from sparsemix.training.any_log.examples import LogExample, example
from sparsemix.training.common.optimizer import Average, Optimizer

Progress = Callable[[float, str], None]

_WINDOW = 800
_LOGS_A_STEP = 2
# Logs that a process makes at once.
_TOGETHER = 8
# From a random start, and from weights to go on from.
_LEARNING_RATE, _FURTHER_RATE = 2e-3, 1e-3
_GUIDANCE, _SHARPNESS, _SEARCH_COST = 0.03, 0.003, 0.03
_QUERIES = 48
_PROBED = 16
# Share of windows in which a group of statistics, or attention, is left out.
_LEFT_OUT = 0.06
# Near keys are hardly preferred: what belongs together can lie at any distance.
_LEAST_BIAS = 0.02
_NEVER = -1e4
# Factor on the random start of features that weights to go on from do not know.
_UNKNOWN = 0.1
# Layer and head that learn causes.
_LAYER, _HEAD = 1, 3
_STATE = CODES.index("state")
_MOST_FALSE_ALARMS, _MOST_FALSE_LOGS = 0.01, 0.05
_CALIBRATED, _LEAST_CALIBRATED = 0.15, 14


@dataclass(frozen=True, slots=True)
class _Window:
    """Part of an example: which events are ``faulty`` [N], their ``weight`` in the loss [N], and their ``cause`` [N], negative
    where there is none in this part."""

    statistics: FileStatistics
    faulty: NDArray[np.bool_]
    weight: NDArray[np.float64]
    cause: NDArray[np.int64]


def pretrain(logs: int, steps: int, seed: int, progress: Progress, initial: SparseMixModel | None = None) -> SparseMixModel:
    """Return the model, trained for so many steps on so many generated logs, some of which it is only calibrated on;
    ``initial``: weights to go on from, which may have fewer statistics.

    Raises `ConfigError` for too few logs."""
    if logs < 2 * _LEAST_CALIBRATED:
        raise ConfigError(f"pretraining needs at least {2 * _LEAST_CALIBRATED} logs")
    examples = []
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        for one in pool.map(example, range(seed, seed + logs), chunksize=_TOGETHER):
            examples.append(one)
            progress(0.3 * len(examples) / logs, "generate")
    held = examples[: max(_LEAST_CALIBRATED, int(_CALIBRATED * logs)) if steps else logs]
    rate = _LEARNING_RATE if initial is None else _FURTHER_RATE
    network = trained(
        examples[len(held) :],
        steps,
        seed,
        lambda step, _: progress(0.3 + 0.65 * step / steps, "train"),
        initial,
        rate=rate,
    )
    progress(0.95, "calibrate")
    return _calibrated(network, held)


@torch.no_grad()
def mean_of(models: Sequence[SparseMixModel]) -> SparseMixModel:
    """Return a model with the mean of the weights of models for any log. It is often better than each of them where they
    went on from the same weights, on different logs (Wortsman et al. 2022, "Model soups", ICML).

    Raises `ConfigError` where they read or match different things."""
    first, *others = (model.network for model in models)
    if any((one.config.features, one.judge) != (first.config.features, first.judge) for one in others):
        raise ConfigError("the weights read or match different things, and have no mean")
    mean = copy.deepcopy(first)
    for number, one in enumerate(others, 2):
        for value, other in zip(mean.parameters(), one.parameters(), strict=True):
            value.lerp_(other, 1 / number)
    return SparseMixModel(mean, np.zeros(0, np.uint32), models[0].neutral, models[0].calibration)


def trained(
    examples: list[LogExample],
    steps: int,
    seed: int,
    report: Callable[[int, float], None],
    initial: SparseMixModel | None = None,
    *,
    rate: float = _LEARNING_RATE,
    left_out: float = _LEFT_OUT,
) -> Network:
    """Return the network trained on the examples, from a ``rate`` on, and on from ``initial`` weights where there are any;
    ``left_out``: share of windows in which a group of statistics, or attention, is left out; ``report`` gets the number of
    every step, from 1, and its loss."""
    rng = np.random.default_rng([seed, 1])
    torch.manual_seed(seed)
    network = Network(SparseMixConfig(features=FEATURES, judge=AnyLog(MATCHED)))
    if initial is None:
        for layer in network.stack[1:]:
            layer.attention.start_bias(_LEAST_BIAS)
    else:
        _take_over(network, initial.network)
    optimizer = Optimizer(network, rate, weight_decay=0.01, dynamic_rate=5.0)
    average = Average(network)
    for step in range(steps):
        strength = min(1.0, 3.0 * step / steps)
        parts = [_loss(network, _window(rng, examples), rng, strength, left_out) for _ in range(_LOGS_A_STEP)]
        loss = torch.stack(parts).mean()
        optimizer.step(loss, step, 0.5 * (1.0 + math.cos(math.pi * step / steps)))
        average.follow(network, step)
        report(step + 1, float(loss.detach()))
    return average.module


@torch.no_grad()
def _take_over(network: Network, initial: Network) -> None:
    """Start from other weights, of which earlier ones match by content alone. Features that these do not know start small, so
    that they change little at first."""
    known = {name: value.to(network.embedding.dtype) for name, value in initial.state_dict().items()}
    embedding = network.embedding.detach() * _UNKNOWN
    embedding[: len(known["embedding"])] = known["embedding"]
    network.load_state_dict(network.state_dict() | known | {"embedding": embedding})


def _window(rng: np.random.Generator, examples: list[LogExample]) -> _Window:
    """Draw a part of a log: the statistics are those of the whole log, the events those of the part."""
    chosen = examples[rng.integers(len(examples))]
    start = int(rng.integers(max(1, len(chosen.faulty) - _WINDOW + 1)))
    part = slice(start, start + _WINDOW)
    codes = chosen.statistics.codes[:, part].copy()
    # The code of a state is the index of the line that set it.
    codes[_STATE] = np.maximum(codes[_STATE] - start, -1)
    statistics = FileStatistics(chosen.statistics.columns[part], codes)
    return _Window(statistics, chosen.faulty[part], chosen.weight[part], chosen.cause[part] - start)


def _loss(network: Network, window: _Window, rng: np.random.Generator, strength: float, left_out: float) -> Tensor:
    statistics = window.statistics.without(*(group for group in GROUPS if rng.random() < left_out))
    batch = EventBatch.of([features_of(statistics, draw=int(rng.integers(2**31)))])
    x = network.embed(batch)
    attends = rng.random() >= left_out
    probe = torch.from_numpy(rng.integers(len(window.faulty), size=_PROBED))
    total = x.new_zeros(())
    for number, layer in enumerate(network.stack):
        if not attends:
            x = layer.after_attention(x, torch.zeros_like(x))
            continue
        if number == _LAYER:
            total = total + _GUIDANCE * _misled(layer, x, window.cause, rng)
        x, statistics_of_layer = layer(x, None, probe, None, batch.matches)
        total = total + strength * _SHARPNESS * statistics_of_layer.sharpness.mean()
        if statistics_of_layer.search_cost is not None:
            total = total + strength * _SEARCH_COST * statistics_of_layer.search_cost
    target, weight = (torch.from_numpy(values).to(x.dtype) for values in (window.faulty, window.weight))
    return total + F.binary_cross_entropy_with_logits(network.event_logits(x)[0], target, weight)


def _misled(layer: Layer, x: Tensor, cause: NDArray[np.int64], rng: np.random.Generator) -> Tensor:
    """Return minus the logarithm of the share that softmax gives to the causes of events, mean over some of these; 0 without
    any. Of all keys and the anchor, without the event itself."""
    there = np.flatnonzero((cause >= 0) & (cause < np.arange(len(cause))))
    if not len(there):
        return x.new_zeros(())
    chosen = rng.choice(there, min(_QUERIES, len(there)), replace=False)
    attention, query, right = layer.attention, torch.from_numpy(chosen), torch.from_numpy(cause[chosen])
    q, k, _ = attention.project(layer.norm(x))
    own = q[0, _HEAD, query]
    offset = torch.arange(k.shape[2]) - query[:, None]
    logits = own @ k[0, _HEAD].T + attention.distance_bias(offset, own.dtype)[_HEAD]
    logits = logits.masked_fill(offset == 0, _NEVER)
    share = torch.cat([logits, (own @ attention.anchor_key[_HEAD])[:, None]], 1).log_softmax(-1)
    return -share.gather(1, right[:, None]).mean()


@torch.no_grad()
def _calibrated(network: Network, held: list[LogExample]) -> SparseMixModel:
    """Return the model, calibrated on logs that training did not see: an event's threshold at a false-alarm rate of 1 % on
    normal events; the probability of a log by its highest event, among logs with and without a fault; and the threshold of
    this probability at a false-alarm rate of 5 % on logs without a fault, rounded up."""
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 - slow to load

    network.double().eval()
    batches = [EventBatch.of([features_of(one.statistics)]) for one in held]
    neutral = torch.cat([network.embed(batch)[0] for batch in batches]).mean(0)
    logits = [logits_of(network, batch, attends=True) for batch in batches]
    normal = np.concatenate([own[~one.faulty] for own, one in zip(logits, held, strict=True)])
    shift = float(np.quantile(normal, 1.0 - _MOST_FALSE_ALARMS))
    network.head.bias.sub_(shift)
    highest = np.array([own.max() - shift for own in logits])
    broken = np.array([one.faulty.any() for one in held])
    calibration = LogisticRegression(class_weight="balanced").fit(highest[:, None], broken)
    fitted = (float(calibration.coef_[0, 0]), float(calibration.intercept_[0]))
    without = calibration.predict_proba(highest[~broken][:, None])[:, 1]
    threshold = math.ceil(1000 * float(np.quantile(without, 1.0 - _MOST_FALSE_LOGS))) / 1000
    network.config = replace(network.config, sequence_threshold=threshold)
    return SparseMixModel(network, np.zeros(0, np.uint32), neutral, fitted)


@torch.no_grad()
def event_logits(model: SparseMixModel, statistics: FileStatistics, *, attends: bool = True) -> NDArray[np.float64]:
    """Return the logits of events with these statistics [N]; ``attends``: with attention, or without it."""
    features = features_of(statistics, features=model.config.features, types=model.judge.entities)
    return logits_of(model.network, EventBatch.of([features]), attends=attends)


def logits_of(network: Network, batch: EventBatch, *, attends: bool) -> NDArray[np.float64]:
    """Return the logits of the events of a log [N]; ``attends``: with attention, or without it."""
    x = network.embed(batch)
    for layer in network.stack:
        x = layer(x, matches=batch.matches)[0] if attends else layer.after_attention(x, torch.zeros_like(x))
    return np.asarray(network.event_logits(x)[0].numpy(), np.float64)


# Few logs want few steps at a high rate.
_RATE = 4e-3
# Logits of thresholds to choose from.
_CUTS = np.arange(-4.0, 8.01, 0.25)


def labelled_example(events: Sequence[Event], faulty: NDArray[np.bool_], cause: NDArray[np.int64] | None = None) -> LogExample:
    """Return a labelled log as an example: each faulty event is a fault of its own; ``cause``: the events that decide, -1 for
    none, where they are known."""
    fault = np.where(faulty, faulty.cumsum() - 1, -1)
    return LogExample(file_statistics(tuple(events)), fault, np.full(len(faulty), -1) if cause is None else cause)


def tuned(
    model: SparseMixModel,
    examples: Sequence[LogExample],
    calibrating: Sequence[LogExample],
    steps: int,
    seed: int,
    report: Callable[[int, float], None] = lambda _step, _loss: None,
) -> SparseMixModel:
    """Return the ``model`` for any log after so many steps on labelled examples, with the event threshold of the best F1 on
    those for ``calibrating``, and with the calibration of whole logs where some of these are faulty and some are not."""
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 - slow to load

    network = trained(list(examples), steps, seed, report, model, rate=_RATE, left_out=0.0).double().eval()
    with torch.no_grad():
        batches = [EventBatch.of([features_of(one.statistics)]) for one in calibrating]
        logits = [logits_of(network, batch, attends=True) for batch in batches]
        faulty = [one.faulty for one in calibrating]
        cut = _best_cut(np.concatenate(logits), np.concatenate(faulty))
        network.config = replace(network.config, event_threshold=1.0 / (1.0 + math.exp(-cut)), sequence_threshold=0.5)
        highest, broken = np.array([own.max() for own in logits]), np.array([own.any() for own in faulty])
        calibration = (1.0, -cut)
        if broken.any() and not broken.all():
            fitted = LogisticRegression(C=1.0).fit(highest[:, None], broken)
            calibration = (float(fitted.coef_[0, 0]), float(fitted.intercept_[0]))
        neutral = torch.cat([network.embed(batch)[0] for batch in batches]).mean(0)
    return SparseMixModel(network, np.zeros(0, np.uint32), neutral, calibration)


def knowing(model: SparseMixModel, logs: Sequence[Sequence[Event]], before: Hashes = NONE_KNOWN) -> SparseMixModel:
    """Return the model with the words of some logs as its vocabulary: logs with other words are unfamiliar. It recognises the
    lines of these logs, and those learned from ``before``."""
    known = vocabulary_of([event.message for log in logs for event in log])
    return SparseMixModel(model.network, known, model.neutral, model.calibration, lines=learned_lines(logs, before))


def _best_cut(logits: NDArray[np.float64], faulty: NDArray[np.bool_]) -> float:
    """Return the logit with the best F1, the middle one where several are equally good."""
    named = [logits >= cut for cut in _CUTS]
    scores = np.array([2.0 * (own & faulty).sum() / max(int(own.sum() + faulty.sum()), 1) for own in named])
    best = np.flatnonzero(scores == scores.max())
    return float(_CUTS[best[len(best) // 2]])
