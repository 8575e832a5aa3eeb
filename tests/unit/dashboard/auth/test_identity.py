"""Who may come in: the mode whatever was asked for, the set-up code, and what an identity provider says."""

from __future__ import annotations

import math

import pytest

from audit import Role, SignInFailed
from dashboard.service.sign_in import identity
from dashboard.service.sign_in.identity import (
    FRESH,
    ClaimsRegister,
    IdentityClaims,
    Mode,
    is_local,
    mode,
    newcomer_roles,
    read_claims,
)

CLAIMS = {"iss": "https://id.example", "sub": "4711", "name": " Olga ", "iat": 1_000_000, "nonce": "n"}


@pytest.mark.parametrize("address", ["localhost", "LOCALHOST", "127.0.0.1", "::1", "[::1]"])
def test_addresses_of_this_machine(address: str) -> None:
    assert is_local(address)


@pytest.mark.parametrize("address", [None, "", "::", "10.0.0.7", "127.0.0.1.example.com", "plant"])
def test_addresses_that_others_reach(address: str | None) -> None:
    assert not is_local(address)
    for wanted in (None, "", "single", "password", "nonsense"):
        assert mode(wanted, address, accounts=False) is Mode.PASSWORD


@pytest.mark.parametrize(
    ("wanted", "accounts", "expected"),
    [
        (None, False, Mode.SINGLE),
        ("", False, Mode.SINGLE),
        ("single", False, Mode.SINGLE),
        (None, True, Mode.PASSWORD),
        ("single", True, Mode.PASSWORD),
        ("password", False, Mode.PASSWORD),
        ("nonsense", False, Mode.PASSWORD),
        ("oidc", False, Mode.OIDC),
        ("oidc", True, Mode.OIDC),
    ],
)
def test_open_to_anybody_only_without_accounts(wanted: str | None, accounts: bool, expected: Mode) -> None:
    assert mode(wanted, "localhost", accounts=accounts) is expected


def test_the_code_is_printed_once_and_fits_however_it_is_typed(capsys: pytest.CaptureFixture[str]) -> None:
    identity.set_up_code.cache_clear()
    code = identity.set_up_code()
    assert identity.set_up_code() == code
    assert capsys.readouterr().out.count(code) == 1
    assert len(code.replace("-", "")) == 16
    assert identity.is_set_up_code(f" {code.lower().replace('-', ' ')} ")
    for wrong in ("", code[:-1], code + "A", code.replace("-", "")[::-1] + "Ä", "ÄÖÜ"):
        assert not identity.is_set_up_code(wrong)
    identity.set_up_code.cache_clear()
    assert not identity.is_set_up_code(code), "a new start has a new code"


def test_roles_of_newcomers() -> None:
    assert newcomer_roles(None) == newcomer_roles(" ") == (Role.VIEWER,)
    assert newcomer_roles("none") == ()
    assert newcomer_roles("Reviewer, viewer,reviewer") == (Role.REVIEWER, Role.VIEWER)
    for wrong in ("admin", "viewer,admin", "boss"):
        with pytest.raises(ValueError, match=r"administrator|boss"):
            newcomer_roles(wrong)


def test_a_word_names_issuer_subject_and_time() -> None:
    said = read_claims(CLAIMS)
    assert said == IdentityClaims("https://id.example", "4711", "Olga", 1_000_000.0, "n")
    assert said.issued_at == "1970-01-12T13:46:40.000Z"
    assert read_claims(CLAIMS | {"name": "", "email": "o@example.test"}).name == "o@example.test"
    assert read_claims({"iss": "i", "sub": "s", "auth_time": 5.5}) == IdentityClaims("i", "s", "s", 5.5, "")


@pytest.mark.parametrize("changes", [{"iss": ""}, {"sub": None}, {"sub": 7}, {"iat": "now"}, {"iat": True}, {"iat": None}])
def test_a_word_that_lacks_something_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(SignInFailed):
        read_claims(CLAIMS | changes)


def test_a_word_opens_one_session_while_it_is_fresh() -> None:
    now = 1_000_000.0
    words = ClaimsRegister(lambda: now)
    said = read_claims(CLAIMS)
    assert words.usable(said)
    words.use(said)
    assert not words.usable(said)
    with pytest.raises(SignInFailed):
        words.use(said)
    words.use(read_claims(CLAIMS | {"nonce": "another sign-in"}))
    now += FRESH + 1
    for old in (said, read_claims(CLAIMS | {"sub": "8"})):
        with pytest.raises(SignInFailed):
            words.use(old)
    for far in (math.inf, math.nan, now + FRESH + 1, -1e18):
        assert not words.usable(read_claims(CLAIMS | {"iat": far}))
