"""Signing: a person's key is opened with the password for one action, confirmed by an administrator, replaced and revoked.

    access.signing(password).queue.submit(claim, judgement)       # 21 CFR 11.200: one component at each signing
    access.keys.begin(password)                                   # an administrator: from now on nothing unsigned counts
    access.signing(password).keys.confirm(public_key)

Five wrong passwords in a row lock the account for a quarter of an hour (`audit.people.attempts`). What is lost, is replaced: an
administrator gives a new password, and with it a new key, which signs nothing until its owner has chosen their own password.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, select

from audit.errors import Conflict, NotFound, SignatureFailed, SignatureNeeded
from audit.log.roles import PROGRAM, SYSTEM
from audit.log.signatures import Signer, proves, public_half
from audit.people import attempts, keys, passwords, sealed_keys, sessions
from audit.people.attempts import At
from audit.people.keys import PublicKey
from audit.people.rights import Action, RecordPart
from audit.people.sessions import Account
from audit.records.vocabulary import Role
from audit.storage.database import Database
from audit.storage.schema import credentials

_WRONG = (
    "the password or passkey is wrong, or the account is locked for some minutes after too many failures; nothing was signed"
)
_ANOTHERS = "the stored key is not one that your password opens: tell an auditor; nothing was signed"

_PROGRAM = Account(PROGRAM, PROGRAM, "SparseMix", (), True, PROGRAM, None)
"""Stands for the program in lists of keys."""


def unlock(database: Database, account: Account, given: str | bytes) -> Signer:
    """Open an account's key with its password, or with the secret of its passkey (bytes).

    Raises `SignatureFailed`; `TooManyPasswords`.
    """
    signer = _opened(database, account, given)
    with database.read() as connection:
        held = {key.public_key: key for key in keys.account_keys(connection, signer.account_id)}
        needed, key = keys.keys_exist(connection), held.get(public_half(signer.private))
    if key is None and needed:
        raise SignatureFailed(keys.REPLACED if held else keys.UNCONFIRMED, "waiting")
    if key is not None and key.initial:
        raise SignatureFailed(
            "an administrator chose your password: change it first, under your name in the side bar", "initial"
        )
    return signer


def _opened(database: Database, account: Account, given: str | bytes) -> Signer:
    """Open a key, whether it counts or not, and count the attempt."""
    counts = select(credentials).where(credentials.c.account_id == account.id)
    with database.read() as connection:
        row = connection.execute(counts).mappings().first()
        locked = row is not None and attempts.is_locked(row, At.SIGNATURE, database.now(connection))
        open_key = sealed_keys.opener(connection, account.id, given)
    signer = None if locked else open_key()  # takes a tenth of a second, or waits for its turn: no connection is held
    stored = row["password_hash"] if row is not None and signer is None and not locked else None
    if stored is not None and isinstance(given, str) and passwords.password_fits(stored, given, signed_in=True):
        raise SignatureFailed(_ANOTHERS, "unreadable")
    with database.write() as connection:
        right = _count(database, connection, account.id, right=signer is not None)
    if signer is None or not right:
        raise SignatureFailed(_WRONG, "wrong")
    return signer


def _count(database: Database, connection: Connection, account_id: str, *, right: bool) -> bool:
    """Count a password that was right or wrong; return whether it was right and the account is not locked.

    Of many guesses at once, those after the fifth learn nothing: the lock is looked at again.
    """
    held, now = attempts.held(connection, account_id), database.now(connection)
    if held is None or attempts.is_locked(held, At.SIGNATURE, now):
        return False
    if right:
        attempts.count_right(connection, held, At.SIGNATURE)
    else:
        note = {"how": "wrong password or passkey at a signature"}
        database.append(connection, actor=SYSTEM, type="sign_in_failed", subject=account_id, payload=note)
        attempts.count_wrong(database, connection, held, At.SIGNATURE, now)
    return right


class Keys(RecordPart):
    """The keys as one person sees and manages them. Every method may raise `Denied` and `SignInFailed`."""

    def needed(self) -> bool:
        """Return whether this person has to open a key for what they do: not where their machine has one."""
        if self._rights.signer is not None:
            return False
        with self._rights.reading(confirming=True) as (connection, _):
            return keys.keys_exist(connection)

    def root(self) -> str | None:
        """Return the fingerprint of the record's root key; None as long as nobody signs."""
        with self._rights.reading() as (connection, _):
            root = keys.root_key(connection)
        return None if root is None else keys.fingerprint(root)

    def own(self) -> tuple[PublicKey | None, bool]:
        """Return this person's key under a password, and whether it counts; None when there is none yet."""
        with self._rights.reading() as (connection, person):
            held = [key for key in keys.account_keys(connection, person.id) if key.kind == "password"]
            made = next((key for key in keys.waiting(connection, person.id) if key.kind == "password"), None)
        return (made, False) if made is not None else (held[-1], True) if held else (None, False)

    def proven(self, password: str) -> PublicKey:
        """Return this person's key as the password opens it, confirmed or not.

        What the database says of a key that waits could be another's: only this fingerprint is one to read out. Raises
        `SignatureFailed`.
        """
        with self._rights.reading() as (connection, person):
            account = sessions.account(connection, person.id)
            now = self._database.now(connection)
        signer = _opened(self._database, account, password)
        with self._rights.acting(Action.READ) as (connection, _):
            sealed_keys.keep_proof(connection, signer)
        return keys.public_key(signer, now)

    def make(self, password: str) -> PublicKey:
        """Make a key for a person who signs in elsewhere, sealed under a password for signing alone.

        It counts when an administrator has confirmed it. Raises `Conflict` for a person who signs in with a password: their
        key was made when they did; `InvalidRecord`.
        """
        with self._rights.acting(Action.READ) as (connection, person):
            account = sessions.account(connection, person.id)
            if account.provider == "password":
                raise Conflict("your key was made when you signed in; its password is the one that you sign in with")
            passwords.check_password(password, account.login)
            sealed_keys.store(connection, person.id, keys.new_key(), password, self._database.now(connection))
            return keys.waiting(connection, person.id)[0]

    def passkey(self) -> Mapping[str, object] | None:
        """Return what is needed to ask for this person's passkey; None without one."""
        with self._rights.reading() as (connection, person):
            return sealed_keys.passkey(connection, person.id)

    def count_passkey(self, sign_count: int) -> None:
        """Keep how often this person's passkey says that it was used. Raises `SignatureFailed` unless it is more now."""
        with self._rights.acting(Action.READ) as (connection, person):
            sealed_keys.count_passkey(connection, person.id, sign_count)

    def add_passkey(self, secret: bytes, credential: Mapping[str, object]) -> PublicKey:
        """Make a further key for this person, sealed under a passkey's secret; they sign that with the key that they have.

        As long as nobody signs in this record, it waits for an administrator, as all keys do. `credential`: what is needed to
        ask for the passkey again. Raises `SignatureNeeded`.
        """
        private = keys.new_key()
        with self._rights.acting(Action.READ) as (connection, person):
            now = self._database.now(connection)
            made = keys.public_key(Signer(person.id, "passkey", private), now)
            sealed_keys.store_for_passkey(connection, person.id, private, secret, credential, now)
            if keys.keys_exist(connection):
                keys.record(self._database, connection, person.id, made)
        return made

    def remove_passkey(self) -> None:
        """Let this person's passkey sign nothing more, and forget it; they sign that with the key under their password.

        Raises `NotFound` when there is none, `SignatureNeeded`.
        """
        if self._rights.signer is not None and self._rights.signer.kind == "passkey":
            raise SignatureNeeded("type the password with which you sign: a passkey does not sign that it goes")
        with self._rights.acting(Action.READ) as (connection, person):
            self._database.lock(connection)
            if not keys.revoke_passkey(self._database, connection, person.id, person.id):
                raise NotFound("you have no passkey here")

    def begin(self, password: str) -> str:
        """Make this administrator's key the root key: from now on nothing unsigned counts. Return its fingerprint.

        Raises `Conflict` when people sign already, `SignatureFailed`.
        """
        with self._rights.reading(Action.MANAGE_ACCOUNTS) as (connection, person):
            account = sessions.account(connection, person.id)
        signer = unlock(self._database, account, password)
        with self._rights.acting(Action.MANAGE_ACCOUNTS) as (connection, person):
            self._database.lock(connection)
            if keys.keys_exist(connection):
                raise Conflict("people sign in this record already: an administrator with a key has to confirm yours")
            self._database.sign_as(connection, signer)
            root = keys.public_key(signer, self._database.now(connection))
            keys.record(self._database, connection, SYSTEM, root)
            keys.begin_program(self._database, connection, SYSTEM)
        return root.fingerprint

    def waiting(self) -> list[tuple[Account, PublicKey]]:
        """Return the keys that wait for an administrator, each with its owner; that of this program too."""
        with self._rights.reading(Action.CONFIRM_KEYS) as (connection, _):
            owners = {account.id: account for account in (*sessions.accounts(connection), _PROGRAM) if account.active}
            return [(owners[key.account_id], key) for key in self._all_waiting(connection) if key.account_id in owners]

    def all(self) -> list[tuple[Account, PublicKey, str]]:
        """Return all keys with their owners; the texts say whether a key counts, waits, or signs only its successor."""
        with self._rights.reading(Action.CONFIRM_KEYS) as (connection, _):
            owners = {account.id: account for account in (*sessions.accounts(connection), _PROGRAM)}
            held = [key for id in owners for key in keys.account_keys(connection, id)]
            later = self._all_waiting(connection)
        known = [(owners[key.account_id], key, "signs its successor only" if key.initial else "signs") for key in held]
        return known + [(owners[key.account_id], key, "waits") for key in later if key.account_id in owners]

    def confirm(self, public_key: str) -> None:
        """Let a waiting key count: this administrator has compared its fingerprint with what its owner sees.

        Raises `NotFound` when no such key waits, any more; `SignatureNeeded`.
        """
        with self._rights.acting(Action.CONFIRM_KEYS, public_key[:16]) as (connection, person):
            self._database.lock(connection)
            key = self._waiting(connection, public_key)
            if key.account_id != PROGRAM:
                sessions.account(connection, key.account_id)
            keys.record(self._database, connection, person.id, key)

    def revoke(self, account_id: str) -> int:
        """Let none of an account's keys sign any more; return how many did. Its owner needs a new password, or a new key.

        Those of the program are revoked together, on all hosts: until another one is confirmed, nothing is decided.

        Raises `NotFound` when it has none; `Conflict` for the last key of an administrator; `SignatureNeeded`.
        """
        with self._rights.acting(Action.MANAGE_ACCOUNTS, account_id) as (connection, person):
            self._database.lock(connection)
            held = keys.account_keys(connection, account_id)
            if not held:
                raise NotFound("this account has no key that counts")
            others = [one for one in sessions.accounts(connection) if one.id != account_id and one.active]
            if not any(Role.ADMIN in one.roles and keys.account_keys(connection, one.id) for one in others):
                raise Conflict("another administrator with a key has to remain")
            for key in held:
                keys.revoke(self._database, connection, person.id, key)
            sealed_keys.drop(connection, account_id)
        return len(held)

    def _all_waiting(self, connection: Connection) -> list[PublicKey]:
        """Return the keys that can be confirmed: one of an earlier version once its owner was shown its fingerprint."""
        proven = [key for key in keys.waiting(connection) if proves(key.account_id, key.public_key, key.proof)]
        return proven + keys.program_waiting(self._database, connection)

    def _waiting(self, connection: Connection, public_key: str) -> PublicKey:
        found = next((key for key in self._all_waiting(connection) if key.public_key == public_key), None)
        if found is None:
            raise NotFound("no such key waits: it was confirmed, or its owner has made another one")
        return found
