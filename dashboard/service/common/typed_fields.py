"""Values of JSON for the fields of a dataclass."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

_KINDS: dict[str, tuple[type, ...]] = {
    "str": (str,),
    "bool": (bool,),
    "int": (int,),
    "float": (int, float),
    "list": (list,),
    "dict": (dict,),
}


def fitting(kind: type, values: Mapping[str, object]) -> dict[str, Any]:
    """Return those of some values that fit a dataclass's fields, whose types are among ``_KINDS``, with or without None."""
    types = {column.name: str(column.type) for column in fields(kind)}
    return {name: value for name, value in values.items() if name in types and _fits(types[name], value)}


def _fits(kind: str, value: object) -> bool:
    if value is None:
        return kind.endswith("| None")
    name = kind.removesuffix(" | None").partition("[")[0]
    # In Python a bool is an int as well.
    return isinstance(value, _KINDS[name]) and isinstance(value, bool) is (name == "bool")
