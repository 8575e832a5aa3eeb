"""Sections of a report about the decision."""

from __future__ import annotations

from dataclasses import replace

import pytest

from audit import AuditStore
from dashboard.report.decision_sections import verdict_section
from dashboard.service.decide.incident_record import recorded
from dashboard.service.decide.pipeline import load
from dashboard.texts import PlainTexts
from sparsemix.incidents.incident import Incident, Reason
from sparsemix.judges import AnyLog
from tests.support.dashboard.made_decisions import record_made
from tests.support.dashboard.traces import head, trace


@pytest.mark.parametrize(("language", "said"), [("en", "must be seen · new"), ("ja", "要確認 · 新規")])
def test_incidents_of_a_log_judged_by_itself_say_whether_they_must_be_seen(store: AuditStore, language: str, said: str) -> None:
    loaded = load(store, record_made(store, ["INFO a", "ERROR b failed"], trace(head(2, {(1, 0): 0.5}))))
    (kept,) = recorded([Incident((1,), (1,), 4.2, True, (Reason("numbers", 3.0),))], loaded.sequence)
    decision = replace(loaded.summary.decision, details={"task": AnyLog.name, "incidents": [kept | {"new": True}]})
    assert said in verdict_section(replace(loaded, summary=replace(loaded.summary, decision=decision)), PlainTexts(language))
