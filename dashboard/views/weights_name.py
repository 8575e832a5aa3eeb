"""What weights are called: their registered name, or the beginning of their hash."""

from __future__ import annotations

from collections.abc import Sequence

from audit import RegisteredWeights
from dashboard.texts import Texts

SHORT = 12
"""Digits of a hash that tell weights apart."""


def short(sha256: str) -> str:
    """The beginning of a hash."""
    return sha256[:SHORT]


def name_of(sha256: str | None, known: Sequence[RegisteredWeights], t: Texts) -> str:
    """What people call weights; those that the program came with, and what nobody registered, by their hash."""
    if sha256 is None:
        return t.plain("model.program")
    found = next((one for one in known if one.sha256 == sha256), None)
    return found.name if found else t.plain("model.unregistered", id=short(sha256))
