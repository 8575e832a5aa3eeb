"""Location truth on a real log: do explanations of a line of an anomalous HDFS block point to that block's other lines?

A small model (``hdfs_model``) learns to tell lines of anomalous blocks, on the first 60 % of the data in time. What is measured
comes from later raw windows of some thousand lines: one line is drawn of every anomalous block in every window that holds at
least two of its lines, and the block's other lines there are where an explanation should look. Only blocks that began after
the training part are asked about; lines of others stay in the windows. Hundreds of blocks lie between each other in a window,
but the lines of one come in bursts: ``position`` is the control to beat, and what lies further than ``FAR`` lines (in
``hdfs_scores``) is also scored for itself.

Methods: the quick ones of ``explain.methods``, the controls of ``explain.controls``, and the methods without passes once more
for a model that was never guided to lines of the same block, ``..._unguided``, of the first seed.

Metrics, means over the lines drawn, events that were not ranked counting as missed:

- ``pointing_game``: the first event is of the block; ``recall@5_hit``: one of the first five is;
- ``average_precision`` of "same block" over the ranking;
- ``far_...``: the same among events more than ``FAR`` lines away, where the block has some there;
- ``..._flagged``: for the lines that the model flags only;
- ``event_f1``, ``event_average_precision``: of telling lines of anomalous blocks, beside light baselines. Given all lines of
  a block, whether it is anomalous is a saturated question (F1 0.97 to 0.996 by counting its templates); given a window, it
  often cannot be known at all. They say what the model is worth, and no more: what counts here is location.

Intervals are 95 % bootstrap intervals over the blocks, and for the last two over the windows. Nothing is reported before pair
effects on a real window have been compared with brute force.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sparsemix.bench.brute_force import check_sequence
from sparsemix.bench.hdfs.data import Hdfs, Window, load
from sparsemix.bench.hdfs.model import CONFIG, Size, baselines, learned, raw_windows, trained
from sparsemix.bench.hdfs.scores import Ranked, scores
from sparsemix.errors import ConfigError
from sparsemix.explain.faithfulness import CONTROLS, Control, control_ranking
from sparsemix.explain.methods import QUICK, attribute
from sparsemix.explain.rerun import Rerun
from sparsemix.explain.attribution import ROLLOUT, WEIGHT
from sparsemix.model.model import SparseMixModel
from sparsemix.training.common.metrics import count, f1_of, interval, ratio_of
from sparsemix.training.generated.calibration import best_threshold

TASK = "hdfs"
MODEL, UNGUIDED = "sparsemix", "_unguided"
_CHECKED_LINES = 384

Row = dict[str, object]
Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Held:
    """A held-out window: ``judged`` bool [W], its lines of blocks that training saw nothing of; their ``label`` bool [J]; the
    ``targets`` to explain."""

    window: Window
    judged: NDArray[np.bool_]
    label: NDArray[np.bool_]
    targets: tuple[int, ...]


@dataclass(slots=True)
class _Tables:
    """Sums and counts of (method, metric) by block, and of every method, by seed, logits of judged lines with a threshold."""

    places: dict[tuple[str, str], dict[int, list[float]]] = field(default_factory=lambda: defaultdict(dict))
    events: dict[str, list[tuple[list[NDArray[np.float32]], float]]] = field(default_factory=lambda: defaultdict(list))

    def add(self, method: str, scores: Mapping[str, float], block: int) -> None:
        for metric, value in scores.items():
            entry = self.places[method, metric].setdefault(block, [0.0, 0.0])
            entry[0] += value
            entry[1] += 1.0


def rows(data_dir: Path, seeds: tuple[int, ...], scale: float, tell: Tell) -> list[Row]:
    """All rows. ``scale`` multiplies the steps of training and, below 1, the numbers of windows and of events explained.

    Raises ConfigError for data that is missing or malformed, and when nothing is asked for, BenchmarkRefused when pair effects
    are not those of brute force, TrainingCollapsed when a loss is not finite.
    """
    if not seeds or not 0 < scale < float("inf"):
        raise ConfigError("at least one seed and a positive scale are needed")
    data = load(data_dir)
    size = Size.of(scale, data)
    tell(
        f"hdfs: {len(data.lines)} lines ({data.dropped} repetitions dropped), {len(data.names)} blocks, "
        f"{int(data.anomalous.sum())} anomalous; {data.cut} lines and {data.split} blocks for training"
    )
    held = held_windows(data, size, seeds[0])
    targets = [(int(data.block[h.window.rows[t]]), h) for h in held for t in h.targets]
    if not targets:
        raise ConfigError("no held-out window has two lines of one anomalous block; use the whole files")
    tell(
        f"hdfs: {len(held)} held-out windows of {size.held} lines; {len(targets)} lines of "
        f"{len({block for block, _ in targets})} anomalous blocks to explain"
    )
    rng = np.random.default_rng([seeds[0], 2])
    valid_windows = raw_windows(data, learned(data), data.cut, min(size.long, data.cut - learned(data)), size.share)
    valid = [data.labelled(window, CONFIG.features, rng) for window in valid_windows]
    tables = _Tables()
    tell("hdfs: light baselines")
    for name, scorer in baselines(data, size, seeds[0]).items():
        threshold = best_threshold([scorer(window) for window in valid_windows], valid)
        tables.events[name].append(([scorer(h.window)[h.judged] for h in held], threshold))
    for seed in seeds:
        _measure(trained(data, size, seed, valid, tell), data, held, seed, tables, tell)
    # What was learned from labels alone, to tell what guidance taught.
    alone = trained(data, size, seeds[0], valid, tell, guided=False)
    _measure(alone, data, held, seeds[0], tables, tell, methods=(ROLLOUT, WEIGHT), controls=(), suffix=UNGUIDED)
    found = [
        _row(method, metric, np.array(list(by_block.values())), ratio_of, seeds[0])
        for (method, metric), by_block in tables.places.items()
    ]
    for method, by_seed in tables.events.items():
        found += _event_rows(method, by_seed, [h.label for h in held], seeds[0])
    return found


def held_windows(data: Hdfs, size: Size, seed: int) -> list[Held]:
    """Windows of the held-out lines, with at most ``size.targets`` targets over all of them, one a block in each."""
    windows = raw_windows(data, data.cut, len(data.lines), size.held, size.share)
    rng = np.random.default_rng([seed, 3])
    drawn: list[tuple[int, int]] = []
    for place, window in enumerate(windows):
        block = data.block[window.rows]
        for number in np.unique(block).tolist():
            members = np.flatnonzero(block == number)
            if number >= data.split and data.anomalous[number] and len(members) > 1:
                drawn.append((place, int(rng.choice(members))))
    kept = [drawn[i] for i in rng.permutation(len(drawn))[: size.targets].tolist()]
    found = []
    for place, window in enumerate(windows):
        judged = data.block[window.rows] >= data.split
        targets = tuple(sorted(target for where, target in kept if where == place))
        found.append(Held(window, judged, data.label[window.rows][judged], targets))
    return found


def _measure(
    model: SparseMixModel,
    data: Hdfs,
    held: Sequence[Held],
    seed: int,
    tables: _Tables,
    tell: Tell,
    *,
    methods: Sequence[str] = QUICK,
    controls: Sequence[Control] = CONTROLS,
    suffix: str = "",
) -> None:
    """Methods and controls for one model; ``suffix`` of their names."""
    worst = _check(model, data, next(h for h in held if h.targets))
    tell(f"seed {seed}: pair effects differ from brute force by {worst:.1e} logits at most")
    done = hits = 0
    logits = []
    for h in held:
        run = model.run_with_trace(h.window.sequence)
        rerun = Rerun(model, h.window.sequence, run.trace)
        logits.append(rerun.logits[h.judged].astype(np.float32))
        block = data.block[h.window.rows]
        for target in h.targets:
            rankings = {name: attribute(rerun, target, name).ranking().tolist() for name in methods}
            rankings |= {control: control_ranking(run.trace, target, control, seed) for control in controls}
            truth = set(np.flatnonzero(block == block[target]).tolist()) - {target}
            flagged = bool(run.decision.event_probability[target] >= model.config.event_threshold)
            for name, ranking in rankings.items():
                tables.add(f"{name}{suffix}", scores(ranking, truth, target, flagged), int(block[target]))
            done, hits = done + 1, hits + flagged
        if h.targets:
            tell(f"seed {seed}: {done} of {sum(len(h.targets) for h in held)} lines explained, {hits} of them flagged{suffix}")
    tables.events[f"{MODEL}{suffix}"].append((logits, model.config.event_threshold))


def _check(model: SparseMixModel, data: Hdfs, held: Held) -> float:
    """Brute force on some lines about a window's first target."""
    target = held.targets[0]
    start = max(0, min(target - _CHECKED_LINES // 2, len(held.window.rows) - _CHECKED_LINES))
    part = data.window(held.window.rows[start : start + _CHECKED_LINES])
    return check_sequence(model, part.sequence, (target - start,))


def _event_rows(
    method: str, by_seed: Sequence[tuple[list[NDArray[np.float32]], float]], labels: list[NDArray[np.bool_]], seed: int
) -> list[Row]:
    """F1 at the threshold and average precision, mean over the seeds, intervals over the windows."""
    counts = []
    for logits, threshold in by_seed:
        cut = np.log(threshold / (1.0 - threshold))
        found = [count(values >= cut, label) for values, label in zip(logits, labels, strict=True)]
        counts.append([(one.tp, one.fp, one.fn) for one in found])
    tables = np.moveaxis(np.array(counts, dtype=np.float64), 0, 1)
    ranked = [Ranked.of(logits, labels) for logits, _ in by_seed]
    places = np.arange(len(labels), dtype=np.float64)[:, None]
    return [
        _row(method, "event_f1", tables, lambda part: float(np.mean([f1_of(part[:, s]) for s in range(len(by_seed))])), seed),
        _row(method, "event_average_precision", places, lambda part: float(np.mean([r.precision(part) for r in ranked])), seed),
    ]


def _row(
    method: str, metric: str, table: NDArray[np.float64], statistic: Callable[[NDArray[np.float64]], float], seed: int
) -> Row:
    low, high = interval(table, statistic, seed)
    return {"task": TASK, "method": method, "metric": metric, "value": statistic(table), "low": low, "high": high}
