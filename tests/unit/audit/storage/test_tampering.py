"""The owner of the database removes the triggers and edits evidence: verification names the entry.

The record is that of `forging.fill`: event, decision, decision, review of 2, amended review, decision, event.
"""

# ruff: noqa: S608 - forging by hand is the point; no text comes from outside

from __future__ import annotations

import pytest

from audit import AuditStore
from audit.storage.schema import APPEND_ONLY, CACHES
from tests.support.audit.builders import UPLOAD, sha
from tests.support.audit.forging import OTHER, edit, owner, verdict

# Control items: `test_forged_state.py`.
TABLES = [table.name for table in (*APPEND_ONLY, *CACHES) if not table.name.startswith(("erased", "controls"))]


SELECTION_OF_3 = f"sha256='{sha(OTHER)}'"

EDITS = [
    ("UPDATE decisions SET score=0.21 WHERE seq=3", 3, '"score" was recorded as 0.93, now it is 0.21'),
    ("UPDATE decisions SET label='normal' WHERE seq=2", 2, "label"),
    ("UPDATE decisions SET gate='released' WHERE seq=6", 6, "gate"),
    ("UPDATE decisions SET required_reviews=0 WHERE seq=6", 6, "required_reviews"),
    ("UPDATE decisions SET blind=1 WHERE seq=6", 6, "blind"),
    ("UPDATE decisions SET due_at='2030-01-01T00:00:00.000Z' WHERE seq=6", 6, "due_at"),
    ("UPDATE decisions SET retention='extended' WHERE seq=6", 6, "retention"),
    ("UPDATE decisions SET warnings=warnings || ' ' WHERE seq=6", 6, "warnings"),
    ("UPDATE decisions SET source='line5' WHERE seq=6", 6, "source"),
    ("UPDATE decisions SET seq=99 WHERE seq=6", 6, "missing"),
    ("DELETE FROM decisions WHERE seq=3", 3, "missing"),
    (f"UPDATE decision_files SET sha256='ab' WHERE {SELECTION_OF_3}", 3, "sha256"),
    (f"DELETE FROM decision_files WHERE {SELECTION_OF_3}", 3, "missing"),
    ("UPDATE reviews SET verdict='approve' WHERE seq=5", 5, "verdict"),
    ("UPDATE reviews SET reason=NULL WHERE seq=5", 5, "reason"),
    ("UPDATE reviews SET kind='control' WHERE seq=5", 5, "kind"),
    ("UPDATE reviews SET reviewer_name='Kenji' WHERE seq=4", 4, "reviewer_name"),
    ("UPDATE doubted_pairs SET verdict='spurious' WHERE seq=4", 4, "verdict"),
    ("DELETE FROM doubted_pairs WHERE seq=5", 5, "missing"),
    ("UPDATE doubted_pairs SET signature='abc' WHERE seq=5", 5, "signature"),
    (f"DELETE FROM blobs WHERE {SELECTION_OF_3}", 3, "missing"),
    (f"UPDATE blobs SET encoding='zlib' WHERE {SELECTION_OF_3}", 3, sha(OTHER)),
    (f"UPDATE blobs SET encoding='gzip' WHERE sha256='{sha(UPLOAD)}'", 2, "changed"),
    ("UPDATE log SET ts='2026-01-01T00:00:00.000Z' WHERE seq=4", 4, "time"),
    ("UPDATE log SET hash=replace(hash, substr(hash, 1, 1), 'g') WHERE seq=4", 4, "hash"),
    ("UPDATE log SET type='export' WHERE seq=4", 4, "type"),
    ("UPDATE log SET seq=99 WHERE seq=4", 4, "missing"),
    ("DELETE FROM log WHERE seq=1", 1, "missing"),
    ("UPDATE payloads SET payload=replace(payload, '3', '4') WHERE seq=7", 7, "content"),
    ("UPDATE payloads SET salt='zz' WHERE seq=7", 7, "content"),
    ("DELETE FROM payloads WHERE seq=7", 7, "content"),
    ("DELETE FROM log WHERE seq=7", 7, "missing"),
]
ONLY_SQLITE = [
    ("UPDATE decisions SET score='high' WHERE seq=3", 3, "score"),
    ("UPDATE decisions SET score=9e999 WHERE seq=3", 3, "score"),
    ("UPDATE decisions SET label=CAST(x'ff' AS TEXT) WHERE seq=2", 2, "label"),
    (f"UPDATE blobs SET data=x'00' WHERE {SELECTION_OF_3}", 3, sha(OTHER)),
    (f"UPDATE blobs SET data='text' WHERE {SELECTION_OF_3}", 3, sha(OTHER)),
    (f"UPDATE blobs SET data=12 WHERE {SELECTION_OF_3}", 3, sha(OTHER)),
    (f"UPDATE blobs SET data=CAST(data || x'00' AS BLOB) WHERE sha256='{sha(UPLOAD)}'", 2, "changed"),
    ("UPDATE log SET actor=CAST(x'ff' AS TEXT) WHERE seq=4", 4, "never recorded"),
    ("UPDATE log SET actor=x'ff' WHERE seq=4", 4, "entry 4"),
    ("UPDATE log SET actor=7 WHERE seq=4", 4, "entry 4"),
    ("UPDATE payloads SET payload=x'00' WHERE seq=7", 7, "content"),
]
ONLY_POSTGRESQL = [
    ("UPDATE decisions SET score='NaN' WHERE seq=3", 3, "score"),
    ("UPDATE decisions SET score='-Infinity' WHERE seq=3", 3, "score"),
    (f"UPDATE blobs SET data='\\x00' WHERE {SELECTION_OF_3}", 3, sha(OTHER)),
    (f"UPDATE blobs SET data=data || '\\x00' WHERE sha256='{sha(UPLOAD)}'", 2, "changed"),
    ("UPDATE payloads SET payload='' WHERE seq=7", 7, "content"),
]


@pytest.mark.parametrize(("statement", "seq", "word"), EDITS)
def test_one_change_is_found_and_named(forged: str, statement: str, seq: int, word: str) -> None:
    edit(forged, statement)
    named, text = verdict(forged)
    assert named == seq
    assert word.lower() in text.lower()


@pytest.mark.parametrize("intact", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("statement", "seq", "word"), ONLY_SQLITE)
def test_a_value_of_another_type_is_found_and_named(forged: str, statement: str, seq: int, word: str) -> None:
    test_one_change_is_found_and_named(forged, statement, seq, word)


@pytest.mark.parametrize("intact", ["postgresql"], indirect=True)
@pytest.mark.parametrize(("statement", "seq", "word"), ONLY_POSTGRESQL)
def test_a_value_that_no_record_holds_is_found_and_named(forged: str, statement: str, seq: int, word: str) -> None:
    test_one_change_is_found_and_named(forged, statement, seq, word)


@pytest.mark.parametrize("table", TABLES)
def test_no_column_can_change_unseen(forged: str, table: str) -> None:
    with owner(forged) as connection:
        columns = [column[0] for column in connection.execute(f"SELECT * FROM {table}").description]
        key = "seq" if "seq" in columns else "sha256" if table == "blobs" else "position"
        place = "rowid" if forged.startswith("sqlite") else "ctid"
    for name in columns:
        with owner(forged) as connection:
            # The last row, identified by its position, because any of its values may have changed.
            last = f"(SELECT {place} FROM {table} ORDER BY {key} DESC LIMIT 1)"
            old = connection.execute(f"SELECT {name} FROM {table} WHERE {place}={last}").fetchone()[0]
            mark = "?" if forged.startswith("sqlite") else "%s"
            unset = 3.5 if name in ("selected_per_query", "memory_mb") else "x"
            new = {str: f"{old}x", int: 77, float: 7.5, bytes: b"x"}.get(type(old), unset)
            moved = connection.execute(f"UPDATE {table} SET {name}={mark} WHERE {place}={last} RETURNING {place}", [new])
            place_now = moved.fetchone()[0]
        seq, text = verdict(forged)
        assert seq is not None, (name, text)
        with owner(forged) as connection:
            where = f"{place}={place_now}" if place == "rowid" else f"ctid='{place_now}'::tid"
            assert connection.execute(f"UPDATE {table} SET {name}={mark} WHERE {where}", [old]).rowcount == 1
    store = AuditStore(forged, read_only=True)
    assert store.verify().ok
    store.close()


def test_an_added_file_is_found(forged: str) -> None:
    edit(forged, "INSERT INTO blobs (sha256, encoding, data) VALUES ('ab', 'raw', '')")
    seq, text = verdict(forged)
    assert seq is None
    assert "no log entry recorded" in text


@pytest.mark.parametrize(("table", "last"), [("decisions", 6), ("reviews", 5)])
def test_an_added_decision_or_review_is_found(forged: str, table: str, last: int) -> None:
    with owner(forged) as connection:
        columns = [column[0] for column in connection.execute(f"SELECT * FROM {table}").description]
    copied = ", ".join({"id": "'ff'", "seq": "7", "supersedes": "NULL"}.get(name, name) for name in columns)
    edit(forged, f"INSERT INTO {table} SELECT {copied} FROM {table} WHERE seq={last}")
    assert verdict(forged)[0] == 7


def test_an_entry_before_the_first_is_found(forged: str) -> None:
    edit(forged, "INSERT INTO log SELECT -1, ts, actor, type, subject, commitment, prev, hash FROM log WHERE seq=1")
    assert verdict(forged)[0] == -1


def test_two_swapped_entries_name_the_first(forged: str) -> None:
    edit(
        forged,
        "UPDATE log SET seq=-1 WHERE seq=3",
        "UPDATE log SET seq=3 WHERE seq=5",
        "UPDATE log SET seq=5 WHERE seq=-1",
    )
    assert verdict(forged)[0] == 3
