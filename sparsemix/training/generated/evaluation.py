"""Evaluation on freshly generated logs, beside the dense softmax twin: ``python -m sparsemix evaluate``.

Figures of every log: event-level F1 at the model's threshold; cause recall, the share of faulty events whose true cause is
among the pairs that the event's own query selected, in any layer and head; selected keys per query and head. Intervals are
95 % bootstrap intervals over the logs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from sample_data.plant import LANGUAGES, Fault, PlantConfig
from sparsemix.errors import ConfigError
from sparsemix.model.event_batch import EventBatch
from sparsemix.model.model import SparseMixModel
from sparsemix.trace.selection_trace import SelectionTrace
from sparsemix.training.common.metrics import count, f1_of, interval, ratio_of
from sparsemix.training.common.reliability import Reliability, tabulate
from sparsemix.training.generated.corpus import FAULT_RATES, LabelledLog, in_turn, labelled

# Far from the seeds of training, validation and calibration, whatever ``--seed`` says.
_EVALUATION_SEED, _RELIABILITY_SEED = 10_000_000, 20_000_000
# The rates of training, and a rate of rare faults, at which a log's probability is hard to estimate.
_RELIABILITY_RATES = (0.02, *FAULT_RATES)


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure with its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Figures over ``logs`` logs of ``events`` events; ``recall_by_fault``: cause recall, and number of effects, by kind."""

    logs: int
    events: int
    seed: int
    effects: int
    event_f1: Figure
    cause_recall: Figure
    selected_per_query: Figure
    certified_share: float
    dense_event_f1: Figure | None
    recall_by_fault: dict[str, tuple[float, int]]


def fresh_log(index: int, events: int, seed: int, features: int, line: str = "assembly") -> LabelledLog:
    """Generate the evaluation's log number ``index`` of a line; fault rates and languages take turns."""
    return labelled(in_turn(index, events, line=line), _EVALUATION_SEED + 10_000 * seed + index, features)


def found_causes(log: LabelledLog, trace: SelectionTrace) -> list[bool]:
    """Return for every true (effect, cause) pair whether any layer and head of the effect's query selected the cause."""
    return [any(cause in head.key_index[head.pairs_of(effect)] for _, _, head in trace) for effect, cause in log.log.pairs]


def evaluate(
    model: SparseMixModel,
    dense: SparseMixModel | None,
    *,
    generated: int,
    events: int,
    seed: int,
    line: str = "assembly",
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> Evaluation:
    """Evaluate on ``generated`` fresh logs of a line; the ``dense`` twin, if there is one, on the same logs.

    Raises ``ConfigError`` when there are too few logs or events, or the twin was trained with another encoder.
    """
    if generated < 1:
        raise ConfigError("at least one generated log is needed")
    if events < 2:
        raise ConfigError("a generated log needs at least 2 events")
    if dense is not None and dense.config.features != model.config.features:
        raise ConfigError("the dense twin was trained with another encoder")
    sparse_rows, dense_rows, recall_rows, selected_rows, certified = [], [], [], [], []
    by_fault: dict[str, list[bool]] = {fault.value: [] for fault in Fault}
    for index in range(generated):
        log = fresh_log(index, events, seed, model.config.features, line)
        truth = log.label > 0
        run = model.run_with_trace(log.sequence)
        sparse_rows.append(_row(run.decision.event_probability >= run.decision.event_threshold, truth))
        hits = found_causes(log, run.trace)
        recall_rows.append((sum(hits), len(hits)))
        for (effect, _), is_hit in zip(log.log.pairs, hits, strict=True):
            fault = log.log.faults[effect]
            if fault is not None:
                by_fault[fault.value].append(is_hit)
        selected_rows.append((run.trace.selected_per_query(), 1.0))
        certified.append(np.mean([run.trace.certified_share(i) for i in range(model.config.layers)]))
        if dense is not None:
            with torch.no_grad():
                logits, _ = dense.network(EventBatch.of([log.hashed]))
            dense_rows.append(_row(logits[0].sigmoid().numpy() >= dense.config.event_threshold, truth))
        progress(index + 1, generated)
    return Evaluation(
        logs=generated,
        events=events,
        seed=seed,
        effects=int(sum(total for _, total in recall_rows)),
        event_f1=_figure(sparse_rows, f1_of, seed),
        cause_recall=_figure(recall_rows, ratio_of, seed),
        selected_per_query=_figure(selected_rows, ratio_of, seed),
        certified_share=float(np.mean(certified)),
        dense_event_f1=_figure(dense_rows, f1_of, seed) if dense is not None else None,
        recall_by_fault={
            name: (float(np.mean(hits_of_fault)) if hits_of_fault else 0.0, len(hits_of_fault))
            for name, hits_of_fault in by_fault.items()
        },
    )


def measure_reliability(
    model: SparseMixModel,
    *,
    generated: int,
    events: int,
    seed: int,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> Reliability:
    """Run the model on ``generated`` fresh logs, half of them healthy, and count.

    Raises ``ConfigError`` when there are fewer than 2 logs or events.
    """
    if generated < 2 or events < 2:
        raise ConfigError("at least 2 logs of at least 2 events are needed")
    log_probability, log_truth, event_probability, event_truth = [], [], [], []
    for index in range(generated):
        rate = _RELIABILITY_RATES[index // 2 % len(_RELIABILITY_RATES)] if index % 2 else 0.0
        language = LANGUAGES[index // (2 * len(_RELIABILITY_RATES)) % len(LANGUAGES)]
        config = PlantConfig(events=events, fault_rate=rate, language=language)
        log = labelled(config, _RELIABILITY_SEED + 10_000 * seed + index, model.config.features)
        decision = model.run_with_trace(log.sequence).decision
        log_probability.append(decision.sequence_probability)
        log_truth.append(bool((log.label > 0).any()))
        event_probability.append(decision.event_probability)
        event_truth.append(log.label > 0)
        progress(index + 1, generated)
    return Reliability(
        generated,
        events,
        seed,
        tabulate(np.array(log_probability), np.array(log_truth)),
        tabulate(np.concatenate(event_probability), np.concatenate(event_truth)),
    )


def _row(predicted: NDArray[np.bool_], truth: NDArray[np.bool_]) -> tuple[int, int, int]:
    counts = count(predicted, truth)
    return counts.tp, counts.fp, counts.fn


def _figure(rows: Sequence[tuple[float, ...]], statistic: Callable[[NDArray[np.float64]], float], seed: int) -> Figure:
    table = np.array(rows, dtype=np.float64)
    return Figure(float(statistic(table)), *interval(table, statistic, seed))
