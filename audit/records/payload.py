"""Records as JSON objects and back: the payload that a log entry commits to has every field of the record."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from audit.errors import InvalidRecord
from audit.records.records import BlobRef, DecisionRecord, PairReview, ReviewRecord, Seen
from audit.records.vocabulary import Gate, PairVerdict, Reason, Retention, ReviewKind, Verdict

# Fields that records of the first format do not have: absent in their payloads, NULL in their rows.
_ADDED_LATER: dict[type, frozenset[str]] = {
    DecisionRecord: frozenset({"required_reviews", "blind", "due_at", "retention", "input_location", "weights_blob"}),
    ReviewRecord: frozenset({"kind", "authenticated_at", "assigned_at", "lease", "seen"}),
    PairReview: frozenset({"signature"}),
}


def to_payload(record: DecisionRecord | ReviewRecord) -> dict[str, object]:
    """Return all fields of `record` as plain JSON types (enums by value, tuples as lists)."""
    return {field.name: _encode(getattr(record, field.name)) for field in dataclasses.fields(record)}


def decision_from_payload(payload: object) -> DecisionRecord:
    """Rebuild a decision. Raises `InvalidRecord` when a field is missing, unknown or out of its range."""
    fields = _fields(DecisionRecord, payload)
    if "retention" in fields:
        fields["retention"] = _enum(Retention, fields["retention"])
    fields["selections"] = tuple(BlobRef(**_fields(BlobRef, s)) for s in _list("selections", fields["selections"]))
    fields["warnings"] = tuple(_list("warnings", fields["warnings"]))
    fields["gate"] = _enum(Gate, fields["gate"])
    return DecisionRecord(**fields)


def review_from_payload(payload: object) -> ReviewRecord:
    """Rebuild a review. Raises `InvalidRecord` when a field is missing, unknown or out of its range."""
    fields = _fields(ReviewRecord, payload)
    fields["pairs"] = tuple(_pair(p) for p in _list("pairs", fields["pairs"]))
    fields["verdict"] = _enum(Verdict, fields["verdict"])
    fields["reason"] = None if fields["reason"] is None else _enum(Reason, fields["reason"])
    if "kind" in fields:
        fields["kind"] = _enum(ReviewKind, fields["kind"])
    if "seen" in fields:
        fields["seen"] = seen_from_payload(fields["seen"])
    return ReviewRecord(**fields)


def review_problem(payload: object) -> str | None:
    """Return why this is not the content of a review; None if it is."""
    try:
        review_from_payload(payload)
    except InvalidRecord as error:
        return f"its content is not a review ({error})"
    return None


def seen_from_payload(payload: object) -> Seen:
    """Rebuild what was in view. Raises `InvalidRecord` when a field is missing, unknown or out of its range."""
    fields = _fields(Seen, payload)
    for name in ("ranges", "pairs"):
        fields[name] = tuple(tuple(_list(name, two)) for two in _list(name, fields[name]))
    return Seen(**fields)


def _pair(payload: object) -> PairReview:
    fields = _fields(PairReview, payload)
    fields["verdict"] = _enum(PairVerdict, fields["verdict"])
    return PairReview(**fields)


def _encode(value: object) -> object:
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, tuple):
        return [_encode(item) for item in value]
    if dataclasses.is_dataclass(value):
        return {field.name: _encode(getattr(value, field.name)) for field in dataclasses.fields(value)}
    return value


def _fields(kind: type, payload: object) -> dict[str, Any]:
    names = {field.name for field in dataclasses.fields(kind)}
    later = _ADDED_LATER.get(kind, frozenset())
    if not isinstance(payload, Mapping) or not names - later <= set(payload) <= names:
        raise InvalidRecord(f"not a {kind.__name__}: its fields must be exactly {', '.join(sorted(names))}")
    return {name: value for name, value in payload.items() if value is not None or name not in later}


def _list(name: str, value: object) -> list[Any]:
    if not isinstance(value, list):
        raise InvalidRecord(f"{name} must be a list")
    return value


def _enum(kind: type[StrEnum], value: Any) -> StrEnum:
    try:
        return kind(value)
    except ValueError as error:
        raise InvalidRecord(f"{value!r:.80} is not a {kind.__name__}") from error
