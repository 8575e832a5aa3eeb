"""Roll-out by KPI: a plan of stages with criteria, what is measured against them, and what a lead decided (type "rollout").

    prototype -> partial (chosen sources) -> full

The plan (subject "plan") and every step (subject "stage") are entries of the log. A step keeps what was measured, the criteria
that it was compared with and what followed from that, so that it can be seen later what was known; deciding otherwise is
possible, has to be said, and stays visible as such.

What a stage does: a decision on a source that is not rolled out is a trial, and is held whatever it says. In the prototype
stage every decision is; without a plan, none.
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
from audit.operation.rollout_plan import Criterion, RolloutPlan, StageName, Status
from audit.records import validation as v
from audit.records.records import DecisionRecord
from audit.records.vocabulary import Gate
from audit.review.agreement import Statistic
from audit.storage import documents

__all__ = [
    "PLAN",
    "STEP",
    "Assessment",
    "Checked",
    "Outcome",
    "Part",
    "Rollout",
    "Step",
    "StepKind",
    "assess",
    "check_content",
    "current_rollout",
    "refuse_untried",
    "step_payload",
    "steps",
]

PLAN, STEP = "plan", "stage"


class Outcome(StrEnum):
    """What the criteria say together: go on, do not, or wait for more."""

    GO = "go"
    NO_GO = "no_go"
    WAIT = "wait"


class Part(StrEnum):
    """Which criteria: to leave the stage (in the last one: to stay in it), or to enter the next."""

    EXIT = "exit"
    ENTRY = "entry"


class StepKind(StrEnum):
    """What was decided: to begin, to go on to the next stage, to stay, or to step back."""

    START = "start"
    GO = "go"
    STAY = "stay"
    BACK = "back"


@dataclass(frozen=True, slots=True)
class Rollout:
    """Where the roll-out stands: the plan, the stage, since when, and the number of the plan's entry."""

    plan: RolloutPlan
    stage: StageName
    since: str
    plan_seq: int

    @property
    def following(self) -> StageName | None:
        """The next stage; None in the last."""
        order = list(StageName)
        place = order.index(self.stage) + 1
        return order[place] if place < len(order) else None

    @property
    def earlier(self) -> list[StageName]:
        """The stages before this one, the nearest first."""
        order = list(StageName)
        return order[: order.index(self.stage)][::-1]

    def applies_to(self, source: str | None) -> bool:
        """Return whether decisions on this source may be used without a person; in the prototype stage, none may."""
        return self.stage is not StageName.PROTOTYPE and fits(source, self.plan.stages[self.stage].sources)


@dataclass(frozen=True, slots=True)
class Checked:
    """One criterion beside what was measured."""

    part: Part
    criterion: Criterion
    found: Statistic
    status: Status


@dataclass(frozen=True, slots=True)
class Assessment:
    """What was measured against the criteria for leaving the stage and entering the next; `weights`: of the decisions that
    were looked at, `decisions` how many of them there were, made from `since` on."""

    stage: StageName
    following: StageName | None
    outcome: Outcome
    checked: tuple[Checked, ...]
    weights: str | None
    decisions: int
    since: str | None

    def payload(self) -> dict[str, object]:
        """The assessment as it is kept with a step."""
        rows = [
            {
                "part": one.part.value,
                **asdict(one.criterion),
                "kpi": one.criterion.kpi.value,
                **asdict(one.found),
                "status": one.status.value,
            }
            for one in self.checked
        ]
        return {
            "outcome": self.outcome.value,
            "measured": rows,
            "weights": self.weights,
            "decisions": self.decisions,
            "since": self.since,
        }


@dataclass(frozen=True, slots=True)
class Step:
    """What was decided, when, by whom and why; `against`: otherwise than the assessment said. None where there was none."""

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


def assess(measured: Mapping[Part, Mapping[Kpi, Statistic]], now: Rollout) -> tuple[Outcome, tuple[Checked, ...]]:
    """Compare what was measured with the criteria for leaving the stage and for entering the next."""
    wanted = [(Part.EXIT, one) for one in now.plan.stages[now.stage].exit]
    if now.following is not None:
        wanted += [(Part.ENTRY, one) for one in now.plan.stages[now.following].entry]
    checked = tuple(Checked(part, one, measured[part][one.kpi], one.status(measured[part][one.kpi])) for part, one in wanted)
    return _together(one.status for one in checked), checked


def _together(found: Iterable[Status]) -> Outcome:
    states = set(found)
    if Status.NOT_MET in states:
        return Outcome.NO_GO
    # Without any criterion nothing says that it may go on.
    return Outcome.GO if states == {Status.MET} else Outcome.WAIT


def current_rollout(connection: Connection) -> Rollout | None:
    """Where the roll-out stands; None without a plan. Raises `Tampered`."""
    plan, step = documents.latest(connection, ROLLOUT, PLAN), documents.latest(connection, ROLLOUT, STEP)
    if plan is None or step is None:
        return None
    try:
        found = _step(step)
        return Rollout(RolloutPlan.from_payload(plan.content or {}), found.after, found.at, plan.entry.seq)
    except InvalidRecord as error:
        raise documents.tampered(step.entry.seq) from error


def steps(connection: Connection) -> list[Step]:
    """Everything that was decided, oldest first. Raises `Tampered`."""
    found = documents.history(connection, STEP, ROLLOUT)
    try:
        return [_step(one) for one in found]
    except InvalidRecord as error:
        raise documents.tampered(found[-1].entry.seq) from error


def refuse_untried(connection: Connection, made: Iterable[DecisionRecord]) -> None:
    """No decision may come released from a source that is not rolled out. Raises `Conflict`, `Tampered`."""
    now = current_rollout(connection)
    if now is None:
        return
    for decision in made:
        source = decision.details.get("source")
        if decision.gate is Gate.RELEASED and not now.applies_to(source if isinstance(source, str) else None):
            raise Conflict(f"decision {decision.id} is of a source that is not rolled out: it has to be held; run it again")


def check_content(content: Mapping[str, Any], subject: str) -> None:
    """Return whether an entry of this kind holds what it can. Raises `InvalidRecord`."""
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
    """A step as it is recorded."""
    return {
        "kind": kind.value,
        "from": before.value if before else None,
        "to": after.value,
        "why": v.text("why", why, limit=v.MAX_COMMENT),
        "against": against,
        "assessment": assessment.payload() if assessment else None,
        "plan": plan_seq,
    }


def _step(found: documents.Document) -> Step:
    kind, before, after = _parts(found.content or {})
    content, entry = found.content or {}, found.entry
    return Step(
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
        raise InvalidRecord(f"this is no step of a roll-out: {error}") from error
