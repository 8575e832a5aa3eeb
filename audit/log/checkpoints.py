"""Signed checkpoints: the log's size and root, kept where the owner of the database cannot rewrite them.

A checkpoint is a C2SP note (c2sp.org/signed-note, c2sp.org/tlog-checkpoint) with an Ed25519 signature (RFC 8032):

    sparsemix.local/audit
    42
    CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

    — sparsemix.local/audit Az3grlgt...

The public key travels as a C2SP verifier key, `<origin>+<key id>+<base64>`, which binds it to the origin.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization as ser
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from audit.errors import Conflict, InvalidRecord, StoreUnavailable, Tampered

__all__ = [
    "DEFAULT_ORIGIN",
    "Checkpoint",
    "create_key",
    "load_key",
    "open_checkpoint",
    "public_key",
    "sign_checkpoint",
]

DEFAULT_ORIGIN = "sparsemix.local/audit"

_ED25519 = b"\x01"  # signature type of the signed-note specification
_DASH = "\N{EM DASH}"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A checkpoint whose signature was valid: `size` entries had the Merkle root `root` (hexadecimal)."""

    origin: str
    size: int
    root: str


def create_key(path: Path) -> Ed25519PrivateKey:
    """Write a new private key (PEM, PKCS #8, mode 0600) to `path`. Raises `Conflict` if it exists."""
    key = Ed25519PrivateKey.generate()
    pem = key.private_bytes(ser.Encoding.PEM, ser.PrivateFormat.PKCS8, ser.NoEncryption())
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise Conflict(f"the key file {path} exists already and is never overwritten; choose another path") from error
    except OSError as error:
        raise StoreUnavailable(f"cannot create the key file {path}: {error.strerror}") from error
    with os.fdopen(descriptor, "wb") as file:
        file.write(pem)
    return key


def load_key(path: Path) -> Ed25519PrivateKey:
    """Read a private key. Raises `StoreUnavailable` if unreadable, `InvalidRecord` if not Ed25519."""
    try:
        key = ser.load_pem_private_key(path.read_bytes(), password=None)
    except OSError as error:
        raise StoreUnavailable(f"cannot read the key file {path}: {error.strerror}") from error
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise InvalidRecord(f"{path} is not an unencrypted PEM private key") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise InvalidRecord(f"{path} holds a key that is not Ed25519")
    return key


def _raw(key: Ed25519PublicKey) -> bytes:
    return key.public_bytes(ser.Encoding.Raw, ser.PublicFormat.Raw)


def _key_id(origin: str, raw: bytes) -> bytes:
    return hashlib.sha256(origin.encode() + b"\n" + _ED25519 + raw).digest()[:4]


def _check_origin(origin: str) -> None:
    if not origin or "+" in origin or re.search(r"\s", origin):
        raise InvalidRecord("the origin of a checkpoint must be non-empty and contain neither spaces nor '+'")


def public_key(key: Ed25519PrivateKey, origin: str = DEFAULT_ORIGIN) -> str:
    """Return the verifier key of `key` as one line of text (C2SP signed-note)."""
    _check_origin(origin)
    raw = _raw(key.public_key())
    return f"{origin}+{_key_id(origin, raw).hex()}+{base64.b64encode(_ED25519 + raw).decode()}"


def sign_checkpoint(key: Ed25519PrivateKey, size: int, root: str, origin: str = DEFAULT_ORIGIN) -> str:
    """Return the signed note that states `size` (entries) and `root` (hexadecimal)."""
    _check_origin(origin)
    text = f"{origin}\n{size}\n{base64.b64encode(bytes.fromhex(root)).decode()}\n"
    signature = _key_id(origin, _raw(key.public_key())) + key.sign(text.encode())
    return f"{text}\n{_DASH} {origin} {base64.b64encode(signature).decode()}\n"


def open_checkpoint(note: str, verifier_key: str) -> Checkpoint:
    """Check the signature of a signed note and return the checkpoint that it states.

    Raises `InvalidRecord` when the note or the key is malformed, `Tampered` when no signature of this key
    is valid.
    """
    origin, key = _parse_verifier_key(verifier_key.strip())
    text, separator, signatures = note.rpartition("\n\n")
    lines = text.split("\n")
    if not separator or len(lines) < 3 or not re.fullmatch(r"0|[1-9][0-9]{0,15}", lines[1], re.ASCII):
        raise InvalidRecord("this is not a checkpoint: expected origin, size, root, an empty line and a signature")
    root = _decode(lines[2], "the root of the checkpoint")
    if len(root) != hashlib.sha256().digest_size:
        raise InvalidRecord("the root of the checkpoint is not a SHA-256")
    if lines[0] != origin:
        raise Tampered(f"the checkpoint is from {lines[0]!r:.200}, the public key from {origin!r:.200}")
    prefix, key_id = f"{_DASH} {origin} ", _key_id(origin, _raw(key))
    for line in signatures.splitlines():
        signed = _decode(line.removeprefix(prefix), "a signature") if line.startswith(prefix) else b""
        if signed[:4] != key_id:
            continue  # notes may carry signatures by other keys
        try:
            key.verify(signed[4:], (text + "\n").encode())
        except InvalidSignature as error:
            raise Tampered("the signature of the checkpoint is wrong: the checkpoint was changed") from error
        return Checkpoint(origin, int(lines[1]), root.hex())
    raise Tampered("the checkpoint carries no signature by this public key")


def _parse_verifier_key(text: str) -> tuple[str, Ed25519PublicKey]:
    origin, _, rest = text.partition("+")
    key_id, _, encoded = rest.partition("+")
    raw = _decode(encoded, "the public key")
    if raw[:1] != _ED25519 or len(raw) != 33 or key_id != _key_id(origin, raw[1:]).hex():
        raise InvalidRecord("this is not a public key of the form <origin>+<key id>+<base64 of an Ed25519 key>")
    return origin, Ed25519PublicKey.from_public_bytes(raw[1:])


def _decode(text: str, what: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise InvalidRecord(f"{what} is not base64") from error
