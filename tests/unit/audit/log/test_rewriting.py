"""The owner of the database rewrites the log itself: the head or a checkpoint contradicts it, and reading refuses."""

# ruff: noqa: S608 - forging by hand is the point; no text comes from outside

from __future__ import annotations

from pathlib import Path

import pytest

from audit import AuditStore, Tampered
from audit.log.chain import next_entry
from audit.log.merkle_tree import Frontier
from audit.records.records import LogEntry
from audit.storage.stored_files import unpack
from tests.support.audit.builders import UPLOAD, sha
from tests.support.audit.forging import OTHER, copied, edit, signed, value, verdict


def test_a_cut_tail_contradicts_the_head(forged: str) -> None:
    edit(forged, "DELETE FROM log WHERE seq=7", "DELETE FROM payloads WHERE seq=7")
    assert verdict(forged) == (7, "Entry 7 is missing: the head of the log counts 7 entries.")


def test_a_cut_tail_with_its_head_needs_the_checkpoint(forged: str) -> None:
    checkpoint = signed(forged)
    store = AuditStore(forged, read_only=True)
    entries = store.entries()
    store.close()
    edit(forged, "DELETE FROM log WHERE seq=7", "DELETE FROM payloads WHERE seq=7", forged_head(entries[:6]))
    store = AuditStore(forged, read_only=True)
    assert store.verify().ok
    store.close()
    seq, text = verdict(forged, checkpoint)
    assert seq == 7
    assert "checkpoint signed 7 entries" in text


def test_a_full_rewrite_needs_the_checkpoint(forged: str) -> None:
    checkpoint = signed(forged)
    store = AuditStore(forged, read_only=True)
    entries = store.entries()
    store.close()
    chain: list[LogEntry] = []
    for entry in entries:
        unchanged = {name: getattr(entry, name) for name in ("ts", "actor", "type", "subject", "commitment")}
        unchanged["actor"] = "forger" if entry.seq == 1 else entry.actor
        chain.append(next_entry(chain[-1] if chain else None, **unchanged))
    edit(
        forged,
        *(f"UPDATE log SET actor='{e.actor}', prev='{e.prev}', hash='{e.hash}' WHERE seq={e.seq}" for e in chain),
        forged_head(chain),
    )
    store = AuditStore(forged, read_only=True)
    assert store.verify().ok
    store.close()
    seq, text = verdict(forged, checkpoint)
    assert seq is None
    assert "rewritten" in text


def forged_head(entries: list[LogEntry]) -> str:
    """Return the statement that makes the head fit these entries."""
    tree = Frontier()
    for entry in entries:
        tree.append(bytes.fromhex(entry.hash))
    last = entries[-1]
    return f"UPDATE log_head SET size={tree.size}, last_hash='{last.hash}', peaks='{tree.peaks()}', ts='{last.ts}'"


def test_an_old_copy_needs_the_checkpoint(forged: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    (tmp_path / "old").mkdir()
    databases = None if forged.startswith("sqlite") else request.getfixturevalue("databases")
    with copied(forged, tmp_path / "old", databases) as old:
        store = AuditStore(forged)
        store.record_event("r1", "note", "all", {})
        store.close()
        seq, text = verdict(old, signed(forged))
    assert seq == 8
    assert "checkpoint signed 8 entries" in text


def test_reading_never_shows_forged_content(forged: str) -> None:
    edit(
        forged,
        f"UPDATE blobs SET encoding='zlib' WHERE sha256='{sha(OTHER)}'",
        "UPDATE queue SET gate='open' WHERE seq=3",
        "UPDATE payloads SET payload=replace(payload, 'flag', 'approve') WHERE seq=5",
    )
    store = AuditStore(forged, read_only=True)
    reviewed = value(forged, "SELECT decision_id FROM reviews WHERE seq=5")
    for read in (lambda: store.reviews(reviewed), store.decisions, lambda: store.blob(sha(OTHER))):
        with pytest.raises(Tampered):
            read()
    store.close()


def test_a_forged_stream_cannot_be_unpacked() -> None:
    with pytest.raises(Tampered):
        unpack(sha(b""), "zlib", b"not zlib")
    with pytest.raises(Tampered):
        unpack(sha(UPLOAD), "raw", UPLOAD + b"x")
