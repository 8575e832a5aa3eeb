"""Location truth on a real log: do explanations of a line of an anomalous HDFS block point to that block's other lines?

A small model (``model``) learns to tell lines of anomalous blocks, on the first 60 % of the data in time. The measurement uses
later raw windows of some thousand lines: one line is drawn of every anomalous block in every window that holds at least two of
its lines, and an explanation should point to the block's other lines there. Only blocks that began after the training part are
measured; lines of other blocks stay in the windows. In a window the lines of hundreds of blocks are interleaved, but the lines
of one block come in bursts: ``position`` is the control to beat, and lines further away than ``FAR`` lines are also scored on
their own.

Methods: the quick ones of ``explain.methods``, the controls of ``explain.faithfulness``, and the methods that need no passes of
the model once more for a model that was never guided to lines of the same block, ``..._unguided``, of the first seed.

Metrics, means over the lines drawn, events that were not ranked counting as missed:

- ``pointing_game``: the first event is of the block; ``recall@5_hit``: one of the first five is;
- ``average_precision`` of "same block" over the ranking;
- ``far_...``: the same among events more than ``FAR`` lines away, where the block has some there;
- ``..._flagged``: for the lines that the model flags only;
- ``event_f1``, ``event_average_precision``: of telling lines of anomalous blocks, beside light baselines. Given all lines of a
  block, whether the block is anomalous is a saturated question (F1 0.97 to 0.996 by counting its templates); given a window, it
  often cannot be known. These two only say how good the model is: this benchmark is about location.

Intervals are 95 % bootstrap intervals over the blocks, and for the last two over the windows. Before anything is reported, pair
effects on a real window are compared with brute force.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sparsemix.errors import ConfigError
from sparsemix.explain.attribution import ROLLOUT, WEIGHT
from sparsemix.explain.faithfulness import CONTROLS, Control, control_ranking
from sparsemix.explain.methods import QUICK, attribute
from sparsemix.explain.rerun import Rerun
from sparsemix.model.model import SparseMixModel
from sparsemix.training.common.metrics import count, f1_of, interval, ratio_of
from sparsemix.training.generated.training import best_threshold
from tests.benchmarks.brute_force import check_sequence
from tests.benchmarks.hdfs.data import Hdfs, LineWindow, load
from tests.benchmarks.hdfs.model import CONFIG, HdfsSize, baselines, learned, raw_windows, trained
from tests.benchmarks.report import Row, Tell

TASK = "hdfs"
MODEL, UNGUIDED = "sparsemix", "_unguided"
_CHECKED_LINES = 384
# Lines further from the target than this are also scored on their own.
FAR = 32


@dataclass(frozen=True, slots=True)
class HeldOutWindow:
    """A held-out window: ``judged`` bool [W], its lines of blocks that training did not see; the ``label`` bool [J] of
    these J lines; the ``targets`` to explain."""

    window: LineWindow
    judged: NDArray[np.bool_]
    label: NDArray[np.bool_]
    targets: tuple[int, ...]


@dataclass(slots=True)
class _Tables:
    """Results so far. ``places``: (method, metric) -> sum and count by block. ``events``: method -> for every seed the logits
    of judged lines, window by window, and the threshold."""

    places: dict[tuple[str, str], dict[int, list[float]]] = field(default_factory=lambda: defaultdict(dict))
    events: dict[str, list[tuple[list[NDArray[np.float32]], float]]] = field(default_factory=lambda: defaultdict(list))

    def add(self, method: str, scores: Mapping[str, float], block: int) -> None:
        for metric, value in scores.items():
            entry = self.places[method, metric].setdefault(block, [0.0, 0.0])
            entry[0] += value
            entry[1] += 1.0


def rows(data_dir: Path, seeds: tuple[int, ...], scale: float, tell: Tell) -> list[Row]:
    """Return all rows. ``scale`` multiplies the steps of training and, below 1, the numbers of windows and of events explained.

    Raises `ConfigError` when data is missing or malformed or when there is no seed, `BenchmarkRefused` when pair effects differ
    from brute force, `TrainingCollapsed` when a loss is not finite.
    """
    if not seeds or not 0 < scale < float("inf"):
        raise ConfigError("at least one seed and a positive scale are needed")
    data = load(data_dir)
    size = HdfsSize.of(scale, data)
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
    # A model that learned from labels alone, to show what guidance taught.
    unguided = trained(data, size, seeds[0], valid, tell, guided=False)
    _measure(unguided, data, held, seeds[0], tables, tell, methods=(ROLLOUT, WEIGHT), controls=(), suffix=UNGUIDED)
    result = [
        _row(method, metric, np.array(list(by_block.values())), ratio_of, seeds[0])
        for (method, metric), by_block in tables.places.items()
    ]
    for method, by_seed in tables.events.items():
        result += _event_rows(method, by_seed, [h.label for h in held], seeds[0])
    return result


def held_windows(data: Hdfs, size: HdfsSize, seed: int) -> list[HeldOutWindow]:
    """Return the windows of the held-out lines, with at most ``size.targets`` targets over all of them, one per block in each
    window."""
    windows = raw_windows(data, data.cut, len(data.lines), size.held, size.share)
    rng = np.random.default_rng([seed, 3])
    drawn: list[tuple[int, int]] = []
    for place, window in enumerate(windows):
        block = data.block[window.rows]
        for number in np.unique(block).tolist():
            members = np.flatnonzero(block == number)
            if number >= data.split and data.anomalous[number] and len(members) > 1:
                drawn.append((place, int(rng.choice(members))))
    chosen = [drawn[i] for i in rng.permutation(len(drawn))[: size.targets].tolist()]
    result = []
    for place, window in enumerate(windows):
        judged = data.block[window.rows] >= data.split
        targets = tuple(sorted(target for where, target in chosen if where == place))
        result.append(HeldOutWindow(window, judged, data.label[window.rows][judged], targets))
    return result


def _measure(
    model: SparseMixModel,
    data: Hdfs,
    held: Sequence[HeldOutWindow],
    seed: int,
    tables: _Tables,
    tell: Tell,
    *,
    methods: Sequence[str] = QUICK,
    controls: Sequence[Control] = CONTROLS,
    suffix: str = "",
) -> None:
    """Measure methods and controls for one model; ``suffix`` is appended to their names."""
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


def _check(model: SparseMixModel, data: Hdfs, held: HeldOutWindow) -> float:
    """Compare pair effects with brute force on some lines around a window's first target."""
    target = held.targets[0]
    start = max(0, min(target - _CHECKED_LINES // 2, len(held.window.rows) - _CHECKED_LINES))
    part = data.window(held.window.rows[start : start + _CHECKED_LINES])
    return check_sequence(model, part.sequence, (target - start,))


def _event_rows(
    method: str, by_seed: Sequence[tuple[list[NDArray[np.float32]], float]], labels: list[NDArray[np.bool_]], seed: int
) -> list[Row]:
    """Return F1 at the threshold and average precision, mean over the seeds, intervals over the windows."""
    counts = []
    for logits, threshold in by_seed:
        cut = np.log(threshold / (1.0 - threshold))
        by_window = [count(values >= cut, label) for values, label in zip(logits, labels, strict=True)]
        counts.append([(window.tp, window.fp, window.fn) for window in by_window])
    tables = np.moveaxis(np.array(counts, dtype=np.float64), 0, 1)
    ranked = [RankedLines.of(logits, labels) for logits, _ in by_seed]
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


def scores(ranking: Sequence[int], truth: set[int], target: int, flagged: bool) -> dict[str, float]:
    """Return the metrics of one ranking, best first, given the true events. ``flagged``: the model flags the target."""
    metrics = _hits(ranking, truth, "")
    far = {event for event in truth if abs(event - target) > FAR}
    if far:
        metrics |= _hits([event for event in ranking if abs(event - target) > FAR], far, "far_")
    return metrics | {f"{name}_flagged": value for name, value in metrics.items() if flagged}


def _hits(ranking: Sequence[int], truth: set[int], prefix: str) -> dict[str, float]:
    right = np.array([event in truth for event in ranking], dtype=np.float64)
    precision = np.cumsum(right) / np.arange(1, len(right) + 1)
    return {
        f"{prefix}pointing_game": float(right[:1].sum()),
        f"{prefix}recall@5_hit": float(right[:5].any()),
        f"{prefix}average_precision": float((precision * right).sum() / len(truth)),
    }


@dataclass(frozen=True, slots=True)
class RankedLines:
    """Lines of all windows, best first: their ``window``, ``label``, and the ``ends`` of runs of equal logits."""

    window: NDArray[np.int64]
    label: NDArray[np.bool_]
    ends: NDArray[np.int64]

    @classmethod
    def of(cls, logits: list[NDArray[np.float32]], labels: list[NDArray[np.bool_]]) -> RankedLines:
        """Rank the lines of all windows, given logits and labels [J] window by window."""
        values, label = np.concatenate(logits), np.concatenate(labels)
        window = np.repeat(np.arange(len(logits)), [len(part) for part in logits])
        order = np.argsort(-values, kind="stable")
        ends = np.flatnonzero(np.append(np.diff(values[order]) != 0.0, True))
        return cls(window[order], label[order], ends)

    def precision(self, windows: NDArray[np.float64]) -> float:
        """Return the average precision over windows [n, 1], some of them several times; 0 when no line is true."""
        times = np.bincount(windows[:, 0].astype(np.int64), minlength=int(self.window.max()) + 1)[self.window]
        true, total = (np.cumsum(part)[self.ends].astype(np.float64) for part in (times * self.label, times))
        gained = np.diff(true, prepend=0.0)
        return float((gained * true / np.maximum(total, 1.0)).sum() / max(true[-1], 1.0))
