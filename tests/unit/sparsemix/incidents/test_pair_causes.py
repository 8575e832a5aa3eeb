"""Who reads an event is counted exactly where it matters, and what everybody reads is no cause."""

from __future__ import annotations

import pytest

from sparsemix.explain.rerun import Rerun
from sparsemix.incidents import pair_causes as causes
from sparsemix.incidents.pair_causes import pair_causes, selections
from tests.support.sparsemix.small_models import plant_sequence, small_model

EVENTS = 61
MODEL, SEQUENCE = small_model(), plant_sequence(EVENTS)
TRACE = MODEL.run_with_trace(SEQUENCE).trace


def test_readers_are_the_other_events_that_select_an_event_in_any_head() -> None:
    pairs = {(int(q), int(k)) for _, _, head in TRACE for q, k in zip(head.query_index, head.key_index, strict=True)}
    wanted = [sum(key == event != query for query, key in pairs) for event in range(EVENTS)]
    assert [causes._readers(TRACE, event) for event in range(EVENTS)] == wanted
    assert max(wanted) > 1 and (selections(TRACE) >= wanted).all()


def test_an_event_that_too_many_read_is_no_cause(monkeypatch: pytest.MonkeyPatch) -> None:
    rerun, selected = Rerun(MODEL, SEQUENCE, TRACE), selections(TRACE)
    monkeypatch.setattr(causes, "LEAST_EFFECT", -1e9)
    monkeypatch.setattr(causes, "MOST_READERS", 1.0)
    every = {cause.event: causes._readers(TRACE, cause.event) for cause in pair_causes(rerun, [40], selected)[0]}
    assert len(set(every.values())) > 1
    # Exactly as many as may: an event that is selected more often, by the same readers, is no sink.
    monkeypatch.setattr(causes, "MOST_READERS", min(every.values()) / EVENTS)
    left = [cause.event for cause in pair_causes(rerun, [40], selected)[0]]
    assert set(left) & set(every) == {event for event, read in every.items() if read == min(every.values())}
