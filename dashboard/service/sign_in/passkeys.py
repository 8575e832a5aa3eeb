"""Passkeys (WebAuthn): the addresses where browsers have them, and the checks of what a browser answers. No streamlit here.

A passkey's secret (extension prf) opens the person's key for signing: it belongs to the passkey and to the salt that is stored
with it, and the passkey gives it only after it has recognised its owner. The answer that comes with it shows that this happened
just now, on this site, and not on one that only looks like it.
"""

from __future__ import annotations

import binascii
import hashlib
import ipaddress
import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar
from urllib.parse import urlsplit

from cryptography.exceptions import UnsupportedAlgorithm
from webauthn import verify_authentication_response, verify_registration_response
from webauthn.helpers.cose import COSEAlgorithmIdentifier
from webauthn.helpers.exceptions import WebAuthnException

from audit import SignatureFailed

Checked = TypeVar("Checked")
_PURPOSE = b"SparseMix: secret of a passkey, for signing"
_LONGEST = 20_000  # characters of an answer; a browser's has about 2,000
_SECRET = 32  # bytes
# ES256, EdDSA, RS256: together all that browsers' own passkeys use.
ALGORITHMS = (
    COSEAlgorithmIdentifier.ECDSA_SHA_256,
    COSEAlgorithmIdentifier.EDDSA,
    COSEAlgorithmIdentifier.RSASSA_PKCS1_v1_5_SHA_256,
)
# What a library can meet in bytes that say anything.
_MALFORMED = (
    WebAuthnException,
    UnsupportedAlgorithm,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    OverflowError,
    RecursionError,
)


class PasskeyRefused(SignatureFailed):
    """An answer is not used. ``code``: "passkey_answer" (it does not pass the check), "passkey_elsewhere" (the passkey is of
    another site), "passkey_address" (browsers have no passkeys at this address), "passkey_late" (nothing was asked, or the
    answer was used already), "passkey_unreadable" (what is stored of the passkey)."""


@dataclass(frozen=True, slots=True)
class Site:
    """Where a page stands: its origin, and its host, to which passkeys belong (RP id)."""

    origin: str
    rp_id: str


@dataclass(frozen=True, slots=True)
class PasskeyChallenge:
    """One question to a browser, good for one answer: 32 random bytes that the answer has to name, and the salt of a passkey
    that would be new."""

    challenge: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    salt: bytes = field(default_factory=lambda: secrets.token_bytes(32))


def site(url: str | None) -> Site | None:
    """Return the site of a page; None where browsers have no passkeys: without TLS, except on localhost, and under the number
    of a host (127.0.0.1) in place of its name."""
    try:
        parts = urlsplit(url or "")
        host = (parts.hostname or "").lower()
        port = "" if parts.port is None else f":{parts.port}"
    except ValueError:
        return None
    local = host == "localhost" or host.endswith(".localhost")
    if not host or parts.scheme not in {"https", "http"} or (parts.scheme == "http" and not local):
        return None
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return Site(f"{parts.scheme}://{host}{port}", host)
    return None


def salt_for(salt: bytes) -> str:
    """Return what a passkey makes its secret of, in base64url: bound to this use, so that no other one gets the same secret."""
    return text_of(hashlib.sha256(_PURPOSE + salt).digest())


def question(credential: Mapping[str, object]) -> dict[str, object]:
    """Return what the browser needs to ask for a stored passkey. Raises `PasskeyRefused`."""
    try:
        salt = bytes_of(str(credential["salt"]))
    except (ValueError, KeyError) as error:
        raise PasskeyRefused("what is stored of this passkey cannot be read", "passkey_unreadable") from error
    return {"id": str(credential.get("id")), "rp_id": str(credential.get("rp_id")), "salt": salt_for(salt)}


def registered(
    answer: object, secret: object, asked: PasskeyChallenge, site: Site, name: str
) -> tuple[bytes, dict[str, object]]:
    """Check the two halves of a browser's answer, the new passkey and its first use; return the secret, and what is stored.

    `answer`: the mapping {"made": ..., "used": ...} of two public-key credentials as JSON. Raises `PasskeyRefused`.
    """
    halves = answer if isinstance(answer, Mapping) else {}
    made = _checked(
        lambda: verify_registration_response(
            credential=_plain(halves.get("made")),
            expected_challenge=asked.challenge,
            expected_rp_id=site.rp_id,
            expected_origin=site.origin,
            require_user_verification=True,
            supported_pub_key_algs=list(ALGORITHMS),
        )
    )
    credential: dict[str, object] = {
        "id": text_of(made.credential_id),
        "public_key": text_of(made.credential_public_key),
        "sign_count": made.sign_count,
        "salt": text_of(asked.salt),
        "rp_id": site.rp_id,
        "name": name,
    }
    opened, count = used(halves.get("used"), secret, asked, site, credential)
    return opened, credential | {"sign_count": count}


def used(
    answer: object, secret: object, asked: PasskeyChallenge, site: Site, credential: Mapping[str, object]
) -> tuple[bytes, int]:
    """Check a browser's answer by the stored passkey; return the secret, and how often the passkey says that it was used.

    Raises `PasskeyRefused`.
    """
    id, public_key, count = (credential.get(name) for name in ("id", "public_key", "sign_count"))
    if not isinstance(public_key, str) or not isinstance(count, int):
        raise PasskeyRefused("what is stored of this passkey cannot be read", "passkey_unreadable")
    if credential.get("rp_id") != site.rp_id:
        raise PasskeyRefused(f"this passkey does not belong to {site.rp_id}", "passkey_elsewhere")
    given = _plain(answer)
    if given.get("id") != id:
        raise PasskeyRefused("this is another passkey", "passkey_answer")
    verified = _checked(
        lambda: verify_authentication_response(
            credential=given,
            expected_challenge=asked.challenge,
            expected_rp_id=site.rp_id,
            expected_origin=site.origin,
            credential_public_key=bytes_of(public_key),
            credential_current_sign_count=count,
            require_user_verification=True,
        )
    )
    return _secret(secret), verified.new_sign_count


def _checked(check: Callable[[], Checked]) -> Checked:
    try:
        return check()
    except _MALFORMED as error:
        raise PasskeyRefused(f"the browser's answer does not pass the check: {error}", "passkey_answer") from error


def _plain(answer: object) -> dict[str, object]:
    """Return an answer as the library reads it, unless it is too long to be one."""
    if not isinstance(answer, Mapping) or len(json.dumps(answer, default=str)) > _LONGEST:
        raise PasskeyRefused("the browser's answer is not that of a passkey, or too long", "passkey_answer")
    return dict(answer)


def _secret(text: object) -> bytes:
    try:
        secret = bytes_of(text) if isinstance(text, str) and len(text) < 2 * _SECRET else b""
    except binascii.Error:
        secret = b""
    if len(secret) != _SECRET:
        raise PasskeyRefused("the passkey gave no secret of 32 bytes", "passkey_answer")
    return secret


def text_of(data: bytes) -> str:
    """Return bytes in base64url, without padding."""
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def bytes_of(text: str) -> bytes:
    """Return the bytes of base64url text. Raises `ValueError`."""
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
