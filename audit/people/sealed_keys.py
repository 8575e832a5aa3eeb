"""Private keys of people, stored sealed: under a password, or under the secret of a passkey; opened for one signature.

The seal is ChaCha20-Poly1305 (RFC 8439), its key argon2id (RFC 9106) of the password. The rows lie outside the log, so that
nobody can guess passwords from an exported log. Who reads the database can guess, at a tenth of a second and 64 MiB a guess, as
with the hash of the password itself. Nobody can guess the secret of a passkey (WebAuthn, extension prf).
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from argon2.exceptions import Argon2Error
from argon2.low_level import Type, hash_secret_raw
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import Connection, RowMapping, delete, select

from audit.errors import SignatureFailed
from audit.log.signatures import Signer, proof_of, public_half
from audit.people.hashing import hashing
from audit.storage.schema import signing_keys

_MEMORY, _PASSES, _LANES = 64 * 1024, 3, 4  # KiB; RFC 9106's second recommended setting
_NONE = "this account has no key to sign with: sign out and in again, then have the key confirmed"
_USED = "this answer of the passkey was used before, or the passkey was copied; nothing was signed"
_SPOILT = "the stored key of this account cannot be read: ask an administrator for a new password"


def store(connection: Connection, account_id: str, private: Ed25519PrivateKey, password: str, now: str) -> None:
    """Keep a key, sealed under a password, in place of the account's key under a password."""
    salt = secrets.token_bytes(16)
    _store(connection, account_id, "password", private, _from_password(password, salt), {"salt": salt.hex()}, now)


def store_for_passkey(
    connection: Connection,
    account_id: str,
    private: Ed25519PrivateKey,
    secret: bytes,
    credential: Mapping[str, object],
    now: str,
) -> None:
    """Keep a key, sealed under the secret of a passkey (WebAuthn, extension prf), in place of the account's key of that kind.

    `credential`: what is needed to ask for the passkey again, as JSON has it.
    """
    _store(connection, account_id, "passkey", private, _wrapping(secret), {"credential": dict(credential)}, now)


def _store(
    connection: Connection,
    account_id: str,
    kind: str,
    private: Ed25519PrivateKey,
    wrapping: bytes,
    about: Mapping[str, object],
    now: str,
) -> None:
    nonce, public = secrets.token_bytes(12), public_half(private)
    sealed = ChaCha20Poly1305(wrapping).encrypt(nonce, private.private_bytes_raw(), _bound(account_id, kind, public))
    drop(connection, account_id, kind)
    proof = proof_of(Signer(account_id, kind, private))
    content = json.dumps({**about, "nonce": nonce.hex(), "sealed": sealed.hex(), "proof": proof})
    row = {"public_key": public, "account_id": account_id, "kind": kind, "made_at": now, "sealed": content}
    connection.execute(signing_keys.insert().values(row))


def proof(row: RowMapping) -> str | None:
    """Return what a stored key signed of whose it is; None where it did not, or the row cannot be read."""
    with suppress(SignatureFailed):
        return _parts(row).get("proof")
    return None


def keep_proof(connection: Connection, signer: Signer) -> None:
    """Let a stored key have signed whose it is, where an earlier version made it."""
    row = _needed(connection, signer.account_id, signer.kind, hold=True)
    own = signing_keys.c.public_key == public_half(signer.private)
    sealed = json.dumps(_parts(row) | {"proof": proof_of(signer)})
    connection.execute(signing_keys.update().where(own).values(sealed=sealed))


def drop(connection: Connection, account_id: str, kind: str | None = None) -> bool:
    """Delete an account's sealed keys, or the one of this kind; return whether there were any."""
    own = signing_keys.c.account_id == account_id
    which = own if kind is None else own & (signing_keys.c.kind == kind)
    return connection.execute(delete(signing_keys).where(which)).rowcount > 0


def has_sealed(connection: Connection, account_id: str) -> bool:
    """Return whether an account has a key under a password, confirmed or not."""
    return _row(connection, account_id, "password") is not None


def opened(connection: Connection, account_id: str, password: str) -> Signer | None:
    """Open an account's key with its password; None when it is wrong. Raises `SignatureFailed` when the account has none."""
    return opener(connection, account_id, password)()


def opener(connection: Connection, account_id: str, given: str | bytes) -> Callable[[], Signer | None]:
    """Return a call that opens an account's key with its password, or with the secret of its passkey (bytes).

    The call needs no connection; it returns None when password or secret are not the right ones. Raises as `opened`.
    """
    row = _needed(connection, account_id, "password" if isinstance(given, str) else "passkey")
    return lambda: _opened(row, given)


def passkey(connection: Connection, account_id: str) -> Mapping[str, object] | None:
    """Return what is needed to ask for an account's passkey; None without one. Raises `SignatureFailed`."""
    row = _row(connection, account_id, "passkey")
    credential = {} if row is None else _parts(row).get("credential")
    if not isinstance(credential, dict):
        raise SignatureFailed(_SPOILT, "unreadable")
    return None if row is None else credential


def count_passkey(connection: Connection, account_id: str, sign_count: int) -> None:
    """Keep how often a passkey says that it was used: `sign_count` of its credential.

    Raises `SignatureFailed` unless that is more than before: an answer used twice, or a copy of the passkey. A passkey that
    counts nothing says 0 each time.
    """
    row = _needed(connection, account_id, "passkey", hold=True)
    parts = _parts(row)
    try:
        before = parts["credential"].get("sign_count", 0)
        if (before or sign_count) and sign_count <= before:
            raise SignatureFailed(_USED, "wrong")
        parts["credential"]["sign_count"] = sign_count
    except (TypeError, KeyError, AttributeError) as error:
        raise SignatureFailed(_SPOILT, "unreadable") from error
    own = signing_keys.c.public_key == row["public_key"]
    connection.execute(signing_keys.update().where(own).values(sealed=json.dumps(parts)))


def _row(connection: Connection, account_id: str, kind: str, *, hold: bool = False) -> RowMapping | None:
    own = (signing_keys.c.account_id == account_id) & (signing_keys.c.kind == kind)
    query = select(signing_keys).where(own)
    return connection.execute(query.with_for_update() if hold else query).mappings().first()


def _parts(row: RowMapping) -> dict[str, Any]:
    """Read what is stored of a sealed key: forged cells may hold anything."""
    try:
        parts = json.loads(row["sealed"])
    except (ValueError, TypeError, RecursionError) as error:
        raise SignatureFailed(_SPOILT, "unreadable") from error
    if not isinstance(parts, dict):
        raise SignatureFailed(_SPOILT, "unreadable")
    return parts


def _needed(connection: Connection, account_id: str, kind: str, *, hold: bool = False) -> RowMapping:
    row = _row(connection, account_id, kind, hold=hold)
    if row is None:
        raise SignatureFailed(_NONE, "no_key")
    return row


def _opened(row: RowMapping, given: str | bytes) -> Signer | None:
    parts = _parts(row)
    try:
        key = _wrapping(given) if isinstance(given, bytes) else _from_password(given, bytes.fromhex(parts["salt"]))
        nonce, sealed = bytes.fromhex(parts["nonce"]), bytes.fromhex(parts["sealed"])
        raw = ChaCha20Poly1305(key).decrypt(nonce, sealed, _bound(row["account_id"], row["kind"], str(row["public_key"])))
        return Signer(row["account_id"], row["kind"], Ed25519PrivateKey.from_private_bytes(raw))
    except (InvalidTag, UnicodeEncodeError):
        return None
    except (ValueError, TypeError, KeyError, Argon2Error) as error:
        raise SignatureFailed(_SPOILT, "unreadable") from error


def _bound(account_id: str, kind: str, public: str) -> bytes:
    return f"{account_id} {kind} {public}".encode("utf-8", "surrogatepass")


def _from_password(password: str, salt: bytes) -> bytes:
    with hashing(signed_in=True):
        return hash_secret_raw(
            password[:1000].encode(),
            salt,
            time_cost=_PASSES,
            memory_cost=_MEMORY,
            parallelism=_LANES,
            hash_len=32,
            type=Type.ID,
        )


def _wrapping(secret: bytes) -> bytes:
    """Return the key that seals, from a passkey's secret (HKDF, RFC 5869)."""
    return HKDF(hashes.SHA256(), 32, None, b"SparseMix: seal of a key for signing").derive(secret)
