"""What the child does for each kind of request; only `server` imports it."""

from __future__ import annotations

import traceback
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import astuple, replace
from hashlib import sha256
from importlib import import_module
from typing import Any

from dashboard.service.reading import data_sets, forms
from dashboard.service.reading.survey import sampling, survey_columns
from dashboard.service.reading.wire import ERROR, SHARE, FrameTooLarge, Wire
from sparsemix.causes.event_table import EventTable, event_tables, is_event_table, read_event_table
from sparsemix.dataset.archive import packed_files
from sparsemix.dataset.reading import first_table
from sparsemix.encoding.sequence import TokenSequence
from sparsemix.errors import InputError
from sparsemix.readers import Columns, FileRead, Limits, ReadOptions, read_file
from sparsemix.readers.columns import check_count
from sparsemix.readers.limits import GZIP_MAGIC, GZIP_WINDOW
from sparsemix.readers.table import Table

Files = list[tuple[str, bytes]]
Answer = Iterator[object]
_OF_COLUMNS = ("no_such_column", "bad_columns")
"""Errors that other roles of the columns would mend."""
_LINE = b"2026-01-01 00:00:00,000 INFO press: step 7 of 12 took 3.5 s"
_MOST_TRACE = 4_000
_MOST_OF_HEAD = 256 * 1024  # bytes
_COME, _READ = 0.15, 0.5
"""Share of the time until a file's bytes have come and are text, and until its events were read; then they are sent."""


def get_ready() -> None:
    """Read a log of one line, so that patterns are compiled once in the server and not in every child."""
    read_file(_LINE, "line.log", Limits(min_events=1), ReadOptions())


def load(what: str) -> None:
    """Load what pyarrow needs for a Parquet table and no other file does."""
    if what == "parquet":
        import_module("pandas")


def answer(wire: Wire) -> None:
    """Receive one request and answer it. Raises `MemoryError` where memory does not suffice to say so."""
    try:
        _, wanted = wire.receive()
        files = [(name, wire.receive_bytes(size)) for name, size in wanted["files"]]
        for value in _KINDS[wanted["kind"]](files, wanted, wire):
            wire.send(value)
        wire.end()
    except InputError as error:
        wire.send(forms.error_row(error), ERROR)
    except FrameTooLarge:
        too_much = InputError("A text of this file is too large to be shown.", code="too_much_text", limit=forms.MOST_MB)
        wire.send(forms.error_row(too_much), ERROR)
    except MemoryError:
        raise
    except Exception:  # a fault of the program: the app logs it
        wire.send({"fault": traceback.format_exc()[-_MOST_TRACE:]}, ERROR)


def _file(files: Files, wanted: Mapping[str, Any], wire: Wire) -> Answer:
    ((name, data),) = files
    yield from _read(read_file(data, name, Limits(), _options(wanted), _telling(wire)), wire)


def _head(files: Files, wanted: Mapping[str, Any], wire: Wire) -> Answer:
    """Yield the first lines of a log of which only the first bytes came, packed or not."""
    ((name, data),) = files
    if data.startswith(GZIP_MAGIC):
        try:
            data = zlib.decompressobj(GZIP_WINDOW).decompress(data, _MOST_OF_HEAD)
        except zlib.error as error:
            raise InputError("The gzip file is damaged.", code="gzip_damaged") from error
    whole = data[: max(data.rfind(b"\n"), 0)]
    yield from _read(read_file(whole, name, Limits(min_events=1), _options(wanted)), wire)


def _telling(wire: Wire, begun: float = _COME, until: float = _READ) -> Callable[[float], None]:
    return lambda share: wire.send(begun + (until - begun) * min(max(share, 0.0), 1.0), SHARE)


def _read(read: FileRead, wire: Wire) -> Answer:
    yield from _sequence(read.sequence, _telling(wire, _READ, 1.0))
    yield read.options.payload()
    yield None if read.table is None else forms.head_rows(read.table)


def _sequence(sequence: TokenSequence, tell: Callable[[float], None]) -> Answer:
    about = [sequence.name, sequence.source_format, sequence.encoding, sequence.time_zone, list(sequence.notes)]
    yield [*about, dict(sequence.skipped_counts), [astuple(line) for line in sequence.skipped], list(sequence.starts)]
    sent = 0
    for part in forms.event_columns(sequence.events):
        yield part
        sent += len(part[0])
        tell(sent / len(sequence))
    yield []


def _preview(files: Files, wanted: Mapping[str, Any], wire: Wire) -> Answer:
    ((name, data),) = files
    options = _options(wanted)
    try:
        read = read_file(data, name, Limits(), options, _telling(wire))
    except InputError as error:
        if error.code not in _OF_COLUMNS:
            raise
        yield forms.error_row(error)
        # The columns that the file has, so that the roles can be corrected.
        without = read_file(data, name, Limits(), replace(options, columns=Columns()))
        yield [without.options.payload(), None if without.table is None else forms.head_rows(without.table)]
        return
    yield None
    yield from _read(read, wire)
    yield from _surveyed(read.table, read.options.columns)
    times = sampling(read.sequence)
    yield None if times is None else astuple(times)


def _surveyed(table: Table | None, roles: Columns) -> Answer:
    rows = [] if table is None else [forms.survey_row(column) for column in survey_columns(table, roles)]
    yield from forms.parts(rows, lambda row: sum(len(str(value)) for value in row))
    yield []


def _archive(files: Files, wanted: Mapping[str, Any], wire: Wire) -> Answer:
    """Yield every file of an archive, its bytes behind it where they are wanted: those that are known already, or for which
    there is no room, are only named; those behind the last place are not unpacked."""
    ((name, data),) = files
    known, room, places, limits = set(wanted["known"]), int(wanted["room"]), int(wanted["places"]), Limits()
    for packed in packed_files(data, name, limits):
        if places <= 0:
            # The rest of the archive is not even unpacked.
            yield {"name": packed.name, "more": True}
            return
        if packed.error is not None:
            yield {"name": packed.name, "error": forms.error_row(packed.error)}
            continue
        size, digest = len(packed.content), sha256(packed.content).hexdigest()
        if size > limits.max_bytes:
            limit = limits.max_bytes
            error = InputError(f"{packed.name} has more than {limit:,} bytes. Split it.", code="too_large", limit=limit)
            yield {"name": packed.name, "error": forms.error_row(error)}
            continue
        sent = digest not in known and size <= room
        yield {"name": packed.name, "size": size, "sha256": digest, "sent": sent}
        if sent:
            known.add(digest)
            room, places = room - size, places - 1
            wire.send_bytes(packed.content)


def _data_set(files: Files, wanted: Mapping[str, Any], _wire: Wire) -> Answer:
    labels = files.pop() if wanted["labelled"] else None
    read = data_sets.read_data_set(files, labels, _options(wanted), wanted["normal"])
    yield list(read.words)
    yield None if read.error is None else forms.error_row(read.error)
    yield None if read.facts is None else astuple(read.facts)


def _columns(files: Files, wanted: Mapping[str, Any], _wire: Wire) -> Answer:
    """Yield the head of the first table of a data set, and what its columns are."""
    options = _options(wanted)
    table = first_table(files, options)
    if table is None:
        yield None
        return
    check_count(len(table.names))
    yield forms.head_rows(table)
    try:
        roles = options.columns.settle(table.names, table.sample, by_name=True)
    except InputError as error:
        yield forms.error_row(error)
        return
    yield None
    yield replace(options, columns=roles).payload()
    yield from _surveyed(table, roles)


def _event_tables(files: Files, wanted: Mapping[str, Any], _wire: Wire) -> Answer:
    for table in event_tables(files, limits=Limits(**wanted["limits"])):
        yield from _changes(table)


def _event_table(files: Files, wanted: Mapping[str, Any], _wire: Wire) -> Answer:
    """Yield the event table in a file that was read as a log by these settings, nothing where it is none."""
    ((name, data),) = files
    options = _options(wanted)
    if is_event_table(read_file(data, name, Limits(), options)):
        limits = Limits(**wanted["limits"])
        table = read_event_table(data, name, ReadOptions(encoding=options.encoding), limits=limits)
        yield from _changes(table)


def _changes(table: EventTable) -> Answer:
    yield {"name": table.name, "alarms": sorted(table.alarms)}
    yield from forms.change_rows(table.changes)
    yield []


def _options(wanted: Mapping[str, Any]) -> ReadOptions:
    return ReadOptions.from_payload(wanted["options"])


_KINDS: dict[str, Callable[[Files, Mapping[str, Any], Wire], Answer]] = {
    "file": _file,
    "preview": _preview,
    "head": _head,
    "archive": _archive,
    "data_set": _data_set,
    "columns": _columns,
    "event_tables": _event_tables,
    "event_table": _event_table,
}
