"""The roll-out: stages with criteria, decided by KPI or against them, and what a stage does to decisions."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit import (
    Access,
    AuditStore,
    Conflict,
    Criterion,
    Denied,
    Gate,
    InvalidRecord,
    Kpi,
    Role,
    Rollout,
    RolloutPlan,
    Stage,
    StageName,
    Statistic,
    StepKind,
    Tampered,
    gate,
)
from audit.operation.kpi import HIGHER_IS_BETTER
from audit.operation.rollout import AssessmentOutcome, CriterionPart, assess
from audit.operation.rollout_plan import CriterionStatus
from audit.records.canonical import parse
from tests.support.audit.forging import edit, verdict
from tests.support.audit.operating import START, made, say
from tests.support.audit.team import Clock, come_back, join

EASY, HARD = Criterion(Kpi.ACCURACY, 0.5, 4), Criterion(Kpi.ACCURACY, 0.99, 4)


def plan(*, exit: tuple[Criterion, ...] = (EASY,), sources: tuple[str, ...] = ("line-1",), **changes: Any) -> RolloutPlan:
    """Return a plan whose stages are easily left, all by the same criteria."""
    stages = {
        StageName.PROTOTYPE: Stage(exit=exit),
        StageName.PARTIAL: Stage(sources, exit=exit),
        StageName.FULL: Stage(exit=exit),
    }
    return RolloutPlan(stages, **changes)


def worked(store: AuditStore, clock: Clock, source: str = "line-1", wrong: int = 0, decisions: int = 8) -> None:
    """Decisions on a source that reviewers judged, so many of them wrong."""
    who = join(store, f"r{clock.text}{source}", Role.REVIEWER)
    for number in range(decisions):
        id = made(store, clock.now, source, called=True, route="fault")
        say(who, clock, id, called=True, fault=number >= wrong, missed=False, seconds=30)


@pytest.fixture
def lead(timed: AuditStore, clock: Clock) -> Access:
    clock.now = START
    return join(timed, "lead", Role.LEAD)


def test_without_a_plan_nothing_is_different(timed: AuditStore, lead: Access) -> None:
    assert lead.operation.rollout() is None
    assert (lead.operation.steps(), lead.operation.assess()) == ([], None)
    id = made(timed, START, None, called=False, route="not_sampled")
    assert gate(timed, id)
    with pytest.raises(Conflict, match="no roll-out plan"):
        lead.operation.decide(StepKind.GO, "now")


def test_the_first_plan_begins_the_prototype_and_later_ones_only_change_it(timed: AuditStore, lead: Access) -> None:
    entry = lead.operation.plan(plan(), "to be tried on line 1 first")
    now = lead.operation.rollout()
    assert now is not None
    assert (now.stage, now.plan, now.plan_seq, now.following) == (StageName.PROTOTYPE, plan(), entry.seq, StageName.PARTIAL)
    second = lead.operation.plan(plan(exit=(HARD,)), "that was too easy")
    now = lead.operation.rollout()
    assert now is not None
    assert (now.plan, now.plan_seq) == (plan(exit=(HARD,)), second.seq)
    (start,) = lead.operation.steps()
    assert (start.kind, start.before, start.after, start.why) == (
        StepKind.START,
        None,
        StageName.PROTOTYPE,
        "to be tried on line 1 first",
    )
    assert [one.type for one in timed.entries()[-3:]] == ["rollout"] * 3
    assert parse(timed.sealed(second.seq).payload)["why"] == "that was too easy"


def test_the_plan_comes_back_as_it_was_set(store: AuditStore) -> None:
    lead = join(store, "lead", Role.LEAD)
    for wanted in (RolloutPlan(), plan(days=0, sources=("ライン?", "press *"))):
        lead.operation.plan(wanted, "tried")
        now = lead.operation.rollout()
        assert now is not None
        assert now.plan == wanted
    assert store.verify().ok


def test_all_the_way_and_what_was_known_is_kept(timed: AuditStore, clock: Clock, lead: Access) -> None:
    lead.operation.plan(plan(), "begin")
    worked(timed, clock)
    assessment = lead.operation.assess()
    assert assessment is not None
    assert (assessment.outcome, assessment.decisions, assessment.weights) == (AssessmentOutcome.GO, 8, assessment.weights)
    entry = lead.operation.decide(StepKind.GO, "eight of eight were right")
    now = lead.operation.rollout()
    assert now is not None
    assert (now.stage, now.since) == (StageName.PARTIAL, entry.ts)
    step = lead.operation.steps()[-1]
    assert (step.before, step.after, step.against, step.by) == (
        StageName.PROTOTYPE,
        StageName.PARTIAL,
        False,
        lead.person.id,
    )
    assert step.assessment is not None
    (kept,) = step.assessment["measured"]
    assert (kept["kpi"], kept["limit"], kept["value"], kept["items"], kept["status"]) == ("accuracy", 0.5, 1, 8, "met")
    clock.move(60)
    # What the prototype showed does not count for the stage that has just begun.
    assert (assessment := lead.operation.assess()) is not None
    assert (assessment.outcome, assessment.decisions) == (AssessmentOutcome.WAIT, 0)
    worked(timed, clock)
    lead = come_back(timed, lead.person.id)
    lead.operation.decide(StepKind.GO, "line 1 is content")
    now = lead.operation.rollout()
    assert now is not None
    assert (now.stage, now.following, now.earlier) == (StageName.FULL, None, [StageName.PARTIAL, StageName.PROTOTYPE])
    with pytest.raises(Conflict, match="last stage"):
        lead.operation.decide(StepKind.GO, "further")
    assert timed.verify().ok


def test_against_the_assessment_has_to_be_said_and_shows(timed: AuditStore, clock: Clock, lead: Access) -> None:
    lead.operation.plan(plan(exit=(HARD,)), "begin")
    worked(timed, clock, wrong=2)
    assessment = lead.operation.assess()
    assert assessment is not None
    assert assessment.outcome is AssessmentOutcome.NO_GO
    with pytest.raises(Conflict, match="says no_go"):
        lead.operation.decide(StepKind.GO, "the customer waits")
    before = timed.head().size
    lead.operation.decide(StepKind.STAY, "not yet")
    with pytest.raises(Conflict, match="does not contradict"):
        lead.operation.decide(StepKind.STAY, "not yet", against=True)
    lead.operation.decide(StepKind.GO, "the customer waits, two people watch it", against=True)
    stayed, went = lead.operation.steps()[-2:]
    assert (stayed.kind, stayed.after, stayed.against) == (StepKind.STAY, StageName.PROTOTYPE, False)
    assert (went.kind, went.after, went.against) == (StepKind.GO, StageName.PARTIAL, True)
    assert went.assessment is not None
    assert went.assessment["outcome"] == "no_go"
    assert timed.head().size == before + 2


def test_a_step_back_goes_to_an_earlier_stage_only(timed: AuditStore, clock: Clock, lead: Access) -> None:
    lead.operation.plan(plan(), "begin")
    with pytest.raises(Conflict, match="no such stage"):
        lead.operation.decide(StepKind.BACK, "it drifts")
    worked(timed, clock)
    lead.operation.decide(StepKind.GO, "good")
    with pytest.raises(Conflict, match="no such stage"):
        lead.operation.decide(StepKind.BACK, "it drifts", to=StageName.FULL)
    lead.operation.decide(StepKind.BACK, "the line was rebuilt")
    now = lead.operation.rollout()
    assert now is not None
    assert now.stage is StageName.PROTOTYPE
    with pytest.raises(InvalidRecord):
        lead.operation.decide(StepKind.START, "again")
    with pytest.raises(InvalidRecord):
        lead.operation.decide(StepKind.STAY, " ")


def test_a_stage_holds_what_is_not_rolled_out(timed: AuditStore, clock: Clock, lead: Access) -> None:
    """A program that records a decision as released on another source is refused, whichever stage it assumed."""
    lead.operation.plan(plan(), "begin")
    for source in ("line-1", "line-2", None):
        with pytest.raises(Conflict, match="not rolled out"):
            made(timed, clock.now, source, called=False, route="not_sampled")
    held = made(timed, clock.now, "line-1", called=False, route="trial")
    assert timed.summary(held).gate is Gate.HELD
    assert not gate(timed, held)
    say(join(timed, "ben", Role.REVIEWER), clock, held, called=False, fault=False, missed=False)
    worked(timed, clock)
    lead.operation.decide(StepKind.GO, "good")
    assert gate(timed, made(timed, clock.now, "Line-1", called=False, route="not_sampled"))
    with pytest.raises(Conflict, match="not rolled out"):
        made(timed, clock.now, "line-2", called=False, route="random_control")
    lead.operation.decide(StepKind.GO, "to all", against=True)
    for source in ("line-2", None):
        assert gate(timed, made(timed, clock.now, source, called=False, route="not_sampled"))
    lead.operation.decide(StepKind.BACK, "too many alarms", against=contradicted(lead))
    with pytest.raises(Conflict, match="not rolled out"):
        made(timed, clock.now, "line-2", called=False, route="not_sampled")


def contradicted(lead: Access) -> bool:
    assessment = lead.operation.assess()
    return assessment is not None and assessment.outcome is AssessmentOutcome.GO


def test_what_to_enter_a_stage_is_measured_on_its_own_sources(timed: AuditStore, clock: Clock, lead: Access) -> None:
    stages = {
        StageName.PROTOTYPE: Stage(("line-1",), exit=(EASY,)),
        StageName.PARTIAL: Stage(("line-2",), entry=(HARD,)),
        StageName.FULL: Stage(),
    }
    lead.operation.plan(RolloutPlan(stages), "begin")
    worked(timed, clock, "line-1", wrong=2)
    assessment = lead.operation.assess()
    assert assessment is not None
    assert [(one.part, one.status) for one in assessment.checked] == [
        (CriterionPart.EXIT, CriterionStatus.MET),
        (CriterionPart.ENTRY, CriterionStatus.TOO_FEW),
    ]
    assert assessment.outcome is AssessmentOutcome.WAIT
    worked(timed, clock, "line-2")
    assessment = lead.operation.assess()
    assert assessment is not None
    assert assessment.outcome is AssessmentOutcome.GO


def test_other_weights_are_another_model_and_old_days_do_not_count(timed: AuditStore, clock: Clock, lead: Access) -> None:
    who_leads = lead.person.id
    worked(timed, clock, wrong=8)
    lead.operation.plan(plan(exit=(HARD,), days=10), "begin")
    assessment = lead.operation.assess()
    assert assessment is not None
    assert (assessment.outcome, assessment.decisions) == (AssessmentOutcome.NO_GO, 8), "tries before there was a plan are tries"
    who = join(timed, "ben", Role.REVIEWER)
    for _ in range(5):
        id = made(timed, clock.now, "line-1", called=True, route="fault", weights_sha256="ab" * 32)
        say(who, clock, id, called=True, fault=True, missed=False, seconds=30)
    assessment = lead.operation.assess()
    assert assessment is not None
    assert (assessment.outcome, assessment.decisions, assessment.weights) == (AssessmentOutcome.GO, 5, "ab" * 32)
    clock.now += timedelta(days=11)
    assessment = come_back(timed, who_leads).operation.assess()
    assert assessment is not None
    assert (assessment.outcome, assessment.decisions) == (AssessmentOutcome.WAIT, 0)


@pytest.mark.parametrize(
    ("kpi", "certain", "found", "status"),
    [
        (Kpi.ACCURACY, False, (0.95, 0.90, 0.99, 30), CriterionStatus.MET),
        (Kpi.ACCURACY, False, (0.95, 0.90, 0.99, 29), CriterionStatus.TOO_FEW),
        (Kpi.ACCURACY, False, (0.9499, 0.90, 0.99, 30), CriterionStatus.NOT_MET),
        (Kpi.ACCURACY, True, (0.97, 0.949, 0.99, 30), CriterionStatus.UNSURE),
        (Kpi.ACCURACY, True, (0.97, 0.95, 0.99, 30), CriterionStatus.MET),
        (Kpi.ACCURACY, False, (None, None, None, 90), CriterionStatus.TOO_FEW),
        (Kpi.LATENCY, False, (0.95, 0.90, 9.0, 30), CriterionStatus.MET),
        (Kpi.LATENCY, True, (0.95, 0.90, 9.0, 30), CriterionStatus.UNSURE),
        (Kpi.LATENCY, False, (0.96, 0.90, 9.0, 30), CriterionStatus.NOT_MET),
        (Kpi.LATENCY, True, (0.9, None, None, 30), CriterionStatus.UNSURE),
    ],
)
def test_a_criterion(kpi: Kpi, certain: bool, found: tuple[Any, ...], status: CriterionStatus) -> None:
    assert Criterion(kpi, 0.95, 30, certain=certain).status(Statistic(*found)) is status


@given(st.lists(st.sampled_from(["good", "bad", "few"]), max_size=6))
def test_the_criteria_together(states: list[str]) -> None:
    """One that is not met is enough for no; all have to be met for go."""
    found = {"good": Statistic(1.0, 1.0, 1.0, 50), "bad": Statistic(0.0, 0.0, 0.0, 50), "few": Statistic(None, None, None, 0)}
    kpis = list(Kpi)[: len(states)]
    flip = {"good": "bad", "bad": "good", "few": "few"}
    measured = {kpi: found[state if kpi in HIGHER_IS_BETTER else flip[state]] for kpi, state in zip(kpis, states, strict=True)}
    stages = {name: Stage() for name in StageName}
    stages[StageName.PROTOTYPE] = Stage(exit=tuple(Criterion(kpi, 0.5, 10) for kpi in kpis))
    now = Rollout(RolloutPlan(stages), StageName.PROTOTYPE, "2026-03-02T00:00:00.000Z", 1)
    outcome, checked = assess({CriterionPart.EXIT: measured, CriterionPart.ENTRY: {}}, now)
    assert len(checked) == len(states)
    wanted = (
        AssessmentOutcome.NO_GO
        if "bad" in states
        else AssessmentOutcome.GO
        if states and "few" not in states
        else AssessmentOutcome.WAIT
    )
    assert outcome is wanted


@pytest.mark.parametrize(
    "broken",
    [
        lambda: Criterion("accuracy", 0.9),  # type: ignore[arg-type]
        lambda: Criterion(Kpi.ACCURACY, float("nan")),
        lambda: Criterion(Kpi.ACCURACY, 0.9, 0),
        lambda: Stage(()),
        lambda: Stage(("",)),
        lambda: Stage(exit=(EASY, HARD)),
        lambda: RolloutPlan({StageName.FULL: Stage()}),
        lambda: RolloutPlan(days=-1),
        lambda: RolloutPlan.from_payload({"days": 9}),
        lambda: RolloutPlan.from_payload({"days": 9, "stages": {"pilot": {}}}),
        lambda: RolloutPlan.from_payload({"days": 9, "stages": []}),
    ],
)
def test_plans_refuse(broken: Any) -> None:
    with pytest.raises(InvalidRecord):
        broken()


def test_only_a_lead_decides_and_others_see_the_stage(timed: AuditStore, lead: Access) -> None:
    lead.operation.plan(plan(), "begin")
    auditor, reviewer = join(timed, "emil", Role.AUDITOR), join(timed, "aiko", Role.REVIEWER)
    for who in (auditor, reviewer):
        for call in (lambda w=who: w.operation.plan(plan(), "mine"), lambda w=who: w.operation.decide(StepKind.GO, "go")):
            with pytest.raises(Denied):
                call()
        assert who.operation.rollout() is not None
    assert auditor.operation.assess() is not None
    for closed in (reviewer.operation.assess, reviewer.operation.kpi, reviewer.operation.costs):
        with pytest.raises(Denied):
            closed()


@pytest.mark.parametrize(
    "change",
    [
        """UPDATE payloads SET payload=replace(payload, '"to":"prototype"', '"to":"full"')""",
        """UPDATE payloads SET payload=replace(payload, '"limit":0.5', '"limit":0.1')""",
        "DELETE FROM payloads WHERE seq IN (SELECT seq FROM log WHERE type='rollout')",
        "UPDATE log SET actor='somebody else' WHERE type='rollout'",
    ],
)
def test_what_was_changed_by_hand_is_found_and_not_followed(store: AuditStore, url: str, change: str) -> None:
    lead = join(store, "lead", Role.LEAD)
    lead.operation.plan(plan(), "begin")
    edit(url, change)
    seq, text = verdict(url)
    assert seq in (8, 9), text
    with pytest.raises(Tampered):
        lead.operation.rollout()
    with pytest.raises(Tampered):
        made(store, START, "line-1", called=False, route="not_sampled")


def test_a_stage_that_no_stage_can_be_is_found(store: AuditStore, url: str) -> None:
    """An entry with a good hash and content that this package never writes."""
    with store.database.write() as connection:
        store.database.append(connection, actor="x", type="rollout", subject="stage", payload={"to": "everywhere"})
    seq, text = verdict(url)
    assert seq == 1
    assert "not a valid rollout" in text
