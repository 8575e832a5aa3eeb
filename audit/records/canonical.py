"""Canonical JSON (RFC 8785, JCS): each value has exactly one sequence of bytes, so that hashes can be compared.

Only exact JSON types are accepted. A subclass such as `numpy.float64` could print differently in another library version, and
NaN has no JSON form: both are refused.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import rfc8785

from audit.errors import InvalidRecord

_MAX_DEPTH = 64
_MAX_SAFE_INTEGER = 2**53 - 1


def canonical(value: object) -> bytes:
    """Return the RFC 8785 form of `value` (UTF-8).

    Raises `InvalidRecord` for anything but None, bool, int (|n| < 2**53), finite float, str, list, tuple and
    mappings with str keys; the message names the place.
    """
    plain = _plain(value, "value", 0)
    try:
        return rfc8785.dumps(plain)
    except (rfc8785.CanonicalizationError, UnicodeEncodeError) as error:
        raise InvalidRecord(f"not representable as canonical JSON: {error}") from error


def parse(text: str) -> Any:
    """Read canonical JSON back, so that `canonical(parse(text))` gives `text` again.

    RFC 8785 prints the float 1e20 with digits only; such numbers come back as float, never as a huge int.
    Raises `InvalidRecord` when `text` is not JSON.
    """
    try:
        return json.loads(text, parse_int=_number, parse_constant=_refuse_constant)
    except (ValueError, RecursionError, TypeError) as error:
        raise InvalidRecord(f"not JSON: {error}") from error


def _number(digits: str) -> int | float:
    # Python refuses to convert very long digit strings; anything past 17 digits is beyond 2**53 anyway.
    if len(digits) > 17:
        return float(digits)
    number = int(digits)
    return number if abs(number) <= _MAX_SAFE_INTEGER else float(digits)


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is not a JSON number")


def _plain(value: object, path: str, depth: int) -> Any:
    if depth > _MAX_DEPTH:
        raise InvalidRecord(f"{path}: nested deeper than {_MAX_DEPTH} levels")
    if value is None or type(value) in (bool, int, float, str):
        return value
    if isinstance(value, list | tuple):
        return [_plain(item, f"{path}[{i}]", depth + 1) for i, item in enumerate(value)]
    if isinstance(value, Mapping):
        for key in value:
            if type(key) is not str:
                raise InvalidRecord(f"{path}: the key {key!r} is a {type(key).__name__}, only str is allowed")
        return {key: _plain(item, f"{path}.{key}", depth + 1) for key, item in value.items()}
    raise InvalidRecord(
        f"{path}: {type(value).__module__}.{type(value).__name__} is not a JSON type; "
        "convert it to a plain bool, int, float, str, list or dict first"
    )
