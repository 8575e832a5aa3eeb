"""Tables of cells: a header of column names, then one event per row. Formulas are text like any other.

Delimited text, Parquet and Excel all become a ``Table``, and the app and data sets read every ``Table`` in the same way. They
differ in rows that do not fit: in a file to analyse such a row is skipped; a data set with such a row is refused.

The csv module alone would let one stray quote swallow the rest of the file. So the lines of a record are found first, with a
bound, and each record is parsed on its own.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from sparsemix.errors import InputError
from sparsemix.readers.collect import Collector
from sparsemix.readers.columns import SAMPLE, check_count, check_distinct
from sparsemix.readers.event_tables import EVENT_VIEWER_NAMES, XML_NAMES
from sparsemix.readers.stamps import RULES
from sparsemix.readers.timestamps import parse_date, parse_time
from sparsemix.readers.windows_events import TYPE_LINE, event_row, is_event_row, xml_rows

DELIMITERS = (",", ";", "\t")
_MAX_RECORD_LINES = 100
_MAX_RECORD_CHARS = 1_000_000  # behind the first line
_MAX_UNCLOSED = 1_000

# A cell may be as long as the file is allowed to be; the default of 131,072 characters would reject the row.
csv.field_size_limit(max(csv.field_size_limit(), 2**30))
YEAR_1973 = 1e8  # seconds; smaller numbers in a time column count from the start of a run


def no_rows(name: str) -> InputError:
    """Return the error for a table without rows."""
    return InputError(f"{name} has no rows. Choose a table with rows below its header.", code="no_rows", name=name)


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


class Recognised(NamedTuple):
    """Layout of a text, and for tables the delimiter."""

    layout: Literal["log", "table", "event_xml", "json_lines", "json_array"]
    delimiter: str = ","


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


def header_problem(cells: Sequence[str], rules: int = RULES) -> str | None:
    """Return why the cells are no header, in words that follow "the first row"; None when they are a header."""
    names = [cell.strip() for cell in cells]
    named = [name for name in names if name]
    values = sum(parse_time(name, rules=rules) is not None for name in named)
    if 2 * len(named) <= len(names):
        return "is mostly empty"
    if 2 * values >= len(named) or any(parse_date(name, rules=rules) is not None for name in named):
        return "holds values instead of column names"
    if len(set(named)) < len(named):
        return "repeats a column name"
    return None


def header(cells: Sequence[str], rules: int = RULES) -> list[str]:
    """Return the names of the columns; columns without a name are numbered. Raises `InputError` too_many_columns,
    csv_no_header, duplicate_columns."""
    if rules > 1:  # the first rules knew no such limit
        check_count(len(cells))
    problem = header_problem(cells, rules)
    if problem == "repeats a column name":
        check_distinct([name for cell in cells if (name := cell.strip())])
    if problem:
        raise InputError(
            f"The table has no header: the first row {problem}. Put a first row with one distinct name per column.",
            code="csv_no_header",
            problem=problem,
        )
    return [cell.strip() or f"column_{number}" for number, cell in enumerate(cells, 1)]


def table_in(lines: Sequence[str], recognised: Recognised, collect: Collector, rules: int) -> Table | None:
    """Return the table in the lines of a text that was recognised as one, or as XML of events; None for any other text.

    Records that are no row are passed to ``collect.skip``: blank, type_line, bad_row, unclosed_quote, ragged. ``rules``:
    version of the rules of reading. Raises `InputError` as ``header``, ``xml_rows`` and ``collect`` do.
    """
    if recognised.layout == "table":
        return _delimited(lines, recognised.delimiter, collect, rules)
    if recognised.layout != "event_xml":
        return None
    collect.notes.append("event_xml")
    # All of the XML is often one line: the number of an event says more than its line.
    events = enumerate(xml_rows(lines, collect.limits), 1)
    return Table(list(XML_NAMES), [Row(number, None, cells) for number, cells in events])


def _delimited(lines: Sequence[str], delimiter: str, collect: Collector, rules: int) -> Table:
    names: list[str] = []
    rows: list[Row] = []
    viewed = False
    for index, record, whole in split_records(lines, delimiter):
        cells = cells_of(record, delimiter) if whole else None
        collect.count("joined_lines", record.count("\n"))
        if not record.strip():
            collect.skip(index + 1, "blank", record)
        elif rules > 2 and not names and record.startswith(TYPE_LINE):
            collect.skip(index + 1, "type_line", record)
        elif viewed and rows and (cells is None or not is_event_row(cells)):
            # The Event Viewer's text has no quotes around a message of several lines.
            rows[-1] = _continued(rows[-1], record, collect)
        elif cells is None:
            collect.skip(index + 1, "bad_row" if whole else "unclosed_quote", record)
        elif not names:
            names = header(cells, rules)
        elif viewed or (rules > 2 and not rows and _names_but_the_message(names, cells)):
            viewed, names = True, list(EVENT_VIEWER_NAMES)
            rows.append(Row(index + 1, record, event_row(cells, delimiter)))
        elif len(cells) != len(names):
            collect.skip(index + 1, "ragged", record)
        else:
            rows.append(Row(index + 1, record, cells))
        collect.require_room(len(rows))
    return Table(names, rows)


def _names_but_the_message(names: Sequence[str], cells: Sequence[str]) -> bool:
    return len(names) == len(EVENT_VIEWER_NAMES) - 1 and is_event_row(cells)


def _continued(row: Row, record: str, collect: Collector) -> Row:
    """Return a row whose message goes on in a record; what is longer than a message may be is left out."""
    collect.count("joined_lines")
    *cells, message = row.cells
    if len(message) > collect.limits.max_line_chars:
        return row
    return Row(row.line, f"{row.record}\n{record}", [*cells, f"{message}\n{record}"])
