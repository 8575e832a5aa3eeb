"""The contract of a store with a program: recording decisions and events, and reading them back."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from audit import (
    AuditStore,
    BlobRef,
    Conflict,
    Gate,
    InvalidRecord,
    NotFound,
    QueueState,
    Retention,
    Role,
    Verdict,
    new_id,
)
from audit.log.entries import RESERVED
from audit.log.merkle_tree import merkle_root
from audit.log.proving import GENESIS, commitment
from audit.records.canonical import parse
from tests.support.audit.builders import SELECTION, UPLOAD, blobs_of, decision, sha
from tests.support.audit.logs import verify_entries
from tests.support.audit.team import give, join, record

WEIGHTS = b"weights of a model"


def test_a_decision_comes_back_as_it_was_recorded(store: AuditStore) -> None:
    recorded = decision(score=1, details={"p": 1e20, "q": -0.0, "nested": {"list": (1, 2)}})
    entry = store.record_decision(recorded, blobs_of())
    assert (entry.seq, entry.type, entry.actor, entry.subject) == (1, "decision", "operator-7", recorded.id)
    assert store.decision(recorded.id) == recorded
    assert isinstance(store.decision(recorded.id).score, float)
    assert store.blob(sha(UPLOAD)) == UPLOAD
    assert store.blob(sha(SELECTION)) == SELECTION
    summary = store.summary(recorded.id)
    assert (summary.seq, summary.gate, summary.state, summary.reviewed) == (1, Gate.HELD, QueueState.OPEN, False)


def test_every_field_of_the_second_format_comes_back(store: AuditStore) -> None:
    recorded = decision(
        required_reviews=3,
        blind=True,
        due_at="2026-03-02T09:30:00.000Z",
        retention=Retention.EXTENDED,
        input_location="archive/2026",
        weights_blob=sha(WEIGHTS),
    )
    store.record_decision(recorded, blobs_of(UPLOAD, SELECTION, WEIGHTS))
    assert store.decision(recorded.id) == recorded
    assert store.blob(sha(WEIGHTS)) == WEIGHTS
    assert store.verify().ok


def test_the_actor_is_who_had_the_decision_made(store: AuditStore) -> None:
    entry = store.record_decision(decision(), blobs_of(), actor="importer")
    assert entry.actor == "importer"
    batch = store.record_decisions([(decision(), {}), (decision(), {})], actor="night run")
    assert [(entry.seq, entry.actor) for entry in batch] == [(2, "night run"), (3, "night run")]


def test_a_batch_is_recorded_whole_or_not_at_all(store: AuditStore) -> None:
    taken = decision()
    with pytest.raises(Conflict):
        store.record_decisions([(decision(), blobs_of()), (taken, {}), (taken, {})], actor="a")
    assert store.count_decisions() == store.head().size == 0
    assert store.missing_blobs([sha(UPLOAD)]) == {sha(UPLOAD)}


def test_the_entry_commits_to_every_field(store: AuditStore) -> None:
    recorded = decision()
    entry = store.record_decision(recorded, blobs_of())
    sealed = store.sealed(entry.seq)
    assert commitment(bytes.fromhex(sealed.salt), sealed.payload.encode()) == entry.commitment
    assert set(parse(sealed.payload)) == set(type(recorded).__dataclass_fields__)


def test_equal_payloads_have_different_commitments(store: AuditStore) -> None:
    first, second = (store.record_event("a", "note", "all", {"n": 1}) for _ in range(2))
    assert first.commitment != second.commitment


def test_a_stored_blob_need_not_be_sent_again(store: AuditStore) -> None:
    assert store.missing_blobs([sha(UPLOAD), sha(SELECTION)]) == {sha(UPLOAD), sha(SELECTION)}
    store.record_decision(decision(), blobs_of())
    assert store.missing_blobs([sha(UPLOAD), sha(SELECTION), sha(WEIGHTS)]) == {sha(WEIGHTS)}
    store.record_decision(decision(), {})
    assert store.count_decisions() == 2


@pytest.mark.parametrize(
    "blobs",
    [
        {},
        blobs_of(UPLOAD),
        blobs_of() | {sha(SELECTION): b"other content"},
        blobs_of(UPLOAD, SELECTION, b"foreign"),
        blobs_of() | {sha(SELECTION): "text"},
    ],
    ids=["none", "selection missing", "wrong content", "foreign", "not bytes"],
)
def test_wrong_blobs_are_refused_and_nothing_is_written(store: AuditStore, blobs: dict[str, bytes]) -> None:
    with pytest.raises(InvalidRecord):
        store.record_decision(decision(), blobs)
    assert store.head().size == 0
    assert store.count_decisions() == 0
    with pytest.raises(NotFound):
        store.blob(sha(UPLOAD))


def test_an_id_is_taken_once(store: AuditStore) -> None:
    recorded = decision()
    store.record_decision(recorded, blobs_of())
    with pytest.raises(Conflict, match="already"):
        store.record_decision(recorded, blobs_of())
    assert store.head().size == 1


def test_unknown_ids(store: AuditStore) -> None:
    for call in (store.decision, store.summary, store.reviews, store.blob, store.proven_standing):
        with pytest.raises(NotFound):
            call(new_id())
    with pytest.raises(NotFound):
        store.sealed(1)


def test_lists_filter_by_the_state_now(store: AuditStore) -> None:
    reviewer = join(store, "r1", Role.REVIEWER)
    gates = (Gate.HELD, Gate.RELEASED, Gate.HELD, Gate.HELD, Gate.RELEASED)
    ids_made = [record(store, gate=gate, required_reviews=int(i < 4)) for i, gate in enumerate(gates)]
    give(reviewer, ids_made[0])
    give(reviewer, ids_made[2], Verdict.FLAG)

    def ids(*, limit: int = 100, offset: int = 0, **filters: Any) -> list[int]:
        listed = store.decisions(limit=limit, offset=offset, **filters)
        if limit == 100:
            filter_by = {name: value for name, value in filters.items() if name in ("gate", "state")}
            assert store.count_decisions(**filter_by) == len(listed)
        return [ids_made.index(summary.decision.id) for summary in listed]

    assert ids() == [0, 1, 2, 3, 4]
    assert ids(gate=Gate.RELEASED) == [0, 1, 4]
    assert ids(gate=Gate.REJECTED) == [2]
    assert ids(gate=Gate.HELD) == [3]
    assert ids(state=QueueState.OPEN) == [1, 3]
    assert ids(state=QueueState.SETTLED) == [0, 2, 4]
    assert ids(state=QueueState.DISPUTED) == []
    assert ids(gate=Gate.RELEASED, state=QueueState.OPEN) == [1]
    assert ids(newest_first=True) == [4, 3, 2, 1, 0]
    assert ids(state=QueueState.OPEN, urgent_first=True) == [3, 1]
    assert ids(limit=2, offset=1) == [1, 2]
    assert ids(limit=0) == []
    for bad in ({"limit": -1}, {"offset": -1}):
        with pytest.raises(InvalidRecord):
            store.decisions(**bad)


def test_events_are_logged_and_their_reserved_types_refused(store: AuditStore) -> None:
    entry = store.record_event("r1", "denial", "export", {"why": "role"})
    assert parse(store.sealed(entry.seq).payload) == {"why": "role"}
    for bad in (*RESERVED, ""):
        with pytest.raises(InvalidRecord):
            store.record_event("r1", bad, "x", {})
    with pytest.raises(InvalidRecord):
        store.record_event("r1", "note", "x", {"score": float("nan")})
    assert store.head().size == 1


def test_head_and_entries_describe_the_log(store: AuditStore) -> None:
    assert store.head() == (0, merkle_root([]).hex(), GENESIS)
    recorded = [store.record_event("a", "note", str(i), {}) for i in range(7)]
    assert store.entries() == recorded
    assert store.entries(after=2, limit=3) == recorded[2:5]
    assert verify_entries(store.entries()) is None
    assert store.head() == (7, merkle_root(bytes.fromhex(e.hash) for e in recorded).hex(), recorded[-1].hash)
    assert store.log_size() == 7


def test_selections_keep_their_order(store: AuditStore) -> None:
    layers = [f"layer {n}".encode() for n in range(12)]
    refs = tuple(BlobRef(n, sha(layers[n]), n, 0.5) for n in reversed(range(12)))
    recorded = decision(selections=refs)
    store.record_decision(recorded, blobs_of(UPLOAD, *layers))
    assert store.decision(recorded.id).selections == refs
    assert store.verify().checked["blobs"] == 13


def test_threads_never_share_a_number(store: AuditStore) -> None:
    def write(name: str) -> None:
        for i in range(5):
            store.record_decision(decision(caller=name), blobs_of())
            store.record_event(name, "note", str(i), {})

    threads = [threading.Thread(target=write, args=(f"t{n}",)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [entry.seq for entry in store.entries()] == list(range(1, 61))
    assert store.verify().ok
