"""A network that learns from the lines before the cut and is asked about the test lines, as with any user's data.

The lines before the cut are written as a log, the labels of the blocks that begin before it as a table, and both are read as
``train --data LOG --labels TABLE`` reads them. Of these lines, ``learn`` keeps the last fifth out of training; those that
thresholds are chosen on are among them. A window is the text of its lines, read as ``trace`` reads a file. Nothing says which
lines belong to one block.

Axis letters: M test lines, W lines of a window.
"""

from __future__ import annotations

import csv
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sparsemix.dataset import DataSet, Item, read_dataset, understood, with_labels
from sparsemix.encoding.encoder import encode
from sparsemix.encoding.sequence import TokenSequence
from sparsemix.model.model import SparseMixModel
from sparsemix.trace.selection_trace import SelectionTrace
from sparsemix.training.own_data import Learned, Plan, learn
from sparsemix.training.own_data.prediction import predictions
from tests.benchmarks.brute_force import check_attention
from tests.benchmarks.hdfs.data import Hdfs
from tests.benchmarks.hdfs.model import learned as end_of_fitted
from tests.benchmarks.long.data import Span, held_out_windows, kept_windows
from tests.benchmarks.long.scores import Scored, Scores, best_threshold

CHECKED = 2048
"""Lines of the window on which the attention is compared with attention over all pairs."""
Look = Callable[[SelectionTrace, Span], None]
"""Is shown what was selected in a window of test lines."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The scores of the test lines, for each length with the threshold that is best on the kept lines in windows of the same
    length, and in ``other`` forms of names, in the longest windows with their threshold; the ``unfamiliar`` share of the
    windows by length or form; the ``seconds`` of judging the test lines; and the training."""

    scored: Mapping[int, Scored]
    other: Mapping[str, Scored]
    unfamiliar: Mapping[int | str, float]
    seconds: Mapping[int, float]
    learned: Learned


def training_data(data: Hdfs) -> DataSet:
    """Write the lines before the cut and the labels of the blocks that begin there, and read them as ``train`` does."""
    with tempfile.TemporaryDirectory() as folder:
        log, table = Path(folder) / "hdfs.log", Path(folder) / "labels.csv"
        log.write_text("\n".join(data.lines[: data.cut]) + "\n", encoding="utf-8")
        with table.open("w", encoding="utf-8", newline="") as file:
            words = ("Anomaly" if bad else "Normal" for bad in data.anomalous[: data.split].tolist())
            csv.writer(file).writerows([("BlockId", "Label"), *zip(data.names, words, strict=False)])
        return understood(with_labels(read_dataset(log), table.read_bytes(), table.name))


def asked(
    data: Hdfs, plan: Plan, lengths: Sequence[int], look: Callable[[int], Look], forms: Mapping[str, Hdfs] | None = None
) -> Asked:
    """Learn as the plan says, and judge the test lines in windows of each length; ``look(length)`` is shown the selections.
    ``forms``: the data with other names in the test lines, which are judged in the longest windows.

    Raises `BenchmarkRefused` when the attention differs from dense entmax attention by more than 1e-5.
    """
    learned = learn(training_data(data), plan)
    if plan.attention == "entmax15":
        first = data.window(np.arange(data.cut, min(data.cut + CHECKED, len(data.lines)))).sequence
        hashed = encode(first.events, learned.model.config.features, learned.model.reading)
        check_attention(learned.model, hashed, f"{len(first)} test lines")
    label = data.label[end_of_fitted(data) : data.cut]
    scored, seconds, other = {}, {}, {}
    unfamiliar: dict[int | str, float] = {}
    for length in lengths:
        threshold = best_threshold(_scores(learned.model, data, kept_windows(data, length))[0], label)
        started = time.perf_counter()
        scores, unfamiliar[length] = _scores(learned.model, data, held_out_windows(data, length), look(length))
        scored[length] = scores, threshold
        seconds[length] = time.perf_counter() - started
    for form, named in (forms or {}).items():
        scores, unfamiliar[form] = _scores(learned.model, named, held_out_windows(data, max(lengths)))
        other[form] = scores, scored[max(lengths)][1]
    return Asked(scored, other, unfamiliar, seconds, learned)


def _scores(
    model: SparseMixModel, data: Hdfs, windows: Sequence[Span], look: Look = lambda _trace, _span: None
) -> tuple[Scores, float]:
    """Return the probabilities that the lines of these windows are faulty, and the share of windows that are unfamiliar; the
    logits of a dense twin."""
    parts, unfamiliar = [], []
    for span in windows:
        sequence = data.window(np.arange(*span)).sequence
        if model.config.attention == "softmax":
            parts.append(_of_twin(model, sequence))
        else:
            run = model.run_with_trace(sequence)
            look(run.trace, span)
            unfamiliar.append(run.decision.unfamiliar)
            parts.append(run.decision.event_probability.astype(np.float64))
    return np.concatenate(parts), float(np.mean(unfamiliar)) if unfamiliar else 0.0


def _of_twin(model: SparseMixModel, sequence: TokenSequence) -> Scores:
    (prediction,) = predictions(model, [Item("window", sequence)])
    return prediction.event_scores
