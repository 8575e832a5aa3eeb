"""Keys wait for an administrator: of people who sign in elsewhere, of accounts without a key, and forged ones."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import select

from audit import (
    Access,
    AuditStore,
    Conflict,
    Denied,
    InvalidRecord,
    NotFound,
    Role,
    SignatureFailed,
)
from audit.log.signatures import Signer, proof_of, public_half
from audit.people import keys
from audit.storage.schema import signing_keys
from tests.support.audit.keys import holds, provided, sealed
from tests.support.audit.team import (
    PASSWORD,
    change_account,
    enrol,
    give,
    record,
    set_up,
)
from tests.support.audit.unsigned import Key

FRESH = PASSWORD[::-1]
FOR_SIGNING = "for signing alone"


@pytest.fixture
def root(timed: AuditStore) -> Access:
    """Return the first administrator of a record in which people sign, with the key open."""
    return set_up(timed)


def test_people_of_an_identity_provider_make_a_key_of_their_own(timed: AuditStore, root: Access) -> None:
    aiko, id = provided(timed, "aiko", Role.REVIEWER), record(timed)
    assert aiko.keys.own() == (None, False)
    with pytest.raises(SignatureFailed, match="no key"):
        aiko.signing(FOR_SIGNING)
    with pytest.raises(InvalidRecord, match="at least"):
        aiko.keys.make("short")
    key = aiko.keys.make(FOR_SIGNING)
    assert aiko.keys.own() == (key, False)
    assert [(account.name, one) for account, one in root.keys.waiting()] == [("aiko", key)]
    root.keys.confirm(key.public_key)
    assert aiko.keys.own() == (key, True)
    give(aiko.signing(FOR_SIGNING), id)
    newer = aiko.keys.make(FOR_SIGNING + " again")  # forgotten: the next one waits, and the old one opens no more
    assert aiko.keys.own() == (newer, False)
    with pytest.raises(SignatureFailed, match="not confirmed"):
        aiko.signing(FOR_SIGNING + " again")
    assert holds(timed)


def test_who_signs_in_with_a_password_signs_with_it(timed: AuditStore, root: Access) -> None:
    with pytest.raises(Conflict, match="was made when you signed in"):
        root.keys.make(FRESH)


def test_an_account_without_a_key_gets_one_at_its_next_sign_in(timed: AuditStore, root: Access) -> None:
    """It waits, and is not made again at every sign-in."""
    account = root.admin.create_account("aiko", "Aiko", (Role.REVIEWER,), PASSWORD)
    root.keys.revoke(account.id)
    assert not sealed(timed, account.id)
    timed.accounts.sign_in("aiko", PASSWORD)
    ((owner, key),) = root.keys.waiting()
    assert (owner.id, key.account_id) == (account.id, account.id)
    timed.accounts.sign_in("aiko", PASSWORD)
    assert [one for _, one in root.keys.waiting()] == [key]


def waits(store: AuditStore, id: str, key: Key, proof: str | None) -> None:
    """Write by hand that a key of this account waits."""
    with store.database.write() as connection:
        row = {"account_id": id, "public_key": public_half(key), "kind": "password", "made_at": store.database.now(connection)}
        connection.execute(signing_keys.insert().values(row | {"sealed": json.dumps({"proof": proof})}))


@pytest.mark.parametrize("whose", ["ghost", "gone", "revoked", "another's", "unproven", "proven for another"])
def test_a_forged_waiting_key_is_not_confirmed(timed: AuditStore, root: Access, whose: str) -> None:
    """The record would not hold with it: nobody has the account, the log had this key before, or it has not signed this."""
    aiko, ben = enrol(timed, root, "aiko", Role.REVIEWER), enrol(timed, root, "ben", Role.REVIEWER)
    id, key = {"ghost": "ghost", "gone": ben.person.id}.get(whose, aiko.person.id), keys.new_key()
    assert aiko.signer is not None and ben.signer is not None
    if whose == "gone":
        change_account(root, id, active=False)
        root.admin.erase_account(id, "left")
    elif whose == "revoked":
        key = aiko.signer.private
        root.keys.revoke(id)
    elif whose == "another's":
        key = ben.signer.private
    elif "proven" in whose:
        root.keys.revoke(id)
    owner = ben.person.id if whose == "proven for another" else id
    waits(timed, id, key, None if whose == "unproven" else proof_of(Signer(owner, "", key)))
    assert root.keys.waiting() == []
    with pytest.raises(NotFound):
        root.keys.confirm(public_half(key))
    assert holds(timed)


def test_a_key_of_an_earlier_version_proves_itself_when_its_owner_shows_it(timed: AuditStore, root: Access) -> None:
    account = root.admin.create_account("aiko", "Aiko", (Role.REVIEWER,), PASSWORD)
    root.keys.revoke(account.id)
    aiko = timed.access(timed.accounts.sign_in("aiko", PASSWORD).token)
    with timed.database.write() as connection:
        held = select(signing_keys.c.sealed).where(signing_keys.c.account_id == account.id)
        parts = json.loads(connection.execute(held).scalar_one())
        del parts["proof"]
        own = signing_keys.update().where(signing_keys.c.account_id == account.id)
        connection.execute(own.values(sealed=json.dumps(parts)))
    key, counts = aiko.keys.own()
    assert key is not None and not counts
    assert root.keys.waiting() == []
    aiko.keys.proven(PASSWORD)
    root.keys.confirm(key.public_key)
    give(aiko.signing(PASSWORD), record(timed))
    assert holds(timed)


def test_who_has_another_key_than_the_one_that_counts_is_told(timed: AuditStore, root: Access) -> None:
    """An administrator who can write to the database confirms a key of their own for somebody who had none."""
    account, admin = root.admin.create_account("aiko", "Aiko", (Role.REVIEWER,), PASSWORD), root.person.id
    root.keys.revoke(account.id)
    aiko = timed.access(timed.accounts.sign_in("aiko", PASSWORD).token)
    with pytest.raises(SignatureFailed, match=r"Team$"):
        aiko.signing(PASSWORD)
    with timed.database.write() as connection:
        timed.database.sign_as(connection, root.signer)
        key = keys.public_key(Signer(account.id, "password", keys.new_key()), "")
        keys.record(timed.database, connection, admin, key)
    with pytest.raises(SignatureFailed, match="another key counts for you"):
        aiko.signing(PASSWORD)


def test_the_fingerprint_to_read_out_is_that_of_the_key_that_the_password_opens(timed: AuditStore, root: Access) -> None:
    """Somebody who writes to the database puts a key of their own in place: its row names it, and no password opens it."""
    account = root.admin.create_account("aiko", "Aiko", (Role.REVIEWER,), PASSWORD)
    root.keys.revoke(account.id)
    aiko = timed.access(timed.accounts.sign_in("aiko", PASSWORD).token)
    waiting, counts = aiko.keys.own()
    assert waiting is not None
    assert not counts
    assert aiko.keys.proven(PASSWORD).public_key == waiting.public_key
    with timed.database.write() as connection:
        own = signing_keys.update().where(signing_keys.c.account_id == account.id)
        connection.execute(own.values(public_key=public_half(keys.new_key())))
    with pytest.raises(SignatureFailed, match="not one that your password opens"):
        aiko.keys.proven(PASSWORD)
    with pytest.raises(SignatureFailed, match="wrong"):
        aiko.keys.proven(FRESH)


def test_keys_are_the_business_of_administrators(timed: AuditStore, root: Access) -> None:
    lead = enrol(timed, root, "lead", *set(Role) - {Role.ADMIN})
    for attempt in (lead.keys.waiting, lambda: lead.keys.confirm("ab" * 32), lambda: lead.keys.revoke(root.person.id)):
        with pytest.raises(Denied):
            attempt()
