"""Reading of a file, the entry to all readers: its events, the settings with nothing left to guess, and its cells."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from sparsemix.encoding.sequence import SourceFormat, TokenSequence
from sparsemix.errors import InputError
from sparsemix.readers.collect import Collector
from sparsemix.readers.columns import Columns
from sparsemix.readers.decoding import within_bounds
from sparsemix.readers.json_lines import read_objects, read_whole
from sparsemix.readers.limits import Limits, check_limit
from sparsemix.readers.log_lines import read_log
from sparsemix.readers.options import UTC_NAME, ReadOptions
from sparsemix.readers.recognise import recognise
from sparsemix.readers.rows import add_rows
from sparsemix.readers.sources import source_starts
from sparsemix.readers.table import Table, table_in
from sparsemix.readers.text import text_lines

SPREADSHEET_ENCODING = "utf-8"
"""Encoding that is recorded for tables that are no text."""
_PARQUET, _ZIP = b"PAR1", b"PK\x03\x04"
Told = Callable[[float], None]
"""Is told the share of a file that was read, again and again, and may raise to end it."""


@dataclass(frozen=True, slots=True)
class FileRead:
    """Events of a file, the settings that they were read by with nothing left to guess, and the cells: all cells of a table,
    the first thousand JSON objects, none of a log. Reading the same bytes with ``options`` gives the same events."""

    sequence: TokenSequence
    options: ReadOptions
    table: Table | None


def bytes_of(path: Path, limits: Limits) -> bytes:
    """Return a file's bytes, never more than one above the limit. Raises `InputError` not_readable."""
    try:
        # Opening a pipe or a device could wait for ever.
        if not path.is_file():
            raise FileNotFoundError(path)
        with path.open("rb") as file:
            return file.read(limits.max_bytes + 1)
    except (OSError, ValueError) as error:
        message = f"Cannot read {path}. Check that the file exists and that you may open it."
        raise InputError(message, code="not_readable", path=str(path)) from error


def read_file(data: bytes, name: str, limits: Limits, options: ReadOptions, progress: Told = lambda _share: None) -> FileRead:
    """Read a file's bytes; ``name`` is kept for display, and its extension settles doubt about the format.

    Raises `InputError` only, with ``code`` one of: empty, too_large, unpacks_too_large, gzip_ratio, gzip_truncated,
    gzip_damaged, gzip_parts, binary, encoding, other_encoding, too_many_lines, too_many_events, too_few_events, csv_no_header,
    duplicate_columns, too_many_columns, no_such_column, bad_columns, jsonl_no_objects, invalid_json, several_sequences,
    bad_table, bad_event_xml, ragged, no_rows, nested_column, too_many_values, undecodable, no_memory.
    """
    with within_bounds(name):
        return _read(data, name, limits, options, progress)


def _read(data: bytes, name: str, limits: Limits, options: ReadOptions, progress: Told) -> FileRead:
    def tell(line: int) -> None:
        progress(len(collect.events) / len(table.rows) if table else (line - 1) / len(lines))

    collect = Collector(limits, tell=tell)
    zone = options.time_zone or UTC_NAME
    lines, layout, encoding = list[str](), "table", None
    table = spreadsheet_in(data, name, limits)
    if table is None:
        text = text_lines(data, limits, options.encoding)
        collect.notes += text.notes
        lines, encoding = text.lines, text.encoding
        recognised = recognise(lines, name, options.rules)
        layout = recognised.layout
        table = table_in(lines, recognised, collect, options.rules)
    options = replace(options, encoding=encoding, time_zone=zone)
    source_format: SourceFormat = "jsonl"
    if table is not None:
        source_format, columns = add_rows(table, name, options, collect)
        options = replace(options, columns=columns)
    elif layout == "log":
        source_format, options = "log", replace(options, columns=Columns())
        read_log(lines, collect, options.zone, options.rules)
    elif layout == "json_lines" and options.rules > 1 and read_whole(lines, name, collect, options):
        options = replace(options, columns=Columns())
    else:
        table = read_objects(lines, collect, options, array=layout == "json_array")
    of_events = options.rules > 3 and source_format != "csv"
    starts = source_starts(collect.events, options.sources) if of_events else ()
    return FileRead(collect.build(name, source_format, encoding or SPREADSHEET_ENCODING, zone, starts), options, table)


def spreadsheet_in(data: bytes, name: str, limits: Limits) -> Table | None:
    """Return the table in a Parquet file or an Excel workbook, None for other files; a ZIP archive counts as a workbook only by
    its name. Raises `InputError` too_large, bad_table, and as the readers of both do."""
    workbook = data.startswith(_ZIP) and name.lower().endswith(".xlsx")
    if not workbook and not data.startswith(_PARQUET):
        return None
    check_limit(len(data), limits.max_bytes, f"The file has more than {limits.max_bytes:,} bytes. Split it.", "too_large")
    try:
        from sparsemix.readers.spreadsheet import excel, parquet  # noqa: PLC0415 - not on the edge, which has no libraries for it
    except ModuleNotFoundError as error:
        message = f"{name} is a spreadsheet, and the libraries that read it are not installed here. Save it as CSV."
        raise InputError(message, code="bad_table", name=name) from error
    return excel(data, name, limits) if workbook else parquet(data, name, limits)
