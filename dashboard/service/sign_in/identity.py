"""Who may come in, and how: the app's mode, the code for the first set-up, what an identity provider says. No streamlit here.

single      one user on this machine, who is asked for no password; never on an address that others reach
password    accounts of the record
oidc        an organisation's identity provider (OpenID Connect); accounts with a password stay possible
"""

from __future__ import annotations

import hmac
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache
from hashlib import sha256

from audit import Role, SignInFailed
from audit.records.clock import moment_text

FRESH = 600.0  # seconds after which a provider's word no longer opens a session; streamlit's cookie keeps it for 30 days

_KNOWN = 1_000  # words of a provider that are told from new ones
_LOCAL = ("localhost", "127.0.0.1", "::1")
_LETTERS = "ABCDEFGHJKMNPQRSTVWXYZ23456789"  # without those that are read as others


class Mode(StrEnum):
    """How people come in."""

    SINGLE = "single"
    PASSWORD = "password"  # noqa: S105 - the name of a mode
    OIDC = "oidc"


def is_local(address: str | None) -> bool:
    """Whether a server on this address is reached from its own machine only; no address means all of them."""
    return (address or "").strip("[]").lower() in _LOCAL


def mode(wanted: str | None, address: str | None, *, accounts: bool) -> Mode:
    """The mode to serve in, whatever was asked for: open to anybody only for a record without accounts on this machine."""
    if wanted == Mode.OIDC:
        return Mode.OIDC
    if wanted in (None, "", Mode.SINGLE) and is_local(address) and not accounts:
        return Mode.SINGLE
    return Mode.PASSWORD


@cache
def set_up_code() -> str:
    """The code that whoever sets up the first administrator must know: about 78 bits, new at every start, printed once.

    It goes to the server's console and nowhere else: who reads that runs the server.
    """
    code = "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(4))
    print(f"\n  The record has no accounts yet. Set-up code for the first administrator: {code}\n", flush=True)
    return code


def is_set_up_code(typed: str) -> bool:
    """Whether this is the code, however it was typed."""
    plain = "".join(sign for sign in typed.upper() if sign.isalnum())
    return hmac.compare_digest(plain.encode(), set_up_code().replace("-", "").encode())


def newcomer_roles(text: str | None) -> tuple[Role, ...]:
    """The roles of people whom the provider sends for the first time, from "viewer,reviewer" or "none". Errors: ValueError."""
    if text is None or not text.strip():
        return (Role.VIEWER,)
    if text.strip().lower() == "none":
        return ()
    found = tuple(dict.fromkeys(Role(part.strip().lower()) for part in text.split(",")))
    if Role.ADMIN in found:
        raise ValueError("nobody becomes an administrator by signing in; an administrator gives that role")
    return found


@dataclass(frozen=True, slots=True)
class Word:
    """What an identity provider says about somebody: who, called what, and when it said so (seconds since 1970)."""

    issuer: str
    subject: str
    name: str
    issued: float
    nonce: str

    @property
    def issued_at(self) -> str:
        """When it was said, as records write it."""
        return moment_text(datetime.fromtimestamp(self.issued, UTC))


def word(claims: Mapping[str, object]) -> Word:
    """Read the claims of an ID token, which streamlit has verified. Errors: `SignInFailed` when one is missing."""
    issuer, subject = claims.get("iss"), claims.get("sub")
    issued = claims.get("iat", claims.get("auth_time"))
    if not (isinstance(issuer, str) and issuer and isinstance(subject, str) and subject):
        raise SignInFailed("the identity provider did not say who this is (iss, sub)")
    if isinstance(issued, bool) or not isinstance(issued, int | float):
        raise SignInFailed("the identity provider did not say when it signed this person in (iat)")
    names = (claims.get(key) for key in ("name", "preferred_username", "email"))
    name = next((found for found in names if isinstance(found, str) and found.strip()), subject)
    return Word(issuer, subject, name.strip()[:200], float(issued), str(claims.get("nonce") or ""))


class Words:
    """Every word of a provider opens one session, and only while it is fresh.

    Otherwise streamlit's cookie would sign a person in again whenever their session had ended: run out, or by signing out.
    """

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._spent: dict[Word, float] = {}
        self._known: dict[str, None] = {}

    def spend(self, said: Word) -> None:
        """Use a word up. Errors: `SignInFailed` when it is too old, too far in the future, or was used before."""
        with self._lock:
            if not self._usable(said):
                raise SignInFailed("this sign-in at the identity provider was used or is too long ago; sign in there again")
            now = self._clock()
            self._spent = {one: at for one, at in self._spent.items() if now - at <= 2 * FRESH}
            self._spent[said] = now

    def usable(self, said: Word) -> bool:
        """Whether a word can still be used up."""
        with self._lock:
            return self._usable(said)

    def is_news(self, claims: Mapping[str, object]) -> bool:
        """Whether these claims, complete or not, are asked about for the first time; of the last thousand."""
        mark = sha256(repr(sorted(claims.items())).encode()).hexdigest()
        with self._lock:
            if mark in self._known:
                return False
            self._known[mark] = None
            if len(self._known) > _KNOWN:
                del self._known[next(iter(self._known))]
            return True

    def _usable(self, said: Word) -> bool:
        return abs(self._clock() - said.issued) <= FRESH and said not in self._spent
