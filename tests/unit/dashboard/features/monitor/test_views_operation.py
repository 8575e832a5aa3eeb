"""What the Monitor page shows, as tables, sentences and figures, in both languages."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from audit import Assessment, Costs, Criterion, Kpi, Rollout, RolloutPlan, StageName, Statistic, StepKind
from audit.operation.estimates import TimeByLength
from audit.operation.rollout import AssessmentOutcome, CriterionPart, CriterionResult, RolloutStep
from audit.operation.rollout_plan import CriterionStatus
from dashboard.features.monitor.views import costs as cost_views
from dashboard.features.monitor.views import kpi as kpi_views
from dashboard.features.monitor.views import rollout as views
from dashboard.service.decide.economics import CostFigures, tornado, ways
from dashboard.texts import Texts

EN, JA = Texts("en"), Texts("ja")
MEASURED = CostFigures(4.0, 0.2, 90.0, 0.01, 0.05)
FITTED = replace(MEASURED, time_by_length=TimeByLength(2.0, 0.0004, 40, 30, 9_000))
GOOD = Statistic(0.97, 0.95, 0.99, 200)


def assessment(
    outcome: AssessmentOutcome, *states: CriterionStatus, following: StageName | None = StageName.FULL
) -> Assessment:
    stage = StageName.PARTIAL if following else StageName.FULL
    checked = tuple(CriterionResult(CriterionPart.EXIT, Criterion(Kpi.ACCURACY, 0.9), GOOD, state) for state in states)
    return Assessment(stage, following, outcome, checked, "ab" * 32, 10, None)


@pytest.mark.parametrize("t", [EN, JA], ids=["en", "ja"])
@pytest.mark.parametrize("following", [StageName.FULL, None])
def test_every_outcome_has_a_sentence(t: Texts, following: StageName | None) -> None:
    cases = [
        assessment(AssessmentOutcome.GO, CriterionStatus.MET, following=following),
        assessment(
            AssessmentOutcome.NO_GO, CriterionStatus.NOT_MET, CriterionStatus.MET, CriterionStatus.TOO_FEW, following=following
        ),
        assessment(
            AssessmentOutcome.WAIT, CriterionStatus.UNSURE, CriterionStatus.TOO_FEW, CriterionStatus.MET, following=following
        ),
        assessment(AssessmentOutcome.WAIT, following=following),
    ]
    said = [views.sentence(case, t) for case in cases]
    assert len(set(said)) == 4
    assert "1" in said[1]
    assert "2" in said[2]


def test_what_can_be_decided_in_every_stage() -> None:
    def now(stage: StageName) -> Rollout:
        return Rollout(RolloutPlan(), stage, "2026-03-02T00:00:00.000Z", 1)

    assert views.choices(now(StageName.PROTOTYPE)) == [
        (StepKind.GO, StageName.PARTIAL),
        (StepKind.STAY, StageName.PROTOTYPE),
    ]
    assert views.choices(now(StageName.FULL)) == [
        (StepKind.STAY, StageName.FULL),
        (StepKind.BACK, StageName.PARTIAL),
        (StepKind.BACK, StageName.PROTOTYPE),
    ]


def test_a_step_keeps_its_table_whatever_the_criteria_are_now() -> None:
    row = {"part": "exit", "kpi": "accuracy", "limit": 0.9, "least": 30, "certain": True, "status": "unsure"}
    measured = [row | {"value": 0.95, "low": 0.8, "high": 0.99, "items": 40}, row | {"part": "entry", "kpi": "cost_hour"}]
    measured[1] |= {"limit": 5, "value": None, "low": None, "high": None, "items": 0, "status": "too_few"}
    assessment = {"outcome": "wait", "measured": measured}
    step = RolloutStep(
        StepKind.GO, StageName.PARTIAL, StageName.FULL, "why", True, assessment, 1, 9, "2026-03-02T00:00:00.000Z", "x"
    )
    table = views.known_table(step, "EUR", EN)
    assert table["For"].tolist() == ["Partial: To leave", "Full: To enter"]
    assert table["Verdict"].tolist() == ["not sure", "too few: 0 of 30"]
    assert table["Criterion"].tolist() == ["≥ 90.0%, with its interval", "≤ EUR 5.00, with its interval"]
    assert views.what(step, EN) == "Go on to Full, against the KPIs"
    history = views.history_table([step], {"x": "Lena"}, JA)
    assert history.iloc[0].tolist()[1:] == ["Lena", "「全面展開」へ進む（KPI に反して）", "様子見", "why"]


def test_intervals_name_their_unit_once() -> None:
    assert kpi_views.note(Kpi.ACCURACY, GOOD, "EUR", EN) == "95%: 95.0 to 99.0%, n = 200"
    assert kpi_views.note(Kpi.COST_HOUR, Statistic(3.0, 2.0, 4.0, 9), "EUR", EN) == "95%: EUR 2.00 to 4.00, n = 9"
    assert kpi_views.note(Kpi.AGREEMENT, Statistic(None, None, None, 1), "EUR", EN) == "not known yet, n = 1"
    assert kpi_views.cell(Kpi.LATENCY, Statistic(2.5, 2.0, 3.0, 9), "EUR", JA) == "2.5 秒（2.0～3.0）"
    assert kpi_views.text(Kpi.MEMORY, None, "EUR", EN) == "–"


def test_how_a_value_stands_to_its_goal() -> None:
    few = Criterion(Kpi.ACCURACY, 0.9, 300)
    assert kpi_views.standing(few, GOOD, "EUR", EN) == "too few: 200 of 300: ≥ 90.0%"
    assert kpi_views.standing(Criterion(Kpi.WAITING, 24.0, 20), Statistic(None, None, None, 25), "EUR", EN) == (
        "not known yet: ≤ 24.0 h"
    )
    assert kpi_views.standing(Criterion(Kpi.ACCURACY, 0.98), GOOD, "EUR", EN) == "not met: ≥ 98.0%"


def test_costs_as_tables() -> None:
    costs = Costs(currency="JPY")
    found = ways(costs, MEASURED)
    table = cost_views.table(found, costs, EN)
    assert table["Way of working"].tolist() == ["With SparseMix", "Dense attention", "By hand, as today"]
    assert table["A year"].tolist() == [round(way.year) for way in found.values()]
    swings = tornado(costs, MEASURED)
    shown = cost_views.swings_table(swings, EN).to_numpy().tolist()
    assert len(shown) == 10
    assert shown[0] == [cost_views.assumption(swings[0].name, EN), round(swings[0].less), round(swings[0].more)]
    names = [cost_views.assumption(one.name, t) for one in swings for t in (EN, JA)]
    assert all(names)


def test_times_of_far_shorter_logs_are_said_to_be_far_too_high_unless_they_were_told_apart() -> None:
    costs = replace(Costs(), events_sequence=5000)
    assert "35 events" in (cost_views.extrapolated(MEASURED, 35.2, costs, EN) or "")
    assert cost_views.extrapolated(MEASURED, 4000.0, costs, EN) is None
    assert cost_views.extrapolated(MEASURED, None, costs, EN) is None
    assert cost_views.extrapolated(FITTED, 35.2, costs, EN) is None


def test_how_time_grows_with_length_is_said() -> None:
    assert "in proportion" in (cost_views.time_law(MEASURED, EN) or "")
    said = cost_views.time_law(FITTED, EN) or ""
    assert "2.00 s and 0.400 ms per event, fitted to 40 decisions of 30 to 9,000 events" in said
    assert cost_views.time_law(replace(MEASURED, seconds_sequence=None), EN) is None
    assert said in cost_views.measured_table(FITTED, GOOD, Costs(), EN)["How"].tolist()[0]


def test_when_it_pays_off() -> None:
    begin = date(2026, 1, 1)
    assert cost_views.pays_off(None, begin, EN) == "not at all"
    assert cost_views.pays_off(begin, begin, EN) == "at once"
    assert cost_views.pays_off(date(2026, 7, 2), begin, EN) == "6.0 months"


def test_what_is_not_measured_is_said(t: Texts = EN) -> None:
    unknown = replace(MEASURED, missed_rate=None, seconds_sequence=None)
    table = cost_views.measured_table(unknown, Statistic(None, None, None, 0), Costs(), t)
    assert table["Value"].tolist().count("not measured") == 3
