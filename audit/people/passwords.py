"""Passwords: what a new one needs, and its argon2id hash (RFC 9106)."""

from __future__ import annotations

import secrets
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from audit.errors import InvalidRecord
from audit.people.hashing import hashing
from audit.records import validation as v

SHORTEST_PASSWORD, _LONGEST_PASSWORD = 10, 1_000  # characters; NIST SP 800-63B asks for length, not for kinds of characters
_SHORTEST_LOGIN = 4  # characters; a shorter login name may occur in its password


@cache
def _hasher() -> PasswordHasher:
    return PasswordHasher()  # RFC 9106's second recommended setting: 64 MiB, 3 passes, 4 lanes


@cache
def _decoy() -> str:
    return _hasher().hash(secrets.token_urlsafe(16))


def hash_password(password: str, login: str) -> str:
    """Hash a new password with argon2id. Raises what `check_password` raises, and `TooManyPasswords`."""
    check_password(password, login)
    with hashing(signed_in=True):
        return _hasher().hash(password)


def check_password(password: str, login: str) -> None:
    """Raise `InvalidRecord` when a new password is too short, too long or contains the login name."""
    v.text("the password", password, limit=_LONGEST_PASSWORD)
    if len(password) < SHORTEST_PASSWORD:
        raise InvalidRecord(f"the password needs at least {SHORTEST_PASSWORD} characters")
    if len(login) >= _SHORTEST_LOGIN and login in password.casefold():
        raise InvalidRecord("the password must not contain the login name")


def password_fits(stored: str | None, password: str, *, signed_in: bool) -> bool:
    """Return whether this is the password; takes equally long for an account that does not exist.

    ``signed_in``: whether the person who typed it is signed in. Raises `TooManyPasswords`.
    """
    try:
        with hashing(signed_in=signed_in):
            _hasher().verify(stored or _decoy(), password[:_LONGEST_PASSWORD])
    except (Argon2Error, InvalidHashError, UnicodeEncodeError):
        return False
    return stored is not None
