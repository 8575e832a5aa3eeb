"""Sign-in modes, the code for the first set-up, and the claims of an identity provider. No streamlit here.

single      one user on this machine, without a password; never on an address that others reach
password    accounts of the record
oidc        an organisation's identity provider (OpenID Connect); accounts with a password stay possible
"""

from __future__ import annotations

import hmac
import math
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache
from hashlib import sha256

from cachetools import LRUCache, TTLCache

from audit import Role, SignInFailed
from audit.log.roles import NEWCOMER_ROLES
from audit.records.clock import moment_text

FRESH = 600.0  # seconds after which a provider's claims no longer open a session; streamlit's cookie keeps them for 30 days

_KNOWN = 1_000  # claims that are remembered, to recognise new ones
_LOCAL = ("localhost", "127.0.0.1", "::1")
_LETTERS = "ABCDEFGHJKMNPQRSTVWXYZ23456789"  # without letters and digits that are easily confused


class Mode(StrEnum):
    """How people sign in."""

    SINGLE = "single"
    PASSWORD = "password"  # noqa: S105 - the name of a mode
    OIDC = "oidc"


def is_local(address: str | None) -> bool:
    """Return whether a server on this address is reached from its own machine only; no address means all addresses."""
    return (address or "").strip("[]").lower() in _LOCAL


def mode(wanted: str | None, address: str | None, *, accounts: bool) -> Mode:
    """Return the mode to serve in. Whatever was wanted, sign-in is left out only on a local address and without accounts."""
    if wanted == Mode.OIDC:
        return Mode.OIDC
    if wanted in (None, "", Mode.SINGLE) and is_local(address) and not accounts:
        return Mode.SINGLE
    return Mode.PASSWORD


@cache
def set_up_code() -> str:
    """Return the code for setting up the first administrator: about 78 bits, new at every start, printed once.

    It is printed on the server's console only: a person who reads it there runs the server.
    """
    code = "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(4))
    print(f"\n  The record has no accounts yet. Set-up code for the first administrator: {code}\n", flush=True)
    return code


def is_set_up_code(typed: str) -> bool:
    """Return whether this is the set-up code; case and separators do not matter."""
    plain = "".join(sign for sign in typed.upper() if sign.isalnum())
    return hmac.compare_digest(plain.encode(), set_up_code().replace("-", "").encode())


def newcomer_roles(text: str | None) -> tuple[Role, ...]:
    """Return the roles of people who come from the provider for the first time, from a text such as "viewer,reviewer" or
    "none".

    Raises `ValueError` for any other role: an administrator gives those.
    """
    if text is None or not text.strip():
        return (Role.VIEWER,)
    if text.strip().lower() == "none":
        return ()
    roles = tuple(dict.fromkeys(Role(part.strip().lower()) for part in text.split(",")))
    if not {role.value for role in roles} <= NEWCOMER_ROLES:
        raise ValueError("by signing in nobody gets more than the roles viewer and reviewer; an administrator gives the others")
    return roles


@dataclass(frozen=True, slots=True)
class IdentityClaims:
    """The claims of an identity provider about a person: identity (``issuer``, ``subject``), name, when they were ``issued``
    (seconds since 1970), and the ``nonce`` of this visit to the provider, empty without one."""

    issuer: str
    subject: str
    name: str
    issued: float
    nonce: str

    @property
    def issued_at(self) -> str:
        """When the claims were issued, as records write it."""
        return moment_text(datetime.fromtimestamp(self.issued, UTC))


def read_claims(claims: Mapping[str, object]) -> IdentityClaims:
    """Read the claims of an ID token, which streamlit has verified. Raises `SignInFailed` when a claim is missing."""
    issuer, subject = claims.get("iss"), claims.get("sub")
    issued = claims.get("iat", claims.get("auth_time"))
    if not (isinstance(issuer, str) and issuer and isinstance(subject, str) and subject):
        raise SignInFailed("the identity provider did not say who this is (iss, sub)")
    if isinstance(issued, bool) or not isinstance(issued, int | float):
        raise SignInFailed("the identity provider did not say when it signed this person in (iat)")
    names = (claims.get(key) for key in ("name", "preferred_username", "email"))
    name = next((text for text in names if isinstance(text, str) and text.strip()), subject)
    return IdentityClaims(issuer, subject, name.strip()[:200], float(issued), str(claims.get("nonce") or ""))


class ClaimsRegister:
    """The claims that were used: claims open one session, and only while they are fresh.

    Otherwise streamlit's cookie would sign a person in again whenever their session had ended, by expiry or by signing out.
    """

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        # Longer than claims stay fresh: the provider's clock may be ahead.
        self._used: TTLCache[IdentityClaims, None] = TTLCache(math.inf, 2 * FRESH + 1, clock)
        self._known: LRUCache[str, None] = LRUCache(_KNOWN)

    def use(self, claims: IdentityClaims) -> None:
        """Mark claims as used. Raises `SignInFailed` when they are too old, too far in the future, or were used before."""
        with self._lock:
            if not self._usable(claims):
                raise SignInFailed("this sign-in at the identity provider was used or is too long ago; sign in there again")
            self._used[claims] = None

    def usable(self, claims: IdentityClaims) -> bool:
        """Return whether claims can still be used."""
        with self._lock:
            return self._usable(claims)

    def is_news(self, claims: Mapping[str, object]) -> bool:
        """Return whether these claims, complete or not, are new among the last thousand."""
        mark = sha256(repr(sorted(claims.items())).encode()).hexdigest()
        with self._lock:
            if mark in self._known:
                return False
            self._known[mark] = None
            return True

    def _usable(self, claims: IdentityClaims) -> bool:
        return abs(self._clock() - claims.issued) <= FRESH and claims not in self._used
