"""Signing in: passwords, the lock after five failures, one text for all causes, and its entries in the log."""

from __future__ import annotations

import pytest
from argon2 import Type, extract_parameters

from audit import Access, AuditStore, Denied, InvalidRecord, Role, SignInFailed
from audit.people import passwords, sessions
from audit.records.canonical import parse
from tests.support.audit.fixtures import RECOMMENDED
from tests.support.audit.forging import value
from tests.support.audit.team import PASSWORD, Clock, change_account

FRESH, WRONG = PASSWORD[::-1], PASSWORD[1:]


@pytest.fixture
def root(timed: AuditStore) -> Access:
    timed.accounts.set_up("root", "Ren Root", PASSWORD)
    return timed.access(timed.accounts.sign_in("root", PASSWORD).token).signing(PASSWORD)


def fail(store: AuditStore, times: int, login: str = "root", password: str = WRONG) -> None:
    for _ in range(times):
        with pytest.raises(SignInFailed):
            store.accounts.sign_in(login, password)


def types(store: AuditStore) -> list[str]:
    return [entry.type for entry in store.entries()]


def test_passwords_are_hashed_as_rfc_9106_recommends(store: AuditStore, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "_hasher", RECOMMENDED)
    store.accounts.set_up("root", "Ren Root", PASSWORD)
    stored = value(url, "SELECT password_hash FROM credentials")
    parameters = extract_parameters(stored)
    assert (parameters.type, parameters.memory_cost, parameters.time_cost, parameters.parallelism) == (Type.ID, 64 * 1024, 3, 4)
    assert parameters.salt_len >= 16
    assert store.accounts.sign_in("root", PASSWORD).token


def test_no_token_and_no_password_is_stored(timed: AuditStore, root: Access, url: str) -> None:
    session = timed.accounts.sign_in("root", PASSWORD)
    stored = [value(url, "SELECT password_hash FROM credentials"), value(url, "SELECT max(token_sha256) FROM sessions")]
    stored += [timed.sealed(entry.seq).payload for entry in timed.entries()]
    assert not any(session.token in text or PASSWORD in text for text in stored)
    assert len(session.token) >= 43  # 256 bits


def test_all_failures_read_alike(timed: AuditStore, root: Access) -> None:
    root.admin.create_account("gone", "Gone", (Role.VIEWER,), PASSWORD)
    gone = root.admin.accounts()[-1]
    change_account(root, gone.id, active=False)
    texts = set()
    for login, password in (
        ("root", "wrong"),
        ("nobody", PASSWORD),
        ("gone", PASSWORD),
        ("root", ""),
        ("", PASSWORD),
        ("root\x00", PASSWORD),
        ("\udcff", PASSWORD),
        ("root", "\udcff"),
        ("root", PASSWORD + "\x00"),
        ("x" * 100_000, "y" * 100_000),
    ):
        with pytest.raises(SignInFailed) as failed:
            timed.accounts.sign_in(login, password)
        texts.add(str(failed.value))
    assert len(texts) == 1
    assert types(timed)[-10:] == ["sign_in_failed"] * 10


def test_the_log_says_who_came_and_why_others_did_not(timed: AuditStore, root: Access) -> None:
    me = root.person.id
    fail(timed, 1)
    fail(timed, 1, login="nobody")
    first, seen, second, third = timed.entries()[-4:]
    assert (first.type, first.actor, first.subject) == ("signed_in", me, me)
    assert (seen.type, seen.actor, seen.subject) == ("signature", "program", first.hash)
    assert (second.type, second.actor, second.subject) == ("sign_in_failed", "system", me)
    assert (third.type, third.subject) == ("sign_in_failed", "unknown")
    assert parse(timed.sealed(second.seq).payload) == {"how": "wrong password"}
    assert "nobody" not in timed.sealed(third.seq).payload  # the typed login name may be a password


def test_five_failures_in_a_row_lock_the_account(timed: AuditStore, clock: Clock, root: Access) -> None:
    fail(timed, 4)
    timed.accounts.sign_in("root", PASSWORD)
    fail(timed, 5)
    assert types(timed)[-2:] == ["locked_out", "sign_in_failed"]
    fail(timed, 1, password=PASSWORD)
    clock.move(sessions.LOCKED_FOR - 1)
    fail(timed, 1, password=PASSWORD)
    assert parse(timed.sealed(timed.head().size).payload) == {"how": "locked"}
    clock.move(1)
    assert timed.accounts.sign_in("root", PASSWORD).token
    fail(timed, 4)
    assert timed.accounts.sign_in("root", PASSWORD).token


def test_failures_while_it_is_locked_do_not_prolong_it(timed: AuditStore, clock: Clock, root: Access) -> None:
    fail(timed, 9)
    assert types(timed).count("locked_out") == 1
    clock.move(sessions.LOCKED_FOR)
    assert timed.accounts.sign_in("root", PASSWORD).token


def test_a_new_password_from_an_administrator_unlocks(timed: AuditStore, root: Access) -> None:
    account = root.admin.create_account("aiko", "Aiko", (Role.VIEWER,), PASSWORD)
    fail(timed, 5, login="aiko")
    change_account(root, account.id, password=FRESH)
    fail(timed, 1, login="aiko", password=PASSWORD)
    assert timed.accounts.sign_in("aiko", FRESH).token


def test_changing_ones_own_password(timed: AuditStore, root: Access) -> None:
    token = timed.accounts.sign_in("root", PASSWORD).token
    with pytest.raises(SignInFailed, match="the old password is wrong"):
        timed.accounts.change_password(token, "wrong", FRESH)
    with pytest.raises(InvalidRecord, match="at least 10"):
        timed.accounts.change_password(token, PASSWORD, "short")
    assert timed.accounts.person(token).name == "Ren Root"
    session = timed.accounts.change_password(token, PASSWORD, FRESH)
    for ended in (token, root._token):
        with pytest.raises(SignInFailed, match="ended"):
            timed.accounts.person(ended or "")
    assert timed.accounts.person(session.token).name == "Ren Root"
    fail(timed, 1, password=PASSWORD)
    assert timed.accounts.sign_in("root", FRESH).token
    assert timed.verify().ok


def test_guessing_the_old_password_locks_as_signing_in_does(timed: AuditStore, root: Access) -> None:
    """A session that somebody left open must not be a way to guess the password."""
    token = timed.accounts.sign_in("root", PASSWORD).token
    for _ in range(5):
        with pytest.raises(SignInFailed):
            timed.accounts.change_password(token, "wrong", FRESH)
    with pytest.raises(SignInFailed):
        timed.accounts.change_password(token, PASSWORD, FRESH)
    fail(timed, 1, password=PASSWORD)


def test_denied_is_what_a_failed_sign_in_is() -> None:
    assert issubclass(SignInFailed, Denied)
