"""Passkeys: right answers are used, and answers that are wrong in one point are refused."""

from __future__ import annotations

import secrets
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as some

from dashboard.service.sign_in import passkeys
from dashboard.service.sign_in.passkeys import PasskeyChallenge, PasskeyRefused, Site
from tests.support.dashboard.authenticator import PRESENT, Authenticator

HERE = Site("https://audit.example", "audit.example")


@pytest.fixture
def device() -> Authenticator:
    return Authenticator(HERE.origin, HERE.rp_id)


def _add(device: Authenticator, asked: PasskeyChallenge | None = None) -> dict[str, object]:
    asked = asked or PasskeyChallenge()
    return passkeys.registered(device.both(asked.challenge), device.secret, asked, HERE, "Aiko")[1]


def test_a_new_passkey_is_stored_without_its_secret(device: Authenticator) -> None:
    asked = PasskeyChallenge()
    secret, stored = passkeys.registered(device.both(asked.challenge), device.secret, asked, HERE, "Aiko")
    assert secret == passkeys.bytes_of(device.secret)
    assert (stored["id"], stored["rp_id"], stored["name"]) == (passkeys.text_of(device.id), "audit.example", "Aiko")
    assert stored["sign_count"] == 2
    assert stored["salt"] == passkeys.text_of(asked.salt)
    assert device.secret not in str(stored)
    assert passkeys.question(stored) == {
        "id": stored["id"],
        "rp_id": "audit.example",
        "salt": passkeys.salt_for(asked.salt),
    }


def test_a_right_answer_gives_the_secret_and_the_count(device: Authenticator) -> None:
    stored, asked = _add(device), PasskeyChallenge()
    assert passkeys.used(device.used(asked.challenge), device.secret, asked, HERE, stored) == (
        passkeys.bytes_of(device.secret),
        3,
    )


WRONG: dict[str, Callable[[Authenticator], object]] = {
    "origin": lambda device: setattr(device, "origin", "https://audit.example.evil"),
    "rp id": lambda device: setattr(device, "rp_id", "evil.example"),
    "not verified": lambda device: setattr(device, "flags", PRESENT),
    "not present": lambda device: setattr(device, "flags", 0),
    "secret": lambda device: setattr(device, "secret", passkeys.text_of(bytes(31))),
    "no secret": lambda device: setattr(device, "secret", None),
    "not base64": lambda device: setattr(device, "secret", "=" * 43),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_new_passkey_that_is_wrong_in_one_point_is_refused(device: Authenticator, wrong: str) -> None:
    WRONG[wrong](device)
    with pytest.raises(PasskeyRefused) as refused:
        _add(device)
    assert refused.value.code == "passkey_answer"


@pytest.mark.parametrize("wrong", WRONG)
def test_an_answer_that_is_wrong_in_one_point_is_refused(device: Authenticator, wrong: str) -> None:
    stored, asked = _add(device), PasskeyChallenge()
    WRONG[wrong](device)
    with pytest.raises(PasskeyRefused) as refused:
        passkeys.used(device.used(asked.challenge), device.secret, asked, HERE, stored)
    assert refused.value.code == "passkey_answer"


def test_an_answer_to_another_question_is_refused(device: Authenticator) -> None:
    with pytest.raises(PasskeyRefused, match="challenge"):
        passkeys.registered(device.both(PasskeyChallenge().challenge), device.secret, PasskeyChallenge(), HERE, "Aiko")
    stored = _add(device)
    with pytest.raises(PasskeyRefused, match="challenge"):
        passkeys.used(device.used(PasskeyChallenge().challenge), device.secret, PasskeyChallenge(), HERE, stored)


def test_the_first_half_alone_does_not_add_a_passkey(device: Authenticator) -> None:
    asked = PasskeyChallenge()
    with pytest.raises(PasskeyRefused):
        passkeys.registered({"made": device.made(asked.challenge)}, device.secret, asked, HERE, "Aiko")
    other = Authenticator(HERE.origin, HERE.rp_id)
    halves = {"made": device.made(asked.challenge), "used": other.used(asked.challenge)}
    with pytest.raises(PasskeyRefused, match="another passkey"):
        passkeys.registered(halves, device.secret, asked, HERE, "Aiko")


def test_another_key_under_the_same_id_is_refused(device: Authenticator) -> None:
    stored, asked = _add(device), PasskeyChallenge()
    forger = Authenticator(HERE.origin, HERE.rp_id)
    forger.id, forger.count = device.id, device.count
    with pytest.raises(PasskeyRefused, match="signature"):
        passkeys.used(forger.used(asked.challenge), device.secret, asked, HERE, stored)


def test_an_answer_is_good_once(device: Authenticator) -> None:
    stored, asked = _add(device), PasskeyChallenge()
    answer = device.used(asked.challenge)
    _, count = passkeys.used(answer, device.secret, asked, HERE, stored)
    with pytest.raises(PasskeyRefused, match="sign count"):
        passkeys.used(answer, device.secret, asked, HERE, stored | {"sign_count": count})


def test_a_passkey_that_counts_nothing_can_be_used_again(device: Authenticator) -> None:
    stored, asked = _add(device) | {"sign_count": 0}, PasskeyChallenge()
    for _ in range(2):
        device.count = -1
        assert passkeys.used(device.used(asked.challenge), device.secret, asked, HERE, stored)[1] == 0


def test_a_passkey_of_another_address_is_named_as_such(device: Authenticator) -> None:
    stored, asked = _add(device), PasskeyChallenge()
    with pytest.raises(PasskeyRefused) as refused:
        passkeys.used(device.used(asked.challenge), device.secret, asked, Site("http://localhost:1", "localhost"), stored)
    assert refused.value.code == "passkey_elsewhere"


@pytest.mark.parametrize("change", [{"public_key": None}, {"sign_count": "1"}, {"salt": 7}, {"salt": "x"}])
def test_what_is_stored_may_say_anything(device: Authenticator, change: dict[str, object]) -> None:
    stored, asked = _add(device) | change, PasskeyChallenge()
    with pytest.raises(PasskeyRefused) as refused:
        passkeys.question(stored)
        passkeys.used(device.used(asked.challenge), device.secret, asked, HERE, stored)
    assert refused.value.code == "passkey_unreadable"


@pytest.mark.parametrize(
    ("url", "site"),
    [
        ("https://audit.example/team", HERE),
        ("https://AUDIT.example:8443/", Site("https://audit.example:8443", "audit.example")),
        ("http://localhost:8501/", Site("http://localhost:8501", "localhost")),
        ("http://audit.example/", None),
        ("http://127.0.0.1:8501/", None),
        ("https://[::1]:8501/", None),
        ("https://host:port/", None),
        ("https://[", None),
        ("file:///etc", None),
        ("", None),
        (None, None),
    ],
)
def test_browsers_have_passkeys_with_tls_and_on_localhost_by_name(url: str | None, site: Site | None) -> None:
    assert passkeys.site(url) == site


json_like = some.recursive(
    some.none() | some.booleans() | some.integers() | some.text(),
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(some.text(), inner, max_size=3),
    max_leaves=8,
)
PARTS = ["id", "rawId", "type", "response", "clientDataJSON", "attestationObject", "authenticatorData", "signature"]


@given(answer=json_like, half=some.sampled_from(["made", "used"]), part=some.sampled_from(PARTS), value=json_like)
def test_an_answer_that_says_anything_is_refused(answer: object, half: str, part: str, value: object) -> None:
    device, asked = Authenticator(HERE.origin, HERE.rp_id), PasskeyChallenge()
    both = device.both(asked.challenge)
    changed = both[half]
    assert isinstance(changed, dict)
    place = changed if part in changed else changed["response"]
    halves = [answer] if part not in place else [answer, both]
    place[part] = value
    for given_halves in halves:
        with pytest.raises(PasskeyRefused):
            passkeys.registered(given_halves, device.secret, asked, HERE, "Aiko")


@given(cut=some.integers(0, 200), byte=some.integers(0, 255), at=some.integers(0, 250))
def test_bytes_that_were_changed_never_end_otherwise(cut: int, byte: int, at: int) -> None:
    device, asked = Authenticator(HERE.origin, HERE.rp_id), PasskeyChallenge()
    both = device.both(asked.challenge)
    made = both["made"]
    assert isinstance(made, dict)
    data = bytearray(passkeys.bytes_of(made["response"]["attestationObject"]))
    data[at % len(data)] = byte
    made["response"]["attestationObject"] = passkeys.text_of(bytes(data[: len(data) - cut]))
    try:
        secret, _ = passkeys.registered(both, device.secret, asked, HERE, "Aiko")
    except PasskeyRefused:
        return
    assert len(secret) == 32


def test_an_answer_that_is_too_long_is_refused(device: Authenticator) -> None:
    asked = PasskeyChallenge()
    both = device.both(asked.challenge)
    both["made"] = {**both["made"], "more": secrets.token_hex(20_000)}  # type: ignore[dict-item]
    with pytest.raises(PasskeyRefused, match="too long"):
        passkeys.registered(both, device.secret, asked, HERE, "Aiko")
