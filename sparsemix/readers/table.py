"""Tables of cells: a header of column names, then one event per row. Formulas are text like any other.

Delimited text, Parquet and Excel all become a ``Table``, and the app and data sets read every ``Table`` in the same way. They
differ in rows that do not fit: in a file to analyse such a row is skipped; a data set with such a row is refused.

The csv module alone would let one stray quote swallow the rest of the file. So the lines of a record are found first, with a
bound, and each record is parsed on its own.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import NamedTuple

from sparsemix.errors import InputError
from sparsemix.readers.collect import Collector
from sparsemix.readers.columns import SAMPLE, Columns, check_distinct, key_values
from sparsemix.readers.log_lines import normalise_level
from sparsemix.readers.timestamps import parse_date, parse_time

DELIMITERS = (",", ";", "\t")
_MAX_RECORD_LINES = 100
_MAX_RECORD_CHARS = 1_000_000  # behind the first line
_MAX_UNCLOSED = 1_000

# A cell may be as long as the file is allowed to be; the default of 131,072 characters would reject the row.
csv.field_size_limit(max(csv.field_size_limit(), 2**30))
YEAR_1973 = 1e8  # seconds; smaller numbers in a time column count from the start of a run
_MISSING = frozenset(("", "nan", "na", "n/a", "null", "none", "-", "#n/a"))


def split_records(lines: Sequence[str], delimiter: str) -> Iterator[tuple[int, str, bool]]:
    """Yield (index of the first line, record, whole); `whole` is False where a quote is never closed.

    A record of several lines (line ends inside quotes) has at most 100 of them and a million characters.
    """
    fields = rf'(?:[^"{delimiter}][^{delimiter}]*+|"(?:[^"]++|"")*+"[^{delimiter}]*+)?+'
    opens = re.compile(rf'(?:{fields}{delimiter})*+"(?:[^"]++|"")*+\Z')
    unclosed = 0
    index = 0
    while index < len(lines):
        first, index = index, index + 1
        record = lines[first]
        whole = '"' not in record or opens.match(record) is None
        if not whole and unclosed < _MAX_UNCLOSED:
            end = _closing_line(lines, first, opens)
            whole = end is not None
            if end is not None:
                record = "\n".join(lines[first : end + 1])
                index = end + 1
        unclosed += not whole
        yield first, record, whole


def _closing_line(lines: Sequence[str], first: int, opens: re.Pattern[str]) -> int | None:
    chars = 0
    for index in range(first + 1, min(len(lines), first + _MAX_RECORD_LINES)):
        line = lines[index]
        chars += len(line)
        if chars > _MAX_RECORD_CHARS:
            break
        if '"' not in line:
            continue
        # The line continues a quoted field. With a quote put before it, the pattern tells whether the field is still open.
        if opens.match(f'"{line}') is None:
            return index
    return None


def cells_of(record: str, delimiter: str) -> list[str] | None:
    """Return the cells of one whole record, or None when it cannot be parsed."""
    if '"' not in record:
        return record.split(delimiter)
    try:
        return next(csv.reader([record], delimiter=delimiter), [])
    except csv.Error:
        return None


class Row(NamedTuple):
    """Cells as text, the line that they begin on (the header is line 1), and the record as written in a text file."""

    line: int
    record: str | None
    cells: Sequence[str]


@dataclass(frozen=True, slots=True)
class Table:
    """Distinct names of columns, and rows with a cell for each."""

    names: list[str]
    rows: list[Row]

    @property
    def sample(self) -> list[Sequence[str]]:
        """Return the cells of the first rows, from which roles are guessed."""
        return [row.cells for row in self.rows[:SAMPLE]]


def missing(cell: str) -> bool:
    """Return whether a cell says that nothing was measured."""
    return cell.strip().lower() in _MISSING


def header_problem(cells: Sequence[str]) -> str | None:
    """Return why the cells are no header, in words that follow "the first row"; None when they are a header."""
    names = [cell.strip() for cell in cells]
    named = [name for name in names if name]
    values = sum(parse_time(name) is not None for name in named)
    if 2 * len(named) <= len(names):
        return "is mostly empty"
    if 2 * values >= len(named) or any(parse_date(name) is not None for name in named):
        return "holds values instead of column names"
    if len(set(named)) < len(named):
        return "repeats a column name"
    return None


def header(cells: Sequence[str]) -> list[str]:
    """Return the names of the columns; columns without a name are numbered. Raises `InputError` csv_no_header,
    duplicate_columns."""
    problem = header_problem(cells)
    if problem == "repeats a column name":
        check_distinct([name for cell in cells if (name := cell.strip())])
    if problem:
        raise InputError(
            f"The table has no header: the first row {problem}. Put a first row with one distinct name per column.",
            code="csv_no_header",
            problem=problem,
        )
    return [cell.strip() or f"column_{number}" for number, cell in enumerate(cells, 1)]


def delimited(lines: Sequence[str], delimiter: str, collect: Collector) -> Table:
    """Return the table in the lines of a text. Records that are no row are passed to ``collect.skip``: blank, bad_row,
    unclosed_quote, ragged. Raises `InputError` as ``header`` and ``collect`` do."""
    names: list[str] = []
    rows: list[Row] = []
    for index, record, whole in split_records(lines, delimiter):
        cells = cells_of(record, delimiter) if whole else None
        collect.count("joined_lines", record.count("\n"))
        if not record.strip():
            collect.skip(index + 1, "blank", record)
        elif cells is None:
            collect.skip(index + 1, "bad_row" if whole else "unclosed_quote", record)
        elif not names:
            names = header(cells)
        elif len(cells) != len(names):
            collect.skip(index + 1, "ragged", record)
        else:
            rows.append(Row(index + 1, record, cells))
            collect.require_room(len(rows))
    return Table(names, rows)


class RowReader:
    """Reader of the rows of one table, once the roles of its columns are settled.

    ``unread``: features to leave out; ``empty``: whether cells in which nothing was measured are read.
    """

    def __init__(
        self,
        names: Sequence[str],
        roles: Columns,
        zone: tzinfo | None,
        *,
        unread: Collection[str] = (),
        empty: bool = False,
    ) -> None:
        self._place = {name: index for index, name in enumerate(names)}
        self._read = [(name, self._place[name]) for name in roles.features(names) if name not in unread]
        self._times = [self._place[name] for name in (roles.time, roles.clock) if name]
        self._source, self._level = (self._place.get(name or "") for name in (roles.source, roles.level))
        self._zone, self._empty = zone, empty

    def message(self, cells: Sequence[str]) -> str:
        """Return the text that the model reads: the features."""
        return key_values((name, cells[at]) for name, at in self._read if self._empty or not missing(cells[at]))

    def stamp(self, cells: Sequence[str]) -> str:
        """Return the time as it is written; empty without a time column."""
        return " ".join(cells[at].strip() for at in self._times)

    def time(self, cells: Sequence[str]) -> float | None:
        """Return the time in seconds since 1970 UTC, None when it cannot be read or there is no time column."""
        return parse_time(self.stamp(cells), self._zone) if self._times else None

    def source(self, cells: Sequence[str]) -> str | None:
        """Return the station, machine or logger."""
        return None if self._source is None else cells[self._source].strip() or None

    def level(self, cells: Sequence[str]) -> str | None:
        """Return the level, in the spelling of all readers."""
        return None if self._level is None else normalise_level(cells[self._level])

    def shown(self, row: Row) -> str:
        """Return the row as it is displayed: the record of a text file, else its time and features."""
        if row.record is not None:
            return row.record
        return " ".join(filter(None, (self.stamp(row.cells), self.message(row.cells))))


def add_rows(table: Table, roles: Columns, zone: tzinfo | None, collect: Collector, *, empty: bool) -> None:
    """Add every row as an event. Raises `InputError` too_many_events."""
    reader = RowReader(table.names, roles, zone, empty=empty)
    collect.require_room(len(table.rows))
    for row in table.rows:
        cells = row.cells
        collect.add(
            row.line,
            reader.shown(row),
            reader.message(cells),
            time=reader.time(cells),
            source=reader.source(cells),
            level=reader.level(cells),
        )
    times = [event.time for event in collect.events if event.time is not None]
    if times and max(times) < YEAR_1973:
        collect.notes.append("relative_time")
