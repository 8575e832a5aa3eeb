"""Splits the lines of a delimited table into records, and records into cells.

The csv module alone would let one stray quote swallow the rest of the file, so the lines of a record are
found first, with a bound, and each record is parsed on its own.
"""

import csv
import re
from collections.abc import Iterator, Sequence

DELIMITERS = (",", ";", "\t")
_MAX_RECORD_LINES = 100
_MAX_RECORD_CHARS = 1_000_000  # behind the first line
_MAX_UNCLOSED = 1_000

# A cell may be as long as the file is allowed to be; the default of 131,072 characters would reject the row.
csv.field_size_limit(max(csv.field_size_limit(), 2**30))


def split_records(lines: Sequence[str], delimiter: str) -> Iterator[tuple[int, str, bool]]:
    """Yields (index of the first line, record, whole); `whole` is False where a quote is never closed.

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
        # Seen from its start the line continues a quoted field, so a quote put before it tells how it ends.
        if opens.match(f'"{line}') is None:
            return index
    return None


def cells_of(record: str, delimiter: str) -> list[str] | None:
    """The cells of one whole record, or None where it cannot be parsed."""
    if '"' not in record:
        return record.split(delimiter)
    try:
        return next(csv.reader([record], delimiter=delimiter), [])
    except csv.Error:
        return None
