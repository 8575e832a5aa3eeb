"""Checkpoints are notes that outsiders can check; every change to a note is detected."""

from __future__ import annotations

import base64
import hashlib
import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from audit import (
    DEFAULT_ORIGIN,
    Checkpoint,
    Conflict,
    InvalidRecord,
    StoreUnavailable,
    Tampered,
    create_key,
    load_key,
    open_checkpoint,
    public_key,
    sign_checkpoint,
)

ROOT = hashlib.sha256(b"root").hexdigest()


@pytest.fixture(scope="module")
def key() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.generate()


def test_a_note_opens_to_what_was_signed(key: Ed25519PrivateKey) -> None:
    note = sign_checkpoint(key, 42, ROOT)
    assert open_checkpoint(note, public_key(key) + "\n") == Checkpoint(DEFAULT_ORIGIN, 42, ROOT)


def test_the_note_has_the_c2sp_form(key: Ed25519PrivateKey) -> None:
    text, line = sign_checkpoint(key, 42, ROOT, "plant.example/log").split("\n\n")
    assert text == f"plant.example/log\n42\n{base64.b64encode(bytes.fromhex(ROOT)).decode()}"
    dash, name, encoded = line.split()
    assert (dash, name) == ("\N{EM DASH}", "plant.example/log")
    raw = base64.b64decode(public_key(key, "plant.example/log").split("+", 2)[2])[1:]
    signature = base64.b64decode(encoded)
    assert signature[:4] == hashlib.sha256(b"plant.example/log\n\x01" + raw).digest()[:4]
    Ed25519PublicKey.from_public_bytes(raw).verify(signature[4:], text.encode() + b"\n")


def test_signatures_by_others_are_skipped(key: Ed25519PrivateKey) -> None:
    other = sign_checkpoint(Ed25519PrivateKey.generate(), 42, ROOT).split("\n\n")[1]
    text, signature = sign_checkpoint(key, 42, ROOT).split("\n\n")
    assert open_checkpoint(f"{text}\n\n{other}{signature}", public_key(key)).size == 42
    with pytest.raises(Tampered, match="no signature"):
        open_checkpoint(f"{text}\n\n{other}", public_key(key))


@pytest.mark.parametrize(("old", "new"), [("\n42\n", "\n43\n"), ("/audit\n42", "/other\n42")])
def test_a_changed_statement_is_refused(key: Ed25519PrivateKey, old: str, new: str) -> None:
    with pytest.raises(Tampered):
        open_checkpoint(sign_checkpoint(key, 42, ROOT).replace(old, new, 1), public_key(key))


@pytest.mark.parametrize("note", ["", "origin\n\n", "o\n042\nAA==\n\n", "o\n1\nAA==\n\n", "o\n1\n??\n\n"])
def test_what_is_no_checkpoint_is_said_to_be_none(key: Ed25519PrivateKey, note: str) -> None:
    with pytest.raises(InvalidRecord):
        open_checkpoint(note, public_key(key))


@pytest.mark.parametrize("text", ["", "origin", "a+b+c", "origin+00000000+AAAA"])
def test_what_is_no_public_key_is_refused(key: Ed25519PrivateKey, text: str) -> None:
    with pytest.raises(InvalidRecord):
        open_checkpoint(sign_checkpoint(key, 1, ROOT), text)


@pytest.mark.parametrize("origin", ["", "two words", "a+b", "line\nbreak"])
def test_an_origin_is_one_word(key: Ed25519PrivateKey, origin: str) -> None:
    with pytest.raises(InvalidRecord):
        sign_checkpoint(key, 1, ROOT, origin)


def test_the_key_file_is_private_and_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "audit.key"
    created = create_key(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert public_key(load_key(path)) == public_key(created)
    with pytest.raises(Conflict):
        create_key(path)
    with pytest.raises(StoreUnavailable):
        load_key(tmp_path / "absent")
    with pytest.raises(StoreUnavailable):
        create_key(tmp_path / "absent" / "audit.key")
    path.write_text("no key")
    with pytest.raises(InvalidRecord):
        load_key(path)
