"""Working state that was changed by hand: verification detects what contradicts the log, and the change grants nothing."""

# ruff: noqa: S608 - forging by hand is the point; no text comes from outside

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from audit import AuditStore, BlobRef, Conflict, Role, Tampered, Verdict, gate
from tests.support.audit.builders import UPLOAD, blobs_of, decision, sha
from tests.support.audit.fixtures import STORES, built, copy_of
from tests.support.audit.forging import edit, owner, value, verdict
from tests.support.audit.team import add, give, join, record

# What the entries are about.
AT = {"approved": 14, "review": 15, "open": 16, "rejected": 17, "control": 19, "gone": 20, "erasure": 21}
OWN = b"selection of one decision only"


def fill(store: AuditStore) -> None:
    """Record thirteen entries about people, then the entries of `AT`."""
    aiko, lead, root = join(store, "aiko", Role.REVIEWER), join(store, "lead", Role.LEAD), join(store, "root", Role.ADMIN)
    give(aiko, record(store))
    record(store)
    control = record(store)
    give(aiko, control, Verdict.FLAG)
    lead.queue.seed_control(control, Verdict.FLAG, "obvious")
    gone = decision(selections=(BlobRef(0, sha(OWN), 3, 1.0),))
    add(store, gone, blobs_of(UPLOAD, OWN))
    root.admin.erase(gone.id, "asked for", early=True)


@pytest.fixture(scope="module", params=STORES)
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    return built(request, tmp_path_factory, fill)


@pytest.fixture
def url(made: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    with copy_of(made, request, tmp_path) as copy:
        yield copy


QUEUE = [
    ("UPDATE queue SET gate='released' WHERE seq={open}", "open"),
    ("UPDATE queue SET gate='held' WHERE seq={approved}", "approved"),
    ("UPDATE queue SET state='settled' WHERE seq={open}", "open"),
    ("UPDATE queue SET state='open', free=1 WHERE seq={approved}", "approved"),
    ("UPDATE queue SET accepted=1 WHERE seq={open}", "open"),
    ("UPDATE queue SET required=2 WHERE seq={open}", "open"),
    ("UPDATE queue SET free=0 WHERE seq={open}", "open"),
    ("UPDATE queue SET free=2 WHERE seq={open}", "open"),
    ("UPDATE queue SET priority=1 WHERE seq={open}", "open"),
    ("UPDATE queue SET due_at='2030-01-01T00:00:00.000Z' WHERE seq={open}", "open"),
    ("UPDATE queue SET seq=99 WHERE seq={open}", "open"),
    ("DELETE FROM queue WHERE seq={open}", "open"),
    ("UPDATE queue SET decision_id='other' WHERE seq={open}", "open"),
    ("INSERT INTO queue SELECT 'other', 99, 0, due_at, required, 0, 1, state, gate FROM queue WHERE seq={open}", None),
]


@pytest.mark.parametrize(("statement", "seq"), QUEUE)
def test_a_forged_place_in_the_queue_is_noticed(url: str, statement: str, seq: str | None) -> None:
    edit(url, statement.format(**AT))
    named, text = verdict(url)
    assert named == (seq and AT[seq])
    assert "queue" in text


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE log_head SET size=size + 1",
        "UPDATE log_head SET size=size - 1",
        "UPDATE log_head SET size=-1",
        "UPDATE log_head SET last_hash=(SELECT hash FROM log WHERE seq=1)",
        "UPDATE log_head SET last_hash='x'",
        "UPDATE log_head SET peaks=replace(peaks, substr(peaks, 1, 8), '00000000')",
        "UPDATE log_head SET peaks=''",
        "UPDATE log_head SET peaks=replace(peaks, substr(peaks, 1, 1), 'x')",
        "UPDATE log_head SET ts='2030-01-01T00:00:00.000Z'",
        "UPDATE log_head SET ts='yesterday'",
        "UPDATE log_head SET last_hash=(SELECT hash FROM log WHERE seq=20)",
        "DELETE FROM log_head",
    ],
)
def test_a_forged_head_is_noticed(url: str, statement: str) -> None:
    edit(url, statement)
    assert "head of the log" in verdict(url)[1]


@pytest.mark.parametrize("made", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    "forged", ["size='x'", "size=1.5", "peaks=x'00'", "peaks=x'ff', size=1", "last_hash=x'00'", "ts=x'00'"]
)
def test_a_head_of_other_types_is_noticed(url: str, forged: str) -> None:
    edit(url, f"UPDATE log_head SET {forged}")
    assert "head of the log" in verdict(url)[1]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE log_head SET peaks=''",
        "UPDATE log_head SET size=-1",
        "UPDATE log_head SET ts='yesterday'",
        "DELETE FROM log_head",
    ],
)
def test_nothing_is_appended_to_a_forged_head(store: AuditStore, url: str, statement: str) -> None:
    edit(url, statement)
    with pytest.raises(Tampered, match="verify"):
        store.record_event("a", "note", "x", {})
    assert store.log_size() == AT["erasure"]


LISTED = "The list of what entry {erasure} erased is not the one that was recorded"
ERASED = [
    ("INSERT INTO erased_entries (target, seq) VALUES ({approved}, {review})", None, "allows content to be deleted"),
    ("INSERT INTO erased_entries (target, seq) VALUES ({approved}, {erasure})", "erasure", LISTED),
    ("UPDATE erased_entries SET target={approved}", "gone", "no entry erased it"),
    ("UPDATE erased_entries SET seq={review}", "gone", "no entry erased it"),
    ("DELETE FROM erased_entries", "gone", "no entry erased it"),
    ("INSERT INTO erased_blobs (sha256, seq) VALUES ('{upload}', {erasure})", "erasure", LISTED),
    ("INSERT INTO erased_blobs (sha256, seq) VALUES ('{upload}', {review})", None, "allows content to be deleted"),
    ("UPDATE erased_blobs SET sha256='ab'", "erasure", LISTED),
    ("DELETE FROM erased_blobs", "erasure", LISTED),
]


@pytest.mark.parametrize(("statement", "seq", "word"), ERASED)
def test_a_forged_erasure_is_noticed(url: str, statement: str, seq: str | None, word: str) -> None:
    edit(url, statement.format(**AT, upload=sha(UPLOAD)))
    named, text = verdict(url)
    assert (named, word.format(**AT) in text) == (seq and AT[seq], True), text


def test_what_was_erased_does_not_come_back_unseen(url: str) -> None:
    edit(url, "INSERT INTO payloads SELECT {gone}, salt, payload FROM payloads WHERE seq={open}".format(**AT))
    assert verdict(url)[0] == AT["gone"]


def test_a_deletion_behind_a_forged_permission_is_noticed(url: str) -> None:
    """The triggers allow it, but the log entry still exists and shows that the row is missing."""
    seq = AT["review"]
    with owner(url, guarded=True) as connection:
        connection.execute(f"INSERT INTO erased_entries (target, seq) VALUES ({seq}, {seq})")
        for table in ("payloads", "reviews"):
            assert connection.execute(f"DELETE FROM {table} WHERE seq={seq}").rowcount == 1
    named, text = verdict(url)
    assert named == seq and "is missing, and no entry erased it" in text


CONTROLS = [
    ("UPDATE controls SET expected='approve'", "control"),
    ("UPDATE controls SET seq={review}", "review"),
    ("DELETE FROM controls", "control"),
    ("INSERT INTO controls (seq, decision_id, expected) VALUES ({review}, 'x', 'approve')", "review"),
]


@pytest.mark.parametrize(("statement", "seq"), CONTROLS)
def test_a_forged_control_item_is_noticed(url: str, statement: str, seq: str | None) -> None:
    edit(url, statement.format(**AT))
    named, text = verdict(url)
    assert named == (seq and AT[seq])
    assert "control" in text


@pytest.mark.parametrize(
    "forged",
    [
        "seq=seq + 2",
        "expires_at='2030-01-01T00:00:00.000Z'",
        "account_id='someone'",
        "authentication='in person'",
        "token_sha256='made up' || token_sha256",
    ],
)
def test_a_forged_session_is_noticed(url: str, forged: str) -> None:
    edit(url, f"UPDATE sessions SET {forged}")
    assert "no sign-in opened" in verdict(url)[1]


NONSENSE = {"policy": {"overlap": "many"}, "retention": {}, "account": {"login": 7}, "erasure": {"targets": "all"}}


@pytest.mark.parametrize("kind", NONSENSE)
def test_a_document_that_says_nothing_sensible_is_noticed(store: AuditStore, url: str, kind: str) -> None:
    """The entry has the right hashes: somebody who can write to the database, but not change the software, appended it."""
    with store.database.write() as connection:
        entry = store.database.append(connection, actor="a", type=kind, subject="x", payload=NONSENSE[kind])
    seq, text = verdict(url)
    assert (seq, kind in text) == (entry.seq, True), text


def test_claims_and_sessions_prove_nothing_and_raise_no_alarm(store: AuditStore, url: str) -> None:
    aiko = join(store, "mika", Role.REVIEWER)
    aiko.queue.skip(aiko.queue.claim_decision(value(url, "SELECT decision_id FROM queue WHERE seq={open}".format(**AT))))
    edit(url, "DELETE FROM sessions", "DELETE FROM skips")
    assert store.verify().ok


def test_a_forged_place_lets_nobody_outvote_a_rejection(store: AuditStore, url: str) -> None:
    rejected = value(url, "SELECT decision_id FROM queue WHERE seq={rejected}".format(**AT))
    edit(url, "UPDATE queue SET state='open', free=5, required=5 WHERE seq={rejected}".format(**AT))
    reviews_before = len(store.reviews(rejected))
    for name in ("kenji", "mika"):
        with pytest.raises(Conflict, match="no longer waits"):
            give(join(store, name, Role.REVIEWER), rejected)
        assert not gate(store, rejected)
    assert len(store.reviews(rejected)) == reviews_before
