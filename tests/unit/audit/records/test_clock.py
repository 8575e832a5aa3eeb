"""The clock: steps are detected and recorded, order does not depend on it, and PostgreSQL uses its own clock."""

from __future__ import annotations

import pytest

from audit import AuditStore, InvalidRecord, decision_from_payload, utc_now
from audit.records.canonical import parse
from audit.records.clock import TOLERANCE, StepWatch, parse_moment, seconds_between, shifted
from audit.storage import database
from tests.support.audit.builders import blobs_of, decision
from tests.support.audit.team import Clock, record


def anomalies(store: AuditStore) -> list[dict[str, object]]:
    return [parse(store.sealed(e.seq).payload) for e in store.entries() if e.type == "clock_anomaly"]


@pytest.mark.parametrize("step", [3600.0, 86_400.0, TOLERANCE + 1])
def test_a_clock_set_forwards_is_recorded(timed: AuditStore, clock: Clock, step: float) -> None:
    record(timed)
    before = clock.text
    clock.move(step)
    record(timed)
    assert [entry.type for entry in timed.entries()] == ["decision", "clock_anomaly", "decision"]
    (anomaly,) = anomalies(timed)
    assert (anomaly["previous"], anomaly["now"], anomaly["found"]) == (before, clock.text, "the clock was set")
    assert anomaly["seconds"] == pytest.approx(step, abs=5)
    assert timed.verify().ok


@pytest.mark.parametrize("step", [-2.0, -3600.0])
def test_a_clock_set_backwards_is_recorded(timed: AuditStore, clock: Clock, step: float) -> None:
    record(timed)
    clock.move(step)
    id = record(timed)
    (anomaly,) = anomalies(timed)
    assert (anomaly["seconds"], anomaly["found"]) == (step, "the time is before that of the last entry")
    first, noted, second = timed.entries()
    assert (noted.actor, noted.subject) == ("system", "clock")
    assert second.ts == noted.ts < first.ts
    assert (second.seq, second.prev, second.subject) == (3, noted.hash, id)
    assert timed.verify().ok


@pytest.mark.parametrize("step", [0.0, 1.0, 30.0, -0.9, TOLERANCE - 5])
def test_small_differences_are_none(timed: AuditStore, clock: Clock, step: float) -> None:
    record(timed)
    clock.move(step)
    record(timed)
    assert anomalies(timed) == []


def test_a_step_is_recorded_once(timed: AuditStore, clock: Clock) -> None:
    record(timed)
    clock.move(-3600)
    for _ in range(3):
        record(timed)
    assert len(anomalies(timed)) == 1
    clock.move(3600)
    record(timed)
    assert len(anomalies(timed)) == 2


def test_a_restart_with_a_clock_that_went_back_is_noticed(timed: AuditStore, clock: Clock, url: str) -> None:
    record(timed)
    clock.move(-7200)
    again = AuditStore(url, clock=clock)  # the new store has read no time yet: only the last entry shows the step
    record(again)
    again.close()
    assert [anomaly["seconds"] for anomaly in anomalies(timed)] == [-7200.0]


def test_a_step_comes_with_an_entry_or_not_at_all(timed: AuditStore, clock: Clock) -> None:
    record(timed)
    clock.move(-3600)
    with pytest.raises(RuntimeError), timed.database.write() as connection:
        timed.add_decision(connection, decision(), {}, "a")
        raise RuntimeError
    assert timed.head().size == 1
    timed.record_decisions([(decision(), {}), (decision(), {})], actor="a")
    assert [entry.type for entry in timed.entries()] == ["decision", "clock_anomaly", "decision", "decision"]
    assert timed.verify().ok


def test_an_honest_clock_raises_no_alarm(store: AuditStore) -> None:
    for _ in range(3):
        store.record_decision(decision(), blobs_of())
    assert anomalies(store) == []
    times = [entry.ts for entry in store.entries()]
    assert times == sorted(times)


@pytest.mark.parametrize("url", ["postgresql"], indirect=True)
def test_on_postgresql_the_servers_clock_counts(store: AuditStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """Machines that share a record may differ slightly in their time."""

    def wrong() -> None:
        raise AssertionError("this machine's clock was asked")

    monkeypatch.setattr(database, "system_time", wrong)
    assert abs(seconds_between(store.record_event("a", "note", "x", {}).ts, utc_now())) < 60


def test_the_watch_compares_with_a_clock_that_cannot_be_set() -> None:
    steady = [100.0]
    watch = StepWatch(lambda: steady[0])
    start = "2026-03-01T10:00:00.000Z"
    assert watch.step(start) is None
    steady[0] += 3600  # the machine slept, and both clocks went on
    assert watch.step(shifted(start, 3600)) is None
    steady[0] += 1
    assert watch.step(shifted(start, 7200)) == pytest.approx(3599)
    steady[0] += 1
    assert watch.step(shifted(start, 3600)) == pytest.approx(-3601)


def test_moments_are_read_and_shifted() -> None:
    start = "2026-02-28T23:59:59.999Z"
    assert shifted(start, 0.001) == "2026-03-01T00:00:00.000Z"
    assert seconds_between(start, shifted(start, 86_400)) == 86_400
    for bad in ("", "yesterday", "2026-13-01T00:00:00.000Z", "2026-03-01", "2026-03-01T00:00:00.000"):
        with pytest.raises(InvalidRecord):
            parse_moment(bad)
    with pytest.raises(InvalidRecord):
        shifted("9999-12-31T23:59:59.000Z", 1)


def test_a_decision_keeps_the_times_that_it_came_with(timed: AuditStore, clock: Clock) -> None:
    recorded = decision(started_at="2025-01-01T00:00:00.000Z", ended_at="2025-01-01T00:00:01.000Z")
    entry = timed.record_decision(recorded, blobs_of())
    assert entry.ts == clock.text
    assert decision_from_payload(parse(timed.sealed(1).payload)) == recorded
