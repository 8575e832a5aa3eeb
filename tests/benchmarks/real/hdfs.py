"""HDFS: 11,501 blocks of a file system's log, 350 of them anomalous (Xu et al. 2009), split in time at 60 %.

*Blocks*: every block's lines as one labelled sequence; F1 at the model's own threshold. Baselines: a decision tree on counts of
templates, and whether a block's counts were ever seen in a normal one. The set is saturated: nothing but parity can be shown.
Likewise learned from normal blocks alone (*novelty*), beside trivial detectors.

*Location*: raw lines in windows of 5,000, all blocks interleaved; learned from windows whose lines have the labels of their
blocks, not from blocks. The figure is the share of a held-out window's anomalous lines that are among the 1 % with the highest
scores; it cannot exceed the ``ceiling``, because these 1 % hold no more lines. Baseline: how rare a line's template is in
training.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import f1_score
from sklearn.tree import DecisionTreeClassifier

from sparsemix.dataset import DataSet, Item
from sparsemix.readers.limits import Limits
from sparsemix.readers.log_lines import event_sequence
from sparsemix.training.own_data import Plan
from tests.benchmarks.hdfs.data import Hdfs
from tests.benchmarks.real.rows import JudgedItems, RealSettings, judged, keys_row, row, rows_beside
from tests.benchmarks.real.trivial import Measure, log_detectors
from tests.benchmarks.report import Row, Tell

SET = "hdfs"
BLOCKS = Plan(task="label", longest=64, context=3, steps=1000)
LINES = Plan(task="label", longest=1024, events=4096, context=1, steps=500)
NOVELTY = Plan(task="novelty", longest=64, context=3, steps=200)
WINDOW = 5000
_TOP = 0.01
# Date, time and thread stand before the text that is read.
_BEFORE = 3


def rows(data: Hdfs, settings: RealSettings, tell: Tell) -> list[Row]:
    """Return the F1 of blocks, and location in raw windows."""
    return [*block_rows(data, settings, tell), *novelty_rows(data, settings, tell), *line_rows(data, settings, tell)]


def novelty_rows(data: Hdfs, settings: RealSettings, tell: Tell) -> list[Row]:
    """Return the best F1 of the held-out blocks, learned from blocks that are known to be normal, beside trivial detectors.

    Every method has its best threshold: what is compared is the order of the blocks.
    """
    blocks = blocks_of(data)
    normal = [block for block, bad in zip(blocks[: data.split], data.anomalous[: data.split], strict=True) if not bad]
    asked, truth = blocks[data.split :], data.anomalous[data.split :]
    started, result = time.monotonic(), list[Row]()
    simple = log_detectors(normal, asked, settings.seeds[0])
    seconds = time.monotonic() - started
    for seed in settings.seeds:
        sparse = judged(DataSet("HDFS, normal blocks", tuple(normal)), settings.plan(NOVELTY, seed), asked, tell)
        ours, rivals = _best_f1(truth, sparse.scores), {name: _best_f1(truth, scores) for name, scores in simple.items()}
        everything = np.arange(len(truth))
        best = max(rival(everything) for rival in rivals.values())
        result.append(row(SET, "blocks, novelty", "best F1", ours(everything), seed, sparse, baseline=best))
        result += rows_beside(result[-1], ours, rivals, len(truth), seconds)
        result.append(keys_row(SET, "blocks, novelty", seed, sparse))
    return result


def _best_f1(truth: NDArray[np.bool_], score: NDArray[np.float64]) -> Measure:
    """Return the F1 of chosen blocks as a function, at the threshold that is best for all."""
    cuts = np.unique(score)
    order = np.sort(score[truth]), np.sort(score)
    hit, flagged = (len(part) - np.searchsorted(part, cuts, "left") for part in order)
    above = score >= cuts[int(np.argmax(2.0 * hit / (flagged + truth.sum())))]
    return lambda chosen: float(2.0 * (above & truth)[chosen].sum() / max(above[chosen].sum() + truth[chosen].sum(), 1))


def block_rows(data: Hdfs, settings: RealSettings, tell: Tell) -> list[Row]:
    """Return the F1 of the held-out blocks."""
    blocks = blocks_of(data)
    truth, split = data.anomalous[data.split :], data.split
    counts = np.zeros((len(blocks), int(data.template.max()) + 1))
    np.add.at(counts, (data.block, data.template), 1.0)
    known = {tuple(counted) for counted, bad in zip(counts[:split].tolist(), data.anomalous[:split], strict=True) if not bad}
    unseen = np.array([tuple(counted) not in known for counted in counts[split:].tolist()])
    result = []
    for seed in settings.seeds:
        plan = settings.plan(BLOCKS, seed)
        train = DataSet("HDFS, blocks", tuple(blocks[:split]))
        sparse = judged(train, plan, blocks[split:], tell)
        tree = DecisionTreeClassifier(random_state=seed).fit(counts[:split], data.anomalous[:split])
        rival = float(f1_score(truth, tree.predict(counts[split:])))
        more: Row = {"baseline": rival, "count_vector_novelty": float(f1_score(truth, unseen))}
        if settings.twin:
            dense = judged(train, replace(plan, attention="softmax"), blocks[split:], tell)
            more |= {"dense_twin": _f1(dense, truth), "dense_seconds": round(dense.seconds, 1)}
        result.append(row(SET, "blocks, chronological", "F1", _f1(sparse, truth), seed, sparse, **more))
    return result


def line_rows(data: Hdfs, settings: RealSettings, tell: Tell, window: int = WINDOW) -> list[Row]:
    """Return how well anomalous lines are located in windows of raw lines of the held-out part."""
    windows = [np.arange(start, start + window) for start in range(data.cut, len(data.lines) - window + 1, window)]
    train = [np.arange(start, min(start + window, data.cut)) for start in range(0, data.cut, window)]
    asked = [_item(data, rows, f"w{rows[0]}", None) for rows in windows]
    frequency = np.bincount(data.template[: data.cut], minlength=int(data.template.max()) + 1)
    rare = recall_at_top([-frequency[data.template[rows]].astype(np.float64) for rows in windows], _truth(data, windows))
    result = []
    for seed in settings.seeds:
        plan = settings.plan(LINES, seed)
        given = DataSet("HDFS, raw lines", tuple(_stepped(data, rows) for rows in train))
        sparse = judged(given, plan, asked, tell)
        recall, ceiling = recall_at_top([prediction.event_scores for prediction in sparse.predictions], _truth(data, windows))
        more: Row = {"baseline": rare[0], "ceiling": ceiling, "windows": len(windows)}
        if settings.twin:
            dense = judged(given, replace(plan, attention="softmax"), asked, tell)
            twin, _ = recall_at_top([prediction.event_scores for prediction in dense.predictions], _truth(data, windows))
            more |= {"dense_twin": twin, "dense_seconds": round(dense.seconds, 1)}
        protocol = f"windows of {window:,} raw lines"
        result.append(row(SET, protocol, "recall of anomalous lines in the top 1 %", recall, seed, sparse, **more))
    return result


def recall_at_top(scores: Sequence[NDArray[np.float64]], truth: Sequence[NDArray[np.bool_]]) -> tuple[float, float]:
    """Return the share of true lines among the 1 % with the highest scores, ties in order of the lines, mean over the windows
    with true lines; and the ceiling of this share, reached when the top 1 % are all true or contain all true lines."""
    recalls, ceilings = [], []
    for score, true in zip(scores, truth, strict=True):
        if not true.any():
            continue
        top = np.argsort(-score, kind="stable")[: max(1, round(_TOP * len(score)))]
        recalls.append(true[top].sum() / true.sum())
        ceilings.append(min(len(top), true.sum()) / true.sum())
    return (float(np.mean(recalls)), float(np.mean(ceilings))) if recalls else (float("nan"), float("nan"))


def _truth(data: Hdfs, windows: Sequence[NDArray[np.int64]]) -> list[NDArray[np.bool_]]:
    """Return which lines belong to anomalous blocks that training did not see."""
    return [data.label[rows] & (data.block[rows] >= data.split) for rows in windows]


def blocks_of(data: Hdfs) -> list[Item]:
    """Return the lines of every block as a labelled sequence."""
    members = np.split(np.argsort(data.block, kind="stable"), np.cumsum(np.bincount(data.block))[:-1])
    return [_item(data, rows, name, bool(bad)) for rows, name, bad in zip(members, data.names, data.anomalous, strict=True)]


def _f1(judged_blocks: JudgedItems, truth: NDArray[np.bool_]) -> float:
    return float(f1_score(truth, [prediction.label != "normal" for prediction in judged_blocks.predictions]))


def _item(data: Hdfs, rows: NDArray[np.int64], name: str, anomalous: bool | None) -> Item:
    texts = [data.lines[row].split(" ", _BEFORE)[_BEFORE] for row in rows.tolist()]
    label = None if anomalous is None else "anomalous" if anomalous else "normal"
    return Item(name, event_sequence(texts, name, Limits(min_events=1)), label)


def _stepped(data: Hdfs, rows: NDArray[np.int64]) -> Item:
    steps = tuple("anomalous" if bad else "normal" for bad in data.label[rows].tolist())
    return replace(_item(data, rows, f"w{rows[0]}", None), steps=steps)
