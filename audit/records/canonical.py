"""Canonical JSON (RFC 8785, JCS): each value has exactly one sequence of bytes, so that hashes can be compared.

Only exact JSON types are accepted. A subclass such as `numpy.float64` could print differently in another library version, and
NaN has no JSON form: both are refused.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from json.encoder import encode_basestring
from operator import methodcaller
from typing import Any

import rfc8785

from audit.errors import InvalidRecord

_Path = tuple[Any, str | int]
"""The place of a value: that of what holds it, None for the outermost, and its own name or number there."""
_IN_UTF_16 = methodcaller("encode", "utf-16-be")  # by which RFC 8785 sorts names
_MAX_DEPTH = 64
_MAX_SAFE_INTEGER = 2**53 - 1


def canonical(value: object) -> bytes:
    """Return the RFC 8785 form of `value` (UTF-8).

    Raises `InvalidRecord` for anything but None, bool, int (|n| < 2**53), finite float, str, list, tuple and
    mappings with str keys; the message names the place.
    """
    try:
        return _text(value, (None, "value"), 0).encode()
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


def _text(value: Any, path: _Path, depth: int) -> str:
    """Return a value's text: a writer for values of any kind takes several times as long, at every entry."""
    if depth > _MAX_DEPTH:
        raise InvalidRecord(f"{_place(path)}: nested deeper than {_MAX_DEPTH} levels")
    if type(value) is str:
        # Python and RFC 8785 escape only quote, backslash and control characters, in the same way.
        return encode_basestring(value)
    if type(value) is float and "e" not in (digits := repr(value)) and math.isfinite(value):
        # Of such a size Python and RFC 8785 differ in whole numbers only.
        return digits.removesuffix(".0") if value else "0"
    if type(value) is int and abs(value) <= _MAX_SAFE_INTEGER:
        return repr(value)
    if value is None or type(value) in (bool, int, float):
        return rfc8785.dumps(value).decode()
    if isinstance(value, list | tuple):
        return f"[{','.join([_text(item, (path, i), depth + 1) for i, item in enumerate(value)])}]"
    if isinstance(value, Mapping):
        for key in value:
            if type(key) is not str:
                raise InvalidRecord(f"{_place(path)}: the key {key!r} is a {type(key).__name__}, only str is allowed")
        names = sorted(value, key=_IN_UTF_16)
        members = [f"{encode_basestring(name)}:{_text(value[name], (path, name), depth + 1)}" for name in names]
        return f"{{{','.join(members)}}}"
    raise InvalidRecord(
        f"{_place(path)}: {type(value).__module__}.{type(value).__name__} is not a JSON type; "
        "convert it to a plain bool, int, float, str, list or dict first"
    )


def _place(path: _Path) -> str:
    before, own = path
    return str(own) if before is None else f"{_place(before)}{f'[{own}]' if type(own) is int else f'.{own}'}"
