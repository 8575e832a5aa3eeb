"""Recognition of a text's format by its content: log lines, tables, JSON. The file's extension only settles doubt."""

from collections import Counter
from collections.abc import Sequence
from itertools import islice
from pathlib import PurePath

from sparsemix.readers.columns import KNOWN_NAMES
from sparsemix.readers.json_lines import parse_object
from sparsemix.readers.stamps import RULES, find_stamp
from sparsemix.readers.table import DELIMITERS, Recognised, cells_of, header_problem, split_records
from sparsemix.readers.timestamps import parse_time
from sparsemix.readers.windows_events import TYPE_LINE, is_event_row, is_event_xml

_SAMPLE = 60
_TABLE_SUFFIXES = (".csv", ".tsv")
_JSON_SUFFIXES = (".json", ".jsonl", ".ndjson")
_PREFIX_CHARS = 400


def recognise(lines: Sequence[str], name: str, rules: int = RULES) -> Recognised:
    """Return the layout of a text by its first lines that are not blank; there must be at least one. ``rules``: version of the
    rules of reading."""
    sample = list(islice((line for line in lines if line.strip()), _SAMPLE))
    suffix = _suffix(name)
    start = "".join(line[:_PREFIX_CHARS].strip() for line in sample[:3])
    closed = suffix in _JSON_SUFFIXES or lines[-1].rstrip().endswith("]")
    if closed and start.startswith("[") and start[1:].lstrip().startswith("{"):
        return Recognised("json_array")
    objects = sum(line.lstrip().startswith("{") and parse_object(line)[0] is not None for line in sample)
    if 2 * objects >= max(1, len(sample)) or (objects and suffix in _JSON_SUFFIXES):
        return Recognised("json_lines")
    delimiter = _table_delimiter(sample, suffix in _TABLE_SUFFIXES, rules)
    if delimiter or (rules > 2 and is_event_xml(sample)):
        return Recognised("table", delimiter) if delimiter else Recognised("event_xml")
    stamped = sum(find_stamp(line[:_PREFIX_CHARS], rules) is not None for line in sample)
    if 2 * stamped >= max(1, len(sample)):
        return Recognised("log")
    if suffix in _JSON_SUFFIXES:
        return Recognised("json_lines")
    # A table of one column has no delimiter that could be recognised.
    return Recognised("table") if suffix in _TABLE_SUFFIXES else Recognised("log")


def _suffix(name: str) -> str:
    path = PurePath(name.lower().replace("\0", ""))
    return PurePath(path.stem).suffix if path.suffix == ".gz" else path.suffix


def _table_delimiter(sample: Sequence[str], named_table: bool, rules: int) -> str | None:
    """Return the delimiter that gives most rows the header's width, or None when the lines are no table."""
    best: tuple[float, int, str] | None = None
    if rules > 2 and sample[0].startswith(TYPE_LINE):
        sample = sample[1:]
    for delimiter in DELIMITERS:
        rows = [
            cells for _, record, whole in split_records(sample, delimiter) if whole and (cells := cells_of(record, delimiter))
        ]
        if len(rows) < 2 or len(rows[0]) < 2:
            continue
        width = len(rows[0])
        if rules > 2 and width == 5 and is_event_row(rows[1]):
            return delimiter
        share = Counter(len(row) for row in rows[1:])[width] / (len(rows) - 1)
        if _is_table(rows, share, named_table, rules) and (best is None or (share, width) > best[:2]):
            best = (share, width, delimiter)
    return best[2] if best else None


def _is_table(rows: Sequence[Sequence[str]], share: float, named_table: bool, rules: int) -> bool:
    first = rows[0][0].strip()
    if find_stamp(first, rules) and parse_time(first, rules=rules) is None:
        return False  # a log line with delimiters in its text
    if named_table:
        # Without a header this is still a table, and its reader can say what is missing.
        return share >= 0.5 or header_problem(rows[0], rules) is None
    lettered = all(any(sign.isalpha() for sign in cell) for cell in rows[0])
    if share < 0.5 or not lettered or header_problem(rows[0], rules):
        return False
    # Sentences with commas look like rows: ask for a known column name, or for values below the names.
    if any(cell.strip().lower() in KNOWN_NAMES for cell in rows[0]):
        return True
    with_values = sum(any(parse_time(cell, rules=rules) is not None for cell in row) for row in rows[1:])
    return with_values >= 0.8 * (len(rows) - 1)
