"""Signatures of people and of the program: what is signed, and how a signature is checked.

An entry of type "signature" follows the entry that it signs, within the same transaction. Its subject is the hash of that
entry, its actor is the signer. Its content holds

    key      the public key (Ed25519, RFC 8032; hexadecimal)
    meaning  what the signature means, in words (21 CFR 11.50)
    shown    of a review: SHA-256 of what the person was shown
    decision of a review: the hash of the decision's entry, as the person was shown it
    value    the signature over purpose, hash, key, meaning, shown and decision

The hash covers the entry, its number and time, and through the chain the whole log before it. So no signature can be moved to
another entry, place or record (21 CFR 11.70).

`audit.log.authority` says whose key may sign what. This module needs only Python 3.9 and `cryptography`: a bundle carries a
copy.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

_PURPOSE = "SparseMix: a signature of an entry of the log, version 2"
_OWNED = "SparseMix: whose a key is, version 1"
# The field's prime, and the y of the curve's points whose order is 1, 2, 4 or 8: as a key, signatures by nobody would fit them.
_P = 2**255 - 19
_EIGHTH = 0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826
_SMALL_ORDER = frozenset({0, 1, _P - 1, _EIGHTH, _P - _EIGHTH})
_REVIEWS = {
    "approve": "I have reviewed the evidence that I was shown, and I approve this decision.",
    "flag": "I have reviewed the evidence that I was shown, and I flag this decision.",
    "withdraw": "I withdraw my review of this decision.",
}
_RULINGS = {
    "approve": "I have reviewed the evidence that I was shown, and I settle the dispute: I approve this decision.",
    "flag": "I have reviewed the evidence that I was shown, and I settle the dispute: I flag this decision.",
    "withdraw": "I withdraw my ruling on this decision.",
}
_OTHERS = {
    "account": "I am responsible for this account and its roles.",
    "decision": "The program decided this.",
    "control": "I know the right verdict on this decision, and I make it a control item.",
    "erasure": "I am responsible for this erasure.",
    "key": "I am responsible for which keys of this account count.",
    "person": "I am responsible for this account and its roles.",  # signed together with the account
    "policy": "I am responsible for this review policy.",
    "reading": "The program took this setting from a person who was signed in.",
    "reference": "The program took this reference from a person who was signed in.",
    "retention": "I am responsible for how long this decision is kept.",
    "rollout": "I am responsible for this step of the roll-out.",
    "sessions_ended": "The program ended all sessions, and signs who signs in from now on.",
    "signed_in": "The program saw this person sign in.",
    "signed_out": "The program saw this person sign out.",
    "submitted_as": "The program received this input under this name.",
    "token": "I am responsible for this program's access.",
    "weights_in_use": "I am responsible for the use of these weights.",
    "weights_retired": "I am responsible for whether these weights may be used.",
}


class Signer(NamedTuple):
    """The open key of an account, or of the program, and its kind."""

    account_id: str
    kind: str
    private: Ed25519PrivateKey


def meaning_of(kind: str, content: Mapping[str, Any]) -> str:
    """Return what a signature of such an entry means, in the words that are signed; `content`: of a review, its content."""
    if kind != "review":
        return _OTHERS[kind]
    words = _RULINGS if content.get("kind") == "adjudication" else _REVIEWS
    return words.get(str(content.get("verdict")), "")


def public_half(private: Ed25519PrivateKey) -> str:
    """Return a key's public half in hexadecimal."""
    return private.public_key().public_bytes_raw().hex()


def sign(
    private: Ed25519PrivateKey, hash: str, meaning: str, shown: str | None = None, decision: str | None = None
) -> dict[str, object]:
    """Return the content of the signature of the entry with this hash.

    Of a review, ``shown``: the hash of what the person was shown; ``decision``: that of the decision's entry, as it was shown.
    """
    content: dict[str, object] = {"key": public_half(private), "meaning": meaning, "shown": shown, "decision": decision}
    return content | {"value": private.sign(_signed(hash, content)).hex()}


def signature_problem(hash: str, content: Mapping[str, Any]) -> str | None:
    """Return why this content is not a signature of the entry with this hash, or None."""
    try:
        key, value = _public(content["key"]), bytes.fromhex(content["value"])
        key.verify(value, _signed(hash, content))
    except (KeyError, TypeError, ValueError):
        return "its signature cannot be read"
    except InvalidSignature:
        return "its signature is wrong"
    return None if value.hex() == content["value"] else "its signature cannot be read"


def proof_of(signer: Signer) -> str:
    """Return what a new key signs of whose it is (hexadecimal): nobody has the key of another person entered as theirs."""
    return signer.private.sign(_owned(signer.account_id, public_half(signer.private))).hex()


def proves(account_id: str, key: object, proof: object) -> bool:
    """Return whether a key (hexadecimal) has signed that it is this account's, whatever these are."""
    if not isinstance(key, str) or not isinstance(proof, str):
        return False
    try:
        _public(key).verify(bytes.fromhex(proof), _owned(account_id, key))
    except (ValueError, InvalidSignature):
        return False
    return True


def _owned(account_id: str, key: str) -> bytes:
    return json.dumps([_OWNED, account_id, key], ensure_ascii=False, separators=(",", ":")).encode()


def _signed(hash: str, content: Mapping[str, Any]) -> bytes:
    parts = [_PURPOSE, hash, content["key"], content["meaning"], content["shown"], content["decision"]]
    return json.dumps(parts, ensure_ascii=False, separators=(",", ":")).encode()


@lru_cache(maxsize=4096)
def _public(text: str) -> Ed25519PublicKey:
    raw = bytes.fromhex(text)
    y = int.from_bytes(raw, "little") % 2**255
    if y >= _P or y in _SMALL_ORDER:
        raise ValueError("a key whose signatures anybody can make")
    return Ed25519PublicKey.from_public_bytes(raw)
