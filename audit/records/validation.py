"""Checks for the fields of records; each returns the value to keep or raises `InvalidRecord`."""

from __future__ import annotations

import math
import re
import uuid
from collections.abc import Mapping
from datetime import datetime

from audit.errors import InvalidRecord
from audit.records.canonical import canonical, parse
from audit.records.clock import moment_text, system_time

MAX_TEXT = 1_000  # characters of a name, label or version
MAX_COMMENT = 10_000  # characters of a free comment
MAX_DETAILS_BYTES = 4 * 1024 * 1024  # canonical JSON of `details`
MAX_WHOLE = 2**53 - 1  # the largest integer JSON carries exactly (RFC 8785, section 3.2.2.3)

_SHA256 = re.compile(r"[0-9a-f]{64}")
_ID = re.compile(r"[0-9a-f]{32}")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", re.ASCII)


def utc_now() -> str:
    """Return the current time as records write it: ISO 8601, UTC, milliseconds, e.g. 2026-03-01T09:30:00.125Z."""
    return moment_text(system_time())


def new_id() -> str:
    """Return a new id for a decision or a review: 32 hexadecimal digits of a random UUID (RFC 9562, version 4)."""
    return uuid.uuid4().hex


def text(name: str, value: object, *, limit: int = MAX_TEXT, empty: bool = False) -> str:
    if type(value) is not str:
        raise InvalidRecord(f"{name} must be text, not {type(value).__name__}")
    if not empty and not value.strip():
        raise InvalidRecord(f"{name} must not be empty")
    if len(value) > limit:
        raise InvalidRecord(f"{name} has {len(value)} characters, at most {limit} are allowed")
    # PostgreSQL cannot store NUL in text; refused here, so that every record can move between databases.
    if "\x00" in value:
        raise InvalidRecord(f"{name} contains a NUL character")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise InvalidRecord(f"{name} contains a lone surrogate, which is not a character") from error
    return value


def identifier(name: str, value: object) -> str:
    if type(value) is not str or not _ID.fullmatch(value):
        raise InvalidRecord(f"{name} must be 32 lower-case hexadecimal digits (uuid4().hex), got {value!r:.80}")
    return value


def sha256_hex(name: str, value: object) -> str:
    if type(value) is not str or not _SHA256.fullmatch(value):
        raise InvalidRecord(f"{name} must be a SHA-256 in 64 lower-case hexadecimal digits, got {value!r:.80}")
    return value


def moment(name: str, value: object) -> str:
    if type(value) is not str or not _MOMENT.fullmatch(value):
        raise InvalidRecord(f"{name} must look like 2026-03-01T09:30:00.125Z, got {value!r:.80}")
    try:
        datetime.fromisoformat(value)
    except ValueError as error:
        raise InvalidRecord(f"{name} is not a date: {value!r}") from error
    return value


def whole(name: str, value: object, *, least: int = 0, most: int = MAX_WHOLE) -> int:
    if type(value) is not int:
        raise InvalidRecord(f"{name} must be an int, not {type(value).__name__}")
    if not least <= value <= most:
        raise InvalidRecord(f"{name} must lie in {least}..{most}, got {value}")
    return value


def number(name: str, value: object, *, least: float = -math.inf, most: float = math.inf) -> float:
    if type(value) not in (int, float):
        raise InvalidRecord(
            f"{name} must be a plain float, not {type(value).__module__}.{type(value).__name__}: call float() first"
        )
    try:
        result = float(value)  # type: ignore[arg-type]  # the exact types were checked above
    except OverflowError as error:
        raise InvalidRecord(f"{name} is too large for a float") from error
    if not math.isfinite(result):
        raise InvalidRecord(f"{name} must be finite, got {result}")
    if not least <= result <= most:
        raise InvalidRecord(f"{name} must lie in {least}..{most}, got {result}")
    return result


def flag(name: str, value: object) -> bool:
    if type(value) is not bool:
        raise InvalidRecord(f"{name} must be True or False, not {type(value).__name__}")
    return value


def json_object(name: str, value: object) -> dict[str, object]:
    """Return a private copy of a JSON object, so that later changes by the caller do not reach the record."""
    if not isinstance(value, Mapping):
        raise InvalidRecord(f"{name} must be a mapping, not {type(value).__name__}")
    try:
        encoded = canonical(value)
    except InvalidRecord as error:
        raise InvalidRecord(f"{name}: {error}") from error
    if len(encoded) > MAX_DETAILS_BYTES:
        raise InvalidRecord(f"{name} takes {len(encoded)} bytes of JSON, at most {MAX_DETAILS_BYTES} are allowed")
    copy: dict[str, object] = parse(encoded.decode())
    return copy
