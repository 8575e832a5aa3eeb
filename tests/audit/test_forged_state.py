"""Working state that was changed by hand: verification notices what contradicts the log, and nothing is granted by it."""

# ruff: noqa: S608 - forging by hand is the point; no text comes from outside

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from audit import AuditStore, BlobRef, QueueState, Role, Tampered, Verdict, gate
from tests.audit.builders import UPLOAD, blobs_of, decision, sha
from tests.audit.conftest import STORES, built, copy_of
from tests.audit.forging import edit, owner, value, verdict
from tests.audit.team import give, join, record

OWN = b"selection of one decision only"


def fill(store: AuditStore) -> None:
    """Accounts 1, 2, 3; decision 4 approved by 5; decision 6 open; decision 7 settled by 8, control 9; 10 erased by 11."""
    aiko, lead, root = join(store, "aiko", Role.REVIEWER), join(store, "lead", Role.LEAD), join(store, "root", Role.ADMIN)
    give(aiko, record(store))
    record(store)
    control = record(store)
    give(aiko, control, Verdict.FLAG)
    lead.queue.seed_control(control, Verdict.FLAG, "obvious")
    gone = decision(selections=(BlobRef(0, sha(OWN), 3, 1.0),))
    store.record_decision(gone, blobs_of(UPLOAD, OWN))
    root.admin.erase(gone.id, "asked for", early=True)


@pytest.fixture(scope="module", params=STORES)
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    return built(request, tmp_path_factory, fill)


@pytest.fixture
def url(made: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    with copy_of(made, request, tmp_path) as copy:
        yield copy


QUEUE = [
    ("UPDATE queue SET gate='released' WHERE seq=6", 6),
    ("UPDATE queue SET gate='held' WHERE seq=4", 4),
    ("UPDATE queue SET state='settled' WHERE seq=6", 6),
    ("UPDATE queue SET state='open', free=1 WHERE seq=4", 4),
    ("UPDATE queue SET accepted=1 WHERE seq=6", 6),
    ("UPDATE queue SET required=2 WHERE seq=6", 6),
    ("UPDATE queue SET free=0 WHERE seq=6", 6),
    ("UPDATE queue SET free=2 WHERE seq=6", 6),
    ("UPDATE queue SET priority=1 WHERE seq=6", 6),
    ("UPDATE queue SET due_at='2030-01-01T00:00:00.000Z' WHERE seq=6", 6),
    ("UPDATE queue SET requested=1 WHERE seq=6", 6),
    ("UPDATE queue SET seq=99 WHERE seq=6", 6),
    ("DELETE FROM queue WHERE seq=6", 6),
    ("UPDATE queue SET decision_id='other' WHERE seq=6", 6),
    ("INSERT INTO queue SELECT 'other', 99, 0, due_at, required, 0, 1, 0, state, gate FROM queue WHERE seq=6", None),
]


@pytest.mark.parametrize(("statement", "seq"), QUEUE)
def test_a_forged_place_in_the_queue_is_noticed(url: str, statement: str, seq: int | None) -> None:
    edit(url, statement)
    found, text = verdict(url)
    assert found == seq
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
        store.record_event("a", "export", "x", {})
    assert store.log_size() == 11


def test_an_entry_appended_to_a_head_that_was_set_back_is_refused_or_found(store: AuditStore, url: str) -> None:
    edit(url, "UPDATE log_head SET last_hash=(SELECT hash FROM log WHERE seq=10)")
    store.record_event("a", "export", "x", {})
    assert verdict(url)[0] == 12


ERASED = [
    ("INSERT INTO erased_entries (target, seq) VALUES (4, 5)", None, "allows content to be deleted"),
    ("INSERT INTO erased_entries (target, seq) VALUES (4, 11)", 11, "list of what entry 11 erased"),
    ("UPDATE erased_entries SET target=4", 10, "no entry erased it"),
    ("UPDATE erased_entries SET seq=5", 11, "list of what entry 11 erased"),
    ("DELETE FROM erased_entries", 10, "no entry erased it"),
    (f"INSERT INTO erased_blobs (sha256, seq) VALUES ('{sha(UPLOAD)}', 11)", 11, "list of what entry 11 erased"),
    (f"INSERT INTO erased_blobs (sha256, seq) VALUES ('{sha(UPLOAD)}', 5)", None, "allows content to be deleted"),
    ("UPDATE erased_blobs SET sha256='ab'", 11, "list of what entry 11 erased"),
    ("DELETE FROM erased_blobs", 11, "list of what entry 11 erased"),
]


@pytest.mark.parametrize(("statement", "seq", "word"), ERASED)
def test_a_forged_erasure_is_noticed(url: str, statement: str, seq: int | None, word: str) -> None:
    edit(url, statement)
    found, text = verdict(url)
    assert (found, word in text) == (seq, True), text


def test_what_was_erased_does_not_come_back_unseen(url: str) -> None:
    edit(url, "INSERT INTO payloads SELECT 10, salt, payload FROM payloads WHERE seq=6")
    assert verdict(url)[0] == 10


def test_a_deletion_behind_a_forged_permission_is_noticed(url: str) -> None:
    """The triggers let it pass; the entry is still there to be missed."""
    with owner(url, guarded=True) as connection:
        connection.execute("INSERT INTO erased_entries (target, seq) VALUES (5, 5)")
        for statement in ("DELETE FROM payloads WHERE seq=5", "DELETE FROM reviews WHERE seq=5"):
            assert connection.execute(statement).rowcount == 1
    assert verdict(url) == (None, "The database allows content to be deleted for entry 5, which is no erasure.")


CONTROLS = [
    ("UPDATE controls SET expected='approve'", 9),
    ("UPDATE controls SET seq=5", 9),
    ("DELETE FROM controls", 9),
    ("INSERT INTO controls SELECT decision_id, 5, 'approve' FROM queue WHERE seq=4", None),
]


@pytest.mark.parametrize(("statement", "seq"), CONTROLS)
def test_a_forged_control_item_is_noticed(url: str, statement: str, seq: int | None) -> None:
    edit(url, statement)
    found, text = verdict(url)
    assert found == seq
    assert "control item" in text


def test_claims_and_sessions_prove_nothing_and_raise_no_alarm(store: AuditStore, url: str) -> None:
    aiko = join(store, "mika", Role.REVIEWER)
    aiko.queue.skip(aiko.queue.claim_decision(value(url, "SELECT decision_id FROM queue WHERE seq=6")))
    edit(url, "DELETE FROM sessions", "DELETE FROM skips")
    assert store.verify().ok


def test_a_forged_place_lets_nobody_outvote_a_rejection(store: AuditStore, url: str) -> None:
    rejected = value(url, "SELECT decision_id FROM queue WHERE seq=7")
    edit(url, "UPDATE queue SET state='open', free=5, required=5 WHERE seq=7")
    for name in ("kenji", "mika"):
        give(join(store, name, Role.REVIEWER), rejected)
        assert not gate(store, rejected)
        edit(url, "UPDATE queue SET state='open', free=5, required=5 WHERE seq=7")
    assert store.proven_standing(rejected).state is QueueState.DISPUTED
