"""Commands of `python -m audit` about operation: the KPI and the roll-out."""

from __future__ import annotations

import json
from argparse import Namespace
from dataclasses import asdict

from audit.cli.read_commands import OK, moment, opened, printable
from audit.operation.costs import current_costs
from audit.operation.kpi import Kpi, KpiReport
from audit.operation.observations import Scope
from audit.operation.operation import assess_rollout, kpi_overview
from audit.operation.rollout import current_rollout, steps
from audit.review.agreement import Statistic

# Units of the printed figures; shares are printed in percent and stay shares in JSON.
_UNITS = {
    Kpi.ACCURACY: "%",
    Kpi.FALSE_ALARMS: "%",
    Kpi.MISSED_FAULTS: "%",
    Kpi.MISSED_CAUSES: "%",
    Kpi.HELD: "%",
    Kpi.REVIEW_LOAD: "hours a day",
    Kpi.WAITING: "hours",
    Kpi.AGREEMENT: "alpha",
    Kpi.LATENCY: "seconds",
    Kpi.MEMORY: "MB",
    Kpi.KEPT_PAIRS: "%",
    Kpi.COST_HOUR: "{currency} an hour",
}


def kpi(arguments: Namespace) -> int:
    """Print the KPI of the decisions that were asked for."""
    scope = Scope(moment(arguments.since), moment(arguments.before), tuple(arguments.source or ()), arguments.weights)
    with opened(arguments) as store, store.database.read() as connection:
        overview = kpi_overview(connection, scope, store.database.now(connection))
        currency = current_costs(connection).currency
    if arguments.json:
        print(json.dumps(asdict(overview)))
        return OK
    _print("all", overview.whole, currency)
    for name, report in overview.sources.items():
        _print(name or "(no source)", report, currency)
    return OK


def rollout(arguments: Namespace) -> int:
    """Print the stage, its criteria with the measured values, and the steps so far."""
    with opened(arguments) as store, store.database.read() as connection:
        current = current_rollout(connection)
        assessed = assess_rollout(connection, current, store.database.now(connection)) if current else None
        history, currency = steps(connection), current_costs(connection).currency
    if arguments.json:
        plan = current.plan.payload() if current else None
        assessment = assessed.payload() if assessed else None
        stage = {"stage": current.stage.value, "since": current.since} if current else None
        print(json.dumps({"now": stage, "plan": plan, "assessment": assessment, "steps": [asdict(step) for step in history]}))
        return OK
    if current is None or assessed is None:
        print("no roll-out plan: decisions of all sources are treated alike")
        return OK
    print(f"stage {current.stage} since {current.since}; the criteria say: {assessed.outcome} ({assessed.decisions} decisions)")
    for result in assessed.checked:
        name, limit = result.criterion.kpi, result.criterion.limit
        compared = f"limit {_figure(name, limit)} {_unit(name, currency)}: {_text(name, result.found, currency)}"
        print(printable(f"  {result.part:<6} {name:<14} {compared}: {result.status}"))
    for step in history:
        against = ", against the assessment" if step.against else ""
        print(printable(f"{step.seq:>6}  {step.at}  {step.kind} -> {step.after}{against}: {step.why}"))
    return OK


def _print(name: str, report: KpiReport, currency: str) -> None:
    print(
        printable(
            f"{name}: {report.decisions} decisions, {report.judged} judged, "
            f"{report.drawn_judged} of {report.drawn} drawn at random judged, {report.waiting} waiting"
        )
    )
    for kpi, value in report.values.items():
        print(printable(f"  {kpi:<14} {_text(kpi, value, currency)}"))


def _text(kpi: Kpi, measured: Statistic, currency: str) -> str:
    if measured.value is None:
        return f"not known (n = {measured.items})"
    low, high = measured.low, measured.high
    interval = "" if low is None or high is None else f" [{_figure(kpi, low)}, {_figure(kpi, high)}]"
    return f"{_figure(kpi, measured.value)}{interval} {_unit(kpi, currency)} (n = {measured.items})"


def _figure(kpi: Kpi, value: float) -> str:
    return f"{value * (100 if _UNITS[kpi] == '%' else 1):.4g}"


def _unit(kpi: Kpi, currency: str) -> str:
    return _UNITS[kpi].format(currency=currency)
