"""Tennessee Eastman process: a simulated chemical plant, 52 variables, 21 faults (Downs and Vogel 1993; data: Chiang et al.).

*Detection*: learned from 500 normal steps. Of the 960 test steps of every fault, the 800 after its start are judged. A step is
detected when its score is above the one that 1 % of the 960 normal test steps exceed. Baseline: squared residual of the
principal components that hold 90 % of the variance, at the same 1 %. Faults 3, 9 and 15 are hardly visible to any method and
are always listed.

*22 classes*: windows of 20 steps, normal or one of the faults, learned from the training files and judged on the test files
after the fault started. Baseline: logistic regression on every variable's mean and standard deviation in the window.
"""

from __future__ import annotations

import gzip
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sparsemix.dataset import DataSet, Item
from sparsemix.errors import ConfigError
from sparsemix.training.own_data import Plan
from tests.benchmarks.real.rows import JudgedItems, RealSettings, judged, keys_row, row, rows_beside, table_item
from tests.benchmarks.real.trivial import mean_of, table_detectors
from tests.benchmarks.report import Row, Tell

SET = "tep"
PLAN = Plan(task="novelty", longest=256, steps=150)
CLASSES = Plan(task="label", longest=20, steps=250, dropout=0.5, weight_decay=0.2)
FAULTS = 21
_START = 160
_HARD = (3, 9, 15)
_COLUMNS = 52
_WINDOW, _STRIDE = 20, 2
Table = NDArray[np.float64]


def load(folder: Path) -> dict[int, tuple[Table, Table]]:
    """Read training and test steps [N, 52] by fault; 0 is normal. Raises `ConfigError` with the name of a file that cannot be
    read."""
    data = {}
    for fault in range(FAULTS + 1):
        parts = []
        for name in (f"d{fault:02d}.dat.gz", f"d{fault:02d}_te.dat.gz"):
            try:
                with gzip.open(folder / name, "rt", encoding="ascii") as file:
                    table = np.loadtxt(file)
            except (OSError, ValueError, EOFError) as error:
                raise ConfigError(
                    f"{folder / name} cannot be read: {error}; --data-dir must lead to a folder with tep/"
                ) from error
            parts.append(table if table.shape[1] == _COLUMNS else table.T)
        data[fault] = (parts[0], parts[1])
    return data


def class_rows(data: dict[int, tuple[Table, Table]], settings: RealSettings, tell: Tell) -> list[Row]:
    """Return the accuracy over 22 classes, and over the classes that are not hard to see."""
    given, truth_given = _windows({fault: train for fault, (train, _) in data.items()}, _STRIDE)
    asked, truth = _windows({fault: test[_START:] for fault, (_, test) in data.items()}, _WINDOW)
    rival = make_pipeline(StandardScaler(), LogisticRegression(max_iter=500))
    rival.fit(_statistics(given), truth_given)
    base = np.asarray(rival.predict(_statistics(asked)) == truth)
    easy = ~np.isin(truth, _HARD)
    items = [_labelled(n, window, int(fault)) for n, (window, fault) in enumerate(zip(given, truth_given, strict=True))]
    unlabelled = [table_item(f"w{n}", window) for n, window in enumerate(asked)]
    result = []
    for seed in settings.seeds:
        plan = settings.plan(CLASSES, seed)
        sparse = judged(DataSet("TEP, 22 classes", tuple(items)), plan, unlabelled, tell)
        dense = None
        if settings.twin:
            dense = judged(DataSet("TEP, 22 classes", tuple(items)), replace(plan, attention="softmax"), unlabelled, tell)
        for metric, counted in (("accuracy", np.ones(len(truth), np.bool_)), ("accuracy without faults 3, 9 and 15", easy)):
            more: Row = {"baseline": float(base[counted].mean())}
            if dense is not None:
                more |= {"dense_twin": _accuracy(dense, truth, counted), "dense_seconds": round(dense.seconds, 1)}
            result.append(
                row(SET, "22 classes, windows of 20 steps", metric, _accuracy(sparse, truth, counted), seed, sparse, **more)
            )
        for fault in _HARD:
            more = {"baseline": float(base[truth == fault].mean())}
            value = _accuracy(sparse, truth, truth == fault)
            result.append(row(SET, "22 classes, windows of 20 steps", f"recall, fault {fault}", value, seed, sparse, **more))
    return result


def _windows(tables: dict[int, Table], stride: int) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return windows [K, 20, 52] of every table, and their faults [K]."""
    cut = [
        (table[start : start + _WINDOW], fault)
        for fault, table in tables.items()
        for start in range(0, len(table) - _WINDOW + 1, stride)
    ]
    return np.stack([window for window, _ in cut]), np.array([fault for _, fault in cut])


def _statistics(windows: NDArray[np.float64]) -> Table:
    return np.concatenate([windows.mean(1), windows.std(1)], 1)


def _labelled(number: int, window: Table, fault: int) -> Item:
    return replace(table_item(f"t{number}", window), label=f"fault {fault:02d}" if fault else "normal")


def _accuracy(windows: JudgedItems, truth: NDArray[np.int64], counted: NDArray[np.bool_]) -> float:
    """Return the share of the ``counted`` windows whose class is right: normal, or the likeliest fault."""
    classes = [
        0 if window.label == "normal" or window.fault is None else int(window.fault[0].split()[1])
        for window in windows.predictions
    ]
    return float((np.array(classes) == truth)[counted].mean())


def rows(data: dict[int, tuple[Table, Table]], settings: RealSettings, tell: Tell) -> list[Row]:
    """Return detection rates at 1 % false alarms: the mean over faults, and the faults that are hard to see."""
    normal, fresh = data[0]
    residual = _Residual(normal)
    rival_cut = np.quantile(residual(fresh), 0.99)
    rival = {fault: float((residual(data[fault][1][_START:]) > rival_cut).mean()) for fault in range(1, FAULTS + 1)}
    result = list[Row]()
    asked = [table_item(f"d{fault:02d}", test) for fault, (_, test) in data.items()]
    for seed in settings.seeds:
        plan = settings.plan(PLAN, seed)
        given = DataSet("TEP, normal", (table_item("d00", normal),))
        sparse = judged(given, plan, asked, tell)
        rate, more = _rates(sparse), dict[str, object]()
        if settings.twin:
            dense = judged(given, replace(plan, attention="softmax"), asked, tell)
            more = {"dense_twin": _mean(_rates(dense)), "dense_seconds": round(dense.seconds, 1)}
        protocol = "detection at 1 % false alarms"
        more |= {"baseline": _mean(rival), "faults": rate}
        result.append(row(SET, protocol, "mean rate over 21 faults", _mean(rate), seed, sparse, **more))
        started = time.monotonic()
        rivals = {name: mean_of(list(found.values())) for name, found in _simple_rates(data, seed).items()}
        seconds = time.monotonic() - started
        result += rows_beside(result[-1], mean_of(list(rate.values())), rivals, FAULTS, seconds)
        result += [
            row(SET, protocol, f"rate, fault {fault}", rate[fault], seed, sparse, baseline=rival[fault]) for fault in _HARD
        ]
        result.append(keys_row(SET, protocol, seed, sparse))
    return result


def _rates(tables: JudgedItems) -> dict[int, float]:
    """Return, by fault, the share of the steps after its start whose score is above the one that 1 % of the normal test steps
    exceed."""
    cut = np.quantile(tables.predictions[0].event_scores, 0.99)
    return {fault: float((tables.predictions[fault].event_scores[_START:] > cut).mean()) for fault in range(1, FAULTS + 1)}


def _simple_rates(data: dict[int, tuple[Table, Table]], seed: int) -> dict[str, dict[int, float]]:
    """Return the rates by fault of every trivial detector of tables."""
    scores = {fault: table_detectors(data[0][0], test, seed) for fault, (_, test) in data.items()}
    cut = {name: np.quantile(score, 0.99) for name, score in scores[0].items()}
    return {
        name: {fault: float((scores[fault][name][_START:] > cut[name]).mean()) for fault in range(1, FAULTS + 1)}
        for name in cut
    }


def _mean(rates: dict[int, float]) -> float:
    return float(np.mean(list(rates.values())))


class _Residual:
    """Squared residual of the principal components of normal steps."""

    def __init__(self, normal: Table) -> None:
        self._center, self._width = normal.mean(0), normal.std(0)
        self._fitted = PCA(0.9).fit((normal - self._center) / self._width)

    def __call__(self, steps: Table) -> Table:
        scaled = (steps - self._center) / self._width
        return np.asarray(((scaled - self._fitted.inverse_transform(self._fitted.transform(scaled))) ** 2).sum(1))
