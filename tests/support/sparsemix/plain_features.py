"""Features of events as they are defined: one event after the other, one word after the other."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterator, Sequence

from sparsemix.encoding.encoder import EventReading, _kind
from sparsemix.encoding.sequence import Event
from sparsemix.encoding.tokens import Feature, Token, _token

_SPLIT = re.compile(r"[\s,;()\[\]{}<>\"'|]+")


def plain_features(events: Sequence[Event], reading: EventReading) -> Iterator[list[Feature]]:
    """Yield the features of every event, by a reading without scales and identifiers."""
    earlier: list[list[Feature]] = []
    kinds: list[str] = []
    previous: float | None = None
    for event in events:
        own = _features([token for chunk in _chunks(event.message) if (token := _token(chunk)) is not None])
        features = list(own)
        for back, before in enumerate(earlier[: reading.context - 1], 1):
            features += [(f"b{back}:{name}", 0.5 * value) for name, value in before]
        earlier.insert(0, own)
        kinds.insert(0, _kind(event.message))
        if reading.in_order:
            features += [(f"t{size}:{' '.join(kinds[:size])}", 1.0) for size in range(2, min(len(kinds), 3) + 1)]
        if event.time is not None and previous is not None:
            features += [(name, 0.3 * value) for name, value in _soft_bins("dt", max(0.0, event.time - previous))]
        previous = event.time if event.time is not None else previous
        yield features


def _chunks(message: str) -> list[str]:
    return _SPLIT.split(unicodedata.normalize("NFKC", message).lower())


def _features(tokens: Sequence[Token]) -> list[Feature]:
    features: list[Feature] = []
    previous = ""
    pending: tuple[str, float] | None = None
    for token in tokens:
        if pending is not None:
            features += _number_features(*pending, token.word if token.may_be_unit else "")
            pending = None
            if token.may_be_unit:
                continue
        features += token.features
        if token.number is None:
            previous = token.word
        elif token.unit:
            features += _number_features(token.key or previous, token.number, token.unit)
        else:
            pending = token.key or previous, token.number
    if pending is not None:
        features += _number_features(*pending, "")
    return features or [("empty", 1.0)]


def _number_features(key: str, number: float, unit: str) -> list[Feature]:
    return [(f"n:{key}", 0.5), *([(f"u:{unit}", 0.5)] if unit else []), *_soft_bins(f"m:{key}", number)]


def _soft_bins(name: str, number: float) -> Iterator[Feature]:
    if not math.isfinite(number) or number == 0.0:
        yield f"{name}:{number}", 1.0
        return
    position = math.log10(abs(number)) * 6
    low = math.floor(position)
    sign = "-" if number < 0 else "+"
    yield f"{name}:{sign}{low}", 1.0 - (position - low)
    yield f"{name}:{sign}{low + 1}", position - low
