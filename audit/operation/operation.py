"""Operation: the KPI, the costs and the roll-out that a manager reads and decides on; each action is checked against the roles.

overview = access.operation.kpi(Scope(since="2026-03-01T00:00:00.000Z"))
assessment = access.operation.assess()
access.operation.decide(StepKind.GO, "criteria met, shift leaders agree")
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
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
    AssessmentOutcome,
    CriterionPart,
    Rollout,
    RolloutStep,
    StepKind,
    assess,
    current_rollout,
    step_payload,
    steps,
)
from audit.operation.rollout_plan import RolloutPlan, StageName
from audit.people.rights import Action, RecordPart
from audit.records import validation as v
from audit.records.clock import moment_text, parse_moment, shifted
from audit.records.records import LogEntry

MOST_SOURCES, MOST_WEEKS = 50, 26
_DAY = 86_400


@dataclass(frozen=True, slots=True)
class KpiOverview:
    """KPI over the whole scope, by source (the MOST_SOURCES with most decisions), and by week (UTC, from Monday on; the last
    MOST_WEEKS). `weights`: all weights that made decisions in scope, those of the newest decision first."""

    scope: Scope
    now: str
    whole: KpiReport
    sources: dict[str, KpiReport]
    weeks: dict[str, KpiReport]
    weights: tuple[str, ...]


class Operation(RecordPart):
    """Operation as one person may see it and decide on it. Every method may raise `Denied` and `SignInFailed`."""

    def kpi(self, scope: Scope | None = None) -> KpiOverview:
        """Measure the KPI from the record. Raises `Tampered`."""
        with self._rights.reading(Action.SEE_TEAM) as (connection, _):
            return kpi_overview(connection, scope or Scope(), self._database.now(connection))

    def costs(self) -> Costs:
        """Return the cost assumptions."""
        with self._rights.reading(Action.SEE_TEAM) as (connection, _):
            return current_costs(connection)

    def set_costs(self, costs: Costs) -> LogEntry:
        """Change the cost assumptions."""
        with self._rights.acting(Action.SET_COSTS) as (connection, person):
            return self._append(connection, person, COSTS, ASSUMPTIONS, asdict(costs))

    def rollout(self) -> Rollout | None:
        """Return the present state of the roll-out; None without a plan."""
        with self._rights.reading() as (connection, _):
            return current_rollout(connection)

    def steps(self) -> list[RolloutStep]:
        """Return all steps of the roll-out, oldest first."""
        with self._rights.reading() as (connection, _):
            return steps(connection)

    def assess(self) -> Assessment | None:
        """Assess the criteria with the values measured now; None without a plan. Raises `Tampered`."""
        with self._rights.reading(Action.SEE_TEAM) as (connection, _):
            current = current_rollout(connection)
            return None if current is None else assess_rollout(connection, current, self._database.now(connection))

    def plan(self, plan: RolloutPlan, why: str) -> LogEntry:
        """Set the plan; the first one begins the prototype stage."""
        reason = v.text("why", why, limit=v.MAX_COMMENT)
        with self._rights.acting(Action.DECIDE_ROLLOUT) as (connection, person):
            self._database.lock(connection)
            first = current_rollout(connection) is None
            payload = {**plan.payload(), "why": reason}
            entry = self._append(connection, person, ROLLOUT, PLAN, payload)
            if first:
                step = step_payload(
                    StepKind.START, None, StageName.PROTOTYPE, reason, against=False, assessment=None, plan_seq=entry.seq
                )
                self._append(connection, person, ROLLOUT, STEP, step)
            return entry

    def decide(self, kind: StepKind, why: str, *, to: StageName | None = None, against: bool = False) -> LogEntry:
        """Go on, stay, or step back (`to` an earlier stage, by default the one before).

        `against`: the person knows that this contradicts the assessment, which is made anew in the same transaction. Raises
        `Conflict` without a plan, when there is no such stage, or when `against` does not match the assessment;
        `InvalidRecord`.
        """
        reason = v.text("why", why, limit=v.MAX_COMMENT)
        v.flag("against", against)
        with self._rights.acting(Action.DECIDE_ROLLOUT) as (connection, person):
            self._database.lock(connection)
            current = current_rollout(connection)
            if current is None:
                raise Conflict("there is no roll-out plan yet; set one first")
            after = _target(current, kind, to)
            assessment = assess_rollout(connection, current, self._database.now(connection))
            if contradicts(kind, assessment.outcome, current) is not against:
                raise Conflict(
                    f"the assessment says {assessment.outcome.value}: to decide against it, confirm that you do"
                    if not against
                    else f"the assessment says {assessment.outcome.value} and does not contradict this step; look at it again"
                )
            payload = step_payload(
                kind, current.stage, after, reason, against=against, assessment=assessment, plan_seq=current.plan_seq
            )
            return self._append(connection, person, ROLLOUT, STEP, payload)


def contradicts(kind: StepKind, outcome: AssessmentOutcome, current: Rollout) -> bool:
    """Return whether a decision contradicts the assessment: to go on although not all criteria are met; to stay or step back
    although all are met; in the last stage, to stay although a criterion is not met."""
    if kind is StepKind.GO:
        return outcome is not AssessmentOutcome.GO
    if kind is StepKind.STAY and current.following is None:
        return outcome is AssessmentOutcome.NO_GO
    return outcome is AssessmentOutcome.GO


def kpi_overview(connection: Connection, scope: Scope, now: str) -> KpiOverview:
    """Measure the KPI over a scope, by source and by week. Raises `Tampered`."""
    costs, observed = current_costs(connection), observations(connection, scope, now)
    sources = _grouped(observed, lambda decision: decision.source or "")
    most = sorted(sources, key=lambda name: (-len(sources[name]), name))[:MOST_SOURCES]
    weeks = _grouped(observed, lambda decision: _monday(decision.started_at))
    return KpiOverview(
        scope,
        now,
        report(observed, costs, scope, now),
        {name: report(sources[name], costs, scope, now) for name in most},
        {week: report(weeks[week], costs, _week(scope, week), now) for week in sorted(weeks)[-MOST_WEEKS:]},
        tuple(dict.fromkeys(decision.weights for decision in reversed(observed))),
    )


def assess_rollout(connection: Connection, current: Rollout, now: str) -> Assessment:
    """Measure the stage's sources against the criteria for leaving it, and the next stage's sources against those for entering.

    Only decisions since the stage began count (in the prototype stage also those before the plan), at most as far back as the
    plan says, and only those of the weights that made the newest of them: other weights are another model.
    """
    began = [] if current.stage is StageName.PROTOTYPE else [current.since]
    if current.plan.days:
        began.append(shifted(now, -current.plan.days * _DAY))
    since = max(began, default=None)
    costs, observed = current_costs(connection), observations(connection, Scope(since=since), now)
    own_scope = Scope(sources=current.plan.stages[current.stage].sources)
    own = [decision for decision in observed if own_scope.fits(decision.source)]
    weights = own[-1].weights if own else None
    measured = {}
    for part, stage in ((CriterionPart.EXIT, current.stage), (CriterionPart.ENTRY, current.following)):
        if stage is not None:
            scope = Scope(since=since, sources=current.plan.stages[stage].sources, weights=weights)
            in_scope = [
                decision for decision in observed if scope.fits(decision.source) and weights in (None, decision.weights)
            ]
            measured[part] = measure(in_scope, costs, scope, now)
    outcome, checked = assess(measured, current)
    counted = sum(decision.weights == weights for decision in own)
    return Assessment(current.stage, current.following, outcome, checked, weights, counted, since)


def _target(current: Rollout, kind: StepKind, to: StageName | None) -> StageName:
    if kind is StepKind.START:
        raise InvalidRecord("the first plan starts the roll-out; after that it goes on, stays or steps back")
    if kind is StepKind.BACK:
        earlier = to or next(iter(current.earlier), None)
        if earlier not in current.earlier:
            raise Conflict("there is no such stage before this one")
        return earlier
    if kind is StepKind.STAY:
        return current.stage
    if current.following is None:
        raise Conflict("this is the last stage")
    return current.following


def _grouped(observed: Sequence[Observation], key: Callable[[Observation], str]) -> dict[str, list[Observation]]:
    groups: dict[str, list[Observation]] = defaultdict(list)
    for decision in observed:
        groups[key(decision)].append(decision)
    return groups


def _monday(moment: str) -> str:
    day = parse_moment(moment)
    return moment_text((day - timedelta(days=day.weekday())).replace(hour=0, minute=0, second=0, microsecond=0))


def _week(scope: Scope, monday: str) -> Scope:
    ends = shifted(monday, 7 * _DAY)
    return replace(scope, since=max(monday, scope.since or monday), before=min(ends, scope.before or ends))
