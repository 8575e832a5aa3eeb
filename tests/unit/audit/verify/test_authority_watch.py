"""The gate of a process that runs on: what it read once is what its answers rest on, and no error makes it forget."""

# ruff: noqa: S608 - forging by hand is the point; no text comes from outside

from __future__ import annotations

import json

import pytest
from sqlalchemy import Connection

from audit import Access, AuditStore, Gate, ReviewRecord, Role, Verdict, gate
from audit.log.entries import seal
from audit.log.proving import Tip
from audit.log.signatures import meaning_of, public_half, sign
from audit.people.keys import new_key
from audit.records.payload import to_payload
from audit.review.judgements import decided, refresh
from audit.storage import caches
from audit.storage.schema import log, payloads
from tests.support.audit.builders import review
from tests.support.audit.forging import edit, value
from tests.support.audit.team import enrol, give, join, judgement, record, set_up
from tests.support.audit.unfounded import append, person_of


def spoil(url: str, seq: int) -> None:
    edit(url, f"UPDATE payloads SET payload = payload || ' ' WHERE seq = {seq}")


def mend(url: str, seq: int) -> None:
    edit(url, f"UPDATE payloads SET payload = rtrim(payload) WHERE seq = {seq}")


def with_row(connection: Connection, made: ReviewRecord, seq: int) -> None:
    caches.keep(connection, [("review", made.decision_id, seq, to_payload(made))])
    refresh(connection, made.decision_id)


def test_what_was_found_before_an_error_is_not_forgotten(store: AuditStore, url: str) -> None:
    ann = join(store, "ann", Role.REVIEWER)
    id = record(store, gate=Gate.RELEASED, required_reviews=0)
    assert gate(store, id)
    who = ann.person.id
    with store.database.write() as connection:
        store.database.append(connection, actor="eve", type="policy", subject="policy", payload={})
        last = store.database.append(connection, actor=who, type="signed_out", subject=who, payload={})
    spoil(url, last.seq)
    assert not gate(store, id)
    mend(url, last.seq)
    assert "nobody had the account" in gate(store, id).reason


def test_a_signature_that_could_not_be_checked_once_is_checked_again(timed: AuditStore, url: str) -> None:
    aiko = enrol(timed, set_up(timed), "aiko", Role.REVIEWER)
    id, other = record(timed), record(timed)
    seq = forged(timed, aiko, id)
    assert "a person has to decide" in gate(timed, other).reason
    spoil(url, seq + 1)
    assert not gate(timed, id)
    mend(url, seq + 1)
    assert "its signature is wrong" in gate(timed, id).reason


@pytest.mark.parametrize("content", [None, "own"])
def test_a_signature_that_was_taken_away_or_exchanged_opens_nothing(timed: AuditStore, url: str, content: str | None) -> None:
    """The key that a signature names decides at once; its value is checked when somebody asks."""
    aiko = enrol(timed, set_up(timed), "aiko", Role.REVIEWER)
    id, other = record(timed), record(timed)
    seq = forged(timed, aiko, id)
    assert "a person has to decide" in gate(timed, other).reason
    with timed.database.read() as connection:
        row = connection.execute(payloads.select().where(payloads.c.seq == seq + 1)).one()
        hash = connection.scalar(log.select().with_only_columns(log.c.hash).where(log.c.seq == seq))
    if content is None:
        edit(url, f"DELETE FROM payloads WHERE seq = {seq + 1}")
    else:
        said = json.loads(row.payload)
        mine = sign(new_key(), str(hash), said["meaning"], said["shown"], said["decision"])
        edit(url, f"UPDATE payloads SET payload = '{json.dumps(mine)}' WHERE seq = {seq + 1}")
    assert not gate(timed, id)
    if content is not None:
        edit(url, f"DELETE FROM payloads WHERE seq = {seq + 1}")
    edit(url, f"INSERT INTO payloads VALUES ({row.seq}, '{row.salt}', '{row.payload}')")
    assert "its signature is wrong" in gate(timed, id).reason


@pytest.mark.parametrize("more", [0, 1, 2, 3])
def test_a_flag_that_is_cut_off_beneath_a_running_process_closes_its_gates(timed: AuditStore, url: str, more: int) -> None:
    """Alone, or with other entries in its place: as many, or more. Nothing else that such a log says counts, either."""
    ann, id = join(timed, "ann", Role.REVIEWER), record(timed)
    other = record(timed, gate=Gate.RELEASED, required_reviews=0)
    given = give(ann, id)
    size, last, ts, peaks = value(url, "SELECT size || ' ' || last_hash || ' ' || ts || ' ' || peaks FROM log_head").split(
        " ", 3
    )
    assert gate(timed, id) and gate(timed, other)
    ann.queue.amend(given.id, judgement(ann, given, Verdict.FLAG))
    assert not gate(timed, id)
    edit(url, *(f"DELETE FROM {table} WHERE seq > {size}" for table in ("reviews", "payloads", "log")))
    edit(url, f"UPDATE log_head SET size = {size}, last_hash = '{last}', ts = '{ts}', peaks = '{peaks}'")
    for _ in range(more):
        with AuditStore(url).database.write() as connection:
            append(connection, ts, "system", "sign_in_failed", "unknown", {"how": "wrong password"})
    for _ in range(3):
        assert not gate(timed, other)
        assert not gate(timed, id)
    assert not timed.verify().ok


def test_an_entry_without_a_time_is_named_and_stops_nobody(store: AuditStore) -> None:
    ann, id = join(store, "ann", Role.REVIEWER), record(store)
    with store.database.write() as connection:
        seq = append(connection, "zzzz", "eve", "denied", "x", {})
    store.record_event("eve", "note", "x", {})
    assert "it has no time" in gate(store, id).reason
    assert store.verify().problem_seq == seq
    assert ann.queue.claim() is not None


def forged(store: AuditStore, by: Access, id: str) -> int:
    """Append a review in somebody's name with a signature that is none; return its number."""
    assert by.signer is not None
    person, key = person_of(by), public_half(by.signer.private)
    with store.database.write() as connection:
        now = store.database.now(connection)
        signed_in = {"authenticated_at": person.at, "authentication": person.how}
        times = {"assigned_at": now, "opened_at": now, "submitted_at": now}
        made = review(id, reviewer_id=person.id, reviewer_name=person.name, role="reviewer", pairs=(), **signed_in, **times)
        seq = append(connection, now, person.id, "review", id, to_payload(made))
        hash = connection.exec_driver_sql(f"SELECT hash FROM log WHERE seq = {seq}").scalar_one()
        shown = {"shown": made.shown_sha256, "decision": decided(connection, id)}
        signature = {"key": key, "meaning": meaning_of("review", to_payload(made)), "value": "00" * 64}
        append(connection, now, person.id, "signature", hash, signature | shown)
    return seq


def test_an_entry_that_was_read_cannot_become_a_review(store: AuditStore, url: str) -> None:
    id = record(store)
    first, second = store.record_event("eve", "note", "x", {}), store.record_event("eve", "note", "x", {})
    assert not gate(store, id)
    made = review(id, pairs=())
    tip = Tip(first.seq - 1, first.prev)
    entry, sealed = seal(tip, ts=first.ts, actor="eve", type="review", subject=id, payload=to_payload(made))
    edit(
        url,
        f"UPDATE log SET actor='eve', type='review', subject='{id}', commitment='{entry.commitment}', hash='{entry.hash}' "
        f"WHERE seq={first.seq}",
        f"UPDATE log SET prev='{entry.hash}' WHERE seq={second.seq}",
        f"UPDATE payloads SET salt='{sealed.salt}', payload='{sealed.payload}' WHERE seq={first.seq}",
    )
    with store.database.write() as connection:
        with_row(connection, made, entry.seq)
    assert "a person has to decide" in gate(store, id).reason
    assert value(url, f"SELECT gate FROM queue WHERE decision_id='{id}'") == "held"
    assert not store.verify().ok
