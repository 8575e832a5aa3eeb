"""A file is decided once by the same weights where that is asked for, whoever is faster; what failed is noted once."""

from __future__ import annotations

import threading

import pytest

from audit import AuditStore, DecidedAlready, Denied, InvalidRecord, Role, new_id
from tests.support.audit.builders import UPLOAD, blobs_of, decision, sha
from tests.support.audit.team import join

OTHER = b"another upload"
WEIGHTS = "9" * 64


def test_the_same_bytes_by_the_same_weights_are_recorded_once(store: AuditStore) -> None:
    ann = join(store, "ann", Role.REVIEWER)
    first, again = decision(id=new_id()), decision(id=new_id())
    ann.record_decision(first, blobs_of(), once=True)
    head = store.head()
    with pytest.raises(DecidedAlready) as caught:
        ann.record_decision(again, blobs_of(), once=True)
    assert caught.value.decision_id == first.id
    assert store.head() == head
    assert ann.decided(sha(UPLOAD), first.weights_sha256) == first.id
    assert ann.decided(sha(UPLOAD), WEIGHTS) is None
    # Somebody who wants it decided again gets it, and so do other weights and other files.
    ann.record_decision(again, blobs_of())
    ann.record_decision(decision(id=new_id(), weights_sha256=WEIGHTS, weights_blob=None), blobs_of(), once=True)
    assert store.verify().ok


def test_of_many_writers_at_once_one_records(store: AuditStore) -> None:
    ann = join(store, "ann", Role.REVIEWER)
    made = [decision(id=new_id()) for _ in range(6)]
    begin, refused = threading.Barrier(len(made)), []

    def write(number: int) -> None:
        begin.wait()
        try:
            ann.record_decision(made[number], blobs_of(), once=True)
        except DecidedAlready:
            refused.append(number)

    writers = [threading.Thread(target=write, args=(number,)) for number in range(len(made))]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert len(refused) == len(made) - 1
    assert store.verify().ok


def test_a_failure_is_noted_once_with_its_reason(store: AuditStore) -> None:
    ann, vic = join(store, "ann", Role.REVIEWER), join(store, "vic", Role.VIEWER)
    assert ann.failures.note(sha(OTHER), WEIGHTS, name="line4.log", code="not_text", why="binary")
    assert not ann.failures.note(sha(OTHER), WEIGHTS, name="copy.log", code="not_text", why="binary")
    assert ann.failures.note(sha(OTHER), "8" * 64, name="line4.log", code="not_text", why="binary")
    (first, second) = vic.failures.of(sha(OTHER))
    assert (first.name, first.weights_sha256, first.code, first.why, first.by) == (
        "line4.log",
        WEIGHTS,
        "not_text",
        "binary",
        ann.person.id,
    )
    assert second.seq > first.seq
    assert vic.failures.of(sha(UPLOAD)) == []
    with pytest.raises(Denied):
        vic.failures.note(sha(UPLOAD), WEIGHTS, name="x", code="y", why="z")
    with pytest.raises(InvalidRecord):
        ann.failures.note("short", WEIGHTS, name="x", code="y", why="z")
    assert store.verify().ok
