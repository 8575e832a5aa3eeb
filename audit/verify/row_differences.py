"""How the business rows of an entry differ from what it recorded, in a sentence."""

from __future__ import annotations

from audit.errors import InvalidRecord
from audit.records.canonical import canonical


def row_problem(payload: object, rows: list[dict[str, object]], name: str) -> str | None:
    """Return how the rows of an entry differ from its payload, or None; `name` names the entry."""
    if len(rows) != 1:
        fault = "is missing" if not rows else "appears more than once"
        return f"The row that {name} recorded {fault} in the database."
    difference = _difference(payload, rows[0])
    return f"The row that {name} recorded was changed: {difference}." if difference else None


def _difference(payload: object, row: dict[str, object]) -> str | None:
    committed = payload if isinstance(payload, dict) else {}
    for name in sorted({*committed, *row}):
        recorded, stored = _text(committed.get(name)), _text(row.get(name))
        if name in ("pairs", "selections"):
            recorded, stored = _text(_without_nulls(committed.get(name))), _text(_without_nulls(row.get(name)))
        if recorded != stored:
            was, now = _short(recorded, stored), _short(stored, recorded)
            return f'the field "{name}" was recorded as {was}, now it is {now}'
    return None


def _without_nulls(parts: object) -> object:
    """Return the parts of a list without their None fields: parts of the first format lack the fields added later."""
    if not isinstance(parts, list) or not all(isinstance(part, dict) for part in parts):
        return parts
    return [{name: value for name, value in part.items() if value is not None} for part in parts]


def _text(value: object) -> str:
    try:
        return canonical(value).decode()
    except InvalidRecord:
        return repr(value)


def _short(text: str, other: str) -> str:
    """Cut a long value around the first place where it differs from `other`."""
    if len(text) <= 80:
        return text
    same = next((i for i, (a, b) in enumerate(zip(text, other, strict=False)) if a != b), min(len(text), len(other)))
    start = max(0, same - 30)
    return f"{'…' if start else ''}{text[start : start + 80]}{'…' if start + 80 < len(text) else ''}"
