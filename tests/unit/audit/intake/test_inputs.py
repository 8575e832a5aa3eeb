"""Input files: recorded once by the same weights where the caller asks for it; failures noted once, found by every name."""

from __future__ import annotations

import threading

import pytest

from audit import AuditStore, DecidedAlready, Denied, InvalidRecord, Role, new_id
from tests.support.audit.builders import UPLOAD, blobs_of, decision, sha
from tests.support.audit.team import Clock, join, record

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


def test_what_failed_under_a_name_is_found_by_it_whatever_came_later(store: AuditStore) -> None:
    access = store.single_user("test")
    failures, sequences = access.failures, access.lots.sequences
    assert sequences("lot-17.log") == set()
    assert failures.note(sha(UPLOAD), WEIGHTS, name="lot-17.log", code="unreadable", why="no text")
    assert failures.note(sha(b"other"), WEIGHTS, name="lot-18.log", code="unreadable", why="no text")
    assert sequences("lot-17.log") == {sha(UPLOAD)}
    assert failures.note(sha(UPLOAD), sha(b"other weights"), name="lot-19.log", code="unreadable", why="no text")
    record(store)
    assert sequences("lot-17.log") == sequences("lot-19.log") == {sha(UPLOAD)}
    assert [one.name for one in failures.of(sha(UPLOAD))] == ["lot-17.log", "lot-19.log"]


def test_what_nobody_has_decided_on_is_told_newest_first_and_once(store: AuditStore) -> None:
    failures = store.single_user("test").failures
    assert failures.undecided() == []
    for name in ("a", "b", "c"):
        assert failures.note(sha(name.encode()), WEIGHTS, name=f"{name}.log", code="unreadable", why="no text")
    assert failures.note(sha(UPLOAD), WEIGHTS, name="lot-17.log", code="unreadable", why="no text")
    assert failures.note(sha(b"a"), sha(b"other weights"), name="a.log", code="too_long", why="too many events")
    assert [one.name for one in failures.undecided()] == ["a.log", "lot-17.log", "c.log", "b.log"]
    assert [one.name for one in failures.undecided(2)] == ["a.log", "lot-17.log"]
    newest = failures.undecided(1)[0]
    assert (newest.input_sha256, newest.code, newest.why) == (sha(b"a"), "too_long", "too many events")
    record(store)
    assert [one.name for one in failures.undecided()] == ["a.log", "c.log", "b.log"]


def test_windows_of_watched_logs_push_no_file_off_the_list_and_leave_theirs_after_a_week(
    timed: AuditStore, clock: Clock
) -> None:
    failures = timed.single_user("test").failures
    odd = 'no text after "window":true'
    assert failures.note(sha(b"a"), WEIGHTS, name="a.log", code="unreadable", why=odd, values={"column": odd})
    for name in ("b", "c", "d"):
        clock.move(3 * 86400)
        assert failures.note(sha(name.encode()), WEIGHTS, name=f"{name}.log", code="crashed", why="no memory", window=True)
    assert [one.name for one in failures.undecided(1)] == [one.name for one in failures.undecided()] == ["a.log"]
    assert [one.name for one in failures.undecided(windows=True)] == ["d.log", "c.log", "b.log"]
    clock.move(3 * 86400)
    assert [one.name for one in failures.undecided(windows=True)] == ["d.log", "c.log"]
    assert [one.name for one in failures.undecided(1, windows=True)] == ["d.log"]
    assert timed.verify().ok


def test_what_a_file_brings_is_cut_and_mended_rather_than_refused(store: AuditStore) -> None:
    failures = store.single_user("test").failures
    odd = {"column": "x" * 5_000_000, "nul": "a\x00b", "half": "\udcff", "number": float("nan"), "huge": 10**30, "n": 3}
    assert failures.note(
        sha(b"a"), WEIGHTS, name="a.csv", code="c", why="\udcff\x00", place="/\udce9/" + "p" * 20_000, values=odd
    )
    (found,) = failures.of(sha(b"a"))
    assert found.why == "?\ufffd" and found.place is not None and len(found.place) == 10_000
    assert found.values == {"column": "x" * 1000, "nul": "a\ufffdb", "half": "?", "number": "nan", "huge": str(10**30), "n": 3}
    assert failures.note(sha(b"b"), WEIGHTS, name="b.csv", code="c", why="")
    assert failures.of(sha(b"b"))[0].why == "c"
    assert store.verify().ok


@pytest.mark.parametrize(
    "content", [{}, {"name": "a.log"}, {"name": "a", "weights_sha256": "", "code": "", "why": "", "values": 7}]
)
def test_an_entry_that_names_no_failure_is_passed_over_and_named_by_verification(
    store: AuditStore, content: dict[str, object]
) -> None:
    with store.database.write() as connection:
        seq = store.database.append(connection, actor="x", type="failed_input", subject=sha(UPLOAD), payload=content).seq
    failures = store.single_user("Aiko").failures
    assert not failures.undecided() and not failures.of(sha(UPLOAD))
    assert store.verify().problem_seq == seq
