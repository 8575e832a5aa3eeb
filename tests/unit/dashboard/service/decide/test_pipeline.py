"""From bytes to a recorded decision and back, and the policy that says who has to look at it."""

from __future__ import annotations

import json
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

from audit import (
    AuditStore,
    DecisionRecord,
    Gate,
    NotFound,
    PairReview,
    PairVerdict,
    ReviewPolicy,
    RolloutPlan,
    Stage,
    StageName,
    StepKind,
    Tampered,
    Verdict,
    new_id,
    open_store,
    utc_now,
)
from dashboard.service.common import room
from dashboard.service.common.names import display_name
from dashboard.service.decide import hold_policy
from dashboard.service.decide.kinds import signature, signatures_of
from dashboard.service.decide.pipeline import analyse, load, load_evidence
from dashboard.service.decide.replay import replay_bits
from dashboard.service.decide.review_record import ReviewAnswers, submit_review
from dashboard.service.reading.reader import preview
from dashboard.texts import Texts
from dashboard.views.reasons import evidence
from dashboard.views.verdict import carrying_pairs, suspects
from sparsemix import InputError, RunCancelled, SelectionTrace, SparseMixModel, read_bytes
from sparsemix.dataset import read_dataset
from sparsemix.readers import FIRST_RULES, Columns, ReadOptions
from sparsemix.training.own_data import Plan, learn
from tests.integration.sparsemix.training.test_labelled_tables import tables
from tests.support.dashboard.fixtures import LOG


def record(store: AuditStore, model: SparseMixModel, data: bytes = LOG, name: str = "line.log") -> str:
    return analyse(data, name, model=model, access=store.single_user("test"))


def test_a_file_that_this_machine_has_no_memory_for_waits_or_is_refused(
    monkeypatch: pytest.MonkeyPatch, store: AuditStore, model: SparseMixModel, tmp_path: Path
) -> None:
    told: list[tuple[float, str]] = []

    def progress(share: float, stage: str) -> None:
        told.append((share, stage))
        if stage == "wait 1":
            raise RunCancelled("stopped")

    monkeypatch.setattr(room, "_BOOK", tmp_path / "book")
    monkeypatch.setattr(room, "_process", lambda key: (f"{key.partition(' ')[0]} 7", 0.0))
    monkeypatch.setattr(room, "_SHORT", 23)
    monkeypatch.setattr(room, "free_mb", lambda: 24 * 7_000 / 1e6)
    with room.room(24, lambda _others: None), pytest.raises(RunCancelled):
        analyse(LOG, "line.log", model=model, access=store.single_user("test"), progress=progress)
    assert told[-1] == (0.02, "wait 1") and store.head().size == 0
    assert record(store, model)
    monkeypatch.setattr(room, "free_mb", lambda: 24 * 6_900 / 1e6)
    with pytest.raises(InputError, match="Judging 24 events takes some 0 MB of memory, and 0 MB are free"):
        record(store, model, LOG + b"\n")
    monkeypatch.setattr(room, "_SHORT", 24)
    assert record(store, model, LOG + b"\n") and store.head().size == 2


def test_what_was_flagged_is_told_before_it_is_explained(store: AuditStore, model: SparseMixModel) -> None:
    told: list[list[tuple[int, int]]] = []
    id = analyse(LOG, "line.log", model=model, access=store.single_user("test"), early=told.append)
    incidents = store.decision(id).details["incidents"]
    assert told == [[(one["lead"][0][0], one["count"]) for one in incidents]] and told[0]


def test_decision_is_recorded_with_input_and_one_blob_a_layer(store: AuditStore, model: SparseMixModel) -> None:
    id = record(store, model)
    decision = store.decision(id)
    assert store.blob(decision.input_sha256) == LOG
    assert decision.input_sha256 == sha256(LOG).hexdigest()
    assert [s.layer for s in decision.selections] == [0, 1]
    assert decision.weights_sha256 == model.weights_sha256
    assert decision.event_count == 24
    assert decision.deterministic
    assert decision.code_revision.startswith("sparsemix ")
    assert "torch" in decision.runtime
    assert decision.started_at <= decision.ended_at
    assert store.verify().ok


def test_what_was_read_before_changes_nothing_of_the_decision(store: AuditStore, model: SparseMixModel) -> None:
    access = store.single_user("test")
    before = preview(LOG, "line.log", ReadOptions()).read
    assert before is not None
    one, other = (store.decision(analyse(LOG, "line.log", model=model, access=access, before=read)) for read in (before, None))
    for field in ("sequence_sha256", "selections", "label", "score", "warnings"):
        assert getattr(one, field) == getattr(other, field)
    # The second decision on a source follows the first, and the process has grown.
    own = {"drift", "memory_mb"}
    assert {name: one.details[name] for name in one.details if name not in own} == {
        name: other.details[name] for name in other.details if name not in own
    }


def test_loading_gives_the_run_that_was_recorded(store: AuditStore, model: SparseMixModel) -> None:
    loaded = load(store, record(store, model))
    run = model.run_with_trace(read_bytes(LOG, "line.log"))
    assert [loaded.trace.layer_blob(i) for i in (0, 1)] == [run.trace.layer_blob(i) for i in (0, 1)]
    assert loaded.sequence.sha256 == run.decision.input_sha256
    assert loaded.summary.decision.score == run.decision.sequence_probability


def test_details_name_the_flagged_events(store: AuditStore, model: SparseMixModel) -> None:
    details = store.decision(record(store, model)).details
    run = model.run_with_trace(read_bytes(LOG, "line.log"))
    assert details["flagged_count"] == len(run.decision.flagged)
    assert [row[0] for row in details["flagged"]] == run.decision.flagged.tolist()  # type: ignore[attr-defined]
    assert len(details["highest"]) == 5  # type: ignore[arg-type]
    assert details["hold_reasons"]


def test_two_runs_of_the_same_file_share_blobs_but_are_two_decisions(store: AuditStore, model: SparseMixModel) -> None:
    first, second = record(store, model), record(store, model)
    assert first != second
    assert store.decision(first).selections == store.decision(second).selections


def test_unknown_decision(store: AuditStore) -> None:
    with pytest.raises(NotFound):
        load(store, "0" * 32)


def test_bad_input_stores_nothing(store: AuditStore, model: SparseMixModel) -> None:
    with pytest.raises(InputError):
        record(store, model, b"\x00\x01")
    assert store.head().size == 0


@pytest.mark.parametrize("stage", ["read", "encode", "layer 1", "layer 2", "done", "store"])
def test_cancelled_run_stores_nothing(store: AuditStore, model: SparseMixModel, stage: str) -> None:
    def stop(_share: float, now: str) -> None:
        if now == stage:
            raise RunCancelled

    with pytest.raises(RunCancelled):
        analyse(LOG, "line.log", model=model, access=store.single_user("test"), progress=stop)
    assert store.head().size == 0
    with pytest.raises(NotFound):
        store.blob(sha256(LOG).hexdigest())


def test_progress_rises_from_nothing_to_nearly_all(store: AuditStore, model: SparseMixModel) -> None:
    shares: list[float] = []
    analyse(LOG, "x.log", model=model, access=store.single_user("test"), progress=lambda share, _stage: shares.append(share))
    assert shares == sorted(shares)
    assert shares[0] == 0.0
    assert 0.98 <= shares[-1] <= 1.0


class Swapped:
    """A store whose blobs were exchanged behind its back."""

    def __init__(self, store: AuditStore, blobs: dict[str, bytes]) -> None:
        self._store, self._blobs = store, blobs

    def blob(self, sha256: str) -> bytes:
        return self._blobs.get(sha256) or self._store.blob(sha256)


def test_stored_evidence_that_changed_is_refused(store: AuditStore, model: SparseMixModel) -> None:
    decision = store.decision(record(store, model))
    other = SelectionTrace(model.run_with_trace(read_bytes(LOG + LOG, "x.log")).trace.heads)
    cases = [
        {decision.input_sha256: LOG.replace(b"step 3", b"step 4")},
        {decision.selections[0].sha256: b"nonsense"},
        {s.sha256: other.layer_blob(s.layer) for s in decision.selections},
    ]
    for blobs in cases:
        with pytest.raises(Tampered):
            load_evidence(Swapped(store, blobs), decision)  # type: ignore[arg-type]


def test_record_survives_a_restart(model: SparseMixModel, tmp_path: Path) -> None:
    id = record(open_store(tmp_path / "audit.db"), model)
    assert load(open_store(tmp_path / "audit.db"), id).summary.decision.id == id


def test_name_settles_the_reader_when_loading_too(store: AuditStore, model: SparseMixModel) -> None:
    table = b"a\n1\n2\n3\n"
    loaded = load(store, record(store, model, table, "dir/one column.csv"))
    assert loaded.sequence.source_format == "csv"
    assert loaded.summary.decision.input_name == "one column.csv"


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\logs\\a.log", "a.log"),
        ("a\0b\n.log", "a_b_.log"),
        ("", "unnamed"),
        ("<b>=1.csv", "<b>=1.csv"),
    ],
)
def test_display_name(given: str, shown: str) -> None:
    assert display_name(given) == shown


def test_long_name_keeps_its_extension() -> None:
    shown = display_name("x" * 5000 + ".csv.gz")
    assert len(shown) <= 200
    assert shown.endswith(".csv.gz")


def test_policy_holds_for_every_reason_and_draws_a_tenth_of_the_rest(model: SparseMixModel) -> None:
    run = model.run_with_trace(read_bytes(LOG, "x.log"))
    team = ReviewPolicy(overlap=2)
    calm = replace(run.decision, label="normal", sequence_probability=0.01, known_share=1.0)
    routes = [hold_policy.route(calm, run.trace, new_id(), team) for _ in range(2_000)]
    assert {r.gate for r in routes} == {Gate.RELEASED}
    assert {r.inclusion_probability for r in routes} == {0.1}
    assert 120 <= sum(r.route == "random_control" for r in routes) <= 280
    assert {(r.route, r.required_reviews) for r in routes} == {("random_control", 2), ("not_sampled", 0)}
    uncertified = SelectionTrace(
        (tuple(replace(h, certified=np.zeros(h.length, bool)) for h in run.trace.heads[0]), *run.trace.heads[1:])
    )
    cases = [
        (replace(calm, label="fault"), run.trace, False, "fault"),
        (replace(calm, known_share=0.2), run.trace, False, "unfamiliar_input"),
        (calm, uncertified, False, "uncertified"),
        (replace(calm, sequence_probability=0.35), run.trace, False, "low_confidence"),
        (calm, run.trace, True, "flagged_pairs"),
    ]
    for decision, trace, flagged, expected in cases:
        routing = hold_policy.route(decision, trace, new_id(), team, {hold_policy.FLAGGED_PAIRS} if flagged else ())
        assert (routing.gate, routing.route, routing.inclusion_probability) == (Gate.HELD, expected, 1.0)
        assert routing.required_reviews == 2
    everything = hold_policy.route(run.decision, uncertified, new_id(), team)
    assert "uncertified" in everything.reasons
    assert everything.route == everything.reasons[0]


def test_the_draw_can_be_repeated_and_follows_the_share() -> None:
    ids = [new_id() for _ in range(500)]
    assert not any(hold_policy.drawn(id, 0.0) for id in ids)
    assert all(hold_policy.drawn(id, 1.0) for id in ids)
    assert [hold_policy.drawn(id, 0.3) for id in ids] == [hold_policy.drawn(id, 0.3) for id in ids]


def test_policy_text_states_its_numbers(model: SparseMixModel) -> None:
    text = hold_policy.text(
        model.run_with_trace(read_bytes(LOG, "x.log")).decision, ReviewPolicy(overlap=3, sampling_share=0.1)
    )
    assert all(number in text for number in ("0.50", "90%", "10%", "3 independent"))


def test_a_decision_carries_what_the_team_asks_for(store: AuditStore, model: SparseMixModel) -> None:
    store.single_user("test").admin.set_policy(ReviewPolicy(overlap=3, blind=True, due_hours=2))
    decision = store.decision(record(store, model))
    assert (decision.gate, decision.required_reviews, decision.blind) == (Gate.HELD, 3, True)
    assert decision.due_at is not None
    assert decision.due_at > decision.ended_at


def test_the_weights_are_kept_once(store: AuditStore, model: SparseMixModel) -> None:
    first, second = (store.decision(record(store, model)) for _ in range(2))
    assert first.weights_blob == second.weights_blob == model.weights_sha256
    assert store.blob(model.weights_sha256) == model.to_bytes()


def test_kinds_of_pairs_ignore_numbers() -> None:
    assert signature("press 4.5 bar at 10:00:01", "ST03  valve 7") == signature("press 4.9 bar at 11:30:00", "ST01 valve 12")
    assert signature("press 4.5 bar", "valve 7") != signature("valve 7", "press 4.5 bar")


def test_a_decision_on_pairs_that_were_flagged_before_is_held(store: AuditStore, model: SparseMixModel) -> None:
    access = store.single_user("test")
    loaded = load(store, record(store, model))
    run = model.run_with_trace(loaded.sequence)
    shown = sorted(signatures_of(loaded.sequence, run))
    assert shown
    assert access.queue.flagged_signatures(shown) == set()
    events = suspects(loaded.summary.decision, 5)
    pair = carrying_pairs(loaded, events, 1).iloc[0]
    wrong = PairReview(*(int(pair[name]) for name in ("layer", "head", "query", "key")), PairVerdict.SPURIOUS)
    claim = access.queue.claim_decision(loaded.summary.decision.id)
    answers = ReviewAnswers(Verdict.APPROVE, utc_now(), "0" * 64, access.case(claim.decision_id).entry_hash, pairs=[wrong])
    submit_review(lambda: access, loaded, answers, claim=claim)
    assert access.queue.flagged_signatures(shown)
    again = store.decision(record(store, model))
    assert "flagged_pairs" in again.details["hold_reasons"]  # type: ignore[operator]


def test_a_decision_knows_its_source(store: AuditStore, model: SparseMixModel) -> None:
    access = store.single_user("test")
    told = analyse(LOG, "line4-2026-11-25.log", model=model, access=access)
    named = analyse(LOG, "x.log", model=model, access=access, source=" press\n2 ")
    assert [store.decision(id).details["source"] for id in (told, named)] == ["line4", "press 2"]


@pytest.mark.deep
def test_a_source_that_is_not_rolled_out_is_a_trial_and_held(store: AuditStore, model: SparseMixModel) -> None:
    """In the prototype stage every source is; then those chosen are not, and what holds them otherwise still does."""
    access = store.single_user("test")
    stages = {name: Stage() for name in StageName} | {StageName.PARTIAL: Stage(("line4",))}

    def decide() -> tuple[DecisionRecord, DecisionRecord]:
        made = [analyse(LOG, name, model=model, access=access) for name in ("line4-2026-11-25.log", "press 2.log")]
        return store.decision(made[0]), store.decision(made[1])

    before, _ = decide()
    assert before.details["rollout"] is None
    assert "trial" not in before.details["hold_reasons"]  # type: ignore[operator]
    plan = access.operation.plan(RolloutPlan(stages), "tried first")
    for one in decide():
        assert "trial" in one.details["hold_reasons"]  # type: ignore[operator]
        assert one.details["rollout"] == {"stage": "prototype", "plan": plan.seq}
        assert one.gate is Gate.HELD
    access.operation.decide(StepKind.GO, "line 4 wants it", against=True)
    line, press = decide()
    assert "trial" not in line.details["hold_reasons"]  # type: ignore[operator]
    assert "trial" in press.details["hold_reasons"]  # type: ignore[operator]
    assert store.verify().ok


def test_a_trial_is_the_last_of_all_reasons(model: SparseMixModel) -> None:
    run = model.run_with_trace(read_bytes(LOG, "x.log"))
    calm = replace(run.decision, label="normal", sequence_probability=0.01, known_share=1.0)
    alone = hold_policy.route(calm, run.trace, new_id(), ReviewPolicy(), {hold_policy.TRIAL})
    assert (alone.gate, alone.route, alone.reasons) == (Gate.HELD, "trial", ("trial",))
    other = hold_policy.route(calm, run.trace, new_id(), ReviewPolicy(), {hold_policy.TRIAL, hold_policy.DISAGREEMENT})
    assert (other.route, other.reasons[-1]) == ("explanations_disagree", "trial")


TABLE = "日時,温度[℃],圧力,判定\n".encode("cp932") + b"".join(
    b"2026/03/02 08:00:%02d,%d,%s,%s\n" % (i, 20 + i, b"" if i % 4 else b"1.5", b"1" if i == 7 else b"0") for i in range(12)
)


def test_evidence_is_read_again_as_it_was_read_for_the_decision(store: AuditStore, model: SparseMixModel) -> None:
    told = ReadOptions(time_zone="Asia/Tokyo", columns=Columns(label="", ignore=("判定",)))
    access = store.single_user("test")
    id = analyse(TABLE, "line.csv", model=model, access=access, options=told)
    guessed = load(store, analyse(TABLE, "line.csv", model=model, access=access)).sequence
    found = load(store, id)
    assert found.sequence.events[0].time == guessed.events[0].time - 9 * 3600
    assert found.sequence.events[1].message == guessed.events[1].message == "温度[℃]=21"
    assert found.summary.decision.details["reading"] == {
        "rules": 4,
        "encoding": "cp932",
        "time_zone": "Asia/Tokyo",
        "columns": {
            "time": "日時",
            "clock": "",
            "label": "",
            "sequence_id": "",
            "source": "",
            "level": "",
            "message": "",
            "ignore": ["判定"],
        },
    }
    assert replay_bits(store, id, model=model).identical


def test_what_was_recorded_before_readings_were_kept_is_read_as_then(store: AuditStore, model: SparseMixModel) -> None:
    id = record(store, model, TABLE, "line.csv")
    decision = store.decision(id)
    then = {key: value for key, value in decision.details.items() if key != "reading"}
    sequence = read_bytes(TABLE, "line.csv", options=FIRST_RULES)
    assert sequence.events[1].message == "温度[℃]=21 圧力= 判定=0"
    old = replace(decision, details=then, sequence_sha256=sequence.sha256)
    assert load_evidence(store, old)[0] == sequence
    with pytest.raises(Tampered, match="no longer gives"):
        load_evidence(store, replace(decision, details=then))
    with pytest.raises(Tampered, match="can no longer be read"):
        load_evidence(store, replace(decision, details=then | {"reading": {"time_zone": "Atlantis"}}))


def test_weights_that_tell_faults_apart_say_which_one(store: AuditStore, tmp_path: Path) -> None:
    lines = []
    for number in range(24):
        label = ("ok", "jam", "leak")[number % 3]
        events = [f"stroke force={20 + number % 5}"] * 8 + ([] if label == "ok" else [f"{label} noticed"])
        lines.append(json.dumps({"id": str(number), "events": events, "label": label}))
    path = tmp_path / "lots.jsonl"
    path.write_text("\n".join(lines), encoding="utf-8")
    learned = learn(read_dataset(path), Plan(steps=6, events=256, longest=64, features=512)).model
    decision = store.decision(analyse(LOG, "x.log", model=learned, access=store.single_user("test")))
    name, probability = decision.details["fault"]
    assert name in ("jam", "leak") and 0.5 <= probability <= 1.0


def test_what_columns_of_a_table_said_is_recorded_with_the_columns_that_said_most(store: AuditStore) -> None:
    data = tables()
    model = learn(data, Plan(task="label", steps=4, events=256, features=512)).model
    rows = [
        event.message.replace("m0=", "").replace(" m1=", ",").replace(" m2=", ",") for event in data.items[0].sequence.events
    ]
    id = record(store, model, "\n".join(["m0,m1,m2", *rows]).encode(), "line.csv")
    decision = store.decision(id)
    found = decision.details["evidence"]
    sign = 1.0 if decision.label == "fault" else -1.0
    added = [sign * one[2] for one in found["columns"]]  # type: ignore[index, call-overload]
    assert added
    assert added == sorted(added, reverse=True)
    assert added[-1] > 0
    assert {one[0] for one in found["columns"]} <= {"m0", "m1", "m2"}  # type: ignore[index, call-overload]
    assert "Without attention" in str(evidence(load(store, id), Texts("en")))
