"""A small SparseMix model for HDFS windows, and light baselines that read the same lines.

The model is trained in two stages: under soft attention on short windows, guided to other lines of a line's own block (labels
alone did not teach this in so few steps), then under entmax on long windows, with labels alone. The model has to match a block
number that it has never seen, which is a small part of a line's features. So a head starts with equal query and key
projections, under which equal numbers match, and prefers neither side, for the decisive line of a block may come later.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, vstack
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression

from sparsemix.config import SparseMixConfig
from sparsemix.encoding.encoder import encode, vocabulary_of
from sparsemix.errors import ConfigError
from sparsemix.model.event_batch import EventBatch
from sparsemix.model.model import SparseMixModel
from sparsemix.model.network import Network
from sparsemix.training.generated.corpus import LabelledLog
from sparsemix.training.generated.curriculum import CurriculumStage, TrainConfig
from sparsemix.training.generated.training import best_threshold, logits_of
from tests.benchmarks.given_logs import train_on
from tests.benchmarks.hdfs.data import Hdfs, LineWindow
from tests.benchmarks.report import Tell

# Many buckets, as most features are numbers of blocks and ports.
CONFIG = SparseMixConfig(features=32_768, heads=2, d_head=32, near_misses=0)
_GUIDANCE = 0.5
_RATE = 3e-3
# The last lines of the training part are kept for thresholds.
_LEARNED = 0.85
_LEAST_LINES = 64
Scorer = Callable[[LineWindow], NDArray[np.float32]]
"""Returns the logits [W] that a window's lines belong to an anomalous block."""


@dataclass(frozen=True, slots=True)
class HdfsSize:
    """Size of the benchmark: steps under soft and under sparse attention, windows drawn for each and their lengths in lines,
    ``held`` lines of a held-out window, the ``share`` of raw windows that is used, and at most ``targets`` events explained."""

    soft_steps: int
    sparse_steps: int
    short_windows: int
    long_windows: int
    short: int
    long: int
    held: int
    share: float
    targets: int

    @classmethod
    def of(cls, scale: float, data: Hdfs) -> HdfsSize:
        """Return the size at ``scale``, which multiplies steps and, below 1, lengths and numbers of windows and events. No
        window is longer than the data.

        Raises `ConfigError` when too few lines are left.
        """
        end, held = learned(data), len(data.lines) - data.cut
        if min(end, data.cut - end, held) < _LEAST_LINES:
            raise ConfigError(f"{data.cut} training lines and {held} held-out ones are too few; use the whole files")

        def part(count: int, least: int) -> int:
            return max(least, round(count * min(scale, 1.0)))

        return cls(
            soft_steps=max(2, round(1200 * scale)),
            sparse_steps=max(2, round(300 * scale)),
            short_windows=part(800, 4),
            long_windows=part(120, 2),
            short=min(part(512, 128), end),
            long=min(part(2048, 256), end),
            held=min(part(3072, 128), held),
            share=min(scale, 1.0),
            targets=part(300, 4),
        )


def learned(data: Hdfs) -> int:
    """Return the number of lines to learn from; the lines between them and the cut are for choosing thresholds."""
    return int(_LEARNED * data.cut)


def raw_windows(data: Hdfs, start: int, stop: int, length: int, share: float) -> list[LineWindow]:
    """Return a ``share`` of the windows of ``length`` lines that follow each other from start to stop, evenly spread and at
    least two where there are two. Start and stop must be ``length`` lines apart or more."""
    first = np.arange(start, stop - length + 1, length)
    count = min(max(2, round(share * len(first))), len(first))
    places = np.linspace(0, len(first) - 1, count).round().astype(int)
    return [data.window(np.arange(place, place + length)) for place in first[places].tolist()]


def trained(
    data: Hdfs, size: HdfsSize, seed: int, valid: list[LabelledLog], tell: Tell, *, guided: bool = True
) -> SparseMixModel:
    """Train a model of shape ``CONFIG``, its event threshold the best on ``valid``; ``guided``: see the module.

    Sequence verdicts are not measured here, so nothing calibrates them. Raises `TrainingCollapsed` when a loss is not finite.
    """
    started = time.monotonic()
    rng, guidance = np.random.default_rng([seed, 1]), _GUIDANCE if guided else 0.0
    short = data.training_windows(size.short_windows, size.short, learned(data), CONFIG.features, rng)
    long = data.training_windows(size.long_windows, size.long, learned(data), CONFIG.features, rng)
    # Pace and check rate are those of the given windows.
    soft = CurriculumStage(length=size.short, batch=4, steps=size.soft_steps, pace=1.0, check_rate=1.0, soft=True)
    sparse = CurriculumStage(length=size.long, batch=1, steps=size.sparse_steps, pace=1.0, check_rate=1.0)
    network = train_on(short, CONFIG, _plan(soft, seed, _RATE, guidance), initial=_start(seed))
    network = train_on(long, CONFIG, _plan(sparse, seed, _RATE / 2, 0.0), initial=network.state_dict())
    network.config = replace(CONFIG, event_threshold=best_threshold([logits_of(network, log) for log in valid], valid))
    vocabulary = vocabulary_of([event.message for log in valid for event in log.sequence.events])
    with torch.no_grad():
        neutral = torch.cat([network.embed(EventBatch.of([log.hashed]))[0] for log in valid]).mean(0)
    tell(f"seed {seed}: trained {'' if guided else 'without guidance '}in {time.monotonic() - started:.0f} s")
    return SparseMixModel(network, vocabulary, neutral)


def _plan(stage: CurriculumStage, seed: int, rate: float, guidance: float) -> TrainConfig:
    # All steps are done: validation uses the windows that the model learned from, which do not show when to stop.
    return TrainConfig(
        seed=seed,
        learning_rate=rate,
        guidance=guidance,
        validate_every=stage.steps,
        validation_logs=1,
        log_events=stage.length,
        stages=(stage,),
    )


def _start(seed: int) -> dict[str, torch.Tensor]:
    torch.manual_seed(seed)
    network = Network(CONFIG)
    with torch.no_grad():
        for layer in network.stack:
            layer.attention.k.weight.copy_(layer.attention.q.weight)
            layer.attention.future_offset.zero_()
    return network.state_dict()


def baselines(data: Hdfs, size: HdfsSize, seed: int) -> dict[str, Scorer]:
    """Fit light baselines on raw windows as long as the held-out ones.

    ``template_rate``: how often lines of that template belonged to an anomalous block. ``line_words``: logistic regression on
    the encoder's features of the line alone. ``block_counts``: a random forest on how often each template occurs in the line's
    block within the window. This baseline *is given* which lines belong together; the model has to find it.
    """
    windows = raw_windows(data, 0, learned(data), min(size.held, learned(data)), size.share)
    label = np.concatenate([data.label[window.rows] for window in windows])
    seen = np.concatenate([data.template[window.rows] for window in windows])
    templates = int(data.template.max()) + 1
    # Smoothed: every template gets one more line, anomalous at the mean rate.
    rate = (np.bincount(seen[label], minlength=templates) + label.mean()) / (np.bincount(seen, minlength=templates) + 1.0)

    def line(window: LineWindow) -> csr_matrix:
        hashed = encode(window.sequence.events, CONFIG.features)
        return csr_matrix((hashed.value, hashed.bucket, hashed.pointer), shape=(len(hashed), CONFIG.features))

    def counts(window: LineWindow) -> NDArray[np.float64]:
        _, block = np.unique(data.block[window.rows], return_inverse=True)
        table = np.zeros((int(block.max()) + 1, templates))
        np.add.at(table, (block, data.template[window.rows]), 1.0)
        return np.asarray(table[block])

    logistic = LogisticRegression(C=1.0, max_iter=300).fit(vstack([line(window) for window in windows]), label)
    forest = RandomForestClassifier(n_estimators=60, min_samples_leaf=5, random_state=seed, n_jobs=1)
    forest.fit(np.concatenate([counts(window) for window in windows]), label)
    return {
        "template_rate": lambda window: _logit(rate[data.template[window.rows]]),
        "line_words": lambda window: _logit(logistic.predict_proba(line(window))[:, 1]),
        "block_counts": lambda window: _logit(forest.predict_proba(counts(window))[:, 1]),
    }


def _logit(probability: NDArray[np.float64]) -> NDArray[np.float32]:
    inside = np.clip(probability, 1e-6, 1.0 - 1e-6)
    return np.asarray(np.log(inside / (1.0 - inside)), dtype=np.float32)
