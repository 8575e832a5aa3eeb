"""Hashing passwords: a few at once, a bounded line, and people at work apart from those who sign in."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest

from audit import AuditStore, SignInFailed, TooManyPasswords
from audit.people import hashing as places
from audit.people.hashing import LINE, hashing
from tests.support.audit.team import PASSWORD


@pytest.mark.parametrize(("signed_in", "number"), [(False, 1), (True, 2)])
def test_only_so_many_passwords_are_hashed_at_once(signed_in: bool, number: int) -> None:
    """Each takes 64 MiB and four threads: a person who sends many must not take the machine."""
    now: set[int] = set()
    seen: list[int] = []

    def hashed(one: int) -> None:
        with hashing(signed_in=signed_in):
            now.add(one)
            time.sleep(0.01)
            seen.append(len(now))
            now.discard(one)

    with ThreadPoolExecutor(12) as pool:
        list(pool.map(hashed, range(12)))
    assert len(seen) == 12 and max(seen) <= number


def test_a_wait_that_is_too_long_ends_and_places_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "PATIENCE", 0.01)
    with hashing(signed_in=False), pytest.raises(TooManyPasswords, match="try again"), hashing(signed_in=False):
        pass
    with pytest.raises(ZeroDivisionError), hashing(signed_in=False):
        raise ZeroDivisionError
    with hashing(signed_in=False), hashing(signed_in=True), hashing(signed_in=True):
        pass


def test_a_line_that_is_full_sends_others_away_at_once_and_nobody_at_work_waits_in_it(store: AuditStore) -> None:
    """More people than the line holds type a password at the sign-in; somebody who is signed in signs meanwhile."""
    root = store.accounts.set_up("root", "Root", PASSWORD)
    access = store.access(store.accounts.sign_in("root", PASSWORD).token)
    size = store.head().size
    go_on, busy = threading.Event(), threading.Semaphore(0)

    def wait() -> None:
        with hashing(signed_in=False):
            busy.release()
            go_on.wait(10)

    with ExitStack() as stack:
        pool = stack.enter_context(ThreadPoolExecutor(LINE + 1))
        stack.callback(go_on.set)
        waiting = [pool.submit(wait) for _ in range(LINE + 1)]
        assert busy.acquire(timeout=5)
        until = time.monotonic() + 5
        while places._FOR[False].line._value and time.monotonic() < until:  # type: ignore[attr-defined]
            time.sleep(0.001)
        begun = time.monotonic()
        with pytest.raises(TooManyPasswords):
            store.accounts.sign_in("root", "a wrong password")
        assert time.monotonic() - begun < 1
        assert access.signing(PASSWORD).signer is not None
        assert store.head().size == size  # nothing was checked, so nothing failed
    assert not any(one.exception() for one in waiting)
    with pytest.raises(SignInFailed):
        store.accounts.sign_in("root", "a wrong password")
    assert root.active
