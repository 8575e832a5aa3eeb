"""What nobody vouches for counts for nothing: each of these once opened a gate, hid a word, or let somebody in."""

# ruff: noqa: S608 - forging by hand is the point; no text comes from outside

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from audit import Access, AuditStore, Gate, Role, SignInFailed, gate
from audit.people import keys, sealed_keys
from audit.people.sessions import token_hash
from audit.records.payload import to_payload
from tests.support.audit.builders import UPLOAD, decision, review, sha
from tests.support.audit.forging import edit, owner, value, verdict
from tests.support.audit.team import PASSWORD, Clock, enrol, give, join, record, set_up
from tests.support.audit.unfounded import append

SESSION = "account_id, authentication, created_at, seen_at, expires_at, ended_at"


def appended(store: AuditStore, actor: str, kind: str, subject: str, content: dict[str, Any]) -> int:
    """Append an entry as somebody does who can write to the database, without a signature."""
    with store.database.write() as connection:
        return append(connection, store.database.now(connection), actor, kind, subject, content)


def word(store: AuditStore, by: Access, about: str, **changes: Any) -> dict[str, Any]:
    """Return the content of a review by somebody, now."""
    person = by.person
    with store.database.read() as connection:
        times = dict.fromkeys(("assigned_at", "opened_at", "submitted_at"), store.database.now(connection))
    who = {"reviewer_id": person.id, "reviewer_name": person.name, "role": person.roles[0].value}
    signed_in = {"authenticated_at": person.authenticated_at, "authentication": person.authentication}
    return to_payload(review(about, pairs=(), **times)) | who | signed_in | changes


def refused(store: AuditStore, url: str, seq: int, id: str, words: str) -> None:
    """The gate of a decision is closed here and in a new process, and verification names the entry."""
    for seen in (store, AuditStore(url, clock=store.database._clock)):
        assert not gate(seen, id)
        assert words in gate(seen, id).reason
    named, text = verdict(url)
    assert (named, words in text) == (seq, True), text


def test_a_second_review_under_an_id_that_is_taken(timed: AuditStore, url: str) -> None:
    ann, bob = join(timed, "ann", Role.REVIEWER), join(timed, "bob", Role.REVIEWER)
    given, id = give(ann, record(timed)), record(timed)
    content, who = word(timed, bob, id, id=given.id), bob.person.id
    with timed.database.write() as connection:
        made = timed.database.append(connection, actor=who, type="review", subject=id, payload=content)
    for seen in (timed, AuditStore(url)):
        assert "a review with this id was recorded before" in gate(seen, id).reason
    assert verdict(url)[0] == made.seq


def test_a_ruling_where_there_is_no_dispute(timed: AuditStore, url: str) -> None:
    lead, id = join(timed, "lead", Role.LEAD), record(timed, required_reviews=2)
    give(join(timed, "ann", Role.REVIEWER), id)
    seq = appended(timed, lead.person.id, "review", id, word(timed, lead, id, kind="adjudication", role="lead"))
    refused(timed, url, seq, id, "there was no dispute to settle")


@pytest.mark.parametrize("later", ["2099-01-01T00:00:00.000Z", None])
def test_a_late_entry_does_not_make_the_next_one_timely(timed: AuditStore, url: str, later: str | None) -> None:
    """What the program writes afterwards counts, for it says first that the clock was set back."""
    ann, first = join(timed, "ann", Role.REVIEWER), record(timed)
    who, early, id = ann.person.id, "2026-02-28T10:00:00.000Z", record(timed)
    with timed.database.write() as connection:
        if later is not None:
            append(connection, later, who, "note", first, {})
        late = append(connection, early, who, "note", first, {})
        seq = append(connection, early, who, "review_requested", id, {"why": "x", "due_at": None})
    given = give(ann, other := record(timed))
    assert given.verdict == "approve"
    for seen in (timed, AuditStore(url, clock=timed.database._clock)):
        with seen.database.read() as connection:
            said = [str(seen.database.state.refusal(n)) for n in (late, seq) if seen.database.state.follow(connection)]
            assert all("it is dated before an earlier entry" in text for text in said), said
            assert seen.database.state.standing(connection, other).gate == "released"
    assert verdict(url)[0] == late


SIGN_IN = {"how": "password (argon2id)", "expires_at": "2026-03-01T12:00:00.000Z"}


@pytest.mark.parametrize(
    ("kind", "subject", "content", "words"),
    [
        ("submitted_as", sha(b"lot"), {"input_sha256": False}, "does not say what was submitted"),
        ("review_requested", "0" * 32, {"why": "x", "due_at": None}, "no decision that the record has"),
        ("person", "own", {"login": "ann", "name": ""}, "names nobody"),
        ("signed_in", "own", {**SIGN_IN, "session": 7}, "not a sign-in"),
        ("signed_in", "own", {**SIGN_IN, "session": ""}, "not a sign-in"),
    ],
)
def test_contents_that_say_nothing(
    timed: AuditStore, url: str, kind: str, subject: str, content: dict[str, Any], words: str
) -> None:
    person = join(timed, "ann", Role.REVIEWER, Role.ADMIN).person
    seq = appended(timed, person.id, kind, person.id if subject == "own" else subject, content)
    named, text = verdict(url)
    assert (named, words in text) == (seq, True), text


def test_a_decision_that_does_not_say_how_many_reviews_it_needs(timed: AuditStore, url: str) -> None:
    content = to_payload(decision(gate=Gate.RELEASED, required_reviews=0)) | {"required_reviews": None}
    seq = appended(timed, "app", "decision", str(content["id"]), content)
    assert not gate(timed, str(content["id"]))
    assert verdict(url)[0] == seq


def test_a_key_that_its_owner_gives_when_nobody_signed_in(timed: AuditStore, url: str, clock: Clock) -> None:
    """Who holds a key alone gives no others: without a sign-in it signs nothing."""
    root, id = set_up(timed, Role.ADMIN, Role.REVIEWER), record(timed, gate=Gate.RELEASED, required_reviews=0)
    owner_of_key = root.person.id
    with timed.database.write() as connection:
        signer = sealed_keys.opened(connection, owner_of_key, PASSWORD)
        assert signer is not None
        new = keys.public_key(signer._replace(private=keys.new_key()), timed.database.now(connection))
        clock.move(13 * 3_600)
        timed.database.sign_as(connection, signer)
        keys.record(timed.database, connection, signer.account_id, new)
    refused(timed, url, value(url, "SELECT max(seq) FROM log WHERE type='key'"), id, "had no sign-in that was good")


@pytest.mark.parametrize("kind", ["note", "account", "review_requested"])
def test_an_entry_whose_content_comes_late(timed: AuditStore, url: str, kind: str) -> None:
    """Who holds it back says nothing with it: as long as it is missing, nothing is released."""
    root, id = join(timed, "root", Role.ADMIN, Role.REVIEWER), record(timed, gate=Gate.RELEASED, required_reviews=0)
    held = record(timed, gate=Gate.RELEASED, required_reviews=0)
    assert gate(timed, id)
    seq = appended(timed, root.person.id, kind, held, {"why": "x", "due_at": None})
    salt, payload = (value(url, f"SELECT {name} FROM payloads WHERE seq={seq}") for name in ("salt", "payload"))
    edit(url, f"DELETE FROM payloads WHERE seq={seq}")
    for seen in (timed, AuditStore(url)):
        assert f"content of entry {seq} " in gate(seen, id).reason
    assert verdict(url)[0] == seq
    edit(url, f"INSERT INTO payloads (seq, salt, payload) VALUES ({seq}, '{salt}', '{payload}')")
    assert bool(gate(timed, id)) is bool(gate(AuditStore(url), id)) is (kind != "account")
    assert not (gate(timed, held) and kind == "review_requested")


@pytest.mark.parametrize("where", ["", "WHERE seq <> {seq}"])
@pytest.mark.parametrize("index", ["log_by_subject (subject, type, seq)", "log_by_type (type, seq)"])
def test_an_index_of_the_log_that_lies_and_whose_text_was_restored(tmp_path: Path, index: str, where: str) -> None:
    """It leaves out a review in another person's name, or files it under another kind; the catalogue says that it does not."""
    url = f"sqlite:///{tmp_path / 'audit.db'}"
    store = AuditStore(url)
    ann, bob = join(store, "ann", Role.REVIEWER), join(store, "bob", Role.REVIEWER)
    id = record(store, required_reviews=2)
    give(ann, id)
    seq = appended(store, ann.person.id, "review", id, word(store, bob, id))
    store.close()
    name, columns = index.split(" ", 1)
    lying = columns if where else columns.replace("type", f"CASE seq WHEN {seq} THEN 'note' ELSE type END")
    with owner(url) as connection:
        sql = f"CREATE INDEX {name} ON log {columns}"
        connection.execute(f"DROP INDEX {name}")
        connection.execute(f"CREATE INDEX {name} ON log {lying} {where.format(seq=seq)}")
        connection.execute("PRAGMA writable_schema = ON")
        assert connection.execute("UPDATE sqlite_master SET sql=? WHERE name=?", (sql, name)).rowcount == 1
    for _ in range(2):
        again = AuditStore(url, read_only=True)
        assert not gate(again, id)
        assert not again.verify().ok
        again.close()


def test_a_note_that_the_program_did_not_sign(timed: AuditStore, url: str) -> None:
    root = set_up(timed, Role.ADMIN, Role.REVIEWER)
    id = record(timed, gate=Gate.RELEASED, required_reviews=0)
    content = {"name": "lot-17", "input_sha256": sha(UPLOAD)}
    seq = appended(timed, root.person.id, "submitted_as", sha(b"lot-17"), content)
    timed.record_event("app", "note", "x", {})
    refused(timed, url, seq, id, "nobody signed it")


@pytest.mark.parametrize("committed", [True, False])
def test_a_sign_in_that_the_program_did_not_sign_lets_nobody_in(timed: AuditStore, url: str, committed: bool) -> None:
    """With a row in `sessions` that fits it; without the entry, with the number of somebody's good sign-in."""
    root = set_up(timed)
    ann, token = enrol(timed, root, "ann", Role.REVIEWER).person, "a token of one's own"
    id = record(timed, gate=Gate.RELEASED, required_reviews=0)
    assert gate(timed, id)
    seq, until = (
        value(url, "SELECT max(seq) FROM log WHERE type='signed_in'"),
        value(url, "SELECT max(expires_at) FROM sessions"),
    )
    if committed:
        content = {"how": ann.authentication, "session": token_hash(token), "expires_at": until}
        seq = appended(timed, ann.id, "signed_in", ann.id, content)
    with owner(url) as connection:
        row = f"'{token_hash(token)}', {seq}, {SESSION} FROM sessions WHERE account_id='{ann.id}'"
        connection.execute(f"INSERT INTO sessions (token_sha256, seq, {SESSION}) SELECT {row}")
    for seen in (timed, AuditStore(url, clock=timed.database._clock)):
        with pytest.raises(SignInFailed, match="the log knows no such session"):
            seen.access(token).decisions()
    if committed:
        timed.record_event("app", "note", "x", {})
        refused(timed, url, seq, id, "nobody signed it")
    else:
        assert "no sign-in opened" in verdict(url)[1]


def test_the_first_sign_in_that_the_program_signs_ends_all_sessions_of_before(
    timed: AuditStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Earlier versions did not sign them: whose sessions they were, nobody vouches for."""
    with monkeypatch.context() as earlier:
        earlier.setattr(type(timed.database), "_signs_sessions", lambda *_: (False, False))
        root = set_up(timed, Role.ADMIN, Role.REVIEWER)
        assert root.decisions() == []
    fresh = timed.access(timed.accounts.sign_in("root", "correct horse battery").token)
    assert fresh.decisions() == []
    with pytest.raises(SignInFailed, match="this session was ended"):
        root.decisions()
    assert timed.verify().ok
