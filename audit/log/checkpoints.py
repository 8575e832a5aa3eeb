"""Signed checkpoints: the log's size and root, kept where the owner of the database cannot rewrite them.

A checkpoint is a C2SP note (c2sp.org/signed-note, c2sp.org/tlog-checkpoint) with an Ed25519 signature (RFC 8032):

    sparsemix.local/audit
    42
    CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

    — sparsemix.local/audit Az3grlgt...

A line below the root, an extension, names the record's root key, by which everybody's key for signing was confirmed: so it is
known outside the database as well.

The public key travels as a C2SP verifier key, `<origin>+<key id>+<base64>`, which binds it to the origin.
"""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization as ser
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from audit.errors import InvalidRecord, Tampered
from audit.log.notes import ED25519 as _ED25519
from audit.log.notes import Note, Signature, VerifierKey, check_name, decoded

DEFAULT_ORIGIN = "sparsemix.local/audit"
_ROOT_KEY = "root-key "


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A checkpoint whose signature was valid: `size` entries had the Merkle root `root` (hexadecimal).

    `root_key`: the record's first key for signing (hexadecimal), None where nobody signed yet.
    """

    origin: str
    size: int
    root: str
    root_key: str | None = field(default=None, compare=False)


def _verifier(key: Ed25519PrivateKey, origin: str) -> VerifierKey:
    raw = key.public_key().public_bytes(ser.Encoding.Raw, ser.PublicFormat.Raw)
    return VerifierKey(origin, _ED25519, raw)


def public_key(key: Ed25519PrivateKey, origin: str = DEFAULT_ORIGIN) -> str:
    """Return the verifier key of `key` as one line of text (C2SP signed-note)."""
    check_name(origin)
    return str(_verifier(key, origin))


def sign_checkpoint(
    key: Ed25519PrivateKey, size: int, root: str, origin: str = DEFAULT_ORIGIN, *, root_key: str | None = None
) -> str:
    """Return the signed note that states `size` (entries) and `root` (hexadecimal), and which `root_key` the record has."""
    check_name(origin)
    text = statement(Checkpoint(origin, size, root, root_key))
    return str(Note(text, (Signature(origin, _verifier(key, origin).id, key.sign(text.encode())),)))


def statement(checkpoint: Checkpoint) -> str:
    """Return the text that is signed: origin, size, root and, where there is one, the root key, a line each."""
    extension = f"{_ROOT_KEY}{checkpoint.root_key}\n" if checkpoint.root_key else ""
    root = base64.b64encode(bytes.fromhex(checkpoint.root)).decode()
    return f"{checkpoint.origin}\n{checkpoint.size}\n{root}\n{extension}"


def stated(note: Note) -> Checkpoint:
    """Return what a note states; its signatures are not checked. Of the lines after the root, only the root key is read.

    Raises `InvalidRecord` when the note is not a checkpoint.
    """
    lines = note.text.removesuffix("\n").split("\n")
    if len(lines) < 3 or not all(lines) or not re.fullmatch(r"0|[1-9][0-9]{0,15}", lines[1], re.ASCII):
        raise InvalidRecord("this is not a checkpoint: expected origin, size, root, an empty line and a signature")
    root = decoded(lines[2], "the root of the checkpoint")
    if len(root) != hashlib.sha256().digest_size:
        raise InvalidRecord("the root of the checkpoint is not a SHA-256")
    named = next((line.removeprefix(_ROOT_KEY) for line in lines[3:] if line.startswith(_ROOT_KEY)), None)
    return Checkpoint(lines[0], int(lines[1]), root.hex(), named)


def open_checkpoint(note: str, verifier_key: str) -> Checkpoint:
    """Check the signature of a signed note and return the checkpoint that it states.

    Raises `InvalidRecord` when the note or the key is malformed, `Tampered` when no signature of this key
    is valid.
    """
    key, opened = VerifierKey.parse(verifier_key), Note.parse(note)
    checkpoint = stated(opened)
    if checkpoint.origin != key.name:
        raise Tampered(f"the checkpoint is from {checkpoint.origin!r:.200}, the public key from {key.name!r:.200}")
    signatures = opened.by(key)
    if not signatures:
        raise Tampered("the checkpoint carries no signature by this public key")
    for signature in signatures:
        try:
            Ed25519PublicKey.from_public_bytes(key.raw).verify(signature, opened.text.encode())
        except InvalidSignature as error:
            raise Tampered("the signature of the checkpoint is wrong: the checkpoint was changed") from error
    return checkpoint
