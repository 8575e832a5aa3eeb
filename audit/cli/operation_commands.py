"""The commands of `python -m audit` that tell how operation goes: KPI, and where the roll-out stands."""

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

__all__ = ["kpi", "rollout"]

# What every figure is in; shares, of which JSON keeps the share, are printed in percent.
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
        found, currency = kpi_overview(connection, scope, store.database.now(connection)), current_costs(connection).currency
    if arguments.json:
        print(json.dumps(asdict(found)))
        return OK
    _print("all", found.whole, currency)
    for name, report in found.sources.items():
        _print(name or "(no source)", report, currency)
    return OK


def rollout(arguments: Namespace) -> int:
    """Print the stage, what is measured against its criteria, and what was decided so far."""
    with opened(arguments) as store, store.database.read() as connection:
        now = current_rollout(connection)
        found = assess_rollout(connection, now, store.database.now(connection)) if now else None
        done, currency = steps(connection), current_costs(connection).currency
    if arguments.json:
        plan = now.plan.payload() if now else None
        assessment = found.payload() if found else None
        stage = {"stage": now.stage.value, "since": now.since} if now else None
        print(json.dumps({"now": stage, "plan": plan, "assessment": assessment, "steps": [asdict(one) for one in done]}))
        return OK
    if now is None or found is None:
        print("no roll-out plan: decisions of all sources are treated alike")
        return OK
    print(f"stage {now.stage} since {now.since}; the criteria say: {found.outcome} ({found.decisions} decisions)")
    for one in found.checked:
        measured, limit = one.criterion.kpi, one.criterion.limit
        told = f"limit {_figure(measured, limit)} {_unit(measured, currency)}: {_told(measured, one.found, currency)}"
        print(printable(f"  {one.part:<6} {measured:<14} {told}: {one.status}"))
    for step in done:
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
    for kpi, found in report.values.items():
        print(printable(f"  {kpi:<14} {_told(kpi, found, currency)}"))


def _told(kpi: Kpi, found: Statistic, currency: str) -> str:
    if found.value is None:
        return f"not known (n = {found.items})"
    low, high = found.low, found.high
    interval = "" if low is None or high is None else f" [{_figure(kpi, low)}, {_figure(kpi, high)}]"
    return f"{_figure(kpi, found.value)}{interval} {_unit(kpi, currency)} (n = {found.items})"


def _figure(kpi: Kpi, value: float) -> str:
    return f"{value * (100 if _UNITS[kpi] == '%' else 1):.4g}"


def _unit(kpi: Kpi, currency: str) -> str:
    return _UNITS[kpi].format(currency=currency)
