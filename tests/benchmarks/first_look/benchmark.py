"""What is shown first of ten real logs, beside two readings of them, plain rules and chance.

Two systems are left out at a time, the ranking's weights are fitted to the other eight, and only those left out count.
Differences to a rule are paired, log by log; intervals hold 95 % of the means over logs drawn anew.

Axis letters: L logs.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sparsemix.encoding.file_statistics.statistics import file_statistics
from sparsemix.encoding.sequence import TokenSequence
from sparsemix.explain.rerun import Rerun
from sparsemix.incidents.finding import find_incidents
from sparsemix.incidents.incident import Incident, consequences
from sparsemix.incidents.ranking import WEIGHTS, must_be_seen
from sparsemix.incidents.terms import TERMS, Candidates, candidates
from sparsemix.model.fallback import any_log_model
from tests.benchmarks.first_look.fitting import fitted, read_log
from tests.benchmarks.first_look.readings import (
    FIGURES,
    CauseCount,
    ReadIncident,
    Reading,
    Told,
    count_causes,
    figures,
    mean_figures,
    other_reader,
    readings,
    stretches,
)
from tests.benchmarks.first_look.rules import RULES, random_order
from tests.benchmarks.first_look.told_reasons import reason_rows
from tests.benchmarks.first_look.web_logs import web_rows
from tests.benchmarks.report import Row, Tell
from tests.benchmarks.zero.logs import FOLDS, load
from tests.benchmarks.zero.scores import check, read_lines

OURS, OTHER, RANDOM = "ours", "other reader", "random lines"
_DRAWS, _LEVEL = 1000, 0.95


@dataclass(frozen=True, slots=True)
class Log:
    """A log with the line of every event (``line`` [N], from 1) and its run."""

    sequence: TokenSequence
    line: NDArray[np.int64]
    rerun: Rerun


def first_look_rows(data: Path, seeds: Sequence[int], tell: Tell) -> list[Row]:
    """Return the rows of all measurements; ``seeds``: of the faults whose reasons are looked at. Raises `ConfigError` when
    the data are not there, or a check fails."""
    both, model, lines = readings(data), any_log_model(), load(data)
    logs, seconds = {}, 0.0
    for name, log in lines.items():
        sequence = read_lines(log.lines)
        if name == "Linux":
            check(model, sequence)
        run = model.run_with_trace(sequence, keep_layers=True)
        line = np.array([event.line for event in sequence.events])
        logs[name] = Log(sequence, line, Rerun(model, sequence, run.trace, layers=run.layers))
    of_reading = {name: read_log(_candidates(log), log.line, [reading[name] for reading in both]) for name, log in logs.items()}
    looks: dict[str, list[Incident]] = {}
    called: dict[bool, list[bool]] = {True: [], False: []}
    for fold in FOLDS:
        weights = fitted({name: one for name, one in of_reading.items() if name not in fold})
        named = dict(zip(TERMS, weights.tolist(), strict=True))
        for name in fold:
            started = time.perf_counter()
            looks[name] = find_incidents(logs[name].rerun, weights=named)
            seconds += time.perf_counter() - started
            for must, called_must in _stretches(logs[name], weights, both, name):
                called[must].append(called_must == must)
        tell(f"{' and '.join(fold)} left out")
    shipped = {name: find_incidents(log.rerun, weights=WEIGHTS) for name, log in logs.items()}
    methods = {
        OURS: {name: [_lines(log, [one.lead[0] for one in looks[name]])] for name, log in logs.items()},
        "ours, weights as shipped": {name: [_lines(log, [one.lead[0] for one in shipped[name]])] for name, log in logs.items()},
        **{rule: {name: [order(log)] for name, log in lines.items()} for rule, order in RULES.items()},
        RANDOM: {name: random_order(log) for name, log in lines.items()},
    }
    rows = _figure_rows(methods, both, seconds / len(logs))
    rows += _cause_rows(count_causes({name: _told(logs[name], look) for name, look in looks.items()}, both))
    kinds = (("calm called calm", False), ("must be seen called so", True))
    rows += [_row("stretches", OURS, kind, np.array(called[must], np.float64)) for kind, must in kinds]
    return rows + web_rows(model) + reason_rows(lines, model, seeds, tell)


def _candidates(log: Log) -> Candidates:
    events = log.sequence.events
    return candidates(events, file_statistics(events), log.rerun.logits, log.sequence.starts)


def _lines(log: Log, events: Sequence[int]) -> list[int]:
    return [int(log.line[event]) for event in events]


def _told(log: Log, look: Sequence[Incident]) -> list[Told]:
    return [Told(int(log.line[one.lead[0]]), tuple(_lines(log, [cause.event for cause in one.causes]))) for one in look]


def _stretches(log: Log, weights: NDArray[np.float64], both: tuple[Reading, Reading], name: str) -> list[tuple[bool, bool]]:
    """Return, for every stretch on which the readings agree, whether something must be seen there, and whether we say so."""
    found = _candidates(log)
    must = np.zeros(len(found.grade), np.bool_)
    for lead in np.unique(found.event[must_be_seen(found.values, found.values @ weights)]).tolist():
        must[lead] = True
        must[consequences(found, lead)] = True
    rows = []
    for first, last, really in stretches(both, name, int(log.line[-1])):
        rows.append((really, bool(must[(log.line >= first) & (log.line <= last)].any())))
    return rows


def _figure_rows(
    methods: Mapping[str, Mapping[str, list[list[int]]]], both: tuple[Reading, Reading], seconds: float
) -> list[Row]:
    """Return the figures of every method over the logs, and the paired differences to the best rule in each."""
    names = list(both[0])
    values = {
        method: np.array([_of_log(orders[name], [reading[name] for reading in both]) for name in names])
        for method, orders in methods.items()
    }
    values[OTHER] = np.array(
        [mean_figures([figures(other_reader(one[name]), other[name]) for one, other in (both, both[::-1])]) for name in names]
    )
    rows: list[Row] = []
    for method, value in values.items():
        rows += [_row("first look", method, figure, value[:, place]) for place, figure in enumerate(FIGURES)]
    for place, figure in enumerate(FIGURES):
        best = max(RULES, key=lambda rule: float(np.nanmean(values[rule][:, place])))
        difference = values[OURS][:, place] - values[best][:, place]
        rows.append(_row("first look", OURS, f"{figure} less that of: {best}", difference))
        for word, logs in (("better than", difference > 0), ("as good as", difference == 0)):
            rows.append(_row("first look", OURS, f"{figure}: share of logs {word}: {best}", logs.astype(np.float64)))
    for place, name in enumerate(names):
        rows += [
            _row(f"first look, {name}", OURS, figure, values[OURS][place : place + 1, number])
            for number, figure in enumerate(FIGURES)
        ]
    rows[0]["seconds"] = seconds
    return [row for row in rows if not np.isnan(float(str(row["value"])))]


def _of_log(orders: Sequence[Sequence[int]], reads: Sequence[Sequence[ReadIncident]]) -> NDArray[np.float64]:
    return mean_figures([figures(order, read) for order in orders for read in reads])


def _cause_rows(count: CauseCount) -> list[Row]:
    values = {
        f"of {count.causes} incidents with causes: told with one": count.found,
        "systems with one": count.systems,
        "told": count.told,
        "right": count.right,
    }
    return [_row("causes", OURS, name, np.array([float(value)])) for name, value in values.items()]


def _row(name: str, method: str, metric: str, values: NDArray[np.float64]) -> Row:
    known = values[~np.isnan(values)]
    if not len(known):
        return {"set": name, "method": method, "metric": metric, "value": np.nan, "low": np.nan, "high": np.nan}
    drawn = np.random.default_rng(0).integers(len(known), size=(_DRAWS, len(known)))
    low, high = np.quantile(known[drawn].mean(1), [(1 - _LEVEL) / 2, (1 + _LEVEL) / 2]).tolist()
    return {"set": name, "method": method, "metric": metric, "value": float(known.mean()), "low": low, "high": high}
