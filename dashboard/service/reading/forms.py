"""What was read as plain values, and back: every value is checked, for a hostile file may have had the say, and its memory is
counted."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from dashboard.service.reading.wire import WireError
from sparsemix.causes.event_table import Change
from sparsemix.encoding.sequence import Event, SkippedLine
from sparsemix.errors import InputError
from sparsemix.readers.survey import ColumnSurvey, Sampling
from sparsemix.readers.table import Row, Table
from sparsemix.readers.templates import LogTemplates

MB = 1_000_000
MOST_MB = 128
"""Memory that what was read of one file may take in the app."""
HEAD = 20
"""Rows that are shown of a table."""
_MOST_CELL = 10_000
_MOST_EXAMPLE = 1_000
"""Characters that are shown of a cell, and of one that is an example."""
_PART = 500_000
"""Characters of one frame of events, which are four bytes each at most."""
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


def event_rows(events: Iterable[Event]) -> Iterator[list[list[object]]]:
    """Yield the events in parts."""
    rows: Iterator[list[object]] = (
        [event.text, event.message, event.time, event.source, event.level, event.line] for event in events
    )
    return parts(rows, lambda row: len(str(row[0])) + len(str(row[1])))


def event(row: object, memory: Memory) -> Event:
    """Return an event from its row."""
    text, message, time, source, level, line = _cells(row, 6)
    memory.take(_OF_EVENT)
    shown = memory.text(text)
    # A line without a stamp is its own message.
    said = shown if message == shown else memory.text(message)
    return Event(shown, said, _number_or_none(time), memory.name(source), memory.name(level), count(line))


def change_rows(changes: Iterable[Change]) -> Iterator[list[list[object]]]:
    """Yield the changes of an event table in parts."""
    rows: Iterator[list[object]] = ([change.time, change.node, change.value, change.line] for change in changes)
    return parts(rows, lambda row: len(str(row[1])) + len(str(row[2])))


def change(row: object, memory: Memory) -> Change:
    """Return a change from its row."""
    time, node, value, line = _cells(row, 4)
    memory.take(_OF_EVENT)
    return Change(number(time), memory.name(node) or "", memory.name(value) or "", count(line))


def skipped_rows(skipped: Iterable[SkippedLine]) -> list[list[object]]:
    """Return skipped lines as rows."""
    return [[line.line, line.reason, line.excerpt] for line in skipped]


def skipped(row: object, memory: Memory) -> SkippedLine:
    """Return a skipped line from its row."""
    line, reason, excerpt = _cells(row, 3)
    return SkippedLine(count(line), memory.name(reason) or "", memory.text(excerpt))


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
    examples = [example[:_MOST_EXAMPLE] for example in column.examples]
    counted = [column.missing, column.distinct, examples, column.least, column.most]
    return [column.name, column.role, column.kind, column.unit, *counted]


def survey(row: object, memory: Memory) -> ColumnSurvey:
    """Return what is known of a column from its row."""
    name, role, kind, unit, missing, distinct, examples, least, most = _cells(row, 9)
    if kind not in ("number", "category", "text", "time", "empty"):
        raise WireError("no kind of column")
    return ColumnSurvey(
        memory.text(name),
        memory.text(role),
        kind,
        memory.text(unit),
        count(missing),
        count(distinct),
        tuple(texts(examples, memory)),
        _number_or_none(least),
        _number_or_none(most),
    )


def sampling_row(sampling: Sampling | None) -> list[object] | None:
    """Return how times follow each other as a row."""
    if sampling is None:
        return None
    steps = [sampling.timed, sampling.step, sampling.irregular, sampling.gaps]
    return [*steps, sampling.longest, sampling.after_longest, sampling.backwards]


def sampling(row: object) -> Sampling | None:
    """Return how times follow each other from its row."""
    if row is None:
        return None
    timed, step, irregular, gaps, longest, after, backwards = _cells(row, 7)
    return Sampling(count(timed), number(step), irregular is True, count(gaps), number(longest), count(after), count(backwards))


def templates_row(found: LogTemplates | None) -> list[object] | None:
    """Return templates as a row."""
    return None if found is None else [list(found.texts), list(found.counts), found.examined, found.total]


def templates(row: object, memory: Memory) -> LogTemplates | None:
    """Return templates from their row."""
    if row is None:
        return None
    said, counts, examined, total = _cells(row, 4)
    return LogTemplates(tuple(texts(said, memory)), tuple(count(one) for one in listed(counts)), count(examined), count(total))


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


def _number_or_none(value: object) -> float | None:
    return None if value is None else number(value)


def _cells(value: object, width: int) -> Sequence[Any]:
    cells = listed(value)
    if len(cells) != width:
        raise WireError("another number of values")
    return cells
