"""ASD: twelve servers with 19 metrics each (Li et al. 2021, InterFusion), learned one by one from their normal half.

Every step of the other half is scored by itself: no point adjustment, with which even random scores look good (Kim et al. 2022,
"Towards a rigorous evaluation of time-series anomaly detection"). AP is of a server's steps, the mean over servers reported.
*Guilty metrics*: at every faulty step with g guilty metrics, the share of them among the g metrics that deviate most by the
model (``scales``: root mean square deviation of the last steps). Baseline: the residual of five principal components, for both.
Settings were chosen on SMD (``--sets smd`` measures it the same way); ASD is measured once.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.decomposition import PCA
from sklearn.metrics import average_precision_score

from sparsemix.dataset import DataSet
from sparsemix.encoding import scales
from sparsemix.encoding.encoder import column_table
from sparsemix.errors import ConfigError
from sparsemix.training.own_data import Plan
from tests.benchmarks.real.rows import JudgedItems, RealSettings, judged, keys_row, row, rows_beside, table_item
from tests.benchmarks.real.trivial import mean_of, table_detectors
from tests.benchmarks.report import Row, Tell

SETS = ("asd", "smd")
PLAN = Plan(task="novelty", longest=512, steps=150)
_COMPONENTS = 5
Table = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Server:
    """Steps by metrics: ``train`` [T, C], ``test`` [N, C]; ``faulty`` bool [N]; ``guilty`` bool [N, C]."""

    name: str
    train: Table
    test: Table
    faulty: NDArray[np.bool_]
    guilty: NDArray[np.bool_]


def load(folder: Path) -> list[Server]:
    """Read all servers of a folder. Raises `ConfigError` when there is none, or when a file cannot be read."""
    servers = []
    for path in sorted(folder.glob("*.npz")):
        try:
            with np.load(path, allow_pickle=False) as file:
                parts = [np.asarray(file[name], np.float64) for name in ("train", "test", "test_label", "interp_mask")]
        except (OSError, KeyError, ValueError) as error:
            raise ConfigError(f"{path} cannot be read: {error}; download it again") from error
        train, test, label, guilty = parts
        servers.append(Server(path.stem, train, test, label.ravel() > 0, guilty > 0))
    if not servers:
        raise ConfigError(f"{folder} has no .npz files; --data-dir must lead to a folder with {folder.name}/*.npz")
    return servers


def rows(set_: str, servers: list[Server], settings: RealSettings, tell: Tell) -> list[Row]:
    """Return AP over steps and hit rate of guilty metrics, means over the servers."""
    result = list[Row]()
    for seed in settings.seeds:
        plan = settings.plan(PLAN, seed)
        ours, rival, dense, learned = [], [], [], list[JudgedItems]()
        simple, simple_seconds = dict[str, list[float]](), 0.0
        for server in servers:
            last, ap, hits = _measured(server, plan, tell)
            learned.append(last)
            residual = _residual(server)
            ours.append((ap, hits, last.seconds))
            rival.append((average_precision_score(server.faulty, residual.sum(1)), hit_rate(server, residual)))
            started = time.monotonic()
            for name, score in table_detectors(server.train, server.test, seed).items():
                simple.setdefault(name, []).append(float(average_precision_score(server.faulty, score)))
            simple_seconds += time.monotonic() - started
            if settings.twin:
                twin, twin_ap, _ = _measured(server, replace(plan, attention="softmax"), tell)
                dense.append((twin_ap, twin.seconds))
        value, base = np.mean(ours, axis=0), np.mean(rival, axis=0)
        more: Row = {"baseline": float(base[0]), "seconds": round(float(value[2]), 1), "servers": len(servers)}
        if dense:
            more |= {
                "dense_twin": float(np.mean(dense, axis=0)[0]),
                "dense_seconds": round(float(np.mean(dense, axis=0)[1]), 1),
            }
        protocol = "steps, no point adjustment"
        result.append(row(set_, protocol, "AP", float(value[0]), seed, learned[-1]) | more)
        rivals = {name: mean_of(values) for name, values in simple.items()}
        result += rows_beside(result[-1], mean_of([ap for ap, _, _ in ours]), rivals, len(servers), simple_seconds)
        result.append(
            row(set_, protocol, "hit rate of guilty metrics", float(value[1]), seed, learned[-1], baseline=float(base[1]))
        )
        result.append(keys_row(set_, protocol, seed, *learned))
    return result


def hit_rate(server: Server, off: Table) -> float:
    """Return the mean share of the g guilty metrics among the g that are most ``off`` [N, C], over the faulty steps that name
    guilty metrics."""
    shares = []
    for step in np.flatnonzero(server.faulty & server.guilty.any(1)).tolist():
        guilty = server.guilty[step]
        shares.append(guilty[np.argsort(-off[step], kind="stable")[: int(guilty.sum())]].mean())
    return float(np.mean(shares)) if shares else float("nan")


def _measured(server: Server, plan: Plan, tell: Tell) -> tuple[JudgedItems, float, float]:
    item = table_item("test", server.test)
    result = judged(DataSet(server.name, (table_item("train", server.train),)), plan, [item], tell)
    known = result.model.judge.scales
    measured = scales.measure(known, column_table(item.sequence.events, known))
    off = np.zeros_like(server.test)
    off[:, [int(scale.name[1:]) for scale in known]] = measured.recent
    ap = float(average_precision_score(server.faulty, result.predictions[0].event_scores))
    return result, ap, hit_rate(server, off)


def _residual(server: Server) -> Table:
    """Return the squared residual of the first principal components of the normal half [N, C]."""
    center, width = server.train.mean(0), server.train.std(0)
    width[width < 1e-6] = 1.0
    train, test = ((part - center) / width for part in (server.train, server.test))
    fitted = PCA(_COMPONENTS).fit(train)
    return np.asarray((test - fitted.inverse_transform(fitted.transform(test))) ** 2)
