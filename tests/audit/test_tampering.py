"""Somebody with full access to the file drops the triggers and edits: verification names the entry."""

# ruff: noqa: S608 - forging by hand is the point; no text comes from outside

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from audit import BlobRef, Checkpoint, SqlStore, Tampered
from audit.blobs import unpack
from audit.log import next_entry
from audit.records import LogEntry
from tests.audit.builders import UPLOAD, blobs_of, decision, flagged, review, sha

OTHER = b"arrow-ipc-stream-of-another-layer"
TABLES = ("log", "payloads", "decisions", "selections", "reviews", "pair_reviews", "blobs")


@pytest.fixture
def path(intact: Path, tmp_path: Path) -> Path:
    """A private copy to forge."""
    return Path(shutil.copy(intact, tmp_path / "audit.db"))


@pytest.fixture(scope="module")
def intact(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A record of seven entries: event, decision, decision, review of 2, amended review, decision, event."""
    path = tmp_path_factory.mktemp("intact") / "audit.db"
    store = SqlStore(path)
    store.record_event("app", "start", "app", {})
    first, second = decision(), decision(selections=(BlobRef(0, sha(OTHER), 3, 0.5),))
    store.record_decision(first, blobs_of())
    store.record_decision(second, blobs_of(OTHER))
    word = review(first.id)
    store.record_review(word)
    store.record_review(flagged(first.id, supersedes=word.id))
    store.record_decision(decision(), {})
    store.record_event("r1", "export", "all", {"rows": 3})
    store.close()
    return path


def edit(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("PRAGMA synchronous=OFF")  # a forgery need not survive a power loss
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type='trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            assert connection.execute(statement).rowcount != 0, f"nothing changed: {statement}"


def verdict(path: Path, checkpoint: Checkpoint | None = None) -> tuple[int | None, str]:
    store = SqlStore(path, read_only=True)
    report = store.verify(checkpoint=checkpoint)
    store.close()
    assert not report.ok
    return report.problem_seq, report.problem_text or ""


def signed(path: Path) -> Checkpoint:
    store = SqlStore(path, read_only=True)
    head = store.head()
    store.close()
    return Checkpoint("o", head.size, head.root)


PAIRS_OF = "review_id=(SELECT id FROM reviews WHERE"
SELECTION_OF_3 = f"sha256='{sha(OTHER)}'"


@pytest.mark.parametrize(
    ("statement", "seq", "word"),
    [
        ("UPDATE decisions SET score=0.21 WHERE seq=3", 3, '"score" was recorded as 0.93, now it is 0.21'),
        ("UPDATE decisions SET score='high' WHERE seq=3", 3, "score"),
        ("UPDATE decisions SET score=9e999 WHERE seq=3", 3, "score"),
        ("UPDATE decisions SET label='normal' WHERE seq=2", 2, "label"),
        ("UPDATE decisions SET label=CAST(x'ff' AS TEXT) WHERE seq=2", 2, "label"),
        ("UPDATE decisions SET deterministic=2 WHERE seq=2", 2, "deterministic"),
        ("UPDATE decisions SET gate='released' WHERE seq=6", 6, "gate"),
        ("UPDATE decisions SET warnings=warnings || ' ' WHERE seq=6", 6, "warnings"),
        ("UPDATE decisions SET details=replace(details, '0.75', '0.15') WHERE seq=6", 6, "details"),
        ("UPDATE decisions SET seq=99 WHERE seq=6", 6, "missing"),
        ("DELETE FROM decisions WHERE seq=3", 3, "missing"),
        (f"UPDATE selections SET pair_count=4 WHERE {SELECTION_OF_3}", 3, "selections"),
        (f"UPDATE selections SET certified_share=1.0 WHERE {SELECTION_OF_3}", 3, "selections"),
        (f"DELETE FROM selections WHERE {SELECTION_OF_3}", 3, "selections"),
        ("UPDATE reviews SET comment='fine' WHERE seq=5", 5, "comment"),
        ("UPDATE reviews SET verdict='approve' WHERE seq=5", 5, "verdict"),
        ("UPDATE reviews SET reason=NULL WHERE seq=5", 5, "reason"),
        (
            f"UPDATE pair_reviews SET verdict='spurious' WHERE {PAIRS_OF} seq=4)",
            4,
            "pairs",
        ),
        (f"DELETE FROM pair_reviews WHERE {PAIRS_OF} seq=5)", 5, "pairs"),
        (f"UPDATE pair_reviews SET layer=0, head=0 WHERE position=1 AND {PAIRS_OF} seq=4)", 4, "pairs"),
        (f"UPDATE pair_reviews SET layer=NULL, head=NULL WHERE position=0 AND {PAIRS_OF} seq=5)", 5, "pairs"),
        (f"UPDATE blobs SET data=x'00' WHERE {SELECTION_OF_3}", 3, sha(OTHER)),
        (f"UPDATE blobs SET data='text' WHERE {SELECTION_OF_3}", 3, sha(OTHER)),
        (f"UPDATE blobs SET data=12 WHERE {SELECTION_OF_3}", 3, sha(OTHER)),
        (f"DELETE FROM blobs WHERE {SELECTION_OF_3}", 3, "missing"),
        (f"UPDATE blobs SET data=CAST(data || x'00' AS BLOB) WHERE sha256='{sha(UPLOAD)}'", 2, "changed"),
        (f"UPDATE blobs SET encoding='gzip' WHERE sha256='{sha(UPLOAD)}'", 2, "changed"),
        ("UPDATE log SET ts='2026-01-01T00:00:00.000Z' WHERE seq=4", 4, "time"),
        ("UPDATE log SET actor=CAST(x'ff' AS TEXT) WHERE seq=4", 4, "never recorded"),
        ("UPDATE log SET actor=7 WHERE seq=4", 4, "entry 4"),
        ("UPDATE log SET hash=replace(hash, 'a', 'b') WHERE seq=4", 4, "hash"),
        ("UPDATE log SET type='export' WHERE seq=4", 4, "type"),
        ("UPDATE log SET seq=99 WHERE seq=4", 4, "missing"),
        ("DELETE FROM log WHERE seq=1", 1, "missing"),
        ("UPDATE payloads SET payload=replace(payload, '3', '4') WHERE seq=7", 7, "content"),
        ("UPDATE payloads SET payload=x'00' WHERE seq=7", 7, "content"),
        ("UPDATE payloads SET salt='zz' WHERE seq=7", 7, "content"),
        ("DELETE FROM payloads WHERE seq=7", 7, "content"),
        ("DELETE FROM log WHERE seq=7", 7, "no such entry"),
    ],
)
def test_one_change_is_found_and_named(path: Path, statement: str, seq: int, word: str) -> None:
    edit(path, statement)
    found, text = verdict(path)
    assert found == seq
    assert word.lower() in text.lower()


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO blobs VALUES ('ab', 'raw', x'00')",
        "INSERT INTO selections VALUES ('nobody', 0, 0, 'ab', 1, 1.0)",
        "INSERT INTO pair_reviews VALUES ('nobody', 0, 0, 0, 0, 0, 'relevant', '')",
    ],
)
def test_an_added_row_without_owner_is_found(path: Path, statement: str) -> None:
    edit(path, statement)
    seq, text = verdict(path)
    assert seq is None
    assert "no log entry recorded" in text


def test_an_added_decision_is_found(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        columns = [row[1] for row in connection.execute("PRAGMA table_info(decisions)")]
    copied = ", ".join({"id": "'ff'", "seq": "7"}.get(name, name) for name in columns)
    edit(path, f"INSERT INTO decisions SELECT {copied} FROM decisions WHERE seq=6")
    assert verdict(path)[0] == 7


def test_an_entry_before_the_first_is_found(path: Path) -> None:
    edit(
        path,
        "INSERT INTO log SELECT -1, ts, actor, type, subject, commitment, prev, hash FROM log WHERE seq=1",
    )
    assert verdict(path)[0] == -1


def test_two_swapped_entries_name_the_first(path: Path) -> None:
    edit(
        path,
        "UPDATE log SET seq=-1 WHERE seq=3",
        "UPDATE log SET seq=3 WHERE seq=5",
        "UPDATE log SET seq=5 WHERE seq=-1",
    )
    assert verdict(path)[0] == 3


def test_a_clean_truncation_needs_the_checkpoint(path: Path) -> None:
    checkpoint = signed(path)
    edit(path, "DELETE FROM log WHERE seq=7", "DELETE FROM payloads WHERE seq=7")
    store = SqlStore(path, read_only=True)
    assert store.verify().ok
    store.close()
    seq, text = verdict(path, checkpoint)
    assert seq == 7
    assert "checkpoint signed 7 entries" in text


def test_a_full_rewrite_needs_the_checkpoint(path: Path) -> None:
    checkpoint = signed(path)
    store = SqlStore(path, read_only=True)
    entries = store.entries()
    store.close()
    forged: list[LogEntry] = []
    for entry in entries:
        kept = {name: getattr(entry, name) for name in ("ts", "actor", "type", "subject", "commitment")}
        kept["actor"] = "forger" if entry.seq == 1 else entry.actor
        forged.append(next_entry(forged[-1] if forged else None, **kept))
    edit(
        path,
        *(f"UPDATE log SET actor='{e.actor}', prev='{e.prev}', hash='{e.hash}' WHERE seq={e.seq}" for e in forged),
    )
    store = SqlStore(path, read_only=True)
    assert store.verify().ok
    store.close()
    seq, text = verdict(path, checkpoint)
    assert seq is None
    assert "rewritten" in text


@pytest.mark.parametrize("table", TABLES)
def test_no_column_can_change_unseen(intact: Path, tmp_path: Path, table: str) -> None:
    with closing(sqlite3.connect(intact)) as connection:
        columns = [(row[1], row[2]) for row in connection.execute(f"PRAGMA table_info({table})")]
    for name, kind in columns:
        forged = f"coalesce({name}, '') || 'x'" if kind in ("TEXT", "BLOB") else f"coalesce({name}, 0) + 100"
        path = Path(shutil.copy(intact, tmp_path / "audit.db"))
        edit(path, f"UPDATE {table} SET {name}={forged} WHERE rowid=(SELECT max(rowid) FROM {table})")
        seq, text = verdict(path)
        assert seq is not None, (name, text)


@pytest.mark.parametrize("table", TABLES)
def test_triggers_refuse_update_delete_and_replace(path: Path, table: str) -> None:
    with closing(sqlite3.connect(path)) as connection:
        column = connection.execute(f"PRAGMA table_info({table})").fetchone()[1]
        for statement in (
            f"UPDATE {table} SET {column}={column}",
            f"DELETE FROM {table}",
            f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}",
        ):
            with pytest.raises(sqlite3.IntegrityError, match="append-only"):
                connection.execute(statement)


def test_reading_never_shows_forged_content(path: Path) -> None:
    edit(
        path,
        f"UPDATE blobs SET data=x'00' WHERE {SELECTION_OF_3}",
        "UPDATE decisions SET gate='open' WHERE seq=3",
        f"UPDATE pair_reviews SET layer=NULL, head=NULL WHERE position=0 AND {PAIRS_OF} seq=5)",
    )
    store = SqlStore(path, read_only=True)
    with pytest.raises(Tampered, match="verify"):
        store.reviews(store.entries(after=4, limit=1)[0].subject)
    with pytest.raises(Tampered):
        store.blob(sha(OTHER))
    with pytest.raises(Tampered, match="verify"):
        store.decisions()
    store.close()


def test_a_forged_stream_cannot_be_unpacked() -> None:
    with pytest.raises(Tampered):
        unpack(sha(b""), "zlib", b"not zlib")
    with pytest.raises(Tampered):
        unpack(sha(UPLOAD), "raw", UPLOAD + b"x")
