"""Which decisions of a source and a time count, and that what may not be seen or cannot be read does not."""

from __future__ import annotations

import pytest

from audit import Access, AuditStore
from dashboard.service.decide import leads as service
from dashboard.service.decide.leads import LeadsScope, candidates, joined, kept_counts
from sparsemix import RunCancelled
from tests.support.dashboard.made_decisions import record_made
from tests.support.dashboard.traces import head, trace
from tests.unit.dashboard.service.decide.test_usual_pairs import lines

EVERYTHING = LeadsScope()


def made(store: AuditStore, number: int, source: str = "line4", day: int = 1, **fields: object) -> str:
    """Record a decision in which the second and third line were selected with the first."""
    fields = {"details": {"source": source}, "started_at": f"2026-03-{day:02}T09:30:00.000Z"} | fields
    return record_made(store, lines(number), trace(head(3, {(1, 0): 0.75, (2, 0): 0.25})), **fields)


def test_of_a_source_and_a_time(store: AuditStore, access: Access) -> None:
    first, other, second = made(store, 1, day=1), made(store, 2, "line5", day=2), made(store, 3, day=3, weights="1" * 64)

    def ids(scope: LeadsScope) -> list[str]:
        return [decision.id for decision in candidates(access, scope).chosen]

    assert ids(EVERYTHING) == [second, other, first]
    assert ids(LeadsScope("line4")) == [second, first] and ids(LeadsScope("line6")) == []
    assert ids(LeadsScope("line4", since="2026-03-02T00:00:00.000Z")) == [second]
    assert ids(LeadsScope(None, before="2026-03-03T00:00:00.000Z")) == [other, first]


def test_what_says_nothing_is_left_out_and_told(store: AuditStore, access: Access, monkeypatch: pytest.MonkeyPatch) -> None:
    made(store, 1)
    again = made(store, 1)
    made(store, 2, blind=True)
    found = candidates(access, EVERYTHING)
    assert [decision.id for decision in found.chosen] == [again]
    assert (found.blind, found.repeated, found.older) == (1, 1, 0)
    monkeypatch.setattr(service, "MOST_DECISIONS", 2)
    found = candidates(access, EVERYTHING)
    assert [decision.id for decision in found.chosen] == [again] and found.older == 1


def test_of_a_source_only_the_newest_are_searched(store: AuditStore, access: Access, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = [made(store, number, day=number) for number in (1, 2, 3)]
    other = made(store, 5, day=5, weights="1" * 64)
    monkeypatch.setattr(service, "LOOKED_AT", 2)
    assert [decision.id for decision in candidates(access, LeadsScope("line4")).chosen] == [other, ids[2], ids[1]]


def test_counts_are_joined_and_read_once(store: AuditStore, access: Access, monkeypatch: pytest.MonkeyPatch) -> None:
    ids, counts, said = [made(store, number) for number in range(3)], kept_counts(), []
    found = joined(
        access, candidates(access, EVERYTHING), counts=counts, progress=lambda share, stage: said.append((share, stage))
    )
    assert said == [(i / 3, f"leads {i + 1}") for i in range(3)]
    assert [run.decision for run in found.graph.runs] == ids[::-1]
    graph = found.graph
    edges = {(graph.kinds[edge.earlier].text, graph.kinds[edge.later].text): edge.support for edge in graph.edges}
    start = "INFO pump <*> on run <*>"
    assert edges == {(start, "INFO valve open run <*>"): 3, (start, "INFO door shut run <*>"): 3}
    monkeypatch.setattr(service, "load_evidence", lambda *_: pytest.fail("read again"))
    assert joined(access, candidates(access, EVERYTHING), counts=counts).graph == graph and graph.pairs == 6


def test_erased_and_unreadable_decisions_do_not_count(store: AuditStore, access: Access) -> None:
    ids, counts = [made(store, number) for number in range(3)], kept_counts()
    bad = record_made(store, lines(9), trace(head(5, {(1, 0): 1.0})))
    before = joined(access, candidates(access, EVERYTHING), counts=counts)
    assert before.within(candidates(access, EVERYTHING))
    access.admin.erase(ids[0], "asked for", early=True)
    listed = candidates(access, EVERYTHING)
    access.admin.erase(ids[1], "asked for", early=True)
    found = joined(access, listed, counts=counts)
    assert not before.within(listed) and [run.decision for run in found.graph.runs] == [ids[2]]
    assert found.unreadable == (bad,) and found.gone == 1


def test_it_stops_when_told(store: AuditStore, access: Access) -> None:
    made(store, 1), made(store, 2)

    def stop(share: float, _stage: str) -> None:
        if share:
            raise RunCancelled("stopped on request")

    with pytest.raises(RunCancelled):
        joined(access, candidates(access, EVERYTHING), counts=kept_counts(), progress=stop)


def test_nothing_recorded_gives_nothing(access: Access) -> None:
    assert joined(access, candidates(access, EVERYTHING), counts=kept_counts()).graph.edges == ()
