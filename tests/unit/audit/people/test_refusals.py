"""Denials and failed sign-ins are recorded, but nobody can write the log full with them."""

from __future__ import annotations

import threading

import pytest

from audit import Access, AuditStore, Denied, InvalidRecord, Role, SignInFailed, StoreUnavailable
from audit.people import refusals
from audit.people.refusals import OWN, QUIET, Refusals
from audit.people.sessions import LOCKED_FOR, MAX_FAILURES
from audit.records.canonical import parse
from tests.support.audit.team import PASSWORD, Clock, join

WHY = {"action": "erase", "why": "it needs another role"}


def entries(store: AuditStore) -> list[dict[str, object]]:
    return [parse(store.sealed(entry.seq).payload) for entry in store.entries() if entry.type == "denied"]


def told(store: AuditStore) -> int:
    return sum(int(str(content.get("times", 1))) for content in entries(store))


@pytest.fixture
def viewer(store: AuditStore) -> Access:
    return join(store, "vera", Role.VIEWER)


def test_a_flood_of_denials_is_a_handful_of_entries_and_none_is_lost(store: AuditStore, viewer: Access) -> None:
    for number in range(500):
        with pytest.raises(Denied):
            viewer.admin.erase(f"decision {number}", "no longer needed")
    assert len(entries(store)) < 20
    store.refusals.write()
    found = entries(store)
    assert len(found) < 20 and told(store) == 500
    assert [content.get("times", 1) for content in found[: OWN + 1]] == [1] * OWN + [OWN]
    assert len(found[-1]["subjects"]) <= 10
    assert {content["action"] for content in found} == {"erase"}
    assert store.verify().ok


def test_threads_that_are_refused_at_once_do_not_each_write_entries(store: AuditStore) -> None:
    together = threading.Barrier(16)

    def refused() -> None:
        together.wait()
        for _ in range(10):
            store.refusals.note("denied", "vera", "x", WHY)

    threads = [threading.Thread(target=refused) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    store.refusals.write()
    assert len(entries(store)) < 20 and told(store) == 160
    assert store.verify().ok


def test_counts_are_kept_by_person_and_action(store: AuditStore, viewer: Access) -> None:
    other = join(store, "vito", Role.VIEWER)
    for who in (viewer, other):
        for _ in range(OWN + 1):
            with pytest.raises(Denied):
                who.queue.claim()
    with pytest.raises(Denied):
        viewer.tokens.all()
    assert len(entries(store)) == 2 * OWN + 1
    store.refusals.write()
    actors = [entry.actor for entry in store.entries() if entry.type == "denied"]
    assert actors.count(other.person.id) == OWN + 1 and actors.count(viewer.person.id) == OWN + 2


def test_what_was_counted_is_recorded_when_the_store_is_closed(url: str) -> None:
    store = AuditStore(url)
    for _ in range(OWN + 3):
        store.refusals.note("denied", "unknown", "gate", WHY)
    store.close()
    again = AuditStore(url)
    assert told(again) == OWN + 3 and again.verify().ok
    again.close()


def test_the_count_is_recorded_and_begins_anew_after_a_quiet_minute(store: AuditStore, monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[threading.Timer] = []
    monkeypatch.setattr(threading.Timer, "start", lambda timer: waits.append(timer))  # noqa: PLW0108 - it becomes a method
    now = [0.0]
    noting = Refusals(store.database, clock=lambda: now[0])
    for _ in range(OWN + 2):
        noting.note("denied", "vera", "x", WHY)
    now[0] = 1.0
    waits.pop().function()
    assert told(store) == OWN and len(waits) == 1  # it may go on
    now[0] = QUIET + 1
    waits.pop().function()
    assert told(store) == OWN + 2 and not waits
    now[0] = 2 * QUIET + 2
    noting.note("denied", "vera", "x", WHY)
    assert told(store) == OWN + 3
    assert store.verify().ok


def test_denials_that_cannot_be_recorded_wait(store: AuditStore, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(OWN + 1):
        store.refusals.note("denied", "vera", "x", WHY)
    with monkeypatch.context() as broken:
        broken.setattr(store.database, "append", lambda *_, **__: (_ for _ in ()).throw(StoreUnavailable("full")))
        with pytest.raises(StoreUnavailable):
            store.refusals.write()
    store.refusals.write()
    assert told(store) == OWN + 1


def test_however_many_people_are_refused_the_counts_are_bounded(store: AuditStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refusals, "MOST", 3)
    monkeypatch.setattr(refusals, "OWN", 1)
    for number in range(8):
        for _ in range(4):
            store.refusals.note("denied", f"person {number}", "x", WHY)
    assert len(store.refusals._counts) <= 3
    store.refusals.write()
    assert told(store) == 8 * 4


def failures(store: AuditStore) -> list[tuple[str, str, int]]:
    found = [(entry, parse(store.sealed(entry.seq).payload)) for entry in store.entries() if entry.type == "sign_in_failed"]
    return [(entry.subject, str(content["how"]), int(str(content.get("times", 1)))) for entry, content in found]


def test_a_flood_of_failed_sign_ins_is_a_handful_of_entries_and_none_is_lost(timed: AuditStore, clock: Clock) -> None:
    """A person who sends them needs no account, and the log is never shortened."""
    root = timed.accounts.set_up("root", "Root", PASSWORD)
    for number in range(200):
        for login in ("root", f"nobody {number}"):
            with pytest.raises(SignInFailed):
                timed.accounts.sign_in(login, "wrong")
    timed.refusals.write()
    told = failures(timed)
    assert len(told) < 40
    assert sum(times for subject, how, times in told if (subject, how) == ("unknown", "no such login name")) == 200
    of_root = {why: sum(times for one, how, times in told if (one, how) == (root.id, why)) for _, why, _ in told}
    assert (of_root["wrong password"], of_root["locked"]) == (MAX_FAILURES, 200 - MAX_FAILURES)
    assert [entry.type for entry in timed.entries()].count("locked_out") == 1
    clock.move(LOCKED_FOR)
    assert timed.accounts.sign_in("root", PASSWORD)
    assert timed.verify().ok


def test_every_failure_counts_for_the_lock_recorded_or_not(timed: AuditStore, clock: Clock) -> None:
    timed.accounts.set_up("root", "Root", PASSWORD)
    for locks in range(1, 5):
        for _ in range(MAX_FAILURES):
            with pytest.raises(SignInFailed):
                timed.accounts.sign_in("root", "wrong")
        with pytest.raises(SignInFailed):
            timed.accounts.sign_in("root", PASSWORD)
        clock.move(LOCKED_FOR)
        assert [entry.type for entry in timed.entries()].count("locked_out") == locks
    timed.refusals.write()
    assert sum(times for _, how, times in failures(timed) if how == "wrong password") == 4 * MAX_FAILURES


def test_failed_sign_ins_that_were_counted_are_recorded_when_the_store_is_closed(url: str) -> None:
    store = AuditStore(url)
    for _ in range(OWN + 3):
        store.refusals.note("sign_in_failed", "system", "unknown", {"how": "wrong set-up code"})
    assert len(failures(store)) == OWN
    store.close()
    again = AuditStore(url)
    assert sum(times for _, _, times in failures(again)) == OWN + 3 and again.verify().ok
    again.close()


def test_a_denial_is_checked_before_it_is_counted(store: AuditStore) -> None:
    with pytest.raises(InvalidRecord):
        store.refusals.note("denied", "", "x", WHY)
    assert not entries(store)
