"""`Operation`: what a manager steers by and decides: KPI, costs, and the roll-out, each action checked against the roles.

overview = access.operation.kpi(Scope(since="2026-03-01T00:00:00.000Z"))
found = access.operation.assess()
access.operation.decide(StepKind.GO, "criteria met, shift leaders agree")
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from sqlalchemy import Connection

from audit.errors import Conflict, InvalidRecord
from audit.log.entries import COSTS, ROLLOUT
from audit.operation.costs import SUBJECT as ASSUMPTIONS
from audit.operation.costs import Costs, current_costs
from audit.operation.kpi import KpiReport, measure, report
from audit.operation.observations import Observation, Scope, observations
from audit.operation.rollout import (
    PLAN,
    STEP,
    Assessment,
    Outcome,
    Part,
    Rollout,
    Step,
    StepKind,
    assess,
    current_rollout,
    step_payload,
    steps,
)
from audit.operation.rollout_plan import RolloutPlan, StageName
from audit.people.rights import Action, Rights
from audit.records import validation as v
from audit.records.clock import moment_text, parse_moment, shifted
from audit.records.records import LogEntry

__all__ = ["MOST_SOURCES", "MOST_WEEKS", "KpiOverview", "Operation", "assess_rollout", "kpi_overview"]

MOST_SOURCES, MOST_WEEKS = 50, 26
_DAY = 86_400


@dataclass(frozen=True, slots=True)
class KpiOverview:
    """KPI over everything in scope, of every source (those with most decisions), and of every week (UTC, from Monday on; the
    last MOST_WEEKS). `weights`: all that made decisions in scope, those of the newest decision first."""

    scope: Scope
    now: str
    whole: KpiReport
    sources: dict[str, KpiReport]
    weeks: dict[str, KpiReport]
    weights: tuple[str, ...]


class Operation:
    """What one person may see and decide of operation. Every method may raise `Denied` and `SignInFailed`."""

    def __init__(self, rights: Rights) -> None:
        self._rights = rights
        self._database = rights.database

    def kpi(self, scope: Scope | None = None) -> KpiOverview:
        """KPI measured from the record. Raises `Tampered`."""
        with self._rights.reading(Action.SEE_TEAM) as (connection, _):
            return kpi_overview(connection, scope or Scope(), self._database.now(connection))

    def costs(self) -> Costs:
        """What things are assumed to cost."""
        with self._rights.reading(Action.SEE_TEAM) as (connection, _):
            return current_costs(connection)

    def set_costs(self, costs: Costs) -> LogEntry:
        """Change the assumptions about costs."""
        with self._rights.acting(Action.SET_COSTS) as (connection, person):
            return self._database.append(connection, actor=person.id, type=COSTS, subject=ASSUMPTIONS, payload=costs.payload())

    def rollout(self) -> Rollout | None:
        """Where the roll-out stands; None without a plan."""
        with self._rights.reading() as (connection, _):
            return current_rollout(connection)

    def steps(self) -> list[Step]:
        """Everything that was decided about the roll-out, oldest first."""
        with self._rights.reading() as (connection, _):
            return steps(connection)

    def assess(self) -> Assessment | None:
        """What is measured now against the criteria; None without a plan. Raises `Tampered`."""
        with self._rights.reading(Action.SEE_TEAM) as (connection, _):
            now = current_rollout(connection)
            return None if now is None else assess_rollout(connection, now, self._database.now(connection))

    def plan(self, plan: RolloutPlan, why: str) -> LogEntry:
        """Set the plan; the first one begins the prototype stage."""
        reason = v.text("why", why, limit=v.MAX_COMMENT)
        with self._rights.acting(Action.DECIDE_ROLLOUT) as (connection, person):
            self._database.lock(connection)
            first = current_rollout(connection) is None
            payload = {**plan.payload(), "why": reason}
            entry = self._database.append(connection, actor=person.id, type=ROLLOUT, subject=PLAN, payload=payload)
            if first:
                self._step(connection, person.id, StepKind.START, None, StageName.PROTOTYPE, reason, entry.seq)
            return entry

    def decide(self, kind: StepKind, why: str, *, to: StageName | None = None, against: bool = False) -> LogEntry:
        """Go on, stay, or step back (`to` an earlier stage, by default the one before).

        `against`: it is known that the assessment, made anew in the same transaction, says otherwise. Raises `Conflict`
        without a plan, when there is no such stage, or when `against` is not what the assessment says; `InvalidRecord`.
        """
        reason = v.text("why", why, limit=v.MAX_COMMENT)
        v.flag("against", against)
        with self._rights.acting(Action.DECIDE_ROLLOUT) as (connection, person):
            self._database.lock(connection)
            now = current_rollout(connection)
            if now is None:
                raise Conflict("there is no roll-out plan yet; set one first")
            after = _target(now, kind, to)
            found = assess_rollout(connection, now, self._database.now(connection))
            if contradicts(kind, found.outcome, now) is not against:
                raise Conflict(
                    f"the assessment says {found.outcome.value}: to decide otherwise, say that you do"
                    if not against
                    else f"the assessment says {found.outcome.value}, which is not against this decision; look at it again"
                )
            return self._step(connection, person.id, kind, now.stage, after, reason, now.plan_seq, found, against=against)

    def _step(
        self,
        connection: Connection,
        actor: str,
        kind: StepKind,
        before: StageName | None,
        after: StageName,
        why: str,
        plan_seq: int,
        assessment: Assessment | None = None,
        *,
        against: bool = False,
    ) -> LogEntry:
        payload = step_payload(kind, before, after, why, against=against, assessment=assessment, plan_seq=plan_seq)
        return self._database.append(connection, actor=actor, type=ROLLOUT, subject=STEP, payload=payload)


def contradicts(kind: StepKind, outcome: Outcome, now: Rollout) -> bool:
    """Return whether a decision contradicts the assessment: to go on although not all criteria are met; to stay or step back
    although all are met; in the last stage, to stay although a criterion is not met."""
    if kind is StepKind.GO:
        return outcome is not Outcome.GO
    if kind is StepKind.STAY and now.following is None:
        return outcome is Outcome.NO_GO
    return outcome is Outcome.GO


def kpi_overview(connection: Connection, scope: Scope, now: str) -> KpiOverview:
    """KPI over a scope, by source and by week. Raises `Tampered`."""
    costs, found = current_costs(connection), observations(connection, scope, now)
    sources = _grouped(found, lambda one: one.source or "")
    most = sorted(sources, key=lambda name: (-len(sources[name]), name))[:MOST_SOURCES]
    weeks = _grouped(found, lambda one: _monday(one.started_at))
    return KpiOverview(
        scope,
        now,
        report(found, costs, scope, now),
        {name: report(sources[name], costs, scope, now) for name in most},
        {week: report(weeks[week], costs, _week(scope, week), now) for week in sorted(weeks)[-MOST_WEEKS:]},
        tuple(dict.fromkeys(one.weights for one in reversed(found))),
    )


def assess_rollout(connection: Connection, now: Rollout, time: str) -> Assessment:
    """Measure the stage's own sources against the criteria for leaving it, the next stage's against those for entering it.

    Only decisions since the stage began count (a prototype's tries before there was a plan too), at most as far back as the
    plan says, and only those of the weights that the newest of them was made with: other weights are another model.
    """
    began = [] if now.stage is StageName.PROTOTYPE else [now.since]
    if now.plan.days:
        began.append(shifted(time, -now.plan.days * _DAY))
    since = max(began, default=None)
    costs, found = current_costs(connection), observations(connection, Scope(since=since), time)
    own = [one for one in found if Scope(sources=now.plan.stages[now.stage].sources).fits(one.source)]
    weights = own[-1].weights if own else None
    measured = {}
    for part, stage in ((Part.EXIT, now.stage), (Part.ENTRY, now.following)):
        if stage is not None:
            scope = Scope(since=since, sources=now.plan.stages[stage].sources, weights=weights)
            chosen = [one for one in found if scope.fits(one.source) and weights in (None, one.weights)]
            measured[part] = measure(chosen, costs, scope, time)
    outcome, checked = assess(measured, now)
    looked_at = sum(one.weights == weights for one in own)
    return Assessment(now.stage, now.following, outcome, checked, weights, looked_at, since)


def _target(now: Rollout, kind: StepKind, to: StageName | None) -> StageName:
    if kind is StepKind.START:
        raise InvalidRecord("the first plan starts the roll-out; after that it goes on, stays or steps back")
    if kind is StepKind.BACK:
        wanted = to or next(iter(now.earlier), None)
        if wanted not in now.earlier:
            raise Conflict("there is no such stage before this one")
        return wanted
    if kind is StepKind.STAY:
        return now.stage
    if now.following is None:
        raise Conflict("this is the last stage")
    return now.following


def _grouped(found: Sequence[Observation], key: Callable[[Observation], str]) -> dict[str, list[Observation]]:
    groups: dict[str, list[Observation]] = defaultdict(list)
    for one in found:
        groups[key(one)].append(one)
    return groups


def _monday(moment: str) -> str:
    day = parse_moment(moment)
    return moment_text((day - timedelta(days=day.weekday())).replace(hour=0, minute=0, second=0, microsecond=0))


def _week(scope: Scope, monday: str) -> Scope:
    ends = shifted(monday, 7 * _DAY)
    return replace(scope, since=max(monday, scope.since or monday), before=min(ends, scope.before or ends))
