"""One suite for both stores: whatever passes against memory must pass against SQLite."""

from __future__ import annotations

from typing import Any

import pytest

from audit import (
    AuditStore,
    BlobRef,
    Conflict,
    Gate,
    InvalidRecord,
    NotFound,
    PairReview,
    PairVerdict,
    new_id,
)
from audit.canonical import parse
from audit.log import GENESIS, commitment, merkle_root, verify_entries
from tests.audit.builders import SELECTION, UPLOAD, blobs_of, decision, flagged, review, sha


def test_a_decision_comes_back_as_it_was_recorded(store: AuditStore) -> None:
    recorded = decision(score=1, details={"p": 1e20, "q": -0.0, "nested": {"list": (1, 2)}})
    entry = store.record_decision(recorded, blobs_of())
    assert (entry.seq, entry.type, entry.actor, entry.subject) == (1, "decision", "operator-7", recorded.id)
    assert store.decision(recorded.id) == recorded
    assert isinstance(store.decision(recorded.id).score, float)
    assert store.blob(sha(UPLOAD)) == UPLOAD
    assert store.blob(sha(SELECTION)) == SELECTION
    summary = store.summary(recorded.id)
    assert (summary.seq, summary.gate, summary.reviewed) == (1, Gate.HELD, False)


def test_the_entry_commits_to_every_field(store: AuditStore) -> None:
    recorded = decision()
    entry = store.record_decision(recorded, blobs_of())
    sealed = store.sealed(entry.seq)
    assert commitment(bytes.fromhex(sealed.salt), sealed.payload.encode()) == entry.commitment
    assert set(parse(sealed.payload)) == set(type(recorded).__dataclass_fields__)


def test_equal_payloads_have_different_commitments(store: AuditStore) -> None:
    first, second = (store.record_event("a", "export", "all", {"n": 1}) for _ in range(2))
    assert first.commitment != second.commitment


def test_a_stored_blob_need_not_be_sent_again(store: AuditStore) -> None:
    store.record_decision(decision(), blobs_of())
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
    with pytest.raises(Conflict):
        store.record_decision(recorded, blobs_of())
    first = review(recorded.id)
    store.record_review(first)
    with pytest.raises(Conflict):
        store.record_review(first)
    assert store.head().size == 2


def test_reviews_move_the_gate(store: AuditStore) -> None:
    recorded = decision()
    store.record_decision(recorded, blobs_of())
    approval = review(recorded.id)
    entry = store.record_review(approval)
    assert (entry.type, entry.actor, entry.subject) == ("review", "r1", recorded.id)
    assert store.summary(recorded.id).gate is Gate.RELEASED
    second = flagged(recorded.id, supersedes=approval.id, corrected_label="normal")
    store.record_review(second)
    summary = store.summary(recorded.id)
    assert (summary.gate, summary.latest_review) == (Gate.REJECTED, second)
    assert store.reviews(recorded.id) == [approval, second]
    assert store.decision(recorded.id).gate is Gate.HELD


def test_a_missing_pair_comes_back_without_a_head(store: AuditStore) -> None:
    recorded = decision()
    store.record_decision(recorded, blobs_of())
    pairs = (PairReview(None, None, 9, 4, PairVerdict.MISSING), PairReview(2, 0, 9, 4, PairVerdict.MISSING, "here"))
    entry = store.record_review(review(recorded.id, pairs=pairs))
    assert store.reviews(recorded.id)[0].pairs == pairs
    assert [pair["head"] for pair in parse(store.sealed(entry.seq).payload)["pairs"]] == [None, 0]
    assert store.verify().ok


def test_the_second_of_two_simultaneous_reviews_is_refused(store: AuditStore) -> None:
    recorded = decision()
    store.record_decision(recorded, blobs_of())
    winner = review(recorded.id)
    store.record_review(winner)
    with pytest.raises(Conflict, match=winner.id):
        store.record_review(flagged(recorded.id, reviewer_id="r2"))
    amended = flagged(recorded.id, supersedes=winner.id)
    store.record_review(amended)
    with pytest.raises(Conflict, match=amended.id):
        store.record_review(flagged(recorded.id, supersedes=winner.id))
    assert store.reviews(recorded.id) == [winner, amended]


def test_unknown_ids(store: AuditStore) -> None:
    for call in (store.decision, store.summary, store.reviews, store.blob):
        with pytest.raises(NotFound):
            call(new_id())
    with pytest.raises(NotFound):
        store.record_review(review(new_id()))
    with pytest.raises(NotFound):
        store.sealed(1)
    recorded = decision()
    store.record_decision(recorded, blobs_of())
    with pytest.raises(NotFound):
        store.record_review(review(recorded.id, supersedes=new_id()))


def test_lists_filter_by_the_state_now(store: AuditStore) -> None:
    made = [decision(gate=gate) for gate in (Gate.HELD, Gate.RELEASED, Gate.HELD, Gate.HELD)]
    for one in made:
        store.record_decision(one, blobs_of())
    store.record_review(review(made[0].id))
    store.record_review(flagged(made[2].id))

    def ids(*, limit: int = 100, offset: int = 0, **filters: Any) -> list[int]:
        found = store.decisions(limit=limit, offset=offset, **filters)
        if limit == 100:
            assert store.count_decisions(**filters) == len(found)
        return [made.index(summary.decision) for summary in found]

    assert ids() == [0, 1, 2, 3]
    assert ids(gate=Gate.RELEASED) == [0, 1]
    assert ids(gate=Gate.REJECTED) == [2]
    assert ids(gate=Gate.HELD) == [3]
    assert ids(unreviewed=True) == [1, 3]
    assert ids(gate=Gate.RELEASED, unreviewed=True) == [1]
    assert ids(limit=2, offset=1) == [1, 2]
    assert ids(limit=0) == []
    with pytest.raises(InvalidRecord):
        store.decisions(limit=-1)


def test_next_for_review_takes_held_first_then_the_oldest(store: AuditStore) -> None:
    assert store.next_for_review() is None
    made = [decision(gate=gate) for gate in (Gate.RELEASED, Gate.HELD, Gate.RELEASED, Gate.HELD)]
    for one in made:
        store.record_decision(one, blobs_of())
    order: list[str] = []
    while (found := store.next_for_review(skip=order)) is not None:
        order.append(found.decision.id)
    assert order == [made[i].id for i in (1, 3, 0, 2)]
    store.record_review(review(made[1].id))
    found = store.next_for_review()
    assert found is not None
    assert found.decision == made[3]


def test_events_are_logged_and_their_reserved_types_refused(store: AuditStore) -> None:
    entry = store.record_event("r1", "denial", "export", {"why": "role"})
    assert parse(store.sealed(entry.seq).payload) == {"why": "role"}
    for bad in ("decision", "review", ""):
        with pytest.raises(InvalidRecord):
            store.record_event("r1", bad, "x", {})
    with pytest.raises(InvalidRecord):
        store.record_event("r1", "export", "x", {"score": float("nan")})
    assert store.head().size == 1


def test_head_and_entries_describe_the_log(store: AuditStore) -> None:
    assert store.head() == (0, merkle_root([]).hex(), GENESIS)
    made = [store.record_event("a", "export", str(i), {}) for i in range(7)]
    assert store.entries() == made
    assert store.entries(after=2, limit=3) == made[2:5]
    assert verify_entries(store.entries()) is None
    assert store.head() == (7, merkle_root(bytes.fromhex(e.hash) for e in made).hex(), made[-1].hash)


def test_selections_keep_their_order(store: AuditStore) -> None:
    layers = [f"layer {n}".encode() for n in range(12)]
    refs = tuple(BlobRef(n, sha(layers[n]), n, 0.5) for n in reversed(range(12)))
    recorded = decision(selections=refs)
    store.record_decision(recorded, blobs_of(UPLOAD, *layers))
    assert store.decision(recorded.id).selections == refs
    assert store.verify().checked["blobs"] == 13
