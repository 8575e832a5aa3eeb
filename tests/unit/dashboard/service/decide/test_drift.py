"""Drift in the record: the state goes from decision to decision, an alarm holds what follows, a lead's word begins anew."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from audit import Access, AuditStore, DecisionRecord, Gate, ReviewPolicy, Tampered, new_id, open_store
from dashboard.service.common.decision_details import drift_of
from dashboard.service.decide import drift, hold_policy
from dashboard.service.decide.pipeline import analyse
from sparsemix import SparseMixModel, read_bytes
from sparsemix.monitoring.drift import SourceWatch, profile_of
from tests.benchmarks.drift import A_DAY, month
from tests.support.audit.builders import blobs_of, decision, sha
from tests.support.audit.forging import edit
from tests.support.audit.team import add
from tests.support.dashboard.fixtures import LOG
from tests.support.dashboard.made_drift import NEW, WEIGHTS, decide, place, profile
from tests.support.paths import WEIGHTS as SHIPPED


def state(store: AuditStore, id: str) -> SourceWatch:
    found = drift.watch_of(store.decision(id))
    assert found is not None
    return found


def said(decision: DecisionRecord) -> dict[str, object]:
    return decision.details["drift"]  # type: ignore[return-value]


def test_a_decision_keeps_its_profile_and_the_next_one_goes_on_from_it(
    store: AuditStore, access: Access, model: SparseMixModel
) -> None:
    first = analyse(LOG, "line4.log", model=model, access=access)
    second = analyse(
        LOG + b"2026-03-02T10:01:00+09:00 INFO ST01 PLC more\n", "line4-2026-03-03.log", model=model, access=access
    )
    kept = drift.profile_kept(store.decision(first))
    assert kept is not None
    sequence = read_bytes(LOG, "line4.log")
    made = profile_of(sequence, model.run_with_trace(sequence))
    assert kept.payload() == made.payload()
    assert state(store, first).seen == 1
    assert state(store, second).seen == 2
    assert said(store.decision(first))["after"] is None
    assert said(store.decision(second))["after"] == first
    assert len(str(store.decision(second).details["profile"])) < 20_000


def test_the_same_file_once_more_says_nothing_new(store: AuditStore, access: Access, model: SparseMixModel) -> None:
    analyse(LOG, "line4.log", model=model, access=access)
    again = analyse(LOG, "line4.log", model=model, access=access)
    elsewhere = analyse(LOG, "line5.log", model=model, access=access)
    assert state(store, again).seen == 1
    assert drift_of(store.decision(again)).repeated
    assert state(store, elsewhere).seen == 1
    assert not drift_of(store.decision(elsewhere)).repeated


def test_an_alarm_says_since_when_and_stays_while_other_sources_go_on(tmp_path: Path) -> None:
    ids, store = place(tmp_path / "audit.db"), open_store(tmp_path / "audit.db")
    access = store.single_user("test")
    last = store.decision(ids[-1])
    alarm = state(store, ids[-1]).alarm
    assert alarm is not None
    assert alarm.found == len(ids)
    assert {"kinds", "new"} & set(alarm.statistics)
    assert drift_of(last).began == (store.decision(ids[alarm.since - 1]).started_at, ids[alarm.since - 1])
    assert 95 <= alarm.since <= 103
    rng = np.random.default_rng(1)
    later = decide(store, access, "line4", profile(rng))
    other = decide(store, access, "line5", profile(rng))
    assert state(store, later).alarm == alarm
    assert drift_of(store.decision(later)).began == drift_of(last).began
    assert state(store, other).alarm is None
    assert store.verify().ok


def test_a_new_reference_begins_with_the_next_decision(tmp_path: Path) -> None:
    ids, store = place(tmp_path / "audit.db"), open_store(tmp_path / "audit.db")
    access = store.single_user("test")
    entry = access.sources.accept("line4", "new controller, checked")
    assert drift.outdated(store.decision(ids[-1]), access.sources.accepted("line4"))
    rng = np.random.default_rng(1)
    first, second = (decide(store, access, "line4", profile(rng, NEW)) for _ in range(2))
    assert (state(store, first).seen, state(store, first).alarm) == (1, None)
    assert said(store.decision(first))["accepted"] == entry.seq
    assert state(store, second).seen == 2
    assert not drift.outdated(store.decision(second), access.sources.accepted("line4"))


def test_a_new_reference_can_take_in_what_came_since_the_change(tmp_path: Path) -> None:
    ids, store = place(tmp_path / "audit.db"), open_store(tmp_path / "audit.db")
    access = store.single_user("test")
    began = drift_of(store.decision(ids[-1])).began
    assert began is not None
    access.sources.accept("line4", "new controller, checked", since=began[1])
    taken = len(ids) - ids.index(began[1])
    rng = np.random.default_rng(1)
    later = decide(store, access, "line4", profile(rng, NEW))
    assert (state(store, later).seen, state(store, later).alarm) == (taken + 1, None)
    # From the record alone the same state comes out once more.
    again: SourceWatch | None = None
    for id in [*ids[ids.index(began[1]) :], later]:
        made = drift.profile_kept(store.decision(id))
        assert made is not None
        again = SourceWatch.begin(made) if again is None else again.step(made)
    assert again is not None
    assert again.payload() == state(store, later).payload()


def test_other_weights_have_a_state_of_their_own(store: AuditStore, access: Access, model: SparseMixModel) -> None:
    rng = np.random.default_rng(1)
    for _ in range(3):
        decide(store, access, "line4", profile(rng))
    id = analyse(LOG, "line4.log", model=model, access=access)
    assert state(store, id).seen == 1
    assert state(store, decide(store, access, "line4", profile(rng))).seen == 4


def test_a_state_that_was_moved_by_hand_is_not_followed(store: AuditStore, access: Access, tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    decide(store, access, "line4", profile(rng))
    decide(store, access, "line5", profile(rng))
    edit(f"sqlite:///{tmp_path / 'audit.db'}", "UPDATE decisions SET source = 'line6' WHERE source = 'line4'")
    with pytest.raises(Tampered):
        access.sources.last("line6", WEIGHTS)


def test_a_state_of_another_version_begins_anew(store: AuditStore, access: Access) -> None:
    rng = np.random.default_rng(1)
    id = decide(store, access, "line4", profile(rng), upload=b"one")
    details = dict(store.decision(id).details) | {"drift": {"seen": "many"}}
    add(store, decision(details=details, input_sha256=sha(b"two")), blobs_of(b"two", b"arrow-ipc-stream-of-layer-0"))
    assert state(store, decide(store, access, "line4", profile(rng))).seen == 1


def test_the_policy_holds_a_decision_of_a_source_that_has_drifted(model: SparseMixModel) -> None:
    run = model.run_with_trace(read_bytes(LOG, "line.log"))
    calm = replace(run.decision, label="normal", known_share=1.0, sequence_probability=0.01)
    routing = hold_policy.route(calm, run.trace, new_id(), ReviewPolicy(), {hold_policy.DRIFT})
    assert (routing.gate, routing.route, routing.reasons) == (Gate.HELD, hold_policy.DRIFT, (hold_policy.DRIFT,))
    assert "drifted" in hold_policy.text(calm, ReviewPolicy())


@pytest.mark.deep
def test_a_plant_whose_controllers_are_replaced_ends_in_a_hold(store: AuditStore, access: Access) -> None:
    """The whole way, with the shipped weights: logs in, decisions out; after a week all messages have other words."""
    shipped = SparseMixModel.load(SHIPPED)
    logs = month("assembly", "en", 7_000_000, days=9)
    first = 7 * A_DAY
    for number, log in enumerate(logs):
        text = "\n".join(log[:75])
        if number >= first:
            text = text.replace("finished", "completed").replace("temperature", "temp").replace("vibration", "vib")
        found = store.decision(analyse(text.encode(), f"line-1-{number:04}.log", model=shipped, access=access))
        held = hold_policy.DRIFT in found.details["hold_reasons"]  # type: ignore[operator]
        assert held == (drift_of(found).began is not None)
        if held:
            break
    assert held
    assert first <= number < first + 2 * A_DAY
    assert store.verify().ok
