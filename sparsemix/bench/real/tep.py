"""Tennessee Eastman process: a simulated chemical plant, 52 variables, 21 faults (Downs and Vogel 1993; data: Chiang et al.).

*Detection*: learned from 500 normal steps; of the 960 test steps of every fault, the 800 after it started are judged, at the
score that 1 % of the 960 normal test steps exceed. Baseline: squared residual of the principal components that hold 90 % of the
variance, at the same 1 %. Faults 3, 9 and 15 are hardly visible to anybody and always listed.

*22 classes*: windows of 20 steps, normal or one of the faults, learned from the training files and judged on the test files
after the fault started. Baseline: logistic regression on every variable's mean and standard deviation in the window.
"""

from __future__ import annotations

import gzip
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sparsemix.bench.real.rows import Judged, Row, Settings, Tell, judged, row
from sparsemix.bench.real.tables import table_item
from sparsemix.dataset import DataSet, Item
from sparsemix.errors import ConfigError
from sparsemix.training.own_data import Plan

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
    """Training and test steps [N, 52] by fault, 0 being none. Raises ConfigError that names a file that cannot be read."""
    found = {}
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
        found[fault] = (parts[0], parts[1])
    return found


def class_rows(data: dict[int, tuple[Table, Table]], settings: Settings, tell: Tell) -> list[Row]:
    """Accuracy over 22 classes, and over those that are not hard to see."""
    given, truth_given = _windows({fault: train for fault, (train, _) in data.items()}, _STRIDE)
    asked, truth = _windows({fault: test[_START:] for fault, (_, test) in data.items()}, _WINDOW)
    rival = make_pipeline(StandardScaler(), LogisticRegression(max_iter=500))
    rival.fit(_statistics(given), truth_given)
    base = np.asarray(rival.predict(_statistics(asked)) == truth)
    easy = ~np.isin(truth, _HARD)
    items = [_labelled(n, window, int(fault)) for n, (window, fault) in enumerate(zip(given, truth_given, strict=True))]
    blind = [table_item(f"w{n}", window) for n, window in enumerate(asked)]
    found = []
    for seed in settings.seeds:
        plan = settings.plan(CLASSES, seed)
        sparse = judged(DataSet("TEP, 22 classes", tuple(items)), plan, blind, tell)
        dense = None
        if settings.twin:
            dense = judged(DataSet("TEP, 22 classes", tuple(items)), replace(plan, attention="softmax"), blind, tell)
        for metric, kept in (("accuracy", np.ones(len(truth), np.bool_)), ("accuracy without faults 3, 9 and 15", easy)):
            more: Row = {"baseline": float(base[kept].mean())}
            if dense is not None:
                more |= {"dense_twin": _accuracy(dense, truth, kept), "dense_seconds": round(dense.seconds, 1)}
            found.append(
                row(SET, "22 classes, windows of 20 steps", metric, _accuracy(sparse, truth, kept), seed, sparse, **more)
            )
        for one in _HARD:
            more = {"baseline": float(base[truth == one].mean())}
            value = _accuracy(sparse, truth, truth == one)
            found.append(row(SET, "22 classes, windows of 20 steps", f"recall, fault {one}", value, seed, sparse, **more))
    return found


def _windows(tables: dict[int, Table], stride: int) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Windows [K, 20, 52] of every table, and their faults [K]."""
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


def _accuracy(found: Judged, truth: NDArray[np.int64], kept: NDArray[np.bool_]) -> float:
    """Share of the windows ``kept`` whose class is named: normal, or the likeliest fault."""
    named = [0 if one.label == "normal" or one.fault is None else int(one.fault[0].split()[1]) for one in found.found]
    return float((np.array(named) == truth)[kept].mean())


def rows(data: dict[int, tuple[Table, Table]], settings: Settings, tell: Tell) -> list[Row]:
    """Detection rates at 1 % false alarms: the mean over faults, and those that are hard to see."""
    normal, fresh = data[0]
    residual = _residual(normal)
    rival_cut = np.quantile(residual(fresh), 0.99)
    rival = {fault: float((residual(data[fault][1][_START:]) > rival_cut).mean()) for fault in range(1, FAULTS + 1)}
    found = []
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
        found.append(row(SET, protocol, "mean rate over 21 faults", _mean(rate), seed, sparse, **more))
        found += [row(SET, protocol, f"rate, fault {one}", rate[one], seed, sparse, baseline=rival[one]) for one in _HARD]
    return found


def _rates(found: Judged) -> dict[int, float]:
    """Share of the steps after every fault's start whose score 1 % of the normal test steps exceed."""
    cut = np.quantile(found.found[0].event_scores, 0.99)
    return {fault: float((found.found[fault].event_scores[_START:] > cut).mean()) for fault in range(1, FAULTS + 1)}


def _mean(rates: dict[int, float]) -> float:
    return float(np.mean(list(rates.values())))


class _residual:  # noqa: N801 - reads as the function that it is
    """Squared residual of the principal components of normal steps."""

    def __init__(self, normal: Table) -> None:
        self._center, self._width = normal.mean(0), normal.std(0)
        self._fitted = PCA(0.9).fit((normal - self._center) / self._width)

    def __call__(self, steps: Table) -> Table:
        scaled = (steps - self._center) / self._width
        return np.asarray(((scaled - self._fitted.inverse_transform(self._fitted.transform(scaled))) ** 2).sum(1))
