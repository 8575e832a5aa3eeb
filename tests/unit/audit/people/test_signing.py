"""Signing: from the first key on nothing unsigned counts; keys are confirmed, replaced, revoked and lost."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from audit import (
    Access,
    Account,
    AuditStore,
    Conflict,
    Denied,
    InvalidRecord,
    NotFound,
    ReviewPolicy,
    Role,
    SignatureFailed,
    SignatureNeeded,
    SignInFailed,
    gate,
)
from audit.log.entries import KEY
from audit.log.signatures import Signer, meaning_of, public_half, signature_problem
from audit.people import keys, sealed_keys, signing
from audit.people.sessions import LOCKED_FOR, MAX_FAILURES
from audit.records.canonical import parse
from audit.storage import documents
from audit.storage.schema import credentials, signing_keys
from tests.support.audit.builders import blobs_of, decision
from tests.support.audit.team import (
    PASSWORD,
    Clock,
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

FRESH, WRONG = PASSWORD[::-1], PASSWORD[1:]
ISSUER, FOR_SIGNING = "https://idp", "for signing alone"


@pytest.fixture
def root(timed: AuditStore) -> Access:
    """Return the first administrator of a record in which people sign, with the key open."""
    return set_up(timed)


def types(store: AuditStore, after: int = 0) -> list[str]:
    return [entry.type for entry in store.entries(after=after)]


def keys_of(store: AuditStore, id: str) -> list[tuple[str, bool]]:
    with store.database.read() as connection:
        return [(key.public_key, key.initial) for key in keys.account_keys(connection, id)]


def public(access: Access) -> str:
    assert access.signer is not None
    return public_half(access.signer.private)


def sealed(store: AuditStore, id: str) -> bool:
    with store.database.read() as connection:
        return sealed_keys.has_sealed(connection, id)


def holds(store: AuditStore) -> bool:
    report = store.verify()
    assert report.ok, report.problem_text
    return True


# Set-up and the root key.


def test_the_first_administrators_key_is_the_root(timed: AuditStore, root: Access) -> None:
    assert types(timed)[:4] == ["set_up", "account", "key", "signature"]
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


# Keys that wait, and those of people who sign in elsewhere.


def provided(store: AuditStore, name: str, *roles: Role) -> Access:
    now = {"issued_at": "2126-01-01T00:00:00.000Z", "roles": roles}
    return store.access(store.accounts.sign_in_by_provider(ISSUER, name, name, **now).token)


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


@pytest.mark.parametrize("whose", ["ghost", "gone", "revoked", "another's"])
def test_a_forged_waiting_key_is_not_confirmed(timed: AuditStore, root: Access, whose: str) -> None:
    """The record would not hold with it: nobody has the account, or the log has had this key before."""
    aiko, ben = enrol(timed, root, "aiko", Role.REVIEWER), enrol(timed, root, "ben", Role.REVIEWER)
    id, key = {"ghost": "ghost", "gone": ben.person.id}.get(whose, aiko.person.id), public_half(keys.new_key())
    if whose == "gone":
        change_account(root, id, active=False)
        root.admin.erase_account(id, "left")
    elif whose == "revoked":
        key = public(aiko)
        root.keys.revoke(id)
    elif whose == "another's":
        key = public(ben)
    with timed.database.write() as connection:
        row = {"account_id": id, "public_key": key, "kind": "password", "made_at": timed.database.now(connection), "sealed": ""}
        connection.execute(signing_keys.insert().values(row))
    assert root.keys.waiting() == []
    with pytest.raises(NotFound):
        root.keys.confirm(key)
    assert holds(timed)


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
    with pytest.raises(SignatureFailed, match="nothing was signed"):
        aiko.keys.proven(PASSWORD)


def test_keys_are_the_business_of_administrators(timed: AuditStore, root: Access) -> None:
    lead = enrol(timed, root, "lead", *set(Role) - {Role.ADMIN})
    for attempt in (lead.keys.waiting, lambda: lead.keys.confirm("ab" * 32), lambda: lead.keys.revoke(root.person.id)):
        with pytest.raises(Denied):
            attempt()


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
    assert types(timed)[-7:] == ["key", "signature", "account", "signature", "signed_in", "policy", "signature"]
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


# Guessing.


def test_five_wrong_passwords_lock_signing_and_signing_in(timed: AuditStore, clock: Clock, root: Access) -> None:
    access = timed.access(str(root._token))
    before = timed.head().size
    for _ in range(MAX_FAILURES):
        with pytest.raises(SignatureFailed, match="nothing was signed"):
            access.signing(WRONG)
    assert types(timed, before) == ["sign_in_failed"] * MAX_FAILURES + ["locked_out"]
    assert "at a signature" in timed.sealed(before + 1).payload
    for attempt in (lambda: access.signing(PASSWORD), lambda: timed.accounts.sign_in("root", PASSWORD)):
        with pytest.raises((SignatureFailed, SignInFailed)):
            attempt()
    clock.move(LOCKED_FOR)
    assert access.signing(PASSWORD)
    assert holds(timed)


def test_the_right_password_ends_a_row_of_wrong_ones(timed: AuditStore, root: Access) -> None:
    for _ in range(2):
        for _ in range(MAX_FAILURES - 1):
            with pytest.raises(SignatureFailed):
                root.signing(WRONG)
        assert root.signing(PASSWORD)


def test_wrong_passwords_at_the_sign_in_stop_nobody_from_signing(timed: AuditStore, clock: Clock, root: Access) -> None:
    """Whoever knows a login name can type them there, without an account."""
    access = timed.access(str(root._token))
    before = timed.head().size
    for _ in range(2 * MAX_FAILURES):
        with pytest.raises(SignInFailed):
            timed.accounts.sign_in("root", WRONG)
    assert types(timed, before).count("locked_out") == 1
    with pytest.raises(SignInFailed):
        timed.accounts.sign_in("root", PASSWORD)
    assert access.signing(PASSWORD).admin.create_account("ben", "Ben", (), PASSWORD)
    fresh = timed.access(timed.accounts.change_password(str(root._token), PASSWORD, FRESH).token)
    assert fresh.signing(FRESH)
    assert timed.accounts.sign_in("root", FRESH)  # with a new password the lock goes
    assert holds(timed)


def test_a_guess_at_the_old_password_counts_as_one_at_a_signature(timed: AuditStore, root: Access) -> None:
    for _ in range(MAX_FAILURES):
        with pytest.raises(SignInFailed):
            timed.accounts.change_password(str(root._token), WRONG, FRESH)
    with pytest.raises(SignatureFailed):
        root.signing(PASSWORD)
    with pytest.raises(SignInFailed):
        timed.accounts.change_password(str(root._token), PASSWORD, FRESH)
    with pytest.raises(SignInFailed):
        timed.accounts.sign_in("root", PASSWORD)


def test_of_many_guesses_at_once_those_after_the_fifth_learn_nothing(
    timed: AuditStore, root: Access, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their passwords were being hashed when the account was locked."""
    opener = sealed_keys.opener

    def slow(*given: Any) -> Callable[[str], Signer | None]:
        monkeypatch.setattr(sealed_keys, "opener", opener)
        open_key = opener(*given)

        def slowly(password: str) -> Signer | None:
            late.append(open_key(password))
            return late[-1]

        return slowly

    late: list[Signer | None] = []
    monkeypatch.setattr(sealed_keys, "opener", slow)
    count = signing._count

    def after_five_others(*given: Any, **right: bool) -> bool:
        monkeypatch.setattr(signing, "_count", count)
        for _ in range(MAX_FAILURES):
            assert not count(*given, right=False)
        return count(*given, **right)

    monkeypatch.setattr(signing, "_count", after_five_others)
    with pytest.raises(SignatureFailed, match="nothing was signed"):
        root.signing(PASSWORD)
    assert late[0] is not None


def test_without_its_row_an_account_signs_nothing(timed: AuditStore, root: Access) -> None:
    """Or whoever deletes the count of failures could guess for ever."""
    with timed.database.write() as connection:
        connection.execute(credentials.delete())
    with pytest.raises(SignatureFailed):
        root.signing(PASSWORD)


# Passkeys.

SECRET, CREDENTIAL = b"secret of a passkey" * 2, {"id": "ab"}


def test_a_passkey_signs_beside_the_password(timed: AuditStore, root: Access) -> None:
    aiko = enrol(timed, root, "aiko", Role.REVIEWER)
    with pytest.raises(SignatureNeeded):
        timed.access(str(aiko._token)).keys.add_passkey(SECRET, CREDENTIAL)
    assert aiko.keys.passkey() is None
    key = aiko.keys.add_passkey(SECRET, CREDENTIAL)
    assert aiko.keys.passkey() == CREDENTIAL
    by_passkey = timed.access(str(aiko._token)).signing_by_passkey(SECRET)
    assert public(by_passkey) == key.public_key
    give(by_passkey, record(timed))
    with pytest.raises(SignatureFailed, match="nothing was signed"):
        by_passkey.signing_by_passkey(SECRET[1:])
    assert types(timed)[-1] == "sign_in_failed"
    assert root.keys.revoke(aiko.person.id) == 2
    with pytest.raises(SignatureFailed, match="no key"):
        aiko.signing_by_passkey(SECRET)
    assert holds(timed)


def with_passkey(store: AuditStore, root: Access) -> tuple[Account, Access]:
    """Return a lead's account with a password of their own and a passkey, and the lead with the passkey open."""
    account = root.admin.create_account("aiko", "Aiko", (Role.LEAD,), PASSWORD)
    token = store.accounts.sign_in("aiko", PASSWORD).token
    token = store.accounts.change_password(token, PASSWORD, FRESH).token
    store.access(token).signing(FRESH).keys.add_passkey(SECRET, CREDENTIAL)
    account = next(one for one in root.admin.accounts() if one.id == account.id)
    return account, store.access(token).signing_by_passkey(SECRET)


def test_a_new_password_by_an_administrator_takes_the_passkey_away(timed: AuditStore, root: Access) -> None:
    """Whoever has lost the device asks for that; what the passkey signed before stays signed."""
    account, aiko = with_passkey(timed, root)
    aiko.admin.set_policy(ReviewPolicy(blind=True))
    root.admin.change_account(account, password=PASSWORD)
    ((_, initial),) = keys_of(timed, account.id)
    assert initial
    again = timed.access(timed.accounts.sign_in("aiko", PASSWORD).token)
    assert again.keys.passkey() is None
    with pytest.raises(SignatureFailed, match="no key"):
        again.signing_by_passkey(SECRET)
    with pytest.raises(SignatureFailed, match="revoked"):
        Access(timed, token=again._token, signer=aiko.signer).admin.set_policy(ReviewPolicy())
    again = timed.access(timed.accounts.change_password(str(again._token), PASSWORD, FRESH).token)
    again.signing(FRESH).keys.add_passkey(SECRET, CREDENTIAL)
    again.signing_by_passkey(SECRET).admin.set_policy(ReviewPolicy())
    assert holds(timed)


def test_ones_own_new_password_leaves_the_passkey(timed: AuditStore, root: Access) -> None:
    _, aiko = with_passkey(timed, root)
    token = timed.accounts.change_password(str(aiko._token), FRESH, PASSWORD).token
    timed.access(token).signing_by_passkey(SECRET).admin.set_policy(ReviewPolicy())
    assert holds(timed)


def test_an_administrator_whose_passkey_signs_gives_themselves_a_password(timed: AuditStore, root: Access) -> None:
    plain = timed.access(str(root._token))
    root.keys.add_passkey(SECRET, CREDENTIAL)
    (me,) = plain.admin.accounts()
    plain.signing_by_passkey(SECRET).admin.change_account(me, password=FRESH)
    again = timed.access(timed.accounts.sign_in("root", FRESH).token)
    assert again.signing(FRESH).admin.create_account("ben", "Ben", (), PASSWORD)
    assert again.signing_by_passkey(SECRET)
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
        plain.signing_by_passkey(SECRET)
    with pytest.raises(SignatureFailed, match="revoked"):
        aiko.admin.set_policy(ReviewPolicy())
    with pytest.raises(NotFound, match="no passkey"):
        plain.signing(FRESH).keys.remove_passkey()
    plain.signing(FRESH).admin.set_policy(ReviewPolicy())
    plain.signing(FRESH).keys.add_passkey(SECRET, CREDENTIAL)
    assert holds(timed)


def test_whoever_has_an_initial_key_adds_no_passkey_first(timed: AuditStore, root: Access) -> None:
    """With it, the password that somebody else chose would sign for ever."""
    aiko = enrol(timed, root, "aiko", Role.REVIEWER, initial=True)
    with pytest.raises(SignatureFailed):
        aiko.keys.add_passkey(SECRET, CREDENTIAL)
    assert holds(timed)


# Programs.


def test_what_a_program_submits_needs_no_signature(timed: AuditStore, root: Access) -> None:
    issued = root.tokens.issue("mes", (Role.SERVICE,), days=1)
    before = timed.head().size
    timed.service(issued.token).record_decision(decision(), blobs_of())
    assert types(timed, before) == ["decision"]
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
