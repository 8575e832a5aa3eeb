"""Signatures of reviews in words: who signed, with which key, and what that means."""

from __future__ import annotations

from collections.abc import Mapping

from audit import ReviewSignature
from dashboard.texts import ENGLISH, Texts
from dashboard.views.verdict import person

_MEANINGS = {text: key for key, text in ENGLISH.items() if key.startswith("meaning.")}


def signature_line(signature: ReviewSignature | None, names: Mapping[str, str], t: Texts) -> str:
    """Return the line below a review; ``names``: printed names by account. Recorded is the English meaning."""
    if signature is None:
        return t("signature.none")
    key = _MEANINGS.get(signature.meaning)
    return t(
        "signature.given",
        name=person(names.get(signature.account_id, signature.account_id), t),
        fingerprint=signature.fingerprint,
        meaning=signature.meaning if key is None else t.plain(key),
    )
