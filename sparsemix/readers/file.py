"""Reading of a file, the entry to all readers: its events, the settings with nothing left to guess, and its cells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sparsemix.encoding.sequence import SourceFormat, TokenSequence
from sparsemix.errors import InputError
from sparsemix.readers.collect import Collector
from sparsemix.readers.columns import Columns, check_count
from sparsemix.readers.decoding import within_bounds
from sparsemix.readers.json_lines import ObjectReader
from sparsemix.readers.limits import Limits
from sparsemix.readers.log_lines import ParseLine, parse_line, read_log
from sparsemix.readers.options import UTC_NAME, ReadOptions
from sparsemix.readers.recognise import Recognised, SpreadsheetKind, recognise, spreadsheet_kind
from sparsemix.readers.rows import add_rows
from sparsemix.readers.table import Row, Table, delimited, no_rows
from sparsemix.readers.text import text_lines
from sparsemix.readers.whole_sequences import read_whole
from sparsemix.readers.windows_events import XML_NAMES, xml_rows

SPREADSHEET_ENCODING = "utf-8"
"""Encoding that is recorded for tables that are no text."""


@dataclass(frozen=True, slots=True)
class FileRead:
    """Events of a file, the settings that they were read by with nothing left to guess, and the cells: all cells of a table,
    the first thousand JSON objects, none of a log. Reading the same bytes with ``options`` gives the same events."""

    sequence: TokenSequence
    options: ReadOptions
    table: Table | None


def read_file(data: bytes, name: str, limits: Limits, options: ReadOptions, parse: ParseLine = parse_line) -> FileRead:
    """Read a file's bytes; ``name`` is kept for display, and its extension settles doubt about the format; ``parse`` as for
    `read_log`.

    Raises `InputError` only, with ``code`` one of: empty, too_large, unpacks_too_large, gzip_ratio, gzip_truncated,
    gzip_damaged, gzip_parts, binary, encoding, other_encoding, too_many_lines, too_many_events, too_few_events, csv_no_header,
    duplicate_columns, too_many_columns, no_such_column, bad_columns, jsonl_no_objects, invalid_json, several_sequences,
    bad_table, bad_event_xml, ragged, no_rows, nested_column, too_many_values, undecodable, no_memory.
    """
    with within_bounds(name):
        return _read(data, name, limits, options, parse)


def _read(data: bytes, name: str, limits: Limits, options: ReadOptions, parse: ParseLine) -> FileRead:
    collect = Collector(limits)
    if kind := spreadsheet_kind(data, name):
        if len(data) > limits.max_bytes:
            limit = limits.max_bytes
            raise InputError(f"The file has more than {limit:,} bytes. Split it.", code="too_large", limit=limit)
        table = _spreadsheet(data, kind, name, limits)
        return _table(table, name, SPREADSHEET_ENCODING, collect, replace(options, encoding=None))
    text = text_lines(data, limits, options.encoding)
    lines = text.lines
    collect.notes += text.notes
    options = replace(options, encoding=text.encoding, time_zone=options.time_zone or UTC_NAME)
    recognised = recognise(lines, name, options.rules)
    if cells := table_in(lines, recognised, collect, options.rules):
        return _table(cells, name, text.encoding, collect, options)
    if recognised.layout == "log":
        read_log(lines, collect, options.zone, parse, options.rules)
        options = replace(options, columns=Columns())
        return FileRead(_built(collect, name, "log", text.encoding, options), options, None)
    if options.rules > 1 and recognised.layout == "json_lines" and read_whole(lines, name, collect, options):
        options = replace(options, columns=Columns())
        return FileRead(_built(collect, name, "jsonl", text.encoding, options), options, None)
    objects = ObjectReader(collect, options.columns, options.zone, options.rules)
    if recognised.layout == "json_array":
        objects.read_array(lines)
    else:
        objects.read_lines(lines)
    sequence = _built(collect, name, "jsonl", text.encoding, options)
    return FileRead(sequence, options, _as_table(objects.keys, objects.kept))


def table_in(lines: Sequence[str], recognised: Recognised, collect: Collector, rules: int) -> Table | None:
    """Return the table in the lines of a text that was recognised as one, or as XML of events; None for any other text. Raises
    `InputError` as ``delimited`` and ``xml_rows`` do."""
    if recognised.layout == "event_xml":
        collect.notes.append("event_xml")
        # All of the XML is often one line: the number of an event says more than its line.
        events = enumerate(xml_rows(lines, collect.limits), 1)
        return Table(list(XML_NAMES), [Row(number, None, cells) for number, cells in events])
    return delimited(lines, recognised.delimiter, collect, rules) if recognised.layout == "table" else None


def _spreadsheet(data: bytes, kind: SpreadsheetKind, name: str, limits: Limits) -> Table:
    try:
        from sparsemix.readers.spreadsheet import spreadsheet  # noqa: PLC0415 - not on the edge, which has no libraries for it
    except ModuleNotFoundError as error:
        message = f"{name} is a spreadsheet, and the libraries that read it are not installed here. Save it as CSV."
        raise InputError(message, code="bad_table", name=name) from error
    return spreadsheet(data, kind, name, limits)


def _table(table: Table, name: str, encoding: str, collect: Collector, options: ReadOptions) -> FileRead:
    if not table.rows and not collect.skipped:
        raise no_rows(name)
    if options.rules > 1:
        check_count(len(table.names))
    roles = options.columns.settle(table.names, table.sample, rules=options.rules)
    settled = replace(options, columns=roles, time_zone=options.time_zone or UTC_NAME)
    source_format = add_rows(table, roles, settled.zone, collect, options.rules)
    return FileRead(_built(collect, name, source_format, encoding, settled), settled, table)


def _built(collect: Collector, name: str, source_format: SourceFormat, encoding: str, options: ReadOptions) -> TokenSequence:
    return collect.build(name, source_format, encoding, options.time_zone or UTC_NAME)


def _as_table(keys: Sequence[str], objects: Sequence[Mapping[str, str]]) -> Table:
    rows = [Row(number, None, [values.get(key, "") for key in keys]) for number, values in enumerate(objects, 1)]
    return Table(list(keys), rows)
