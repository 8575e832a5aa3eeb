"""Keys with which people sign: made, confirmed in the log, replaced.

A person's key is Ed25519 (RFC 8032); `audit.people.sealed_keys` keeps its private half. The public half counts from its entry
of type "key" on (`audit.log.authority` has the rules). Until then it waits for an administrator, who compares its fingerprint
with what the person sees. The key of the program (`Database.program`) waits for one, too, where it was not there at the set-up.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Connection, RowMapping, select

from audit.errors import InvalidRecord, SignatureFailed
from audit.log.entries import KEY
from audit.log.roles import KEY_KINDS, PERSONAL_KEYS, PROGRAM
from audit.log.signatures import Signer, proof_of, public_half
from audit.people import sealed_keys
from audit.records import validation as v
from audit.storage import documents
from audit.storage.database import Database
from audit.storage.schema import signing_keys

UNCONFIRMED = "your key is not confirmed yet: ask an administrator to confirm it on the page Team"
REPLACED = f"{UNCONFIRMED}; and another key counts for you: if you did not make it, tell an auditor"


@dataclass(frozen=True, slots=True)
class PublicKey:
    """The public half of a key: whose it is, its 32 bytes in hexadecimal, its kind (`audit.log.roles.KEY_KINDS`), when it was
    made or confirmed, and whether somebody else chose its password (`initial`: it signs nothing but its successor). ``proof``:
    its signature of whose it is; those of earlier versions have none."""

    account_id: str
    public_key: str
    kind: str
    made_at: str
    initial: bool = False
    proof: str | None = None

    @property
    def fingerprint(self) -> str:
        """Return what people compare."""
        return fingerprint(self.public_key)


def public_key(signer: Signer, made_at: str, *, initial: bool = False) -> PublicKey:
    """Return the public half of an open key, which proves whose it is."""
    return PublicKey(signer.account_id, public_half(signer.private), signer.kind, made_at, initial, proof_of(signer))


def fingerprint(public_key: str) -> str:
    """Return the first half of the key's SHA-256 in groups of four characters, for people to compare."""
    digest = hashlib.sha256(bytes.fromhex(public_key)).hexdigest()[:32]
    return " ".join(digest[at : at + 4] for at in range(0, 32, 4))


def new_key() -> Ed25519PrivateKey:
    """Make a key."""
    return Ed25519PrivateKey.generate()


def give(database: Database, connection: Connection, actor: str, account_id: str, password: str) -> None:
    """Make a key under a password that an administrator has chosen: its owner replaces both before it signs anything.

    The key of a passkey is revoked, too: people get a new password when they have lost the device of their passkey.
    """
    revoke_passkey(database, connection, actor, account_id)
    if not keys_exist(connection):
        sealed_keys.drop(connection, account_id, "password")  # the next sign-in makes one
        return
    private, now = new_key(), database.now(connection)
    sealed_keys.store(connection, account_id, private, password, now)
    record(database, connection, actor, public_key(Signer(account_id, "password", private), now, initial=True))


def renew(database: Database, connection: Connection, signer: Signer, password: str) -> None:
    """Seal a person's own key under their new password; a key that somebody else chose the password of is replaced.

    From now on the transaction is signed by it. Raises `SignatureFailed` when the key has to be confirmed first.
    """
    public, now = public_half(signer.private), database.now(connection)
    held = next((key for key in account_keys(connection, signer.account_id) if key.public_key == public), None)
    if held is None and keys_exist(connection):
        raise SignatureFailed(UNCONFIRMED, "waiting")
    # A passkey's key stays with the passkey.
    own = signer.kind == "password" and not (held is not None and held.initial)
    private = signer.private if own else new_key()
    sealed_keys.store(connection, signer.account_id, private, password, now)
    database.sign_as(connection, signer)
    if private is not signer.private:
        successor = Signer(signer.account_id, "password", private)
        record(database, connection, signer.account_id, public_key(successor, now))
        database.sign_as(connection, successor)


def keys_exist(connection: Connection) -> bool:
    """Return whether what people do in this record has to be signed."""
    return documents.exist(connection, KEY)


def root_key(connection: Connection) -> str | None:
    """Return the record's root key (hexadecimal), None as long as nobody signs. Raises `Tampered`."""
    first = next(documents.every(connection, KEY), None)
    return None if first is None or first.content is None else str(first.content.get("public_key"))


def record(database: Database, connection: Connection, actor: str, key: PublicKey) -> None:
    """Let a key count from now on. The transaction's signer signs that; for the root key, made by the program, its own owner.

    Raises `SignatureNeeded`, `InvalidRecord`.
    """
    if key.kind not in KEY_KINDS:
        raise InvalidRecord(f"a key is of one of the kinds {', '.join(KEY_KINDS)}")
    v.sha256_hex("public key", key.public_key)
    _append(database, connection, actor, key, {"revoked": False, "proof": key.proof})


def revoke(database: Database, connection: Connection, actor: str, key: PublicKey) -> None:
    """Let a key sign nothing more. The transaction's signer signs that. Raises `SignatureNeeded`."""
    _append(database, connection, actor, key, {"revoked": True})


def _append(database: Database, connection: Connection, actor: str, key: PublicKey, more: dict[str, object]) -> None:
    content = {"public_key": key.public_key, "kind": key.kind, "initial": key.initial} | more
    database.append(connection, actor=actor, type=KEY, subject=key.account_id, payload=content)


def revoke_passkey(database: Database, connection: Connection, actor: str, account_id: str) -> bool:
    """Let the key of an account's passkey sign nothing more, and delete it; return whether there was one.

    Raises `SignatureNeeded`, `Tampered`.
    """
    held = [key for key in account_keys(connection, account_id) if key.kind == "passkey"]
    for key in held:
        revoke(database, connection, actor, key)
    dropped = sealed_keys.drop(connection, account_id, "passkey")
    return bool(held) or dropped


def account_keys(connection: Connection, account_id: str) -> list[PublicKey]:
    """Return the keys of an account that count now. Raises `Tampered`."""
    held: dict[str, PublicKey] = {}
    for entry, content in documents.history(connection, account_id, KEY):
        read = _read(account_id, entry.ts, content or {})
        if (content or {}).get("revoked") is True:
            held.pop(read.public_key, None)
        else:
            # A new key replaces the one of the same kind before it, but for the program.
            held = {one: key for one, key in held.items() if key.kind != read.kind or key.kind == PROGRAM}
            held[read.public_key] = read
    return list(held.values())


def _read(account_id: str, at: str, content: dict[str, Any]) -> PublicKey:
    public, kind = str(content.get("public_key")), str(content.get("kind"))
    return PublicKey(account_id, public, kind, at, content.get("initial") is True, content.get("proof"))


def signs(connection: Connection, signer: Signer) -> bool:
    """Return whether what this key signs counts now. Raises `Tampered`."""
    held = {key.public_key: key.initial for key in account_keys(connection, signer.account_id)}
    return held.get(public_half(signer.private)) is False


def waiting(connection: Connection, account_id: str | None = None) -> list[PublicKey]:
    """Return the keys that people, or the owner of one account, have made and no administrator has confirmed yet, oldest first.

    Raises `Tampered`.
    """
    found = select(signing_keys).order_by(signing_keys.c.made_at)
    rows = connection.execute(found if account_id is None else found.where(signing_keys.c.account_id == account_id)).mappings()
    given = _given(connection)
    return [key for row in rows if (key := _of_row(row)) is not None and key.public_key not in given]


def program_waiting(database: Database, connection: Connection) -> list[PublicKey]:
    """Return this program's key where it is not in the log yet. Raises `Tampered`, `StoreUnavailable`."""
    signer = database.program()
    key = None if signer is None else public_key(signer, database.now(connection))
    return [] if key is None or key.public_key in _given(connection) else [key]


def begin_program(database: Database, connection: Connection, actor: str) -> None:
    """Let this program's key count from now on where it is not in the log yet. The transaction's signer signs that."""
    for key in program_waiting(database, connection):
        record(database, connection, actor, key)


def _given(connection: Connection) -> set[object]:
    """Return all keys that the log has ever had: it takes each once, so that one which was revoked never waits again."""
    return {content.get("public_key") for _, content in documents.every(connection, KEY) if content is not None}


def _of_row(row: RowMapping) -> PublicKey | None:
    """Return the public half of a sealed key; None for a row that was forged into something else."""
    try:
        public, made_at = v.sha256_hex("public key", row["public_key"]), v.moment("made at", row["made_at"])
    except InvalidRecord:
        return None
    proof = sealed_keys.proof(row)
    return PublicKey(row["account_id"], public, row["kind"], made_at, False, proof) if row["kind"] in PERSONAL_KEYS else None
