"""Bundles are forged in every way that comes to mind, and the verifier names what was forged."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.export.verify_bundle import verify
from tests.support.audit.builders import SELECTION, UPLOAD
from tests.support.audit.bundles import (
    FULL,
    OTHER,
    OWN_KEY,
    OWN_PUBLIC,
    PRIVATE,
    PUBLIC,
    RECORD,
    WEIGHTS,
    Edit,
    appended,
    blob,
    both,
    forged,
    gone,
    line,
    line_of,
    lines,
    longer,
    text,
    verdict,
)
from tests.support.properties import examples

TRUNCATED_ENTRY = b'{"actor":"r1","hash":'
EMPTY: dict[str, object] = {"salt": None, "payload": None}
BACK = {"salt": FULL.evidence[4].sealed.salt, "payload": FULL.evidence[4].sealed.payload}  # type: ignore[union-attr]
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
    ("erasure whose content is no text", forged(7, payload=7), 1, 5, "no entry erased it"),
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
    ("emptied", forged(2, **EMPTY), 1, 2, "no entry erased it"),
    ("emptied half", forged(2, salt=None), 1, 2, "never recorded"),
    ("emptied, with a cover", both(forged(2, **EMPTY), appended(longer("erasure", COVER))), 1, 10, "Entry 10 was added"),
    ("erased content back", forged(5, **BACK), 1, 5, "Entry 5 was to be erased by entry 7"),
    ("erased file back", text(blob(PRIVATE), PRIVATE), 1, 7, "was to be erased by entry 7"),
    ("erasure changed", line("log.jsonl", 7, "asked for", "asked  or"), 1, 7, "content of entry 7"),
    ("erasure points elsewhere", forged(7, payload=OLD_ERASURE.replace('"seq":5', '"seq":2')), 1, 5, "no entry erased it"),
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
    ("count", line("manifest.json", 1, '"erased":2', '"erased":3'), 1, None, "manifest"),
    ("count as truth", line("manifest.json", 1, '"size":9', '"size":true'), 1, None, "manifest"),
    ("origin", line("manifest.json", 1, "sparsemix.local", "elsewhere"), 1, None, "manifest"),
    ("space in the manifest", line("manifest.json", 1, ":9", ": 9"), 1, None, "manifest"),
    ("format", line("manifest.json", 1, "bundle-2", "bundle-3"), 2, None, "not a bundle of the format"),
    ("manifest no JSON", text("manifest.json", b"{"), 2, None, "not JSON"),
    ("huge manifest", text("manifest.json", b" " * 99_999), 2, None, "too long"),
    *(
        (f"no {name}", gone(name), 2, None, f"{name} is missing")
        for name in ("manifest.json", "log.jsonl", "checkpoint.txt", "public_key.txt")
    ),
]


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
    line("log.jsonl", 3, "0.93", "0.39")(folder)
    assert verdict(folder)[1] == 3
    forged(2, **EMPTY)(folder)
    assert verdict(folder)[1] == 2


def test_what_was_put_in_later_accuses_nothing_before_it(folder: Path) -> None:
    entry, sealed, *_ = longer("erasure", COVER).evidence[-1]
    lines("log.jsonl", lambda all: [*all[:5], line_of(entry, sealed), *all[5:]])(folder)
    assert verdict(folder)[:2] == (1, 6)


@examples(300)
@given(data=st.data())
def test_no_byte_can_change_unseen(intact: Path, data: st.DataObject) -> None:
    names = ["log.jsonl", "checkpoint.txt", "checkpoints/000001.txt", "manifest.json", "public_key.txt"]
    path = intact / data.draw(st.sampled_from([*names, *map(blob, (UPLOAD, SELECTION, OTHER, WEIGHTS))]))
    original = path.read_bytes()
    changed = bytearray(original)
    changed[data.draw(st.integers(0, len(original) - 1))] ^= data.draw(st.integers(1, 255))
    try:
        path.write_bytes(changed)
        assert not verify(intact).ok
    finally:
        path.write_bytes(original)


ENTRY_FIELDS = {"v", "seq", "ts", "actor", "type", "subject", "p", "prev", "hash", "salt", "payload"}
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-1, 10)
    | st.sampled_from(["", "erasure", "0" * 64, "{}", "[]", "7", '{"targets":7}']),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["seq", "targets"]), inner, max_size=2),
    max_leaves=4,
)


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
