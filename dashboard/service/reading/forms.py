"""What was read as plain values, and back: every value is checked, for a hostile file may have had the say, and its memory is
counted."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple, is_dataclass, replace
from functools import cache
from types import NoneType, UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from dashboard.service.reading.survey import ColumnSurvey
from dashboard.service.reading.wire import WireError
from sparsemix.causes.event_table import Change
from sparsemix.encoding.sequence import Event
from sparsemix.errors import InputError
from sparsemix.readers.table import Row, Table

MB = 1_000_000
MOST_MB = 1_400
"""Memory that what was read of one file may take in the app."""
HEAD = 20
"""Rows that are shown of a table."""
_MOST_CELL = 10_000
_MOST_EXAMPLE = 1_000
"""Characters that are shown of a cell, and of one that is an example."""
_PART = 500_000
"""Characters of one frame of events, which are four bytes each at most."""
_MOST_WHOLE = 2**53
"""From here on JSON's whole numbers are not what others read; a number of thousands of digits takes memory, too."""
_OF_EVENT = 150
"""Bytes of an event, its time and its line, without its texts."""
T = TypeVar("T")


class Memory:
    """Memory that what is received takes, counted against ``most`` megabytes. Raises `InputError` too_much_text."""

    def __init__(self, most: int = MOST_MB) -> None:
        self._left, self._most = most * MB, most
        self._known: dict[str, str] = {}

    def text(self, value: object) -> str:
        """Count a text and return it."""
        if not isinstance(value, str):
            raise WireError("no text")
        self.take(sys.getsizeof(value))
        return value

    def name(self, value: object) -> str | None:
        """Return a text that occurs often as one and the same; None for None."""
        if value is None:
            return None
        if isinstance(value, str) and (known := self._known.get(value)) is not None:
            return known
        return self._known.setdefault(text := self.text(value), text)

    @property
    def taken(self) -> int:
        """Return the bytes that were counted."""
        return self._most * MB - self._left

    def take(self, bytes_: int) -> None:
        """Count bytes."""
        self._left -= bytes_
        if self._left < 0:
            raise InputError(
                f"What was read takes more than {self._most:,} MB of memory. Take a part of the file.",
                code="too_much_text",
                limit=self._most,
            )


def parts(rows: Iterable[T], size: Callable[[T], int]) -> Iterator[list[T]]:
    """Yield rows in parts that fit a frame; ``size``: how many characters a row has."""
    part: list[T] = []
    filled = 0
    for row in rows:
        part.append(row)
        filled += size(row) + 20
        if filled > _PART:
            yield part
            part, filled = [], 0
    if part:
        yield part


def event_columns(events: Iterable[Event]) -> Iterator[list[list[Any]]]:
    """Yield the events in parts, field by field, which takes a third of the time of row by row. The message that is the end of
    a text is its place there."""
    for part in parts(events, lambda event: len(event.text) + len(event.message)):
        text, said, *others = map(list, zip(*part, strict=True))
        ends = zip(text, said, strict=True)
        yield [text, [len(all_) - len(end) if all_.endswith(end) else end for all_, end in ends], *others]


def events(columns: object, memory: Memory) -> list[Event]:
    """Return the events of a part."""
    text, place, time, source, level, line = map(listed, _cells(columns, 6))
    name: set[type] = {str, NoneType}
    kinds: list[set[type]] = [{str}, {str, int}, {float, int, NoneType}, name, name, {int}]
    fields = text, place, time, source, level, line
    if len({*map(len, fields)}) > 1 or any(not {*map(type, field)} <= kind for field, kind in zip(fields, kinds, strict=True)):
        raise WireError("no events")
    numbers = [*line, *(number for number in time if type(number) is int)]
    if max(map(abs, numbers), default=0) >= _MOST_WHOLE:
        raise WireError("a number that no event has")
    memory.take(_OF_EVENT * len(text) + sum(map(sys.getsizeof, text)))
    # The text itself where a line without a stamp is its own message.
    message = [whole[max(at, 0) :] if isinstance(at, int) else at for whole, at in zip(text, place, strict=True)]
    memory.take(sum(sys.getsizeof(said) for said, at in zip(message, place, strict=True) if at != 0))
    named = {one: memory.name(one) for one in {*source, *level}}.__getitem__
    rows = zip(text, message, time, map(named, source), map(named, level), line, strict=True)
    return list(map(Event._make, rows))


def change_rows(changes: Iterable[Change]) -> Iterator[list[list[object]]]:
    """Yield the changes of an event table in parts."""
    rows: Iterator[list[object]] = ([change.time, change.node, change.value, change.line] for change in changes)
    return parts(rows, lambda row: len(str(row[1])) + len(str(row[2])))


def change(row: object, memory: Memory) -> Change:
    """Return a change from its row."""
    time, node, value, line = _cells(row, 4)
    memory.take(_OF_EVENT)
    return Change(number(time), memory.name(node) or "", memory.name(value) or "", count(line))


def head_rows(table: Table) -> list[object]:
    """Return the names of a table's columns and its first rows, whose cells are cut where they are very long."""
    return [table.names, [[row.line, [cell[:_MOST_CELL] for cell in row.cells]] for row in table.rows[:HEAD]]]


def head(value: object, memory: Memory) -> Table:
    """Return the head of a table."""
    names, rows = _cells(value, 2)
    made = []
    for row in listed(rows):
        line, cells = _cells(row, 2)
        made.append(Row(count(line), None, texts(cells, memory)))
    return Table(texts(names, memory), made)


def survey_row(column: ColumnSurvey) -> list[object]:
    """Return what is known of a column as a row."""
    examples = tuple(example[:_MOST_EXAMPLE] for example in column.examples)
    return list(astuple(replace(column, examples=examples)))


def made(kind: Any, value: object, memory: Memory) -> Any:
    """Return a value of a type from plain values, of which every part is checked and every text counted; a dataclass from the
    list of its fields."""
    plain: dict[Any, Callable[[object], Any]] = {str: memory.text, int: count, float: number, bool: _flag}
    if kind in plain:
        return plain[kind](value)
    if isinstance(kind, type) and is_dataclass(kind):
        return kind(*_each(_hints(kind), value, memory))
    parts, origin = get_args(kind), get_origin(kind)
    if origin is UnionType:
        return None if value is None else made(parts[0], value, memory)
    if origin is tuple:
        return tuple(_each(parts[:1] * len(listed(value)) if ... in parts else parts, value, memory))
    if origin is Mapping:
        return {memory.text(name): made(parts[1], one, memory) for name, one in mapping(value).items()}
    if value not in parts:
        raise WireError("another word than there can be")
    return value


def _each(kinds: Sequence[Any], value: object, memory: Memory) -> Iterator[Any]:
    return (made(kind, one, memory) for kind, one in zip(kinds, _cells(value, len(kinds)), strict=True))


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise WireError("neither true nor false")
    return value


@cache
def _hints(kind: type) -> tuple[Any, ...]:
    return tuple(get_type_hints(kind).values())


def error_row(error: InputError) -> dict[str, object]:
    """Return an error as plain values."""
    params = {name: value[:_MOST_EXAMPLE] if isinstance(value, str) else value for name, value in error.params.items()}
    return {"message": str(error)[:_MOST_CELL], "code": error.code, "params": params}


def error(value: object) -> InputError:
    """Return an error from plain values."""
    said = mapping(value)
    message, code, params = said.get("message"), said.get("code"), mapping(said.get("params"))
    plain = all(isinstance(one, str | int | float) for one in params.values())
    if not isinstance(message, str) or not isinstance(code, str) or not plain or {"message", "code"} & params.keys():
        raise WireError("no error")
    return InputError(message, code=code, **params)


def mapping(value: object) -> Mapping[str, Any]:
    """Return an object of JSON."""
    if not isinstance(value, dict):
        raise WireError("no object")
    return value


def listed(value: object) -> Sequence[Any]:
    """Return a list."""
    if not isinstance(value, list):
        raise WireError("no list")
    return value


def pair(value: object) -> tuple[Any, Any]:
    """Return two values."""
    first, second = _cells(value, 2)
    return first, second


def texts(value: object, memory: Memory) -> list[str]:
    """Return a list of texts."""
    return [memory.text(text) for text in listed(value)]


def count(value: object) -> int:
    """Return a whole number."""
    if type(value) is not int:
        raise WireError("no whole number")
    return value


def number(value: object) -> float:
    """Return a number as it was."""
    if type(value) is not int and type(value) is not float:
        raise WireError("no number")
    return value


def _cells(value: object, width: int) -> Sequence[Any]:
    cells = listed(value)
    if len(cells) != width:
        raise WireError("another number of values")
    return cells
