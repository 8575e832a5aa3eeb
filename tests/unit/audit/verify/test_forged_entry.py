"""Forgeries by somebody who can write to the database but cannot rewrite the log: none opens the gate, each is named."""

# ruff: noqa: S608 - forging by hand is the point; no text comes from outside

from __future__ import annotations

import hashlib

import pytest

from audit import AuditStore, Conflict, Gate, Role, SignInFailed, Tampered, gate
from audit.records.payload import to_payload
from tests.support.audit.builders import decision
from tests.support.audit.forging import edit, owner, value, verdict
from tests.support.audit.team import PASSWORD, give, join, record


def test_without_passwords_there_still_are_accounts(store: AuditStore, url: str) -> None:
    join(store, "root", Role.ADMIN)
    id = record(store)
    edit(url, "DELETE FROM credentials")
    assert store.accounts.exist()
    with pytest.raises(SignInFailed):
        store.single_user("Eve").queue.claim()
    with pytest.raises(Conflict):
        store.accounts.set_up("eve", "Eve", PASSWORD)
    assert not gate(store, id)
    assert not store.verify().ok


def test_a_session_that_nobody_signed_in_for_lets_nobody_in(store: AuditStore, url: str) -> None:
    ann = join(store, "ann", Role.REVIEWER)
    token = "a token of one's own"  # noqa: S105
    columns = "account_id, authentication, created_at, seen_at, expires_at, ended_at, seq"
    with owner(url) as connection:
        hashed = hashlib.sha256(token.encode()).hexdigest()
        connection.execute(f"INSERT INTO sessions (token_sha256, {columns}) SELECT '{hashed}', {columns} FROM sessions LIMIT 1")
    with pytest.raises(SignInFailed, match="the log knows no such session"):
        store.access(token).queue.claim()
    ann.queue.claim()
    report = store.verify()
    assert "no sign-in opened" in (report.problem_text or "")


@pytest.mark.parametrize(
    "change", ["expires_at='9998-01-01T00:00:00.000Z'", "authentication='passkey'", "seq=seq - 1", "seq=999"]
)
def test_a_session_that_was_changed_lets_nobody_in(store: AuditStore, url: str, change: str) -> None:
    ann = join(store, "ann", Role.REVIEWER)
    edit(url, f"UPDATE sessions SET {change}")
    with pytest.raises(SignInFailed):
        ann.queue.claim()
    assert not store.verify().ok


def test_a_hidden_request_does_not_open_the_gate(store: AuditStore, url: str) -> None:
    ann, bob = join(store, "ann", Role.REVIEWER), join(store, "bob", Role.REVIEWER)
    id = record(store)
    give(ann, id)
    bob.queue.request_review(id, "odd")
    assert not gate(store, id)
    edit(url, "UPDATE log SET type='note' WHERE type='review_requested'")
    assert not gate(store, id)
    assert not store.verify().ok


def test_a_hidden_flag_does_not_open_the_gate(store: AuditStore, url: str) -> None:
    ann, bob = join(store, "ann", Role.REVIEWER), join(store, "bob", Role.REVIEWER)
    id = record(store, required_reviews=1)
    give(ann, id)
    bob.queue.request_review(id, "odd")
    seq = value(url, "SELECT max(seq) FROM log WHERE type='review'")
    edit(url, "DELETE FROM reviews")
    assert not gate(store, id)
    assert seq == value(url, "SELECT max(seq) FROM log WHERE type='review'")


def test_a_decision_that_was_recorded_once_more_opens_nothing(store: AuditStore, url: str) -> None:
    id, again = record(store), decision(gate=Gate.RELEASED, required_reviews=0, selections=())
    with store.database.write() as connection:
        entry = store.database.append(connection, actor="eve", type="decision", subject=id, payload=to_payload(again))
    edit(url, f"UPDATE queue SET gate='released', state='settled', required=0, free=0 WHERE decision_id='{id}'")
    assert "a decision with this id was recorded before" in gate(store, id).reason
    twice = f"Entry {entry.seq} (decision {id}) was made without the right to it: a decision with this id was recorded before."
    assert verdict(url) == (entry.seq, twice)


def test_people_are_shown_what_was_recorded_whatever_the_caches_say(store: AuditStore, url: str) -> None:
    ann, lead, id = join(store, "ann", Role.REVIEWER), join(store, "lead", Role.LEAD), record(store)
    given = give(ann, id)
    due = lead.case(id), store.proven_standing(id)
    edit(url, "UPDATE decisions SET label = 'fine', gate = 'released'", "DELETE FROM reviews")
    shown = lead.case(id)
    assert (shown.summary.decision, shown.reviews) == (due[0].summary.decision, [given])
    assert store.proven_standing(id) == due[1]
    # A row of one decision under the number of another is none.
    other = record(store)
    for table, column in (("decisions", "id"), ("queue", "decision_id")):
        edit(url, f"UPDATE {table} SET {column} = '{'f' * 32}' WHERE {column} = '{other}'")
    with pytest.raises(Tampered):
        lead.decisions()


@pytest.mark.parametrize("salt", ["upper(salt)", "salt || ' '", "' ' || salt"])
def test_a_salt_in_other_letters_is_not_what_was_recorded(store: AuditStore, url: str, salt: str) -> None:
    id = record(store)
    edit(url, f"UPDATE payloads SET salt={salt}")
    assert not store.verify().ok
    assert not gate(store, id)


@pytest.mark.parametrize(
    ("type", "content"),
    [
        ("erasure", {"targets": [1]}),
        ("erasure", {"targets": 5}),
        ("erasure", {"targets": [], "blobs": 7}),
        ("retention", {"x": 1}),
        ("policy", {"overlap": "a"}),
        ("account", {"roles": "admin"}),
    ],
)
def test_entries_that_hold_what_none_can_hold_are_named(store: AuditStore, type: str, content: dict[str, object]) -> None:
    with store.database.write() as connection:
        entry = store.database.append(connection, actor="eve", type=type, subject="x", payload=content)
    report = store.verify()
    assert (report.ok, report.problem_seq) == (False, entry.seq)


def test_a_second_head_is_noticed(store: AuditStore, url: str) -> None:
    record(store)
    edit(url, "INSERT INTO log_head SELECT 2, size, last_hash, ts, peaks FROM log_head")
    assert "several" in (store.verify().problem_text or "")
