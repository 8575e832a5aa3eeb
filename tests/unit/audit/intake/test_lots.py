"""Lots: sequences by every name that they came under, and what became of each."""

from __future__ import annotations

import threading

import pytest

from audit import AuditStore, Denied, InvalidRecord, Role, Tampered
from audit.log.entries import SUBMITTED_AS
from tests.support.audit.builders import UPLOAD, decision, sha
from tests.support.audit.forging import edit, value
from tests.support.audit.team import PASSWORD, join, record, set_up

WEIGHTS = sha(b"weights")
OTHER = sha(b"other weights")
LOST = sha(b"lost")


def notes(store: AuditStore) -> int:
    return [entry.type for entry in store.entries()].count(SUBMITTED_AS)


def test_a_sequence_belongs_to_every_name_that_it_came_under(store: AuditStore) -> None:
    access = store.single_user("test")
    record(store, input_name="lot-71")
    assert not access.lots.note("lot-71", sha(UPLOAD)), "its decision says so"
    assert access.lots.sequences("lot-17") == set()
    assert access.lots.note("lot-17", sha(UPLOAD))
    assert not access.lots.note("lot-17", sha(UPLOAD))
    access.failures.note(LOST, WEIGHTS, name="lot-18", code="crashed", why="x")
    assert not access.lots.note("lot-18", LOST), "its failure says so"
    assert access.lots.note("lot-17", LOST)
    assert access.lots.sequences("lot-17") == {sha(UPLOAD), LOST}
    assert (access.lots.sequences("lot-71"), access.lots.sequences("lot-18")) == ({sha(UPLOAD)}, {LOST})
    assert access.lots.sequences("lot-1") == access.lots.sequences("LOT-17") == set()
    assert notes(store) == 2
    assert store.verify().ok


def test_only_what_the_program_signed_vouches_for_the_name_of_a_lot(timed: AuditStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """Notes of before add sequences, but release nothing: anybody could have written them. They are noted once more."""
    with monkeypatch.context() as earlier:
        earlier.setattr(type(timed.database), "_signs_sessions", lambda *_: (False, False))
        root = set_up(timed, Role.ADMIN, Role.REVIEWER)
        assert root.lots.note("lot-17", sha(UPLOAD))
        assert not root.lots.note("lot-17", sha(UPLOAD))
    root = timed.access(timed.accounts.sign_in("root", PASSWORD).token)
    root.failures.note(LOST, WEIGHTS, name="lot-18", code="crashed", why="x")
    record(timed, input_name="lot-71")
    vouched = {name: root.lots.is_vouched(name) for name in ("lot-17", "lot-18", "lot-71", "lot-7")}
    assert vouched == {"lot-17": False, "lot-18": False, "lot-71": True, "lot-7": False}
    assert root.lots.sequences("lot-17") == {sha(UPLOAD)}
    assert root.lots.note("lot-17", sha(UPLOAD))
    assert not root.lots.note("lot-17", sha(UPLOAD))
    assert root.lots.is_vouched("lot-17") and timed.verify().ok


def test_what_became_of_sequences(store: AuditStore) -> None:
    access = store.single_user("test")
    lots, failures, both = access.lots, access.failures, {sha(UPLOAD), LOST}
    assert lots.outcomes([], WEIGHTS) == ([], set())
    assert lots.outcomes(both, WEIGHTS) == ([], both), "nothing became of them"
    failures.note(sha(UPLOAD), WEIGHTS, name="lot-17", code="crashed", why="x")
    first = record(store)
    assert lots.outcomes(both, OTHER) == ([first], {LOST}), "decided since it failed"
    failures.note(sha(UPLOAD), OTHER, name="lot-17", code="crashed", why="x")
    assert lots.outcomes([sha(UPLOAD)], OTHER).failed == {sha(UPLOAD)}, "failed since it was decided"
    assert lots.outcomes([sha(UPLOAD)], WEIGHTS).failed == set(), "these weights have decided"
    assert lots.outcomes([sha(UPLOAD)], WEIGHTS, [sha(UPLOAD)]).failed == set()
    second = record(store, weights_sha256=OTHER, weights_blob=None)
    assert lots.outcomes([sha(UPLOAD)], OTHER) == ([second, first], set())
    third = sha(b"third weights")
    assert lots.outcomes([sha(UPLOAD)], third).failed == set()
    assert lots.outcomes([sha(UPLOAD)], third, [sha(UPLOAD)]).failed == {sha(UPLOAD)}


def test_what_was_erased_has_not_failed(store: AuditStore) -> None:
    root = join(store, "root", Role.ADMIN, Role.REVIEWER)
    id = record(store, input_name="lot-71")
    root.lots.note("lot-17", sha(UPLOAD))
    root.admin.erase(id, "asked for", early=True)
    assert root.lots.sequences("lot-17") == {sha(UPLOAD)}
    assert root.lots.outcomes([sha(UPLOAD)], WEIGHTS) == ([], set())


def test_a_sequence_stays_in_its_lot_when_one_of_the_decisions_on_it_is_erased(store: AuditStore) -> None:
    root = join(store, "root", Role.ADMIN, Role.REVIEWER)
    first = record(store, input_name="lot-17")
    later = record(store, input_name="lot-18", weights_sha256=OTHER, weights_blob=None)
    root.admin.erase(first, "asked for", early=True)
    assert root.lots.sequences("lot-17") == root.lots.sequences("lot-18") == {sha(UPLOAD)}
    assert root.lots.outcomes(root.lots.sequences("lot-17"), OTHER).decisions == [later]
    noted = next(entry for entry in store.entries() if entry.type == SUBMITTED_AS)
    assert "lot-17" not in store.sealed(noted.seq).payload, "the name was erased"
    assert not root.lots.note("lot-17", sha(UPLOAD))
    root.admin.erase(later, "asked for", early=True)
    assert root.lots.sequences("lot-18") == set() and notes(store) == 1, "nothing is left that could count"
    assert store.verify().ok


def test_a_sequence_that_failed_later_stays_in_the_lot_of_its_erased_decision(store: AuditStore) -> None:
    root = join(store, "root", Role.ADMIN, Role.REVIEWER)
    first, again = (record(store, input_name="lot-17") for _ in range(2))
    root.failures.note(sha(UPLOAD), OTHER, name="lot-18", code="crashed", why="x")
    root.admin.erase(first, "asked for", early=True)
    assert notes(store) == 0, "the other decision has the name"
    root.admin.erase(again, "asked for", early=True)
    assert root.lots.sequences("lot-17") == {sha(UPLOAD)} and notes(store) == 1
    assert root.lots.outcomes([sha(UPLOAD)], OTHER).failed == {sha(UPLOAD)}
    assert store.verify().ok


def test_no_cache_hides_what_a_lot_has(store: AuditStore, url: str) -> None:
    access = store.single_user("test")
    id = record(store, input_name='lot "71" \\ 炉')
    access.failures.note(LOST, WEIGHTS, name="lot-17", code="crashed", why="x")
    erased = value(url, "SELECT count(*) FROM erased_blobs")
    edit(
        url,
        "DELETE FROM decision_files",
        "DELETE FROM decisions",
        "DELETE FROM queue",
        f"INSERT INTO erased_blobs VALUES ('{LOST}', 1), ('{sha(b'never')}', 1)",  # noqa: S608
    )
    assert erased == 0
    for seen in (store, AuditStore(url)):
        access = seen.single_user("test")
        assert access.lots.sequences('lot "71" \\ 炉') == {sha(UPLOAD)}
        assert access.lots.outcomes([sha(UPLOAD)], WEIGHTS) == ([id], set())
        assert access.lots.outcomes([LOST, sha(b"never")], WEIGHTS).failed == {LOST, sha(b"never")}
        assert access.decided(sha(UPLOAD)) == access.decided(sha(UPLOAD), decision().weights_sha256) == id


def test_a_decision_whose_content_nobody_erased_closes_its_lot(store: AuditStore, url: str) -> None:
    record(store, input_name="lot-71")
    edit(url, "DELETE FROM payloads WHERE seq = (SELECT seq FROM log WHERE type = 'decision')")
    for seen in (store, AuditStore(url)):
        with pytest.raises(Tampered):
            seen.single_user("test").lots.sequences("lot-71")


def test_of_many_who_note_the_same_at_once_one_does(store: AuditStore) -> None:
    access = store.single_user("test")
    begin, new = threading.Barrier(6), []

    def note() -> None:
        begin.wait()
        new.append(access.lots.note("lot-17", LOST))

    writers = [threading.Thread(target=note) for _ in range(6)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert sorted(new) == [False] * 5 + [True] and notes(store) == 1


def test_who_may_not_analyse_notes_nothing_and_nonsense_is_refused(store: AuditStore) -> None:
    ann, vic = join(store, "ann", Role.REVIEWER), join(store, "vic", Role.VIEWER)
    with pytest.raises(Denied):
        vic.lots.note("lot-17", LOST)
    for name, digest in (("", LOST), ("lot-17", "short"), ("\ud800", LOST)):
        with pytest.raises(InvalidRecord):
            ann.lots.note(name, digest)
    assert notes(store) == 0
    with pytest.raises(InvalidRecord, match="reserved"):
        store.record_event("ann", SUBMITTED_AS, sha(b"lot-17"), {})
