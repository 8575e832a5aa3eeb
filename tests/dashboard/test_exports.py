"""The log as files."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from pathlib import Path

import pytest

from audit import AuditStore, open_checkpoint
from dashboard.exports import jsonl, log_csv, quoted, signed_checkpoint

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
    rows = list(csv.DictReader(io.StringIO(log_csv(store).decode("utf-8-sig"), newline="")))
    assert [row["seq"] for row in rows] == [str(n) for n in range(1, 7)]
    assert [row["actor"][1:] for row in rows] == [formula + "x" for formula in FORMULAS]
    assert all(not value.startswith(("=", "+", "-", "@", "\t", "\r")) for row in rows for value in row.values())


def test_jsonl_opens_every_commitment(store: AuditStore) -> None:
    for number in range(3):
        store.record_event("a", "note", str(number), {"n": number})
    lines = [json.loads(line) for line in jsonl(store).splitlines()]
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
    second = signed_checkpoint(store, tmp_path / "k", lambda _share, _stage: None)
    assert second.public_key == first.public_key
    assert store.verify(checkpoint=opened).ok
