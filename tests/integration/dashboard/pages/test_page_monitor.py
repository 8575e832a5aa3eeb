"""The Monitor page: KPI, roll-out, cost and saving, to everybody what is theirs to see."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from audit import Costs, Criterion, Kpi, RolloutPlan, StageName, StepKind
from audit.operation.rollout import AssessmentOutcome
from dashboard.features.monitor import costs_view
from dashboard.features.monitor.views import kpi as views
from dashboard.features.monitor.views.sections import MonitorSection
from dashboard.service.decide import dense_cost
from dashboard.texts import Texts
from tests.support.dashboard import made_operation, made_team
from tests.support.dashboard.app import App

SHOWN = {
    "lena": [MonitorSection.KPI, MonitorSection.ROLLOUT, MonitorSection.COSTS],
    "emil": [MonitorSection.KPI, MonitorSection.ROLLOUT, MonitorSection.COSTS],
    "aiko": [MonitorSection.ROLLOUT],
    "vic": [MonitorSection.ROLLOUT],
}


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, weights: Path) -> App:
    return App(monkeypatch, tmp_path, weights)


def go(app: App, section: MonitorSection) -> App:
    app.page.segmented_control(key="monitor_section").set_value(section)
    return app.run()


def test_the_section_stands_in_the_address(app: App, monkeypatch: pytest.MonkeyPatch, weights: Path) -> None:
    go(app.run().open("monitor"), MonitorSection.DRIFT)
    assert app.page.query_params["section"] == "drift"
    assert app.open("review").open("monitor").page.segmented_control(key="monitor_section").value == MonitorSection.DRIFT
    linked = App(monkeypatch, app.db.parent, weights)
    linked.page.query_params["section"] = "costs"
    assert linked.run().open("monitor").page.segmented_control(key="monitor_section").value == MonitorSection.COSTS


def options(app: App) -> list[str]:
    found = [control for control in app.page.segmented_control if control.key == "monitor_section"]
    return [option.content for option in found[0].proto.options] if found else []


def tables(app: App) -> str:
    return "\n".join(found.value.to_string() for found in app.page.dataframe)


def radio(app: App):  # type: ignore[no-untyped-def]
    return next(found for found in app.page.radio if str(found.key).startswith("rollout_do"))


def field(app: App, start: str):  # type: ignore[no-untyped-def]
    kinds = (app.page.number_input, app.page.text_area, app.page.text_input, app.page.checkbox, app.page.toggle)
    return next(found for kind in kinds for found in kind if str(found.key).startswith(start))


@pytest.mark.deep
@pytest.mark.parametrize("login", SHOWN)
def test_everybody_sees_what_is_theirs(app: App, login: str) -> None:
    team = made_team.people(app.store)
    made_operation.operate(app.store, team["aiko"], 30)
    team["lena"].operation.plan(RolloutPlan(), "tried first")
    app.run()
    app.sign_in(login).open("monitor")
    t = Texts("en")
    names = [t.plain(f"monitor.{section.value}") for section in SHOWN[login]]
    assert [name for name in options(app) if name in names] == names
    assert not {t.plain(f"monitor.{section.value}") for section in (MonitorSection.KPI, MonitorSection.COSTS)} & set(
        options(app)
    ) - set(names)
    for section in SHOWN[login]:
        go(app, section)
    if login in ("aiko", "vic"):
        go(app, MonitorSection.ROLLOUT)
        assert "Leads and auditors see" in app.words
        assert not app.has_button("rollout_record")


def test_an_empty_record_says_what_to_do(app: App) -> None:
    app.run().open("monitor")
    assert "analyse a file first" in app.words
    go(app, MonitorSection.ROLLOUT)
    assert "No roll-out plan yet" in app.words
    go(app, MonitorSection.COSTS)
    assert "Not measured yet" in app.words


@pytest.mark.parametrize("language", ["en", "ja"])
def test_kpi_have_values_intervals_and_definitions(app: App, language: str) -> None:
    made_operation.operate(app.store, app.access)
    t = Texts(language)
    app.page.query_params["lang"] = language
    app.run().open("monitor")
    metrics = {metric.label: metric for metric in app.page.metric}
    found = app.access.operation.kpi().whole
    for kpi in Kpi:
        shown = metrics[t.plain(f"kpi.{kpi.value}")]
        assert shown.help == t.plain(f"kpi.{kpi.value}_means")
        assert shown.value == views.text(kpi, found.values[kpi].value, "EUR", t)
    assert metrics[t.plain("kpi.accuracy")].value != "–"
    assert views.note(Kpi.ACCURACY, found.values[Kpi.ACCURACY], "EUR", t) in app.words
    sources = app.page.dataframe[0].value
    assert set(sources[t.plain("word.source")]) == set(made_operation.LINES)
    assert sources[t.plain("word.decisions")].tolist() == [30, 30, 30]


def test_kpi_of_chosen_sources_and_times(app: App) -> None:
    made_operation.operate(app.store, app.access)
    app.run().open("monitor")
    app.page.multiselect(key="kpi_sources_chosen").set_value(["press 2"])
    app.run()
    assert "Decisions: 30 over" in app.words
    app.page.selectbox(key="kpi_trend").set_value(Kpi.LATENCY)
    app.run()
    app.page.selectbox(key="kpi_period").set_value("week")
    app.run()
    assert "Decisions: 10 over" in app.words


def test_without_reviews_it_says_what_is_missing_and_not_a_verdict(app: App) -> None:
    made_operation.operate(app.store, app.access, 30, waiting=30)
    app.run().open("monitor")
    metrics = {metric.label: metric.value for metric in app.page.metric}
    assert metrics["Right verdicts"] == "–"
    assert "decisions wait for one" in app.words


def test_a_lead_begins_decides_and_steps_back_and_all_of_it_is_recorded(app: App) -> None:
    made_operation.operate(app.store, app.access, waiting=0)
    app.run().open("monitor")
    go(app, MonitorSection.ROLLOUT)
    app.click("set_plan")
    assert "Give a reason" in app.words
    field(app, "plan_sources_partial").set_value("line-1\npress*")
    field(app, "plan_why").set_value("line 1 and the presses first")
    field(app, "plan_limit_accuracy_exit_prototype").set_value(80.0)
    field(app, "plan_least_missed_faults_exit_prototype").set_value(5)
    app.click("set_plan")
    now = app.access.operation.rollout()
    assert now is not None
    assert (now.stage, now.plan.stages[StageName.PARTIAL].sources) == (StageName.PROTOTYPE, ("line-1", "press*"))
    assert now.plan.stages[StageName.PROTOTYPE].exit[0] == Criterion(Kpi.ACCURACY, 0.8, 30)
    assert "All decisions are trials" in app.words
    found = app.access.operation.assess()
    assert found is not None
    radio(app).set_value((StepKind.GO, StageName.PARTIAL))
    app.run().click("rollout_record")
    assert "Give a reason" in app.words
    field(app, "rollout_why").set_value("the shift leaders want it")
    if found.outcome is not AssessmentOutcome.GO:
        app.run().click("rollout_record")
        assert "tick that you decide against them" in app.words
        field(app, "rollout_against").check()
    app.run().click("rollout_record")
    step = app.access.operation.steps()[-1]
    assert (step.after, step.why) == (StageName.PARTIAL, "the shift leaders want it")
    assert step.against is (found.outcome is not AssessmentOutcome.GO)
    assert f"entry {step.seq}" in app.words
    assert "the shift leaders want it" in tables(app)
    radio(app).set_value((StepKind.BACK, StageName.PROTOTYPE))
    field(app, "rollout_why").set_value("too early")
    app.run().click("rollout_record")
    assert app.access.operation.steps()[-1].kind is StepKind.BACK
    assert app.store.verify().ok


def opens_at(app: App) -> StageName:
    """Return the stage at which the form of the plan opens."""
    waiting = [app.page.main]
    while waiting:
        block = waiting.pop()
        if getattr(block, "type", "") == "tab_container":
            return list(StageName)[block.proto.tab_container.default_tab_index]
        waiting += list(getattr(block, "children", {}).values())
    raise AssertionError("there are no tabs")


def test_the_plan_opens_at_the_stage_in_force_or_the_one_edited_last(app: App) -> None:
    operation = app.access.operation
    operation.plan(RolloutPlan(), "tried first")
    app.run().open("monitor")
    go(app, MonitorSection.ROLLOUT)
    assert opens_at(app) is StageName.PROTOTYPE
    operation.decide(StepKind.GO, "go on", against=True)
    assert opens_at(app.run()) is StageName.PARTIAL
    field(app, "plan_limit_memory_entry_full").set_value(8_000.0)
    field(app, "plan_why").set_value("a larger machine")
    app.click("set_plan")
    assert opens_at(app) is StageName.FULL
    operation.plan(RolloutPlan(), "somebody else's")
    assert opens_at(app.run()) is StageName.PARTIAL


def test_a_plan_that_makes_no_sense_is_refused_with_words(app: App) -> None:
    app.run().open("monitor")
    go(app, MonitorSection.ROLLOUT)
    field(app, "plan_sources_partial").set_value("  ")
    field(app, "plan_why").set_value("nothing")
    app.click("set_plan")
    assert app.page.error
    assert app.access.operation.rollout() is None


def test_a_stage_that_fits_no_source_is_warned_of(app: App) -> None:
    made_operation.operate(app.store, app.access, waiting=0)
    app.run().open("monitor")
    go(app, MonitorSection.ROLLOUT)
    field(app, "plan_sources_partial").set_value("oven*")
    app.run()
    assert "No source so far matches" in app.words
    field(app, "plan_sources_partial").set_value("line-1")
    app.run()
    assert "No source so far matches" not in app.words


@pytest.mark.parametrize("language", ["en", "ja"])
def test_costs_follow_the_assumptions_before_and_after_they_are_set(app: App, language: str) -> None:
    made_operation.operate(app.store, app.access)
    t = Texts(language)
    app.page.query_params["lang"] = language
    app.run().open("monitor")
    go(app, MonitorSection.COSTS)
    metrics = {metric.label: metric.value for metric in app.page.metric}
    before = metrics[t.plain("costs.saving_long")]
    assert before != "–"
    assert app.page.button(key="set_costs").disabled
    field(app, "cost_engineer_hour").set_value(120.0)
    field(app, "cost_fault_share").set_value(5.0)
    app.run()
    changed = {metric.label: metric.value for metric in app.page.metric}[t.plain("costs.saving_long")]
    assert changed != before
    app.click("set_costs")
    costs = app.access.operation.costs()
    assert (costs.engineer_hour, costs.fault_share) == (120.0, 0.05)
    assert replace(costs, engineer_hour=60.0, fault_share=0.02) == Costs()
    assert {metric.label: metric.value for metric in app.page.metric}[t.plain("costs.saving_long")] == changed
    assert app.page.button(key="set_costs").disabled


def test_dense_attention_is_measured_beside_the_page_and_kept_when_it_is_set(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dense_cost, "LENGTHS", (64, 128, 256))
    monkeypatch.setattr(costs_view, "LENGTHS", (64, 128, 256))
    app.run().open("monitor")
    go(app, MonitorSection.COSTS)
    assert "is assumed, not measured" in app.words
    app.click("measure_dense").finish("measure")
    app.run()
    assert "Measured on" in app.words
    assert "Dense attention was measured" in app.words
    app.click("set_costs")
    costs = app.access.operation.costs()
    assert costs.measured_on
    assert (costs.dense_us_event, costs.dense_ns_pair) != (Costs().dense_us_event, Costs().dense_ns_pair)
    field(app, "cost_dense_ns_pair").set_value(77.0)
    app.run()
    assert "is assumed, not measured" in app.words, "what somebody typed was not measured"


def test_an_auditor_reads_the_assumptions(app: App) -> None:
    team = made_team.people(app.store)
    made_operation.operate(app.store, team["aiko"], 30)
    app.run()
    app.sign_in("emil").open("monitor")
    go(app, MonitorSection.COSTS)
    assert not app.has_button("set_costs")
    assert field(app, "cost_reviewer_hour").disabled
    assert "A lead sets these" in app.words
