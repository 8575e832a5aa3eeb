"""The commands of `python -m audit` that tell how operation goes: KPI, and where the roll-out stands."""

from __future__ import annotations

import json
from argparse import Namespace
from dataclasses import asdict

from audit import validate as v
from audit.agreement import Statistic
from audit.commands import OK, opened, printable
from audit.kpi import KpiReport
from audit.observations import Scope
from audit.operation import assess_rollout, kpi_overview
from audit.rollout import current_rollout, steps

__all__ = ["kpi", "rollout"]


def kpi(arguments: Namespace) -> int:
    """Print the KPI of the decisions that were asked for."""
    scope = Scope(_moment(arguments.since), _moment(arguments.before), tuple(arguments.source or ()), arguments.weights)
    with opened(arguments) as store, store.database.read() as connection:
        found = kpi_overview(connection, scope, store.database.now(connection))
    if arguments.json:
        print(json.dumps(asdict(found)))
        return OK
    _print("all", found.whole)
    for name, report in found.sources.items():
        _print(name or "(no source)", report)
    return OK


def rollout(arguments: Namespace) -> int:
    """Print the stage, what is measured against its criteria, and what was decided so far."""
    with opened(arguments) as store, store.database.read() as connection:
        now = current_rollout(connection)
        found = assess_rollout(connection, now, store.database.now(connection)) if now else None
        done = steps(connection)
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
        print(f"  {one.part:<6} {one.criterion.kpi:<14} limit {one.criterion.limit:g}: {_told(one.found)}: {one.status}")
    for step in done:
        against = ", against the assessment" if step.against else ""
        print(printable(f"{step.seq:>6}  {step.at}  {step.kind} -> {step.after}{against}: {step.why}"))
    return OK


def _moment(text: str | None) -> str | None:
    """A day is its beginning."""
    if text is None:
        return None
    return v.moment("the day", f"{text}T00:00:00.000Z" if "T" not in text else text)


def _print(name: str, report: KpiReport) -> None:
    print(
        printable(
            f"{name}: {report.decisions} decisions, {report.judged} judged, "
            f"{report.drawn_judged} of {report.drawn} drawn at random judged, {report.waiting} waiting"
        )
    )
    for kpi, found in report.values.items():
        print(f"  {kpi:<14} {_told(found)}")


def _told(found: Statistic) -> str:
    if found.value is None:
        return f"not known (n = {found.items})"
    interval = "" if found.low is None or found.high is None else f" [{found.low:.4g}, {found.high:.4g}]"
    return f"{found.value:.4g}{interval} (n = {found.items})"
