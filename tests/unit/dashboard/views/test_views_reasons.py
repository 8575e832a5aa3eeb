"""What a verdict says of itself: how sure it is, which pair carried it, what would change it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from audit import AuditStore, DecisionRecord
from dashboard.service.decide.pipeline import LoadedDecision, load
from dashboard.texts import Texts
from dashboard.views.reasons import (
    changes,
    conclusion,
    confidence,
    counting,
    event_counts,
    evidence,
    evidence_help,
    percent,
)
from dashboard.views.verdict import carrying_pairs, suspects
from sparsemix.training.common.reliability import Reliability, tabulate
from tests.support.dashboard.made_decisions import record_made
from tests.support.dashboard.traces import head, trace

EN, JA = Texts("en"), Texts("ja")
LINES = [f"2026-03-02T10:{i:02d}:00Z INFO ST01 PLC step {i} *bold* <b>" for i in range(8)]
PAIRS = trace(head(8, {(7, 2): 0.6, (7, 7): 0.9, (7, 5): 0.3, (6, 4): 0.5}), head(8, {(7, 2): 0.2, (6, 7): 0.4}))


def counted(high: int = 100, faulty: int = 97) -> Reliability:
    """``high`` logs with 95 %, ``faulty`` of which were, and three with 45 %."""
    probability = np.array([0.95] * high + [0.45] * 3 + [0.01] * 50)
    truth = np.array([True] * faulty + [False] * (high - faulty) + [True, False, False] + [False] * 50)
    return Reliability(len(truth), 8, 0, tabulate(probability, truth), tabulate(probability, truth))


@pytest.fixture
def loaded(store: AuditStore) -> LoadedDecision:
    return load(store, record_made(store, LINES, PAIRS))


@pytest.fixture
def decision(loaded: LoadedDecision) -> DecisionRecord:
    return replace(loaded.summary.decision, score=0.93)


def detailed(decision: DecisionRecord, **details: Any) -> DecisionRecord:
    return replace(decision, details={**decision.details, **details})


def test_confidence_is_a_count_of_logs_like_this_one(decision: DecisionRecord) -> None:
    said = confidence(decision, counted(), EN)
    assert said == "Of 100 generated logs with such a fault probability (90% to 100%), 97 held a fault."
    assert "100 件のうち、97 件" in confidence(decision, counted(), JA)
    normal = replace(decision, label="normal", score=0.03)
    assert "Of 50 generated logs" in confidence(normal, counted(), EN)
    assert "0 held a fault" in confidence(normal, counted(), EN)


def test_few_logs_like_this_one_are_said_to_be_few(decision: DecisionRecord) -> None:
    said = confidence(replace(decision, score=0.45), counted(), EN)
    assert "Only 3 of 153 generated logs had such a probability" in said
    assert "too few" in said


def test_where_counts_say_nothing_none_are_named(decision: DecisionRecord) -> None:
    assert "does not hold" in confidence(replace(decision, warnings=("unfamiliar_input",)), counted(), EN)
    assert "Not counted" in confidence(decision, None, EN)
    assert counting(None, EN) is None
    assert event_counts(None, 0.9, EN) is None
    assert "8 events" in (counting(counted(), EN) or "")
    assert "Of 100 generated events" in (event_counts(counted(), 0.99, EN) or "")


@pytest.mark.parametrize(("events", "rough"), [(2, True), (8, False), (31, False), (32, True)])
def test_logs_of_another_length_are_told_so(decision: DecisionRecord, events: int, rough: bool) -> None:
    assert ("rough guide" in confidence(replace(decision, event_count=events), counted(), EN)) == rough


def carrying(loaded: LoadedDecision) -> list[list[int]]:
    pairs = carrying_pairs(loaded, suspects(loaded.summary.decision), per_event=1)
    return pairs[["layer", "head", "query", "key"]].to_numpy().tolist()


def test_the_pair_that_carried_is_the_strongest_over_all_heads(loaded: LoadedDecision) -> None:
    decision = detailed(loaded.summary.decision, flagged=[[7, 8, 0.9], [6, 7, 0.8]])
    # Never a line with itself.
    assert carrying(replace(loaded, summary=replace(loaded.summary, decision=decision)))[0] == [0, 0, 7, 2]


def test_lines_judged_by_themselves_were_carried_by_none(store: AuditStore) -> None:
    assert carrying(load(store, record_made(store, LINES[:3], trace(head(3, {(2, 2): 0.9}))))) == []


def change(line: int, without: float, **verdict: Any) -> dict[str, Any]:
    return {
        "event": line - 1,
        "line": line,
        "probability": 0.97,
        "query_line": line,
        "key_line": 3,
        "without": without,
        "label": "fault",
        "score": 0.9,
        "flagged": 2,
        **verdict,
    }


def recorded(decision: DecisionRecord, *events: dict[str, Any], together: dict[str, Any] | None = None) -> DecisionRecord:
    return detailed(decision, without_pair={"events": list(events), "together": together})


def test_each_line_is_told_with_and_without_its_pair(decision: DecisionRecord) -> None:
    below, rises = changes(recorded(decision, change(8, 0.12), change(4, 0.9999)), EN)
    assert below == "Line 8: 97\\.0%; without the pair of lines 8 and 3: 12\\.0% (threshold 50%)."
    assert "\\>99\\.9%" in rises


def test_the_conclusion_says_whether_the_verdict_would_change(decision: DecisionRecord) -> None:
    assert "changes it: at least 2 lines stay flagged" in conclusion(recorded(decision, change(8, 0.1)), EN)
    single = recorded(decision, change(7, 0.9), change(8, 0.1, label="normal", score=0.2, flagged=0))
    assert "the pair of lines 8 and 3 it would be: Normal (20\\.0%)" in conclusion(single, EN)
    both = recorded(decision, change(7, 0.1), change(8, 0.1), together={"label": "normal", "score": 0.05, "flagged": 0})
    assert "without these 2 pairs together it would be: Normal" in conclusion(both, EN)
    assert "2 組がすべてなければ" in conclusion(both, JA)
    assert "changes it." in conclusion(recorded(decision, change(8, 0.1, flagged=0)), EN)


def test_decisions_from_before_say_that_nothing_was_measured(decision: DecisionRecord) -> None:
    assert changes(decision, EN) == []
    assert "Not measured" in conclusion(decision, EN)
    assert "Not measured" in conclusion(detailed(decision, without_pair=None), EN)
    assert "No single line" in conclusion(detailed(decision, flagged_count=0, flagged=[]), EN)


def test_a_normal_verdict_names_the_line_nearest_to_the_threshold(decision: DecisionRecord) -> None:
    normal = replace(decision, label="normal", score=0.04, threshold=0.5)
    calm = detailed(normal, flagged=[], flagged_count=0, highest=[[3, 4, 0.31]])
    said = conclusion(calm, EN)
    assert "threshold of 50% is line 4 with 31\\.0%" in said and "The log has 4\\.0%" in said
    assert "but the log's" in conclusion(normal, EN)
    assert "No line was near" in conclusion(detailed(calm, highest=[]), EN)


@pytest.mark.parametrize(("share", "said"), [(1.0, ">99.9%"), (0.99, "99.0%"), (0.0001, "<0.1%"), (0.0, "<0.1%")])
def test_a_probability_is_never_rounded_to_certainty(share: float, said: str) -> None:
    assert percent(share) == said


def test_what_the_order_of_lines_says_by_itself_is_told_with_the_lines_that_say_it(loaded: LoadedDecision) -> None:
    assert evidence(loaded, EN) is None
    found = {"alone": 2.5, "attended": -0.25, "events": [[3, 4, 1.5], [0, 1, 0.5], [5, 6, 0.001]]}
    record = detailed(loaded.summary.decision, evidence=found)
    told = replace(loaded, summary=replace(loaded.summary, decision=record))
    said = evidence(told, EN)
    assert said is not None
    assert "Without attention +2.5; selected pairs add -0.2" in said
    assert "line 4" in said and "line 1" in said
    assert "line 6" not in said  # it adds next to nothing
    assert "\\*bold\\*" in said
    assert "ロジット" in str(evidence(told, JA))
    nothing = replace(loaded, summary=replace(loaded.summary, decision=detailed(record, evidence=found | {"events": []})))
    assert "Most of it" not in str(evidence(nothing, EN))


def test_what_columns_did_is_told_with_the_columns_and_rows_that_say_it(loaded: LoadedDecision) -> None:
    columns = [["flow *1*", "level", 1.5], ["heat", "size", 0.5], ["flow *1*", "change", 0.25], ["heat", "apart", 0.1]]
    found = {"alone": 2.5, "attended": -0.25, "events": [[3, 4, 1.5]], "columns": columns}
    record = detailed(loaded.summary.decision, evidence=found)
    told = replace(loaded, summary=replace(loaded.summary, decision=record))
    said = str(evidence(told, EN))
    assert "Without attention +2.5; selected pairs add -0.2" in said
    assert "average of “flow \\*1\\*” (+1.50)" in said.replace("\\(", "(").replace("\\)", ")").replace("\\+", "+").replace(
        "\\.", "."
    )
    assert "“heat” off its usual value" in said
    assert "changes of" in said
    assert "other columns" not in said
    assert "line 4" in said
    assert "after" not in said
    assert "ロジット" in str(evidence(told, JA))
    assert "行目" in str(evidence(told, JA))
    assert "each column" in evidence_help(told, EN)
    assert "runs of" in evidence_help(loaded, EN)
    nothing = detailed(record, evidence=found | {"events": [], "columns": []})
    assert "By row" not in str(evidence(replace(loaded, summary=replace(loaded.summary, decision=nothing)), EN))
