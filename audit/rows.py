"""Records as table rows and back; reading gives the payload's shape, unchecked, to be compared."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import RowMapping

from audit.canonical import canonical, parse
from audit.errors import InvalidRecord
from audit.payload import to_payload
from audit.records import DecisionRecord, ReviewRecord

__all__ = ["decision_rows", "decision_shape", "review_rows", "review_shape"]

_JSON = ("runtime", "warnings", "details")

Row = dict[str, Any]


def decision_rows(decision: DecisionRecord, seq: int) -> tuple[Row, list[Row]]:
    """Return the row of `decisions` and the rows of `selections`."""
    row: Row = to_payload(decision) | {"seq": seq, "deterministic": int(decision.deterministic)}
    for name in _JSON:
        row[name] = canonical(row[name]).decode()
    parts = [{"decision_id": decision.id, "position": i, **part} for i, part in enumerate(row.pop("selections"))]
    return row, parts


def review_rows(review: ReviewRecord, seq: int) -> tuple[Row, list[Row]]:
    """Return the row of `reviews` and the rows of `pair_reviews`."""
    row: Row = to_payload(review) | {"seq": seq, "suggestion_visible": int(review.suggestion_visible)}
    parts = [{"review_id": review.id, "position": i, **part} for i, part in enumerate(row.pop("pairs"))]
    return row, parts


def decision_shape(row: RowMapping, parts: Iterable[RowMapping]) -> Row:
    """Return a decision's payload as its rows tell it."""
    shape = _without(row, "seq") | {"deterministic": _truth(row["deterministic"])}
    for name in _JSON:
        shape[name] = _json(row[name])
    shape["selections"] = _in_order(parts, "decision_id")
    return shape


def review_shape(row: RowMapping, parts: Iterable[RowMapping]) -> Row:
    """Return a review's payload as its rows tell it."""
    shape = _without(row, "seq") | {"suggestion_visible": _truth(row["suggestion_visible"])}
    shape["pairs"] = _in_order(parts, "review_id")
    return shape


def _without(row: RowMapping, *names: str) -> Row:
    return {str(name): value for name, value in row.items() if name not in names}


def _in_order(parts: Iterable[RowMapping], owner: str) -> list[Row]:
    ordered = sorted(parts, key=lambda part: (str(type(part["position"])), part["position"]))
    if [part["position"] for part in ordered] != list(range(len(ordered))):
        return [_without(part, owner) for part in ordered]  # keeping the position makes the forgery show
    return [_without(part, owner, "position") for part in ordered]


def _truth(value: object) -> object:
    return bool(value) if type(value) is int and value in (0, 1) else value


def _json(stored: object) -> object:
    """Parse a JSON column; text that is not exactly what was written stays text and so never matches."""
    if not isinstance(stored, str):
        return stored
    try:
        value = parse(stored)
        return value if canonical(value).decode() == stored else stored
    except InvalidRecord:
        return stored
