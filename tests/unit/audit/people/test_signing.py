"""Signing: from the first key on nothing unsigned counts; keys are replaced, revoked and lost."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select

from audit import (
    Access,
    AuditStore,
    Conflict,
    Denied,
    NotFound,
    ReviewPolicy,
    Role,
    SignatureFailed,
    SignatureNeeded,
    SignInFailed,
    gate,
)
from audit.log.entries import KEY
from audit.log.signatures import meaning_of, signature_problem
from audit.people import keys
from audit.records.canonical import parse
from audit.storage import documents
from audit.storage.schema import signing_keys
from tests.support.audit.keys import holds, keys_of, public, sealed, types
from tests.support.audit.team import (
    PASSWORD,
    change_account,
    come_back,
    enrol,
    give,
    join,
    judgement,
    record,
    renew,
    set_up,
)

FRESH = PASSWORD[::-1]


@pytest.fixture
def root(timed: AuditStore) -> Access:
    """Return the first administrator of a record in which people sign, with the key open."""
    return set_up(timed)


# Set-up and the root key.


def test_the_first_administrators_key_is_the_root(timed: AuditStore, root: Access) -> None:
    assert types(timed)[:5] == ["set_up", "person", "account", "key", "signature"]
    assert timed.access(str(root._token)).keys.needed() and not root.keys.needed()
    assert root.keys.root() == keys.fingerprint(public(root))
    key, counts = root.keys.own()
    assert key is not None
    assert (key.public_key, key.fingerprint, counts) == (public(root), root.keys.root(), True)
    assert holds(timed)


def test_what_is_signed_is_followed_by_its_signature(timed: AuditStore, root: Access) -> None:
    lead = enrol(timed, root, "lead", Role.LEAD)
    before = timed.head().size
    entry = lead.admin.set_policy(ReviewPolicy())
    _, signature = timed.entries(after=before)
    content = parse(timed.sealed(signature.seq).payload)
    assert (signature.type, signature.actor, signature.subject) == ("signature", lead.person.id, entry.hash)
    assert (content["key"], content["meaning"]) == (public(lead), meaning_of("policy", {}))
    assert signature_problem(entry.hash, content) is None


def test_a_review_is_signed_with_its_verdict_and_what_was_shown(timed: AuditStore, root: Access) -> None:
    aiko = enrol(timed, root, "aiko", Role.REVIEWER)
    id = record(timed)
    review = give(aiko, id)
    content = parse(timed.sealed(timed.head().size).payload)
    assert content["meaning"] == meaning_of("review", {"verdict": "approve"})
    assert (content["shown"], content["decision"]) == (review.shown_sha256, aiko.case(id).entry_hash)
    assert gate(timed, id)


def test_without_the_password_nothing_is_signed_and_nothing_written(timed: AuditStore, root: Access) -> None:
    aiko, id = enrol(timed, root, "aiko", Role.REVIEWER, Role.LEAD), record(timed)
    claim = aiko.queue.claim_decision(id)
    plain, admin = timed.access(str(aiko._token)), timed.access(str(root._token))
    before = timed.head().size
    attempts: list[Callable[[], object]] = [
        lambda: plain.queue.submit(claim, judgement(plain, claim)),
        lambda: plain.admin.set_policy(ReviewPolicy()),
        lambda: admin.admin.create_account("ben", "Ben", (), PASSWORD),
        lambda: change_account(admin, aiko.person.id, active=False),
        lambda: admin.tokens.issue("mes", (Role.SERVICE,), days=1),
        lambda: admin.admin.erase(id, "asked for", early=True),
        lambda: admin.keys.revoke(aiko.person.id),
    ]
    for attempt in attempts:
        with pytest.raises(SignatureNeeded, match="password"):
            attempt()
    assert timed.head().size == before
    assert not timed.reviews(id)


def test_nobody_signs_for_somebody_else(timed: AuditStore, root: Access) -> None:
    aiko = enrol(timed, root, "aiko", Role.LEAD)
    mixed = Access(timed, token=aiko._token, signer=root.signer)
    with pytest.raises(SignatureNeeded):
        mixed.admin.set_policy(ReviewPolicy())


def test_signing_begins_in_a_record_that_had_none(timed: AuditStore) -> None:
    """Who was there before has a key since their next sign-in, which an administrator confirms."""
    old, other = (join(timed, name, Role.ADMIN) for name in ("old", "other"))
    ben = join(timed, "ben", Role.REVIEWER)
    for person in (other, ben, old):
        change_account(old, person.person.id, password=PASSWORD)
    root, second, aiko = (timed.access(timed.accounts.sign_in(name, PASSWORD).token) for name in ("old", "other", "ben"))
    assert not root.keys.needed() and root.keys.root() is None
    give(aiko, record(timed))  # unsigned, as before
    with pytest.raises(Denied):
        aiko.keys.begin(PASSWORD)
    fingerprint = root.keys.begin(PASSWORD)
    assert root.keys.root() == fingerprint == root.keys.own()[0].fingerprint  # type: ignore[union-attr]
    with pytest.raises(SignatureFailed, match="not confirmed"):
        second.keys.begin(PASSWORD)
    assert {account.login for account, _ in root.keys.waiting()} == {"other", "ben"}
    with pytest.raises(SignatureFailed, match="not confirmed"):
        aiko.signing(PASSWORD)
    with pytest.raises(SignatureFailed, match="not confirmed"):
        timed.accounts.change_password(str(aiko._token), PASSWORD, FRESH)
    mine = next(key for account, key in root.keys.waiting() if account.login == "ben")
    assert aiko.keys.own() == (mine, False)
    with pytest.raises(SignatureNeeded):
        root.keys.confirm(mine.public_key)
    root.signing(PASSWORD).keys.confirm(mine.public_key)
    assert [account.login for account, _ in root.keys.waiting()] == ["other"]
    with pytest.raises(NotFound, match="no such key waits"):
        root.signing(PASSWORD).keys.confirm(mine.public_key)
    give(aiko.signing(PASSWORD), record(timed))
    with pytest.raises(Conflict, match="sign in this record already"):
        root.keys.begin(PASSWORD)
    assert holds(timed)


def test_a_wrong_password_begins_nothing(timed: AuditStore) -> None:
    old = join(timed, "old", Role.ADMIN)
    with pytest.raises(SignatureFailed, match="has no key"):
        old.keys.begin(PASSWORD)
    assert "key" not in types(timed)


# Passwords that somebody else chose, and that are lost.


def test_an_administrator_chooses_the_first_password_and_its_owner_another(timed: AuditStore, root: Access) -> None:
    account = root.admin.create_account("aiko", "Aiko", (Role.LEAD,), PASSWORD)
    ((first, initial),) = keys_of(timed, account.id)
    assert initial
    aiko = timed.access(timed.accounts.sign_in("aiko", PASSWORD).token)
    with pytest.raises(SignatureFailed, match="change it first"):
        aiko.signing(PASSWORD)
    aiko = timed.access(timed.accounts.change_password(str(aiko._token), PASSWORD, FRESH).token)
    ((second, initial),) = keys_of(timed, account.id)
    assert second != first and not initial
    aiko.signing(FRESH).admin.set_policy(ReviewPolicy())
    assert types(timed)[-8:] == [
        *("key", "signature", "account", "signature"),
        *("signed_in", "signature", "policy", "signature"),
    ]
    assert holds(timed)


def test_a_change_of_ones_own_password_keeps_the_key(timed: AuditStore, root: Access) -> None:
    before = public(root)
    root = timed.access(timed.accounts.change_password(str(root._token), PASSWORD, FRESH).token)
    assert keys_of(timed, root.person.id) == [(before, False)]
    with pytest.raises(SignatureFailed):
        root.signing(PASSWORD)
    assert public(root.signing(FRESH)) == before
    assert holds(timed)


def test_for_a_lost_password_an_administrator_gives_another_with_a_new_key(timed: AuditStore, root: Access) -> None:
    aiko = enrol(timed, root, "aiko", Role.LEAD)
    id, before = aiko.person.id, public(aiko)
    change_account(root, id, password=FRESH)
    ((given, initial),) = keys_of(timed, id)
    assert initial and given != before
    again = come_back(timed, id)
    with pytest.raises(SignatureFailed, match="revoked or replaced"):
        Access(timed, token=again._token, signer=aiko.signer).admin.set_policy(ReviewPolicy())
    token = timed.accounts.change_password(str(again._token), FRESH, PASSWORD).token
    timed.access(token).signing(PASSWORD).admin.set_policy(ReviewPolicy())
    assert holds(timed)


# Revoked, deactivated, erased.


def test_what_is_revoked_signs_nothing_more(timed: AuditStore, root: Access) -> None:
    aiko = enrol(timed, root, "aiko", Role.REVIEWER)
    id, done = aiko.person.id, record(timed)
    give(aiko, done)
    claim = aiko.queue.claim_decision(record(timed))
    assert root.keys.revoke(id) == 1
    with pytest.raises(SignatureFailed, match="revoked"):
        aiko.queue.submit(claim, judgement(aiko, claim))
    assert keys_of(timed, id) == [] and not sealed(timed, id)
    with pytest.raises(NotFound):
        root.keys.revoke(id)
    assert gate(timed, done)  # what was signed before stays signed
    assert holds(timed)


def test_an_administrator_with_a_key_remains(timed: AuditStore, root: Access) -> None:
    me = root.person.id
    with pytest.raises(Conflict, match="has to remain"):
        root.keys.revoke(me)
    other = enrol(timed, root, "other", Role.ADMIN)
    id = other.person.id
    change_account(root, id, active=False)
    with pytest.raises(Conflict):
        root.keys.revoke(me)
    change_account(root, id, active=True)
    assert root.keys.revoke(me) == 1
    with pytest.raises(SignatureFailed):
        root.admin.create_account("ben", "Ben", (), PASSWORD)
    assert holds(timed)


def test_people_whose_account_is_not_active_sign_nothing(timed: AuditStore, root: Access) -> None:
    root.admin.create_account("aiko", "Aiko", (Role.LEAD,), PASSWORD)
    aiko = timed.access(timed.accounts.sign_in("aiko", PASSWORD).token)
    change_account(root, aiko.person.id, active=False)
    with pytest.raises(SignInFailed):
        aiko.signing(PASSWORD)
    with pytest.raises(SignInFailed):
        aiko.keys.own()


def test_an_erased_account_keeps_its_key_in_the_log_alone(timed: AuditStore, root: Access) -> None:
    account = root.admin.create_account("aiko", "Aiko", (Role.REVIEWER,), PASSWORD)
    token = timed.accounts.sign_in("aiko", PASSWORD).token
    token = timed.accounts.change_password(token, PASSWORD, FRESH).token
    id = record(timed)
    give(timed.access(token).signing(FRESH), id)
    change_account(root, account.id, active=False)
    root.admin.erase_account(account.id, "left the plant")
    assert not sealed(timed, account.id)
    with timed.database.read() as connection:
        assert all(content for _, content in documents.history(connection, account.id, KEY))
    assert root.keys.waiting() == []
    assert gate(timed, id)
    assert holds(timed)


# Alone.


def test_a_person_who_works_alone_signs_nothing(store: AuditStore) -> None:
    alone = store.single_user("Aiko")
    assert alone.signing("whatever") is alone
    give(alone, record(store))
    assert "signature" not in types(store)


def test_a_renewed_key_replaces_the_one_before(timed: AuditStore, root: Access) -> None:
    aiko = enrol(timed, root, "aiko", Role.LEAD)
    newer = renew(timed, aiko)
    newer.admin.set_policy(ReviewPolicy())
    with pytest.raises(SignatureFailed):
        aiko.admin.set_policy(ReviewPolicy())
    assert holds(timed)


def test_nothing_is_known_of_a_key_but_what_its_rows_say(timed: AuditStore, root: Access) -> None:
    with timed.database.read() as connection:
        (row,) = connection.execute(select(signing_keys)).mappings()
    assert (row["account_id"], row["public_key"], row["kind"]) == (root.person.id, public(root), "password")
