"""The log as files."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from audit import Access, AuditStore, StoreUnavailable
from audit.export.export import sign_head
from audit.export.verify_bundle import verify
from audit.log.proving import GENESIS
from audit.records.canonical import parse
from dashboard.report.exports import FORMATS, export_checkpoint, export_log, jsonl, log_csv, make_bundle
from dashboard.service.decide.pipeline import analyse
from sparsemix import SparseMixModel
from sparsemix.trace.csv_cells import guarded
from tests.support.dashboard.fixtures import LOG

FORMULAS = ("=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx")


@pytest.mark.parametrize("cell", FORMULAS)
def test_formulas_are_guarded(cell: str) -> None:
    assert guarded(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["", "a=1", "1", "'=1", "日本"])
def test_other_cells_stay_as_they_are(cell: str) -> None:
    assert guarded(cell) == cell


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


def test_an_erased_entry_has_nulls(store: AuditStore, access: Access, model: SparseMixModel) -> None:
    id = analyse(LOG, "x.log", model=model, access=access)
    access.admin.erase(id, "asked for", early=True)
    first = json.loads(jsonl(store, 2).splitlines()[0])
    assert (first["salt"], first["payload"]) == (None, None)
    rows = list(csv.DictReader(io.StringIO(log_csv(store, 2).decode("utf-8-sig"), newline="")))
    assert rows[0]["payload"] == ""
    assert "asked for" in rows[1]["payload"]


@pytest.mark.parametrize("file", sorted(FORMATS))
def test_each_export_is_recorded_once_with_what_it_covers(store: AuditStore, access: Access, file: str) -> None:
    empty = store.head()
    export_log(access, file)
    assert covered(store) == {"entries": 0, "root": empty.root, "last_hash": GENESIS}
    before = store.head()
    content = export_log(access, file)
    assert content == FORMATS[file](store, 1)
    entry = store.entries()[-1]
    assert (entry.seq, entry.actor, entry.type, entry.subject) == (2, "single-user", "export", file)
    assert covered(store) == {"entries": 1, "root": before.root, "last_hash": before.last_hash}
    assert store.verify().ok


def test_a_checkpoint_taken_away_is_recorded_with_the_head_that_was_signed(
    store: AuditStore, access: Access, tmp_path: Path
) -> None:
    store.record_event("a", "note", "x", {})
    signed, head = sign_head(store, tmp_path / "k"), store.head()
    store.record_event("a", "note", "y", {})
    for _ in range(2):
        assert export_checkpoint(access, signed) == signed.note
    assert [(entry.type, entry.subject) for entry in store.entries(after=2)] == [("export", "checkpoint")] * 2
    assert covered(store) == {"entries": 1, "root": head.root, "last_hash": head.last_hash}


@pytest.mark.parametrize("file", sorted(FORMATS))
def test_no_file_without_its_entry(access: Access, monkeypatch: pytest.MonkeyPatch, file: str) -> None:
    def full(*_: object) -> None:
        raise StoreUnavailable("disk full")

    monkeypatch.setattr(access.admin, "note_export", full)
    with pytest.raises(StoreUnavailable):
        export_log(access, file)


def test_a_bundle_verifies_and_leaves_no_file(
    store: AuditStore, access: Access, model: SparseMixModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    temporary = tmp_path / "temporary"
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    of_the_ended, of_the_living = (
        temporary / f"sparsemix-export-{ended.pid}-x",
        temporary / f"sparsemix-export-{os.getppid()}-x",
    )
    for folder in (of_the_ended, of_the_living):
        folder.mkdir(parents=True)
        (folder / "sparsemix-record.zip").write_bytes(b"half")
    analyse(LOG, "x.log", model=model, access=access)
    shares: list[float] = []
    bundle = make_bundle(access, tmp_path / "k", tmp_path / "none", lambda share, _stage: shares.append(share))
    assert [*temporary.glob("sparsemix-export-*")] == [of_the_living]
    target = tmp_path / "b.zip"
    for _ in range(2):  # it can be taken again
        target.write_bytes(bundle.read())
        assert verify(target, bundle.signed.verifier_key).ok
    assert shares
    assert [entry.type for entry in store.entries()] == ["decision", "export"]


def covered(store: AuditStore) -> object:
    """Return the payload of the newest entry."""
    return parse(store.sealed(store.head().size).payload)
