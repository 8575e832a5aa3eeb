"""Records as table rows and back; reading gives the payload's shape, unchecked, to be compared."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from itertools import pairwise
from json.encoder import encode_basestring
from operator import itemgetter
from typing import Any

from sqlalchemy import Column, Integer, RowMapping, Table, Text

from audit.errors import InvalidRecord
from audit.records.canonical import canonical, parse
from audit.records.payload import to_payload
from audit.records.records import DecisionRecord, ReviewRecord

__all__ = ["RowText", "decision_rows", "decision_shape", "review_rows", "review_shape"]

_JSON = ("runtime", "warnings", "details")
_TRUTH = ("deterministic", "suggestion_visible", "blind")

Row = dict[str, Any]


def decision_rows(decision: DecisionRecord, seq: int) -> tuple[Row, list[Row]]:
    """Return the row of `decisions` and the rows of `selections`."""
    row: Row = to_payload(decision) | {
        "seq": seq,
        "deterministic": int(decision.deterministic),
        "blind": int(decision.blind),
    }
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
    shape = _without(row, "seq") | {name: _truth(row[name]) for name in ("deterministic", "blind")}
    for name in _JSON:
        shape[name] = _json(row[name])
    shape["selections"] = _in_order(parts, "decision_id")
    return shape


def review_shape(row: RowMapping, parts: Iterable[RowMapping]) -> Row:
    """Return a review's payload as its rows tell it."""
    shape = _without(row, "seq") | {"suggestion_visible": _truth(row["suggestion_visible"])}
    shape["pairs"] = _in_order(parts, "review_id")
    return shape


class RowText:
    """Prints rows of a table as the canonical JSON of their payloads, fast, column by column.

    What it prints equals `canonical(shape)` whenever it prints anything: it gives up (None) on the first value that is not
    of the kind its column should hold. `left_out`: the columns that the payload lacks; `inner`: the name of the list of
    parts, if there is one, which is given as text. What else a row holds after its columns is passed over.
    """

    def __init__(self, table: Table, left_out: Collection[str], inner: str | None = None) -> None:
        places = [(column.name, i, _printer(column)) for i, column in enumerate(table.columns) if column.name not in left_out]
        if inner is not None:
            places.append((inner, -1, str.__str__))
        names, order, printers = zip(*sorted(places), strict=True)
        self._template = "{" + ",".join(f"{encode_basestring(name)}:%s" for name in names) + "}"
        self._in_order: Callable[[Sequence[Any]], tuple[Any, ...]] = itemgetter(*order)
        self._printers: tuple[Callable[[Any], str], ...] = printers
        # JSON prints as it is. Where it names the field that follows it, the text could be divided among the columns in
        # another way as well, and would prove nothing.
        self._marks = [f",{encode_basestring(after)}:" for name, after in pairwise(names) if name in _JSON]

    def __call__(self, row: Sequence[Any]) -> str | None:
        """The text of a row; the list of parts is its last value."""
        try:
            values = zip(self._printers, self._in_order(row), strict=True)
            text = self._template % tuple([printer(value) for printer, value in values])
        except (TypeError, ValueError):
            return None
        for mark in self._marks:
            if text.count(mark) != 1:
                return None
        return text


def _printer(column: Column[Any]) -> Callable[[Any], str]:
    """What prints the values of a column, as directly as can be: a log has millions of them."""
    if column.name in _JSON:
        return str.__str__  # canonical when it was written; if it was edited, the whole text no longer matches
    if column.name in _TRUTH:
        return _print_truth
    if isinstance(column.type, Text):
        return _print_plain if column.nullable else encode_basestring
    if isinstance(column.type, Integer) and not column.nullable:
        return int.__repr__
    return _print_plain


def _print_truth(value: Any) -> str:
    if value is None:
        return "null"
    if type(value) is not int or value not in (0, 1):
        raise TypeError
    return "true" if value else "false"


def _print_plain(value: Any) -> str:
    kind = type(value)
    if kind is str:
        return encode_basestring(value)
    if kind is int:
        return str(value)
    if value is None:
        return "null"
    if kind is not float:
        raise TypeError
    size = abs(value)
    if value == 0.0 or (value.is_integer() and size < 1e15):
        return str(int(value))
    # In this range Python and RFC 8785 (ECMAScript) print the same shortest digits.
    return repr(value) if 1e-4 <= size < 1e15 else canonical(value).decode()


def _without(row: RowMapping, *names: str) -> Row:
    return {str(name): value for name, value in row.items() if name not in names}


def _in_order(parts: Iterable[RowMapping], owner: str) -> list[Row]:
    ordered = sorted(parts, key=lambda part: (str(type(part["position"])), part["position"]))
    if [part["position"] for part in ordered] != list(range(len(ordered))):
        # The position makes the forgery show; as text, or a missing one would look like a field of a later format.
        return [_without(part, owner, "position") | {"position": repr(part["position"])} for part in ordered]
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
