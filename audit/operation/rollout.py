"""Roll-out by KPI: a plan of stages with criteria, its assessment, and the steps that a lead decided (type "rollout").

    prototype -> partial (chosen sources) -> full

The plan (subject "plan") and every step (subject "stage") are entries of the log. A step keeps the measured values, the
criteria and the outcome, so that it stays visible what was known at that moment. A lead may decide against the assessment; the
lead has to say so, and the step shows it.

Effect of a stage: a decision on a source that is not rolled out is a trial, and is held whatever its verdict. In the prototype
stage every decision is a trial; without a plan, none is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection

from audit.errors import Conflict, InvalidRecord
from audit.log.entries import ROLLOUT
from audit.operation.kpi import Kpi
from audit.operation.observations import fits
from audit.operation.rollout_plan import Criterion, CriterionStatus, RolloutPlan, StageName
from audit.records import validation as v
from audit.records.records import DecisionRecord
from audit.records.vocabulary import Gate
from audit.review.agreement import Statistic
from audit.storage import documents

PLAN, STEP = "plan", "stage"


class AssessmentOutcome(StrEnum):
    """Outcomes of all criteria together: go on, do not go on, or wait for more decisions."""

    GO = "go"
    NO_GO = "no_go"
    WAIT = "wait"


class CriterionPart(StrEnum):
    """Kinds of criteria: to leave the stage (in the last stage: to stay in it), or to enter the next."""

    EXIT = "exit"
    ENTRY = "entry"


class StepKind(StrEnum):
    """Kinds of steps: begin, go on to the next stage, stay, or step back."""

    START = "start"
    GO = "go"
    STAY = "stay"
    BACK = "back"


@dataclass(frozen=True, slots=True)
class Rollout:
    """The present state of the roll-out: the plan, the stage, since when, and the number of the plan's entry."""

    plan: RolloutPlan
    stage: StageName
    since: str
    plan_seq: int

    @property
    def following(self) -> StageName | None:
        """Return the next stage; None in the last."""
        order = list(StageName)
        place = order.index(self.stage) + 1
        return order[place] if place < len(order) else None

    @property
    def earlier(self) -> list[StageName]:
        """Return the stages before this one, the nearest first."""
        order = list(StageName)
        return order[: order.index(self.stage)][::-1]

    def applies_to(self, source: str | None) -> bool:
        """Return whether decisions on this source may be used without a review; in the prototype stage, none may."""
        return self.stage is not StageName.PROTOTYPE and fits(source, self.plan.stages[self.stage].sources)


@dataclass(frozen=True, slots=True)
class CriterionResult:
    """One criterion, the measured value (`found`), and the status that follows."""

    part: CriterionPart
    criterion: Criterion
    found: Statistic
    status: CriterionStatus


@dataclass(frozen=True, slots=True)
class Assessment:
    """Measured values against the criteria for leaving the stage and for entering the next, over `decisions` decisions that
    these `weights` made from `since` on."""

    stage: StageName
    following: StageName | None
    outcome: AssessmentOutcome
    checked: tuple[CriterionResult, ...]
    weights: str | None
    decisions: int
    since: str | None

    def payload(self) -> dict[str, object]:
        """Return the assessment as a step records it."""
        rows = [
            {
                "part": result.part.value,
                **asdict(result.criterion),
                "kpi": result.criterion.kpi.value,
                **asdict(result.found),
                "status": result.status.value,
            }
            for result in self.checked
        ]
        return {
            "outcome": self.outcome.value,
            "measured": rows,
            "weights": self.weights,
            "decisions": self.decisions,
            "since": self.since,
        }


@dataclass(frozen=True, slots=True)
class RolloutStep:
    """One step: kind, stages, reason, time and actor; `against`: the step contradicts its assessment. `assessment` is None for
    the first step."""

    kind: StepKind
    before: StageName | None
    after: StageName
    why: str
    against: bool
    assessment: Mapping[str, Any] | None
    plan_seq: int
    seq: int
    at: str
    by: str


def assess(
    measured: Mapping[CriterionPart, Mapping[Kpi, Statistic]], current: Rollout
) -> tuple[AssessmentOutcome, tuple[CriterionResult, ...]]:
    """Compare the measured values with the criteria for leaving the stage and for entering the next."""
    criteria = [(CriterionPart.EXIT, criterion) for criterion in current.plan.stages[current.stage].exit]
    if current.following is not None:
        criteria += [(CriterionPart.ENTRY, criterion) for criterion in current.plan.stages[current.following].entry]
    checked = []
    for part, criterion in criteria:
        value = measured[part][criterion.kpi]
        checked.append(CriterionResult(part, criterion, value, criterion.status(value)))
    return _outcome({result.status for result in checked}), tuple(checked)


def _outcome(states: set[CriterionStatus]) -> AssessmentOutcome:
    if CriterionStatus.NOT_MET in states:
        return AssessmentOutcome.NO_GO
    # Without any criterion there is no reason to go on.
    return AssessmentOutcome.GO if states == {CriterionStatus.MET} else AssessmentOutcome.WAIT


def current_rollout(connection: Connection) -> Rollout | None:
    """Return the present state of the roll-out; None without a plan. Raises `Tampered`."""
    plan, step = documents.latest(connection, ROLLOUT, PLAN), documents.latest(connection, ROLLOUT, STEP)
    if plan is None or step is None:
        return None
    try:
        last = _step(step)
        return Rollout(RolloutPlan.from_payload(plan.content or {}), last.after, last.at, plan.entry.seq)
    except InvalidRecord as error:
        raise documents.unreadable(step.entry.seq) from error


def steps(connection: Connection) -> list[RolloutStep]:
    """Return all steps, oldest first. Raises `Tampered`."""
    history = documents.history(connection, STEP, ROLLOUT)
    try:
        return [_step(document) for document in history]
    except InvalidRecord as error:
        raise documents.unreadable(history[-1].entry.seq) from error


def refuse_untried(connection: Connection, decisions: Iterable[DecisionRecord]) -> None:
    """Raise `Conflict` when a decision is released although its source is not rolled out. Raises `Tampered`."""
    current = current_rollout(connection)
    if current is None:
        return
    for decision in decisions:
        source = decision.details.get("source")
        if decision.gate is Gate.RELEASED and not current.applies_to(source if isinstance(source, str) else None):
            raise Conflict(f"decision {decision.id} is of a source that is not rolled out: it has to be held; run it again")


def check_content(content: Mapping[str, Any], subject: str) -> None:
    """Check the content of an entry about the roll-out. Raises `InvalidRecord`."""
    if subject == PLAN:
        RolloutPlan.from_payload(content)
    elif subject == STEP:
        _parts(content)
    else:
        raise InvalidRecord(f"a roll-out has a plan and stages, not {subject!r:.80}")


def step_payload(
    kind: StepKind,
    before: StageName | None,
    after: StageName,
    why: str,
    *,
    against: bool,
    assessment: Assessment | None,
    plan_seq: int,
) -> dict[str, object]:
    """Return the payload that records a step."""
    return {
        "kind": kind.value,
        "from": before.value if before else None,
        "to": after.value,
        "why": v.text("why", why, limit=v.MAX_COMMENT),
        "against": against,
        "assessment": assessment.payload() if assessment else None,
        "plan": plan_seq,
    }


def _step(document: documents.Document) -> RolloutStep:
    kind, before, after = _parts(document.content or {})
    content, entry = document.content or {}, document.entry
    return RolloutStep(
        kind,
        before,
        after,
        content["why"],
        content["against"],
        content["assessment"],
        content["plan"],
        entry.seq,
        entry.ts,
        entry.actor,
    )


def _parts(content: Mapping[str, Any]) -> tuple[StepKind, StageName | None, StageName]:
    try:
        v.text("why", content["why"], limit=v.MAX_COMMENT)
        v.flag("against", content["against"])
        v.whole("plan", content["plan"])
        if content["assessment"] is not None:
            v.json_object("assessment", content["assessment"])
        before = None if content["from"] is None else StageName(content["from"])
        return StepKind(content["kind"]), before, StageName(content["to"])
    except (KeyError, ValueError, TypeError) as error:
        raise InvalidRecord(f"not a step of a roll-out: {error}") from error
