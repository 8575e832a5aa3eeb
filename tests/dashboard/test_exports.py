"""The log as files."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from pathlib import Path

import pytest

from audit import AuditStore, Head, StoreUnavailable, open_checkpoint
from audit.canonical import parse
from audit.log import GENESIS
from dashboard.exports import FORMATS, export_checkpoint, export_log, jsonl, log_csv, quoted, signed_checkpoint

FORMULAS = ("=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx")


@pytest.mark.parametrize("cell", FORMULAS)
def test_formulas_are_quoted(cell: str) -> None:
    assert quoted(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["", "a=1", "1", "'=1", "日本"])
def test_other_cells_stay_as_they_are(cell: str) -> None:
    assert quoted(cell) == cell


def test_csv_holds_no_formula(store: AuditStore) -> None:
    for formula in FORMULAS:
        store.record_event(formula + "x", "=note", f'{formula},\n"', {"a": "温度"})
    rows = list(csv.DictReader(io.StringIO(log_csv(store, 6).decode("utf-8-sig"), newline="")))
    assert [row["seq"] for row in rows] == [str(n) for n in range(1, 7)]
    assert [row["actor"][1:] for row in rows] == [formula + "x" for formula in FORMULAS]
    assert all(not value.startswith(("=", "+", "-", "@", "\t", "\r")) for row in rows for value in row.values())


def test_jsonl_opens_every_commitment(store: AuditStore) -> None:
    for number in range(3):
        store.record_event("a", "note", str(number), {"n": number})
    lines = [json.loads(line) for line in jsonl(store, 3).splitlines()]
    assert [line["seq"] for line in lines] == [1, 2, 3]
    assert [line["hash"] for line in lines] == [entry.hash for entry in store.entries()]
    for line in lines:
        assert hashlib.sha256(bytes.fromhex(line["salt"]) + line["payload"].encode()).hexdigest() == line["p"]


def test_checkpoint_opens_with_its_key_and_verifies_the_log(store: AuditStore, tmp_path: Path) -> None:
    store.record_event("a", "note", "x", {})
    first = signed_checkpoint(store, tmp_path / "k", lambda _share, _stage: None)
    opened = open_checkpoint(first.note, first.public_key)
    assert (opened.size, opened.root) == (1, store.head().root)
    store.record_event("a", "note", "y", {})
    assert first.head == Head(1, opened.root, store.entries()[0].hash)
    second = signed_checkpoint(store, tmp_path / "k", lambda _share, _stage: None)
    assert second.public_key == first.public_key
    assert store.verify(checkpoint=opened).ok


@pytest.mark.parametrize("file", sorted(FORMATS))
def test_each_export_is_recorded_once_with_what_it_covers(store: AuditStore, file: str) -> None:
    empty = store.head()
    export_log(store, "Sato", file)
    assert covered(store) == {"entries": 0, "root": empty.root, "last_hash": GENESIS}
    before = store.head()
    content = export_log(store, "Sato", file)
    assert content == FORMATS[file](store, 1)
    entry = store.entries()[-1]
    assert (entry.seq, entry.actor, entry.type, entry.subject) == (2, "Sato", "export", file)
    assert covered(store) == {"entries": 1, "root": before.root, "last_hash": before.last_hash}
    assert store.verify().ok


def test_a_checkpoint_taken_away_is_recorded_with_the_head_that_was_signed(store: AuditStore, tmp_path: Path) -> None:
    empty = signed_checkpoint(store, tmp_path / "k", lambda _share, _stage: None)
    assert empty.head == store.head()
    store.record_event("a", "note", "x", {})
    signed, head = signed_checkpoint(store, tmp_path / "k", lambda _share, _stage: None), store.head()
    store.record_event("a", "note", "y", {})
    assert store.head().size == 2
    for _ in range(2):
        assert export_checkpoint(store, "Sato", signed) == signed.note
    assert [(entry.type, entry.subject) for entry in store.entries(after=2)] == [("export", "checkpoint")] * 2
    assert covered(store) == {"entries": 1, "root": head.root, "last_hash": head.last_hash}


@pytest.mark.parametrize("file", sorted(FORMATS))
def test_no_file_without_its_entry(store: AuditStore, monkeypatch: pytest.MonkeyPatch, file: str) -> None:
    def full(*_: object) -> None:
        raise StoreUnavailable("disk full")

    monkeypatch.setattr(store, "record_event", full)
    with pytest.raises(StoreUnavailable):
        export_log(store, "Sato", file)


def covered(store: AuditStore) -> object:
    """What the newest entry says."""
    return parse(store.sealed(store.head().size).payload)
