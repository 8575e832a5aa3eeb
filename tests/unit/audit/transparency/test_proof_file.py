"""A proof of one entry: it holds, and no changed bit of it does, except in what the entry does not say."""

from __future__ import annotations

import base64
import json
import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit import AuditError, InvalidRecord, Tampered, sign_checkpoint
from audit.log.chain import entry_bytes, hash_of
from audit.log.entries import SealedContent
from audit.log.merkle_tree import leaf_hash
from audit.log.notes import Note
from audit.log.proving import commitment
from audit.records.canonical import canonical
from audit.transparency.proof_file import EntryProof, check_proof, proof_text, read_proof
from tests.support.audit.signed_log import ORIGIN, SignedLog
from tests.support.properties import examples


def made(log: SignedLog, position: int, sealed: SealedContent | None = None) -> EntryProof:
    path = log.tree().at().inclusion(position)
    return EntryProof(entry_bytes(log.rows[position]), sealed, position, path, Note.parse(log.note()))


@pytest.mark.parametrize(("size", "position"), [(1, 0), (2, 1), (300, 299), (300, 17), (700, 256)])
def test_a_proof_is_read_as_it_was_written(log: SignedLog, size: int, position: int) -> None:
    proof = made(log.grow(size), position)
    text = proof_text(proof)
    assert read_proof(text) == proof
    assert text.startswith("c2sp.org/tlog-proof@v1\nextra ") and f"\nindex {position}\n" in text
    proven = check_proof(read_proof(text), log.verifier)
    assert (proven.fields["seq"], proven.content, proven.checkpoint.origin) == (position + 1, None, ORIGIN)


def test_the_content_opens_what_the_entry_commits_to(log: SignedLog) -> None:
    sealed = SealedContent("ab" * 32, '{"n":1}')
    log.grow(3)
    row = replace(log.rows[2], commitment=commitment(bytes.fromhex(sealed.salt), sealed.payload.encode()))
    log.rows[2] = replace(row, hash=hash_of(row))
    assert check_proof(read_proof(proof_text(made(log, 2, sealed))), log.verifier).content == {"n": 1}
    with pytest.raises(Tampered, match="content"):
        check_proof(made(log, 2, SealedContent(sealed.salt, '{"n":2}')), log.verifier)


def test_another_entry_or_place_is_refused(log: SignedLog) -> None:
    good = made(log.grow(300), 17)
    other = SignedLog(log.key).grow(300, "forged")
    for bad in (
        good._replace(position=18),
        good._replace(entry=entry_bytes(log.rows[18])),
        good._replace(entry=entry_bytes(other.rows[17])),
        good._replace(path=good.path[:-1]),
        good._replace(note=Note.parse(other.note())),
    ):
        with pytest.raises(Tampered):
            check_proof(bad, log.verifier)


@pytest.mark.parametrize("seed", range(60))
def test_every_changed_character_is_found(log: SignedLog, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - a test
    text = proof_text(made(log.grow(70), 17))
    at = chance.randrange(len(text))
    changed = text[:at] + chance.choice("AZ09+/ \n=x") + text[at + 1 :]
    if changed != text:
        with pytest.raises(AuditError):
            check_proof(read_proof(changed), log.verifier)


@pytest.mark.parametrize(
    "entry",
    [
        b'{"seq":1}',
        b"[" * 100_000,
        b'{"seq":' + b"[" * 100_000,
        b"7",
        b"\xff",
        b"true",
        b'{"actor":"a","p":"","prev":"","seq":true,"subject":"","ts":"","type":"x","v":1}',
        b'{"actor":"a","p":"","prev":"","seq":1.0,"subject":"","ts":"","type":"x","v":1}',
        b'{"actor":"a","p":"","prev":"","seq":1,"seq":1,"subject":"","ts":"","type":"x","v":1}',
        b'{"actor":"a","p":"","prev":"","seq":1,"subject":"","ts":NaN,"type":"x","v":1}',
        b'{"actor":"a","p":"","prev":"","seq":1,"subject":"","ts":"","type":"x","v":1,"w":1}',
        b'{"actor": "a","p":"","prev":"","seq":1,"subject":"","ts":"","type":"x","v":1}',
    ],
)
def test_a_log_that_signs_something_else_than_entries_is_refused_in_words(log: SignedLog, entry: bytes) -> None:
    note = Note.parse(sign_checkpoint(log.key, 1, leaf_hash(entry).hex(), ORIGIN))
    with pytest.raises(InvalidRecord):
        check_proof(EntryProof(entry, None, 0, [], note), log.verifier)


@pytest.mark.parametrize(
    "changed",
    [
        {"note": "x"},
        {"salt": "ab" * 32},
        {"payload": "{}"},
        {"salt": None},
    ],
)
def test_an_extra_line_with_other_fields_is_refused(log: SignedLog, changed: dict[str, object]) -> None:
    text = proof_text(made(log.grow(3), 2))
    extra = text.splitlines()[1].removeprefix("extra ")
    other = base64.b64encode(canonical(json.loads(base64.b64decode(extra)) | changed)).decode()
    with pytest.raises(InvalidRecord, match="extra line"):
        read_proof(text.replace(extra, other))
    with pytest.raises(InvalidRecord, match="canonical"):
        read_proof(text.replace(extra, base64.b64encode(b" " + base64.b64decode(extra)).decode()))


CONTENTS = st.dictionaries(st.sampled_from(["entry", "salt", "payload"]), st.sampled_from(["", "x", "half \ud800", 7, None]))


@examples(200)
@given(st.binary(max_size=60) | CONTENTS.map(lambda content: json.dumps(content).encode()), st.text(max_size=60))
def test_any_text_is_refused_in_words(extra: bytes, rest: str) -> None:
    for between in ("", "\n"):
        with pytest.raises(InvalidRecord):
            read_proof(f"c2sp.org/tlog-proof@v1\nextra {base64.b64encode(extra).decode()}\nindex 0\n{between}{rest}")
