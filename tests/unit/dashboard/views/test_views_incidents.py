"""Incidents of a decision in sentences, from what the record keeps of them; whatever it keeps, the page stays up."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audit import AuditStore
from dashboard.service.decide.incident_record import lead_of, recorded
from dashboard.service.decide.pipeline import LoadedDecision, load
from dashboard.texts import Texts
from dashboard.views.incidents import ShownIncident, has_incidents, shown_incidents
from dashboard.views.verdict import must_be_seen
from sparsemix.incidents.incident import Cause, Incident, Reason
from tests.support.dashboard.made_decisions import record_made
from tests.support.dashboard.traces import head, trace

EN, JA = Texts("en"), Texts("ja")
LINES = [f"2026-03-02T10:{i:02d}:00Z INFO ST01 PLC step {i} *bold* <b>" for i in range(8)]
PAIRS = trace(head(8, {(7, 2): 0.6, (7, 7): 0.9}), head(8, {(7, 2): 0.2}))
FOUND = [
    Incident(
        (5, 6),
        (3, 5, 6, 7),
        4.2,
        True,
        (
            Reason("time", 3.1, {"seconds": 4080.0}),
            Reason("rarity", 2.0, {"times": 1, "lines": 1, "of": 8}),
            Reason("severity", 1.5, {"word": "failed", "lines": 2, "of": 8}),
        ),
        (Cause(2, "trouble", "store-41", 0.5),),
    ),
    Incident((1,), (1,), 0.3, False, (Reason("numbers", 0.5), Reason("consequence", 0.25, {"lines": 1, "of": 10}))),
]


@pytest.fixture
def loaded(store: AuditStore) -> LoadedDecision:
    return load(store, record_made(store, LINES, PAIRS))


def with_incidents(loaded: LoadedDecision, kept: Any) -> LoadedDecision:
    decision = loaded.summary.decision
    decision = replace(decision, details={**decision.details, "incidents": kept})
    return replace(loaded, summary=replace(loaded.summary, decision=decision))


def test_they_are_told_as_they_were_found(loaded: LoadedDecision) -> None:
    kept = recorded(FOUND, loaded.sequence)
    assert kept[0]["lines"] == [[4, 4], [6, 8]] and lead_of(kept[0]) == 5
    first, second = shown_incidents(with_incidents(loaded, kept), EN)
    assert (first.line, first.count, first.must, first.causes[0].line) == (6, 4, True, 3)
    assert first.why == (
        "Shown because nothing was written for 1 h 08 min before it (3.1); only 1 of 8 lines is of its kind (2.0); "
        'it says "failed", with 2 of 8 lines at least as severe (1.5).'
    )
    assert first.causes[0].said.startswith("Led to by line 3, where trouble with store-41 began: INFO ST01 PLC")
    assert second.causes == () and "a number in it is far" in second.why


def test_in_japanese_too(loaded: LoadedDecision) -> None:
    first, _ = shown_incidents(with_incidents(loaded, recorded(FOUND, loaded.sequence)), JA)
    assert first.why.startswith("理由：直前の 1 時間 08 分 は何も記録されていない（3.1）、この種類は 8 行中 1 回だけ（2.0）")
    assert "「store-41」の異常の始まり" in first.causes[0].said


def test_how_many_must_be_seen_is_said_in_number(loaded: LoadedDecision) -> None:
    def said(count: int) -> str:
        kept = recorded([replace(FOUND[0], must=number < count) for number in range(3)], loaded.sequence)
        return must_be_seen(with_incidents(loaded, kept).summary.decision, EN)

    assert [said(count) for count in (0, 1, 3)] == [
        "Nothing must be seen",
        "1 incident must be seen",
        "3 incidents must be seen",
    ]


def test_decisions_made_earlier_have_none(loaded: LoadedDecision) -> None:
    assert not has_incidents(loaded.summary.decision) and shown_incidents(loaded, EN) == []


_FIELDS = ["lead", "count", "must", "reasons", "causes", "term", "effect", "seconds", "line", "event", "rule", "word"]
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 99) | st.floats(-1e9, 1e9) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(_FIELDS), inner, max_size=6),
    max_leaves=12,
)


_TERMS = ["severity", "rarity", "time", "clock", "flood", "weights", "order", "consequence", "unknown"]
_FACT = st.none() | st.booleans() | st.integers(-9, 10**12) | st.floats(-1e9, 1e9) | st.text(max_size=9) | st.lists(st.none())
_REASON = st.fixed_dictionaries(
    {"term": st.sampled_from(_TERMS), "effect": _FACT},
    optional=dict.fromkeys(("word", "lines", "of", "times", "seconds", "probability"), _FACT),
)
_CAUSE = st.fixed_dictionaries(
    {"event": st.integers(-9, 99) | _FACT, "line": _FACT, "rule": st.sampled_from(["trouble", "pair", "other"])},
    optional={"word": _FACT, "effect": _FACT},
)
_NEARLY = st.fixed_dictionaries(
    {
        "lead": st.lists(st.lists(st.integers(-9, 99), min_size=2, max_size=2), min_size=1, max_size=2),
        "count": st.integers(-9, 10**12),
        "must": st.booleans(),
        "reasons": st.lists(_REASON | _JSON, max_size=3),
        "causes": st.lists(_CAUSE | _JSON, max_size=3),
    }
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(kept=st.lists(_NEARLY | _JSON, max_size=3))
def test_whatever_the_record_holds_the_page_stays_up(loaded: LoadedDecision, kept: list[Any]) -> None:
    shown = with_incidents(loaded, kept)
    assert len(shown_incidents(shown, EN)) <= len(kept)
    assert must_be_seen(shown.summary.decision, JA)
    assert len(shown_incidents(shown, JA)) <= len(kept)


def test_what_people_said_of_an_incident_is_told_and_that_a_mark_is_void(loaded: LoadedDecision) -> None:
    mark = {"entry": 4, "at": "2026-11-29T10:00:00.000Z", "by": "Aiko", "size": [4, 1]}
    (kept,) = recorded(FOUND[:1], loaded.sequence)
    kept["causes"][0]["mark"] = mark  # type: ignore[index]

    def told(now: list[int], t: Texts) -> ShownIncident:
        return shown_incidents(with_incidents(loaded, [kept | {"mark": mark, "now": now, "new": True}]), t)[0]

    first = told([4, 1], EN)
    assert (first.new, first.remark) == (True, "Marked routine on 2026-11-29 by Aiko")
    assert first.causes[0].said.endswith("Marked right on 2026-11-29 by Aiko.")
    assert told([40, 1], EN).remark.endswith("void here: 4 lines then, 40 now")
    assert told([4, 2], EN).remark.endswith("void here: more severe now")
    void = "行数が増えたため無効（当時 4 行、今回 40 行）"
    assert told([40, 1], JA).remark == f"2026-11-29 に Aiko が「いつものこと」としたが、{void}"
    (odd,) = shown_incidents(with_incidents(loaded, [kept | {"mark": mark, "now": "4"}]), EN)
    assert odd.remark == ""
