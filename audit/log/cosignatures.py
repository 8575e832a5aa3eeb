"""Cosignatures of witnesses (c2sp.org/tlog-cosignature): that a checkpoint follows all that the witness has seen of this log.

After ML-DSA-44 (FIPS 204), which withstands quantum computers and commits to the name of the witness, or after Ed25519.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization as ser
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey, MLDSA44PublicKey

from audit.errors import InvalidRecord, StoreUnavailable, Tampered
from audit.log.checkpoints import stated
from audit.log.notes import ED25519_COSIGNATURE, ML_DSA_44, Note, Signature, VerifierKey, check_name
from audit.log.private_keys import parsed_key

COSIGNATURES = (ED25519_COSIGNATURE, ML_DSA_44)
_TIME = struct.Struct(">Q")
_MOST_TIME = 253_402_300_799  # the last second of the year 9999: no clock shows a later one
_UNSUPPORTED = "this installation of `cryptography` has no ML-DSA-44: install cryptography 50 or newer, or use Ed25519"


class WitnessKey(NamedTuple):
    """The private key of a witness, under its name."""

    name: str
    private: MLDSA44PrivateKey | Ed25519PrivateKey

    @property
    def verifier(self) -> VerifierKey:
        """Return the public key."""
        kind = ML_DSA_44 if isinstance(self.private, MLDSA44PrivateKey) else ED25519_COSIGNATURE
        return VerifierKey(self.name, kind, self.private.public_key().public_bytes(ser.Encoding.Raw, ser.PublicFormat.Raw))


class Cosignature(NamedTuple):
    """A cosignature that was valid: the name of the witness, and when it signed, in seconds since 1970."""

    witness: str
    at: int


def new_witness_key(name: str, *, ed25519: bool = False) -> WitnessKey:
    """Make a new key. Raises `InvalidRecord` for a name that no key can have, `StoreUnavailable` without ML-DSA-44."""
    check_name(name)
    try:
        return WitnessKey(name, Ed25519PrivateKey.generate() if ed25519 else MLDSA44PrivateKey.generate())
    except UnsupportedAlgorithm as error:
        raise StoreUnavailable(_UNSUPPORTED) from error


def witness_key(name: str, pem: bytes) -> WitnessKey:
    """Read a private key (PEM, PKCS #8). Raises `InvalidRecord`."""
    check_name(name)
    key = parsed_key(pem, "the key of the witness")
    if not isinstance(key, MLDSA44PrivateKey | Ed25519PrivateKey):
        raise InvalidRecord("the key of the witness is neither ML-DSA-44 nor Ed25519")
    return WitnessKey(name, key)


def cosign(key: WitnessKey, note: Note, at: int) -> Signature:
    """Return the cosignature of a checkpoint; `at` in seconds since 1970. Raises `InvalidRecord` for another note."""
    verifier = key.verifier
    value = key.private.sign(_message(verifier, note, at))
    return Signature(key.name, verifier.id, _TIME.pack(at) + value)


def cosignature_by(key: VerifierKey, note: Note) -> Cosignature | None:
    """Return the newest valid cosignature of a checkpoint by this key; None when it carries none.

    Raises `Tampered` when one is wrong, `InvalidRecord` when the note is not a checkpoint.
    """
    times = []
    for signature in note.by(key):
        at = _TIME.unpack(signature[: _TIME.size])[0] if len(signature) > _TIME.size else _MOST_TIME + 1
        if at > _MOST_TIME:
            raise Tampered(f"the cosignature of {key.name!r:.200} is malformed: it has no time before the year 10000")
        message = _message(key, note, at)
        try:
            kind = MLDSA44PublicKey if key.kind == ML_DSA_44 else Ed25519PublicKey
            kind.from_public_bytes(key.raw).verify(signature[_TIME.size :], message)
        except InvalidSignature as error:
            raise Tampered(f"the cosignature of {key.name!r:.200} is wrong: it was made for another checkpoint") from error
        except UnsupportedAlgorithm as error:
            raise StoreUnavailable(_UNSUPPORTED) from error
        times.append(at)
    return Cosignature(key.name, max(times)) if times else None


def _message(key: VerifierKey, note: Note, at: int) -> bytes:
    checkpoint = stated(note)
    if key.kind != ML_DSA_44:
        return f"cosignature/v1\ntime {at}\n{note.text}".encode()
    name, origin = key.name.encode(), checkpoint.origin.encode()
    if len(origin) > 255:
        raise InvalidRecord("the origin of the checkpoint is too long to be cosigned")
    return b"".join(
        (
            b"subtree/v1\n\x00",
            struct.pack(">B", len(name)) + name,
            _TIME.pack(at),
            struct.pack(">B", len(origin)) + origin,
            _TIME.pack(0) + _TIME.pack(checkpoint.size),
            bytes.fromhex(checkpoint.root),
        )
    )
