"""Passwords that are guessed at a signature: five wrong ones lock signing, and those at the sign-in are counted apart."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from audit import (
    Access,
    AuditStore,
    SignatureFailed,
    SignInFailed,
)
from audit.log.signatures import Signer
from audit.people import sealed_keys, signing
from audit.people.sessions import LOCKED_FOR, MAX_FAILURES
from audit.storage.schema import credentials
from tests.support.audit.keys import holds, types
from tests.support.audit.team import (
    PASSWORD,
    Clock,
    set_up,
)

FRESH, WRONG = PASSWORD[::-1], PASSWORD[1:]


@pytest.fixture
def root(timed: AuditStore) -> Access:
    """Return the first administrator of a record in which people sign, with the key open."""
    return set_up(timed)


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
    """A person who knows a login name can type them there, without an account."""
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

    def slow(*given: Any) -> Callable[[], Signer | None]:
        monkeypatch.setattr(sealed_keys, "opener", opener)
        open_key = opener(*given)

        def slowly() -> Signer | None:
            late.append(open_key())
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
    """Otherwise a person who deletes the count of failures could guess for ever."""
    with timed.database.write() as connection:
        connection.execute(credentials.delete())
    with pytest.raises(SignatureFailed):
        root.signing(PASSWORD)
