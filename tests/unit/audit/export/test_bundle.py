"""Bundles are written, forged in every way that comes to mind, and verified by the file that travels in them."""

from __future__ import annotations

import ast
import hashlib
import json
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from audit.errors import Conflict, InvalidRecord, NotFound, Tampered
from audit.export import bundle_files, bundle_lines, verify_bundle
from audit.export.bundle import SignedLog, write_bundle, zip_bundle
from audit.export.verify_bundle import Report, main, verify
from audit.log import authority, roles, signatures
from audit.log.chain import commitment, next_entry
from audit.log.checkpoints import DEFAULT_ORIGIN, Checkpoint, public_key, sign_checkpoint
from audit.log.entries import Sealed
from audit.log.merkle_tree import merkle_root
from audit.records.canonical import canonical
from audit.records.payload import to_payload
from audit.records.records import BlobRef, LogEntry
from audit.verify.verification import EntryEvidence
from tests.support.audit.builders import SELECTION, UPLOAD, decision, flagged, review, sha
from tests.support.properties import examples

OTHER, PRIVATE, WEIGHTS = b"arrow-ipc-stream-of-another-layer", b"Tanaka entered the hall\n", b"weights"
KEY, OWN_KEY = (Ed25519PrivateKey.from_private_bytes(bytes([i]) * 32) for i in (1, 2))
NOW = "2026-03-01T11:00:00.000Z"
TRUNCATED_ENTRY = b'{"actor":"r1","hash":'


class Record:
    """A log without a store; `erase` empties entries as a store would."""

    def __init__(self) -> None:
        self.evidence: list[EntryEvidence] = []
        self.blobs: dict[str, bytes] = {}

    def add(self, type: str, subject: str, payload: dict[str, object]) -> None:
        content = canonical(payload)
        previous = self.evidence[-1].entry if self.evidence else None
        salt = hashlib.sha256(b"%d" % len(self.evidence)).digest()
        entry = next_entry(previous, ts=NOW, actor="r1", type=type, subject=subject, commitment=commitment(salt, content))
        rows = [payload] if type in ("decision", "review") else []
        self.evidence.append(EntryEvidence(entry, Sealed(salt.hex(), content.decode()), rows))

    def erase(self, *seqs: int, blobs: tuple[bytes, ...] = ()) -> None:
        targets = [{"seq": seq, "p": self.evidence[seq - 1].entry.commitment} for seq in seqs]
        for seq in seqs:
            self.evidence[seq - 1] = EntryEvidence(self.evidence[seq - 1].entry, None, [])
        for blob in blobs:
            del self.blobs[sha(blob)]
        self.add("erasure", "r1", {"targets": targets, "blobs": list(map(sha, blobs)), "reason": "asked for"})

    def read_blob(self, sha256: str) -> bytes:
        try:
            return self.blobs[sha256]
        except KeyError as error:
            raise NotFound(sha256) from error

    def root(self, size: int) -> str:
        return merkle_root(bytes.fromhex(item.entry.hash) for item in self.evidence[:size]).hex()

    def note(self, size: int, key: Ed25519PrivateKey = KEY) -> str:
        return sign_checkpoint(key, size, self.root(size))

    def write(self, folder: Path, size: int | None = None, key: Ed25519PrivateKey = KEY, old: tuple[int, ...] = ()) -> Path:
        size = len(self.evidence) if size is None else size
        write_bundle(
            folder,
            SignedLog(
                Checkpoint(DEFAULT_ORIGIN, size, self.root(size)),
                self.note(size, key),
                public_key(key),
                [self.note(earlier, key) for earlier in old],
            ),
            evidence=iter(self.evidence),
            read_blob=self.read_blob,
        )
        return folder


def sample(erased: bool = True) -> Record:
    """Start, decision, decision, review of 2, decision, review of 5, erasure of 5 and 6, decision, export."""
    record = Record()
    record.blobs = {sha(content): content for content in (UPLOAD, SELECTION, OTHER, PRIVATE, WEIGHTS)}
    first, secret = decision(id="1" * 32), decision(id="3" * 32, input_sha256=sha(PRIVATE))
    others = (BlobRef(0, sha(OTHER), 3, 0.5),)
    record.add("start", "app", {})
    record.add("decision", first.id, to_payload(first))
    record.add("decision", "2" * 32, to_payload(decision(id="2" * 32, selections=others)))
    record.add("review", first.id, to_payload(review(first.id, id="4" * 32)))
    record.add("decision", secret.id, to_payload(secret))
    record.add("review", secret.id, to_payload(flagged(secret.id, id="5" * 32)))
    if erased:
        record.erase(5, 6, blobs=(PRIVATE,))
    else:
        record.add("stop", "app", {})
    last = decision(id="6" * 32, label="停止", details={"é": 1, "rate": 1e-7, "\U0001f600": [], "\uffee": None})
    record.add("decision", last.id, to_payload(last) | {"weights_blob": sha(WEIGHTS)})
    record.add("export", "all", {"rows": 3})
    return record


RECORD = sample()
PUBLIC, OWN_PUBLIC = public_key(KEY), public_key(OWN_KEY)


@pytest.fixture(scope="module")
def intact(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return RECORD.write(tmp_path_factory.mktemp("intact") / "bundle", old=(3, 7))


@pytest.fixture
def folder(intact: Path, tmp_path: Path) -> Path:
    """Return a private copy to forge."""
    return Path(shutil.copytree(intact, tmp_path / "bundle"))


def test_an_intact_bundle_is_valid(intact: Path, tmp_path: Path) -> None:
    report = verify(intact, PUBLIC, RECORD.note(4))
    assert report == Report(
        ok=True,
        code=0,
        size=9,
        root=RECORD.root(9),
        problem_seq=None,
        problem_text=None,
        checked={"entries": 9, "decisions": 3, "reviews": 1, "events": 3, "erased": 2, "rows": 4, "blobs": 4},
        key="given",
        checkpoint={"size": 4, "root": RECORD.root(4)},
    )
    zip_bundle(intact, tmp_path / "bundle.zip")
    assert verify(tmp_path / "bundle.zip", PUBLIC, RECORD.note(4)) == report
    assert verify(intact).ok
    assert (intact / "verify.py").read_bytes() == Path(verify_bundle.__file__).read_bytes()
    assert "verify.py" in (intact / "README.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("size", range(10))
def test_every_length_is_valid(tmp_path: Path, size: int) -> None:
    bundle = sample(erased=False).write(tmp_path / "bundle", size)
    assert verify(bundle, PUBLIC).size == size
    assert verify(bundle, PUBLIC).ok


def test_a_field_added_later_counts_as_null(tmp_path: Path) -> None:
    record = sample()
    entry, sealed, (row,) = record.evidence[3]
    pairs = [pair | {"added": None} for pair in row["pairs"]]  # type: ignore[attr-defined]
    record.evidence[3] = EntryEvidence(entry, sealed, [row | {"added": None, "pairs": pairs}])
    bundle = record.write(tmp_path / "bundle")
    assert verify(bundle).ok
    # In the bundle itself the names of empty fields count, or they could be changed unseen.
    line("rows.jsonl", 3, '"corrected_label":null,', "")(bundle)
    assert verdict(bundle)[:2] == (1, 4)


def test_an_erased_file_can_come_back_with_a_later_decision(tmp_path: Path) -> None:
    record = sample()
    record.blobs[sha(PRIVATE)] = PRIVATE
    again = decision(input_sha256=sha(PRIVATE))
    record.add("decision", again.id, to_payload(again))
    bundle = record.write(tmp_path / "bundle")
    assert verify(bundle).ok
    (bundle / "blobs" / sha(PRIVATE)).unlink()
    assert verdict(bundle)[:2] == (2, 10)


def test_a_line_of_millions_of_values_is_not_read(tmp_path: Path) -> None:
    folder = RECORD.write(tmp_path / "bundle")
    (folder / "log.jsonl").write_bytes(b"[" + b"[]," * 1_000_000 + b"0]\n")
    report = verify(folder)
    assert (report.code, report.problem_seq, report.problem_text) == (2, 1, "Line 1 of log.jsonl is not JSON.")


def test_content_about_another_decision_is_named(tmp_path: Path) -> None:
    record, other = sample(), decision()
    record.add("decision", "1" * 32, to_payload(other))
    report = verify(record.write(tmp_path / "bundle"))
    assert (report.code, report.problem_seq) == (1, 10)
    assert "about another decision" in (report.problem_text or "")


ENTRY_FIELDS = {"v", "seq", "ts", "actor", "type", "subject", "p", "prev", "hash", "salt", "payload"}
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-1, 10)
    | st.sampled_from(["", "erasure", "0" * 64, "{}", "[]", "7", '{"targets":7}']),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["seq", "targets"]), inner, max_size=2),
    max_leaves=4,
)

# Forging. Each edit takes the folder.

Edit = Callable[[Path], object]


def lines(name: str, change: Callable[[list[bytes]], list[bytes]]) -> Edit:
    return lambda folder: (folder / name).write_bytes(b"".join(change((folder / name).read_bytes().splitlines(True))))


def line(name: str, number: int, old: str, new: str) -> Edit:
    def change(all: list[bytes]) -> list[bytes]:
        assert old.encode() in all[number - 1], all[number - 1]
        return [*all[: number - 1], all[number - 1].replace(old.encode(), new.encode(), 1), *all[number:]]

    return lines(name, change)


def text(name: str, content: bytes) -> Edit:
    return lambda folder: (folder / name).write_bytes(content)


def gone(name: str) -> Edit:
    return lambda folder: (folder / name).unlink()


def both(*edits: Edit) -> Edit:
    return lambda folder: [edit(folder) for edit in edits]


def forged(number: int, **fields: object) -> Edit:
    """Change fields of an entry of the log, in canonical form."""

    def change(all: list[bytes]) -> list[bytes]:
        return [*all[: number - 1], canonical(json.loads(all[number - 1]) | fields) + b"\n", *all[number:]]

    return lines("log.jsonl", change)


def appended(record: Record) -> Edit:
    """Append the last entry of `record`."""
    entry, sealed, _ = record.evidence[-1]
    return lines("log.jsonl", lambda all: [*all, line_of(entry, sealed)])


def line_of(entry: LogEntry, sealed: Sealed | None) -> bytes:
    fields = {name: getattr(entry, name) for name in ("seq", "ts", "actor", "type", "subject", "prev", "hash")}
    opened = {"salt": sealed.salt, "payload": sealed.payload} if sealed else {"salt": None, "payload": None}
    return canonical({"v": 1, "p": entry.commitment, **fields, **opened}) + b"\n"


def blob(content: bytes) -> str:
    return f"blobs/{sha(content)}"


def longer(type: str, payload: dict[str, object]) -> Record:
    record = sample()
    record.add(type, "x", payload)
    return record


FULL = sample(erased=False)
EMPTY: dict[str, object] = {"salt": None, "payload": None}
BACK = {"salt": FULL.evidence[4].sealed.salt, "payload": FULL.evidence[4].sealed.payload}  # type: ignore[union-attr]
ROW_5 = canonical({"row": FULL.evidence[4].rows[0], "seq": 5}) + b"\n"
OLD_ERASURE = RECORD.evidence[6].sealed.payload  # type: ignore[union-attr]
COVER: dict[str, object] = {"targets": [{"seq": 2, "p": RECORD.evidence[1].entry.commitment}], "blobs": []}
SIGNATURE = RECORD.note(9).split()[-1]

FORGERIES: list[tuple[str, Edit, int, int | None, str]] = [
    ("actor", line("log.jsonl", 4, '"actor":"r1"', '"actor":"r2"'), 1, 4, "changed after it was recorded"),
    ("time", forged(1, ts="2020-01-01T00:00:00.000Z"), 1, 1, "changed"),
    ("hash", forged(4, hash="0" * 64), 1, 4, "changed"),
    ("seq", forged(4, seq=5), 1, 4, "Entry 4 is missing"),
    ("payload of an event", line("log.jsonl", 9, r"\"rows\":3", r"\"rows\":4"), 1, 9, "content of entry 9"),
    ("payload of a decision", line("log.jsonl", 3, "0.93", "0.39"), 1, 3, "content of entry 3 (decision 2222"),
    ("salt", forged(3, salt="0" * 64), 1, 3, "content"),
    ("salt of another length", forged(3, salt="00"), 1, 3, "never recorded"),
    ("type of a value", forged(3, subject=None), 1, 3, "never recorded"),
    ("erasure whose content is no text", forged(7, payload=7), 1, 5, "no intact later entry"),
    ("number as float", line("log.jsonl", 3, '"seq":3,', '"seq":3.0,'), 1, 3, "never recorded"),
    ("space", line("log.jsonl", 3, '"seq":3', '"seq": 3'), 1, 3, "canonical form"),
    ("other escape", line("log.jsonl", 3, '"subject":"2', r'"subject":"\u0032'), 1, 3, "canonical form"),
    ("field twice", line("log.jsonl", 3, '{"actor"', '{"actor":"x","actor"'), 1, 3, "canonical form"),
    ("surrogate", line("log.jsonl", 3, '"subject":"2', r'"subject":"\ud800'), 1, 3, "surrogate"),
    ("more fields", forged(3, extra=1), 1, 3, "other fields"),
    ("order of fields", line("log.jsonl", 1, ',"v":1}', "}"), 2, 1, "version"),
    ("version", forged(5, v=2), 2, 5, "version"),
    ("first deleted", lines("log.jsonl", lambda all: all[1:]), 1, 1, "Entry 1 is missing"),
    ("middle deleted", lines("log.jsonl", lambda all: all[:3] + all[4:]), 1, 4, "Entry 4 is missing"),
    ("tail deleted", lines("log.jsonl", lambda all: all[:7]), 1, 8, "checkpoint.txt signed 9 entries"),
    ("all deleted", text("log.jsonl", b""), 1, 1, "Entry 1 is missing"),
    ("swapped", lines("log.jsonl", lambda all: [*all[:2], all[3], all[2], *all[4:]]), 1, 3, "Entry 3 is missing"),
    ("cut off", lines("log.jsonl", lambda all: [*all[:8], all[8][:-9]]), 2, 9, "cut off"),
    ("no last newline", lines("log.jsonl", lambda all: [*all[:8], all[8][:-1]]), 2, 9, "cut off"),
    ("not JSON", lines("log.jsonl", lambda all: [*all[:3], TRUNCATED_ENTRY + b"\n", *all[4:]]), 2, 4, "not JSON"),
    ("not text", lines("log.jsonl", lambda all: [*all[:3], b"\xff\n", *all[4:]]), 2, 4, "not JSON"),
    ("nested", lines("log.jsonl", lambda all: [*all[:3], b"[" * 99_999 + b"\n", *all[4:]]), 2, 4, "not JSON"),
    ("last twice", lines("log.jsonl", lambda all: [*all, all[-1]]), 1, 10, "Entry 10 is missing"),
    ("empty line", lines("log.jsonl", lambda all: [*all, b"\n"]), 2, 10, "not JSON"),
    ("entry appended", appended(longer("export", {})), 1, 10, "Entry 10 was added"),
    ("emptied", forged(2, **EMPTY), 1, 2, "no intact later entry erased it"),
    ("emptied half", forged(2, salt=None), 1, 2, "never recorded"),
    ("emptied, with a cover", both(forged(2, **EMPTY), appended(longer("erasure", COVER))), 1, 2, "row is still there"),
    (
        "emptied, with a cover and no row",
        both(forged(2, **EMPTY), appended(longer("erasure", COVER)), lines("rows.jsonl", lambda all: all[1:])),
        1,
        10,
        "Entry 10 was added",
    ),
    ("erased content back", forged(5, **BACK), 1, 5, "Entry 5 was to be erased by entry 7"),
    ("erased row back", lines("rows.jsonl", lambda all: [*all[:3], ROW_5, *all[3:]]), 1, 5, "its row is still there"),
    ("erased row at the end", lines("rows.jsonl", lambda all: [*all, ROW_5]), 1, 5, "its row is still there"),
    ("erased file back", text(blob(PRIVATE), PRIVATE), 1, 7, "was to be erased by entry 7"),
    ("erasure changed", line("log.jsonl", 7, "asked for", "asked  or"), 1, 5, "no intact later entry"),
    ("erasure points elsewhere", forged(7, payload=OLD_ERASURE.replace('"seq":5', '"seq":2')), 1, 5, "no intact"),
    ("row edited", line("rows.jsonl", 1, '"score":0.93', '"score":0.21'), 1, 2, '"score" was recorded as 0.93, in the row'),
    ("row of another type", line("rows.jsonl", 1, '"score":0.93', '"score":"0.93"'), 1, 2, '"score"'),
    ("row respelled", line("rows.jsonl", 1, '"score":0.93', '"score":0.930'), 1, 2, "canonical form"),
    ("row in a list", line("rows.jsonl", 3, '"relevant"', '"spurious"'), 1, 4, '"pairs"'),
    ("row without a field", line("rows.jsonl", 1, '"label":"fault",', ""), 1, 2, "in the row it is null"),
    ("row with a field", line("rows.jsonl", 1, '"label"', '"kabel":1,"label"'), 1, 2, '"kabel" was recorded as null'),
    ("row with an empty field renamed", line("rows.jsonl", 3, '"reason":null', '"season":null'), 1, 4, "canonical form"),
    ("row with a field twice", line("rows.jsonl", 1, '"label"', '"label":"x","label"'), 1, 2, "canonical form"),
    ("row with a space", line("rows.jsonl", 1, '"label":', '"label": '), 1, 2, "canonical form"),
    ("row escaped", line("rows.jsonl", 1, '"label":"fault"', '"label":"f\\u0061ult"'), 1, 2, "canonical form"),
    ("row with more around", line("rows.jsonl", 1, ',"seq":2', ',"seq":2,"x":1'), 1, 2, "canonical form"),
    ("row renumbered", line("rows.jsonl", 1, '"seq":2', '"seq":3'), 1, 2, "missing or not in its place"),
    ("row of an event", line("rows.jsonl", 4, '"seq":8', '"seq":7'), 1, 7, "more rows"),
    ("row deleted", lines("rows.jsonl", lambda all: all[:1] + all[2:]), 1, 3, "missing or not in its place"),
    ("last row deleted", lines("rows.jsonl", lambda all: all[:3]), 1, 8, "missing or not in its place"),
    ("row twice", lines("rows.jsonl", lambda all: [all[0], *all]), 1, 2, "more rows"),
    ("last row twice", lines("rows.jsonl", lambda all: [*all, all[-1]]), 1, 8, "more rows"),
    ("rows swapped", lines("rows.jsonl", lambda all: [*all[:2], all[3], all[2]]), 1, 4, "not in its place"),
    ("row added", lines("rows.jsonl", lambda all: [*all, b'{"row":{},"seq":12}\n']), 1, None, "no entry recorded"),
    ("row no JSON", lines("rows.jsonl", lambda all: [all[0], b"{\n", *all[2:]]), 2, 3, "no JSON"),
    ("row cut off", lines("rows.jsonl", lambda all: [*all[:3], all[3][:-2]]), 2, 8, "cut off"),
    ("row without newline", lines("rows.jsonl", lambda all: [*all[:3], all[3][:-1]]), 2, 8, "cut off"),
    ("empty row appended", lines("rows.jsonl", lambda all: [*all, b"\n"]), 1, None, "no entry recorded"),
    ("file edited", text(blob(OTHER), OTHER + b"x"), 1, 3, "was changed"),
    ("files swapped", both(text(blob(OTHER), WEIGHTS), text(blob(WEIGHTS), OTHER)), 1, 3, "was changed"),
    ("file deleted", gone(blob(OTHER)), 2, 3, "recorded is missing"),
    ("weights deleted", gone(blob(WEIGHTS)), 2, 8, "recorded is missing"),
    ("file added", text(blob(b"new"), b"new"), 1, None, "No entry recorded the file"),
    ("file of another name", text("blobs/readme", b""), 1, None, "No entry recorded the file"),
    ("size signed", line("checkpoint.txt", 2, "9", "8"), 1, None, "signature"),
    ("signature", line("checkpoint.txt", 5, SIGNATURE[-9:-5], "AAAA"), 1, None, "signature"),
    ("bits of no meaning", line("checkpoint.txt", 5, "=\n", "\n"), 1, None, "signature"),
    ("another signature", lines("checkpoint.txt", lambda all: [*all, all[-1]]), 1, None, "more than one"),
    ("older checkpoint", text("checkpoint.txt", RECORD.note(7).encode()), 1, 8, "signed only 7 entries"),
    ("checkpoint of another key", text("checkpoint.txt", RECORD.note(9, OWN_KEY).encode()), 1, None, "no signature"),
    ("no checkpoint in it", text("checkpoint.txt", b"9\n"), 2, None, "no signed checkpoint"),
    ("earlier checkpoint", text("checkpoints/000001.txt", FULL.note(8).encode()), 1, None, "rewritten"),
    ("earlier checkpoint edited", line("checkpoints/000001.txt", 2, "3", "4"), 1, None, "signature"),
    ("earlier checkpoint of more", text("checkpoints/000003.txt", longer("x", {}).note(10).encode()), 1, 10, "signed 10"),
    ("key", text("public_key.txt", OWN_PUBLIC.encode() + b"\n"), 1, None, "key"),
    ("key of no form", line("public_key.txt", 1, "+", "-"), 2, None, "no public key"),
    ("key without newline", text("public_key.txt", PUBLIC.encode()), 2, None, "cut off"),
    ("count", line("manifest.json", 1, '"rows":4', '"rows":5'), 1, None, "manifest"),
    ("count as truth", line("manifest.json", 1, '"size":9', '"size":true'), 1, None, "manifest"),
    ("origin", line("manifest.json", 1, "sparsemix.local", "elsewhere"), 1, None, "manifest"),
    ("space in the manifest", line("manifest.json", 1, ":9", ": 9"), 1, None, "manifest"),
    ("format", line("manifest.json", 1, "bundle-1", "bundle-2"), 2, None, "no bundle of the format"),
    ("manifest no JSON", text("manifest.json", b"{"), 2, None, "not JSON"),
    ("huge manifest", text("manifest.json", b" " * 99_999), 2, None, "too long"),
    *(
        (f"no {name}", gone(name), 2, None, f"{name} is missing")
        for name in ("manifest.json", "log.jsonl", "rows.jsonl", "checkpoint.txt", "public_key.txt")
    ),
]


def verdict(bundle: Path, key: str | None = None, note: str | None = None) -> tuple[int, int | None, str]:
    report = verify(bundle, key, note)
    assert not report.ok
    return report.code, report.problem_seq, report.problem_text or ""


@pytest.mark.parametrize(("edit", "code", "seq", "words"), [pytest.param(*rest, id=name) for name, *rest in FORGERIES])
def test_one_forgery_is_found_and_named(folder: Path, edit: Edit, code: int, seq: int | None, words: str) -> None:
    edit(folder)
    found = verdict(folder)
    assert found[:2] == (code, seq), found
    assert words in found[2]
    assert verdict(folder, PUBLIC)[:2] == (code, seq)


def test_a_rewritten_record_needs_a_key_or_checkpoint_from_elsewhere(tmp_path: Path) -> None:
    bundle = FULL.write(tmp_path / "bundle", key=OWN_KEY, old=(4,))
    assert verify(bundle).ok
    assert verdict(bundle, PUBLIC)[:2] == (1, None)
    assert verdict(bundle, note=RECORD.note(9))[:2] == (1, None)
    # The same key, but what it signed before was something else:
    other = longer("export", {})
    code, seq, words = verdict(FULL.write(tmp_path / "other"), PUBLIC, other.note(7))
    assert (code, seq) == (1, None)
    assert "rewritten" in words


def test_an_older_copy_needs_a_newer_checkpoint(tmp_path: Path) -> None:
    bundle = FULL.write(tmp_path / "bundle", 7)
    assert verify(bundle, PUBLIC, FULL.note(7)).ok
    code, seq, words = verdict(bundle, PUBLIC, FULL.note(9))
    assert (code, seq) == (1, 8)
    assert "the given checkpoint signed 9 entries, the log ends after 7" in words


def test_the_first_of_several_problems_is_named(folder: Path) -> None:
    forged(9, actor="x")(folder)
    line("checkpoint.txt", 2, "9", "8")(folder)
    assert verdict(folder)[1] == 9
    gone(blob(WEIGHTS))(folder)
    assert verdict(folder)[:2] == (2, 8)
    forged(6, **EMPTY | {"ts": "x"})(folder)
    assert verdict(folder)[1] == 6
    line("rows.jsonl", 2, "0.93", "0.39")(folder)
    assert verdict(folder)[1] == 3
    forged(2, **EMPTY)(folder)
    assert verdict(folder)[1] == 2


def test_what_was_put_in_later_accuses_nothing_before_it(folder: Path) -> None:
    entry, sealed, _ = longer("erasure", COVER).evidence[-1]
    lines("log.jsonl", lambda all: [*all[:5], line_of(entry, sealed), *all[5:]])(folder)
    assert verdict(folder)[:2] == (1, 6)


@examples(300)
@given(data=st.data())
def test_no_byte_can_change_unseen(intact: Path, data: st.DataObject) -> None:
    names = ["log.jsonl", "rows.jsonl", "checkpoint.txt", "checkpoints/000001.txt", "manifest.json", "public_key.txt"]
    path = intact / data.draw(st.sampled_from([*names, *map(blob, (UPLOAD, SELECTION, OTHER, WEIGHTS))]))
    original = path.read_bytes()
    changed = bytearray(original)
    changed[data.draw(st.integers(0, len(original) - 1))] ^= data.draw(st.integers(1, 255))
    try:
        path.write_bytes(changed)
        assert not verify(intact).ok
    finally:
        path.write_bytes(original)


@examples(200)
@given(number=st.integers(1, 9), name=st.sampled_from(sorted(ENTRY_FIELDS)), value=VALUES)
def test_no_value_of_any_type_stops_the_verifier(intact: Path, number: int, name: str, value: object) -> None:
    path = intact / "log.jsonl"
    original = path.read_bytes()
    try:
        forged(number, **{name: value})(intact)
        assert verify(intact).ok is (path.read_bytes() == original)
    finally:
        path.write_bytes(original)


# The command.


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-I", "verify.py", *arguments]
    environment = {"PYTHONPATH": "", "PYTHONIOENCODING": "utf-8"}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=60)


def test_the_copy_in_the_bundle_stands_alone(folder: Path, tmp_path: Path) -> None:
    valid = run(folder)
    assert (valid.returncode, valid.stderr) == (0, "")
    assert valid.stdout.startswith("valid: 9 entries, 3 decisions, 1 reviews, 3 events, 2 erased, 4 rows, 4 blobs\nroot ")
    assert "the key inside the bundle, which the maker of the bundle could have" in valid.stdout
    (tmp_path / "key").write_text(PUBLIC + "\n")
    (tmp_path / "old").write_text(RECORD.note(4))
    (tmp_path / "clean").mkdir()
    for name in ("verify.py", "bundle_files.py", "bundle_lines.py", "authority.py", "roles.py", "signatures.py"):
        shutil.copy(folder / name, tmp_path / "clean")
    trusted = run(tmp_path / "clean", str(folder), "--public-key", "../key", "--checkpoint", "../old", "--json")
    report = json.loads(trusted.stdout)
    assert trusted.returncode == report["code"] == 0
    assert report["key"] == "given"
    assert report["checkpoint"] == {"size": 4, "root": RECORD.root(4)}
    line("rows.jsonl", 4, "停止", "停")(folder)
    bad = run(folder)
    assert bad.returncode == 1
    assert bad.stdout.startswith(
        f'TAMPERED: The row that entry 8 (decision {"6" * 32}) recorded was changed: the field "label"'
    )


def test_imports_are_those_of_an_outsider() -> None:
    modules = (verify_bundle, bundle_files, bundle_lines, authority, roles, signatures)
    for module in modules:
        source = Path(module.__file__ or "").read_text(encoding="utf-8")
        assert "import audit" not in source
        ast.parse(source, feature_version=(3, 9))  # the oldest Python that the bundle's README.txt names
        # The others lie beside the verifier in a bundle.
        assert set(re.findall(r"from (audit\S+)", source)) <= {one.__name__ for one in modules}


def test_the_command_tells_what_it_could_not_read(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(folder / "nowhere")]) == 2
    assert main([str(folder), "--public-key", str(folder / "nowhere")]) == 2
    assert main([str(folder), "--checkpoint", str(folder / "README.txt")]) == 2
    assert main([str(folder / "README.txt"), "--json"]) == 2
    told = capsys.readouterr().out.splitlines()
    assert [part.startswith("INCOMPLETE OR UNREADABLE: ") for part in told] == [True, True, True, False]
    assert json.loads(told[3])["problem_seq"] is None


def test_text_of_the_bundle_cannot_steer_the_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    record = sample()
    record.add("decision", "\x1b[31m\u202e", to_payload(decision()))
    bundle = record.write(tmp_path / "bundle")
    line("rows.jsonl", 5, "fault", "normal")(bundle)
    assert main([str(bundle)]) == 1
    told = capsys.readouterr().out
    assert r"(decision \x1b[31m\u202e)" in told
    assert "\x1b" not in told


# Zips.


def test_the_same_bundle_gives_the_same_zip(intact: Path, folder: Path, tmp_path: Path) -> None:
    (folder / "__pycache__").mkdir()
    zip_bundle(intact, tmp_path / "1.zip")
    zip_bundle(folder, tmp_path / "2.zip")
    assert (tmp_path / "1.zip").read_bytes() == (tmp_path / "2.zip").read_bytes()
    with pytest.raises(Conflict):
        zip_bundle(intact, tmp_path / "1.zip")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["1.zip", "2.zip", "bundle"]


@pytest.mark.parametrize("name", ["../out", "/out", "a\\..\\out", "blobs/../../out", "c:out"])
def test_names_that_point_outside_are_refused(intact: Path, tmp_path: Path, name: str) -> None:
    zip_bundle(intact, tmp_path / "bundle.zip")
    with zipfile.ZipFile(tmp_path / "bundle.zip", "a") as archive:
        archive.writestr(name, b"x")
    assert verdict(tmp_path / "bundle.zip")[2].startswith("This zip is not read: the name ")


@pytest.mark.parametrize(
    ("limit", "value", "words"),
    [
        ("_MAX_MEMBERS", 5, "more than 5 files"),
        ("_MAX_UNPACKED", 99, "99 bytes"),
        ("_FREE_SIZE", 99_999, "unpacks to more than 200 times"),
    ],
)
def test_zip_bombs_are_refused(
    intact: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str, value: int, words: str
) -> None:
    zip_bundle(intact, tmp_path / "bundle.zip")
    with zipfile.ZipFile(tmp_path / "bundle.zip", "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("blobs/zeros", bytes(1_000_000))
    monkeypatch.setattr(bundle_files, limit, value)
    code, _, told = verdict(tmp_path / "bundle.zip")
    assert code == 2
    assert words in told


def test_a_line_without_end_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verify_bundle, "MAX_LINE", 1000)
    assert verdict(folder)[:2] == (2, 2)


def test_a_damaged_zip_is_unreadable(intact: Path, tmp_path: Path) -> None:
    zip_bundle(intact, tmp_path / "bundle.zip")
    content = (tmp_path / "bundle.zip").read_bytes()
    (tmp_path / "cut.zip").write_bytes(content[:-500])
    assert verdict(tmp_path / "cut.zip")[:2] == (2, None)
    middle = content.index(b"log.jsonl") + 500
    (tmp_path / "hurt.zip").write_bytes(content[:middle] + bytes(20) + content[middle + 20 :])
    assert verdict(tmp_path / "hurt.zip")[0] == 2
    with pytest.warns(UserWarning), zipfile.ZipFile(tmp_path / "bundle.zip", "a") as archive:
        archive.writestr("log.jsonl", b"")
    assert "same name" in verdict(tmp_path / "bundle.zip")[2]


# Writing.


def test_nothing_half_written_is_left(tmp_path: Path) -> None:
    class Stop(BaseException):
        pass

    def progress(done: int, total: int) -> None:
        assert (done, total) == (9, 9)
        raise Stop

    folder, read_blob = tmp_path / "bundle", RECORD.read_blob
    signed = SignedLog(Checkpoint(DEFAULT_ORIGIN, 9, RECORD.root(9)), RECORD.note(9), PUBLIC)
    with pytest.raises(Stop):
        write_bundle(folder, signed, evidence=RECORD.evidence, read_blob=read_blob, progress=progress)
    assert not list(tmp_path.iterdir())
    with pytest.raises(InvalidRecord):
        shorter = replace(signed, checkpoint=replace(signed.checkpoint, size=8))
        write_bundle(folder, shorter, evidence=RECORD.evidence, read_blob=read_blob)
    with pytest.raises(Tampered, match="the log ends after 8"):
        write_bundle(folder, signed, evidence=RECORD.evidence[:8], read_blob=read_blob)
    with pytest.raises(Tampered, match="not those that were signed"):
        write_bundle(folder, signed, evidence=FULL.evidence, read_blob=read_blob)
    with pytest.raises(Tampered, match="two different logs of 8 entries"):
        contradicting = replace(signed, earlier=[RECORD.note(8), FULL.note(8)])
        write_bundle(folder, contradicting, evidence=RECORD.evidence, read_blob=read_blob)
    assert not list(tmp_path.iterdir())


def test_what_was_appended_meanwhile_is_left_out(tmp_path: Path) -> None:
    assert verify(RECORD.write(tmp_path / "bundle", 8)).size == 8


def test_an_erasure_meanwhile_means_to_start_again(tmp_path: Path) -> None:
    with pytest.raises(Conflict, match="entry 5 has no content"):
        RECORD.write(tmp_path / "bundle", 6)


def test_a_missing_file_that_nothing_erased_stops_the_export(tmp_path: Path) -> None:
    record = sample()
    del record.blobs[sha(OTHER)]
    with pytest.raises(NotFound):
        record.write(tmp_path / "bundle")
    assert not list(tmp_path.iterdir())


def test_only_an_empty_folder_is_taken(tmp_path: Path) -> None:
    (tmp_path / "bundle").mkdir()
    RECORD.write(tmp_path / "bundle")
    with pytest.raises(Conflict):
        RECORD.write(tmp_path / "bundle")
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(Conflict):
        RECORD.write(tmp_path / "file")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bundle", "file"]
