"""The key of a passkey signs beside the one of the password: added, revoked with it, removed."""

from __future__ import annotations

import pytest

from audit import (
    Access,
    Account,
    AuditStore,
    NotFound,
    ReviewPolicy,
    Role,
    SignatureFailed,
    SignatureNeeded,
)
from tests.support.audit.keys import holds, keys_of, public, types
from tests.support.audit.team import (
    PASSWORD,
    enrol,
    give,
    record,
    set_up,
)

FRESH = PASSWORD[::-1]


@pytest.fixture
def root(timed: AuditStore) -> Access:
    """Return the first administrator of a record in which people sign, with the key open."""
    return set_up(timed)


SECRET, CREDENTIAL = b"secret of a passkey" * 2, {"id": "ab"}


def test_a_passkey_signs_beside_the_password(timed: AuditStore, root: Access) -> None:
    aiko = enrol(timed, root, "aiko", Role.REVIEWER)
    with pytest.raises(SignatureNeeded):
        timed.access(str(aiko._token)).keys.add_passkey(SECRET, CREDENTIAL)
    assert aiko.keys.passkey() is None
    key = aiko.keys.add_passkey(SECRET, CREDENTIAL)
    assert aiko.keys.passkey() == CREDENTIAL
    by_passkey = timed.access(str(aiko._token)).signing(SECRET)
    assert public(by_passkey) == key.public_key
    give(by_passkey, record(timed))
    with pytest.raises(SignatureFailed, match="nothing was signed"):
        by_passkey.signing(SECRET[1:])
    assert types(timed)[-1] == "sign_in_failed"
    assert root.keys.revoke(aiko.person.id) == 2
    with pytest.raises(SignatureFailed, match="no key"):
        aiko.signing(SECRET)
    assert holds(timed)


def with_passkey(store: AuditStore, root: Access) -> tuple[Account, Access]:
    """Return a lead's account with a password of their own and a passkey, and the lead with the passkey open."""
    account = root.admin.create_account("aiko", "Aiko", (Role.LEAD,), PASSWORD)
    token = store.accounts.sign_in("aiko", PASSWORD).token
    token = store.accounts.change_password(token, PASSWORD, FRESH).token
    store.access(token).signing(FRESH).keys.add_passkey(SECRET, CREDENTIAL)
    account = next(one for one in root.admin.accounts() if one.id == account.id)
    return account, store.access(token).signing(SECRET)


def test_a_new_password_by_an_administrator_takes_the_passkey_away(timed: AuditStore, root: Access) -> None:
    """A person who has lost the device asks for that; what the passkey signed before stays signed."""
    account, aiko = with_passkey(timed, root)
    aiko.admin.set_policy(ReviewPolicy(blind=True))
    root.admin.change_account(account, password=PASSWORD)
    ((_, initial),) = keys_of(timed, account.id)
    assert initial
    again = timed.access(timed.accounts.sign_in("aiko", PASSWORD).token)
    assert again.keys.passkey() is None
    with pytest.raises(SignatureFailed, match="no key"):
        again.signing(SECRET)
    with pytest.raises(SignatureFailed, match="revoked"):
        Access(timed, token=again._token, signer=aiko.signer).admin.set_policy(ReviewPolicy())
    again = timed.access(timed.accounts.change_password(str(again._token), PASSWORD, FRESH).token)
    again.signing(FRESH).keys.add_passkey(SECRET, CREDENTIAL)
    again.signing(SECRET).admin.set_policy(ReviewPolicy())
    assert holds(timed)


def test_ones_own_new_password_leaves_the_passkey(timed: AuditStore, root: Access) -> None:
    _, aiko = with_passkey(timed, root)
    token = timed.accounts.change_password(str(aiko._token), FRESH, PASSWORD).token
    timed.access(token).signing(SECRET).admin.set_policy(ReviewPolicy())
    assert holds(timed)


def test_an_administrator_whose_passkey_signs_gives_themselves_a_password(timed: AuditStore, root: Access) -> None:
    plain = timed.access(str(root._token))
    root.keys.add_passkey(SECRET, CREDENTIAL)
    (me,) = plain.admin.accounts()
    plain.signing(SECRET).admin.change_account(me, password=FRESH)
    again = timed.access(timed.accounts.sign_in("root", FRESH).token)
    assert again.signing(FRESH).admin.create_account("ben", "Ben", (), PASSWORD)
    assert again.signing(SECRET)
    assert holds(timed)


def test_a_person_removes_their_passkey(timed: AuditStore, root: Access) -> None:
    _, aiko = with_passkey(timed, root)
    plain = timed.access(str(aiko._token))
    for refused in (plain, aiko):
        with pytest.raises(SignatureNeeded):
            refused.keys.remove_passkey()
    before = timed.head().size
    plain.signing(FRESH).keys.remove_passkey()
    assert types(timed, before) == ["key", "signature"]
    assert plain.keys.passkey() is None
    with pytest.raises(SignatureFailed, match="no key"):
        plain.signing(SECRET)
    with pytest.raises(SignatureFailed, match="revoked"):
        aiko.admin.set_policy(ReviewPolicy())
    with pytest.raises(NotFound, match="no passkey"):
        plain.signing(FRESH).keys.remove_passkey()
    plain.signing(FRESH).admin.set_policy(ReviewPolicy())
    plain.signing(FRESH).keys.add_passkey(SECRET, CREDENTIAL)
    assert holds(timed)


def test_a_person_with_an_initial_key_adds_no_passkey_first(timed: AuditStore, root: Access) -> None:
    """With it, the password that somebody else chose would sign for ever."""
    aiko = enrol(timed, root, "aiko", Role.REVIEWER, initial=True)
    with pytest.raises(SignatureFailed):
        aiko.keys.add_passkey(SECRET, CREDENTIAL)
    assert holds(timed)
