"""Private keys in files: PEM (PKCS #8), readable by their owner alone, never overwritten."""

from __future__ import annotations

import os
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization as ser
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from audit.errors import Conflict, InvalidRecord, StoreUnavailable
from audit.records.atomic_files import read_bytes

_MOST_BYTES = 64 * 1024


def create_key(path: Path) -> Ed25519PrivateKey:
    """Write a new Ed25519 key to `path`. Raises as `write_key`."""
    key = Ed25519PrivateKey.generate()
    write_key(path, key)
    return key


def load_key(path: Path) -> Ed25519PrivateKey:
    """Read an Ed25519 key. Raises `StoreUnavailable` if unreadable, `InvalidRecord` if not Ed25519."""
    key = parsed_key(read_bytes(path, _MOST_BYTES), str(path))
    if not isinstance(key, Ed25519PrivateKey):
        raise InvalidRecord(f"{path} holds a key that is not Ed25519")
    return key


def key_of(path: Path) -> Ed25519PrivateKey:
    """Return the key at `path`; create it on first use. Raises `StoreUnavailable`, `InvalidRecord`."""
    try:
        return load_key(path) if path.exists() else create_key(path)
    except Conflict:  # another process created it a moment ago
        return load_key(path)


def write_key(path: Path, key: Ed25519PrivateKey | MLDSA44PrivateKey) -> None:
    """Write a key to a new file with mode 0600. Raises `Conflict` if it exists, `StoreUnavailable`."""
    pem = key.private_bytes(ser.Encoding.PEM, ser.PrivateFormat.PKCS8, ser.NoEncryption())
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise Conflict(f"the key file {path} exists already and is never overwritten; choose another path") from error
    except OSError as error:
        raise StoreUnavailable(f"cannot create the key file {path}: {error.strerror}") from error
    with os.fdopen(descriptor, "wb") as file:
        file.write(pem)


def parsed_key(pem: bytes, what: str) -> object:
    """Return the private key that a PEM holds. Raises `InvalidRecord`."""
    try:
        return ser.load_pem_private_key(pem, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise InvalidRecord(f"{what} is not an unencrypted PEM private key") from error
