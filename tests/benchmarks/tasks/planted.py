"""The planted logs as a task: the shipped weights and their dense twin on fresh logs, far beyond the lengths of training.

Nothing is trained here. ``accuracy`` is the event-level F1. ``cause_recall`` is the share of faulty events whose own query
selected the true cause; a model that selects every pair has 1.
"""

from __future__ import annotations

import copy
import time
from pathlib import Path

import numpy as np
import torch

from sparsemix.model.event_batch import EventBatch
from sparsemix.model.model import SparseMixModel
from sparsemix.model.replay import replay
from sparsemix.training.common.metrics import Counts, count, f1_of, interval
from sparsemix.training.generated.evaluation import found_causes, fresh_log
from tests.benchmarks.report import BenchmarkRefused, Row, Tell
from tests.support.paths import WEIGHTS

# Length and number of logs.
TESTS = ((2048, 20), (16384, 2), (65536, 1))
_CHECKED_EVENTS = 1024
_TOLERANCE = 1e-9


def rows(
    seed: int,
    scale: float,
    tell: Tell = lambda _text: None,
    weights: Path = WEIGHTS,
    tests: tuple[tuple[int, int], ...] = TESTS,
) -> list[Row]:
    """Return two rows per length, the dense twin's and the sparse model's; ``scale`` multiplies the numbers of logs.

    Raises `BenchmarkRefused` when a dense layer masked to the logged pairs gives another output than the run.
    """
    sparse = SparseMixModel.load(weights)
    dense = SparseMixModel.load(weights.with_name(f"{weights.stem}-dense.safetensors"))
    check_replay(sparse, seed)
    result = []
    for length, logs in tests:
        number = max(1, round(logs * scale))
        for kind, model in (("softmax", dense), ("entmax15", sparse)):
            started = time.monotonic()
            counts, causes, selected = _measure(model, kind, length, number, seed)
            tell(f"planted logs seed {seed} tested at {length}: {kind}")
            result.append(_row(length, seed, kind, counts, causes, selected, time.monotonic() - started))
        _compare(result[-1], result[-2])
    return result


def check_replay(model: SparseMixModel, seed: int) -> float:
    """Return the largest difference between a run and its replay. Raises `BenchmarkRefused` above ``_TOLERANCE``."""
    log = fresh_log(0, _CHECKED_EVENTS, seed, model.config.features)
    worst = float(np.max(replay(model, log.sequence, model.run_with_trace(log.sequence).trace)))
    if not worst <= _TOLERANCE:
        raise BenchmarkRefused(f"a dense layer masked to the logged pairs differs by {worst:.1e}; nothing is reported")
    return worst


def _measure(
    model: SparseMixModel, kind: str, length: int, logs: int, seed: int
) -> tuple[list[Counts], list[bool], list[float]]:
    counts, causes, selected = [], [], []
    # The dense twin runs in single precision: double precision would take minutes more.
    network = copy.deepcopy(model.network).float() if kind == "softmax" else None
    for index in range(logs):
        log = fresh_log(index, length, seed, model.config.features)
        if network is None:
            run = model.run_with_trace(log.sequence)
            probability = run.decision.event_probability
            causes += found_causes(log, run.trace)
            selected.append(run.trace.selected_per_query())
        else:
            with torch.no_grad():
                probability = network(EventBatch.of([log.hashed]))[0][0].sigmoid().numpy()
            causes += [True] * len(log.log.pairs)
            selected.append(float(length))
        counts.append(count(probability >= model.config.event_threshold, log.label > 0))
    return counts, causes, selected


def _row(
    length: int, seed: int, kind: str, counts: list[Counts], causes: list[bool], selected: list[float], seconds: float
) -> Row:
    table = np.array([(c.tp, c.fp, c.fn) for c in counts], dtype=np.float64)
    low, high = interval(table, f1_of, seed)
    return {
        "task": "planted",
        "length": length,
        "seed": seed,
        "model": kind,
        "accuracy": f1_of(table),
        "accuracy_interval": [low, high],
        "cause_recall": float(np.mean(causes)) if causes else None,
        "sequences": len(counts),
        "answers": len(causes),
        "selected_per_query": float(np.mean(selected)),
        "density": float(np.mean(selected)) / length,
        "steps": 0,
        "seconds": round(seconds, 1),
        "points_to_twin": None,
        "points_low": None,
        "points_high": None,
    }


def _compare(sparse: Row, dense: Row) -> None:
    sparse["points_to_twin"] = 100.0 * (float(str(sparse["accuracy"])) - float(str(dense["accuracy"])))
