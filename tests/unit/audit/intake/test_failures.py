"""Inputs that failed: an entry each, found by every name that they failed under."""

from __future__ import annotations

from audit import AuditStore
from tests.support.audit.builders import UPLOAD, sha
from tests.support.audit.team import Clock, record

WEIGHTS = sha(b"weights")


def test_what_failed_under_a_name_is_found_by_it_whatever_came_later(store: AuditStore) -> None:
    failures = store.single_user("test").failures
    assert failures.named("lot-17.log") == []
    assert failures.note(sha(UPLOAD), WEIGHTS, name="lot-17.log", code="unreadable", why="no text")
    assert failures.note(sha(b"other"), WEIGHTS, name="lot-18.log", code="unreadable", why="no text")
    assert failures.named("lot-17.log") == [sha(UPLOAD)]
    assert failures.note(sha(UPLOAD), sha(b"other weights"), name="lot-19.log", code="unreadable", why="no text")
    record(store)
    assert failures.named("lot-17.log") == failures.named("lot-19.log") == [sha(UPLOAD)]
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
