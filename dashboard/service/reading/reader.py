"""Foreign bytes as what the app needs of them, read by a child process: see the package.

    read = read_file(data, "line4.csv", ReadOptions())

Functions raise `InputError` as the reader of the library does (previews hold it), and with the codes no_memory, too_slow,
reader_failed and too_much_text where the bounds of the child or of its answer were reached.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import chain, pairwise
from typing import Any
from weakref import WeakSet

from dashboard.service.common.names import display_name
from dashboard.service.reading import forms
from dashboard.service.reading.data_sets import DataSetFacts, DataSetRead, File
from dashboard.service.reading.forms import Memory, made
from dashboard.service.reading.process import the_process
from dashboard.service.reading.survey import ColumnSurvey, Sampling
from dashboard.service.reading.wire import Look, Wire, WireError
from sparsemix.causes.event_table import EventTable
from sparsemix.encoding.sequence import SkippedLine, TokenSequence
from sparsemix.errors import InputError
from sparsemix.readers import FileRead, Limits, ReadOptions
from sparsemix.readers.decoding import no_memory
from sparsemix.readers.table import Table

Values = Iterator[Any]
MOST_HELD_MB = 2_000
"""Memory that previews take together before no further file is read."""
_OF_HEAD = 256 * 1024  # bytes
BOUNDS = ("no_memory", "too_slow", "reader_failed", "too_much_text")
"""Codes of errors that tell that reading was stopped, and not what is wrong with the file."""
OF_RECORD_MB = 1_600
"""Memory for what the record keeps: it was read before these bounds were known."""


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Preview:
    """A file as it was read, or the reason why it was not.

    ``requested``: the settings as given; ``read``: what was read by them; ``options``: the same with nothing left to guess;
    ``head``: names and first cells of the columns of a table or of JSON objects, present also where only the roles of the
    columns do not fit; ``taken``: bytes of memory.
    """

    requested: ReadOptions
    read: FileRead | None = None
    error: InputError | None = None
    options: ReadOptions | None = None
    head: Table | None = None
    columns: tuple[ColumnSurvey, ...] = ()
    sampling: Sampling | None = None
    taken: int = 0

    @property
    def sequence(self) -> TokenSequence | None:
        """Return the file's events."""
        return None if self.read is None else self.read.sequence


_HELD: WeakSet[Preview] = WeakSet()


@dataclass(frozen=True, slots=True)
class ArchiveFile:
    """A file of an archive: its ``size`` and hash, its ``data`` where they are new and there was room, or why it cannot be
    had; ``more``: it and the files behind it were not unpacked."""

    name: str
    size: int = 0
    sha256: str = ""
    data: bytes | None = None
    error: InputError | None = None
    more: bool = False


def read_file(
    data: bytes, name: str, options: ReadOptions, most_mb: int = forms.MOST_MB, look: Look = lambda _share: None
) -> FileRead:
    """Read a file's bytes; of a table, the first rows are returned. ``most_mb``: memory that its events may take."""
    memory = Memory(most_mb)
    wanted = {"kind": "file", "options": options.payload()}
    return the_process().ask(wanted, [(name, data)], lambda values, _wire: _file(values, memory), look)


def read_head(data: bytes, name: str, options: ReadOptions) -> TokenSequence | None:
    """Read the first lines of a long log; None where they tell nothing without the rest."""
    memory, first = Memory(), data[:_OF_HEAD]
    try:
        wanted = {"kind": "head", "options": options.payload()}
        return the_process().ask(wanted, [(name, first)], lambda values, _wire: _file(values, memory)).sequence
    except InputError:
        return None


def preview(data: bytes, name: str, requested: ReadOptions, look: Look = lambda _share: None) -> Preview:
    """Read a file's bytes for display; for input that cannot be used the result holds the error, which is not raised. Where
    what was read for all people takes too much memory already, nothing is read."""
    memory = Memory()

    def receive(values: Values, _wire: Wire) -> Preview:
        if (error := next(values, None)) is not None:
            settled, head = forms.pair(next(values, None))
            return Preview(requested, error=forms.error(error), options=_options(settled), head=_head(head, memory))
        read = _file(values, memory)
        columns = tuple(made(ColumnSurvey, row, memory) for row in _rows(values))
        times = made(Sampling | None, next(values, None), memory)
        found = Preview(requested, read, None, read.options, read.table, columns, times, memory.taken)
        _HELD.add(found)
        return found

    if sum(held.taken for held in _HELD.copy()) > MOST_HELD_MB * forms.MB:
        return Preview(requested, error=no_memory())
    return _previewed("preview", [(display_name(name), data)], requested, receive, look)


def unpack(data: bytes, name: str, *, known: Sequence[str], room: int, places: int) -> list[ArchiveFile]:
    """Return the files of an archive. ``known``: hashes of files that are there already; ``room``: bytes for new ones;
    ``places``: how many new ones."""
    most = places

    def receive(values: Values, wire: Wire) -> list[ArchiveFile]:
        memory, left, files = Memory(), room, list[ArchiveFile]()
        for value in values:
            said = forms.mapping(value)
            packed, size = memory.text(said.get("name")), said.get("size", 0)
            if said.get("more") is True or "error" in said:
                error = forms.error(said["error"]) if "error" in said else None
                files.append(ArchiveFile(packed, error=error, more=error is None))
                continue
            left -= forms.count(size) if said.get("sent") is True else 0
            if left < 0 or size < 0 or sum(file.data is not None for file in files) > most:
                raise WireError("more files than there is room for")
            content = wire.receive_bytes(size) if said.get("sent") is True else None
            files.append(ArchiveFile(packed, size, memory.text(said.get("sha256")), content))
        return files

    wanted = {"kind": "archive", "known": list(known), "room": room, "places": places}
    return the_process().ask(wanted, [(name, data)], receive)


def read_data_set(
    files: Sequence[File], labels: File | None, options: ReadOptions, normal: Sequence[str] | None
) -> DataSetRead:
    """Read a data set for its facts, as `data_sets.read_data_set` does."""

    def receive(values: Values, _wire: Wire) -> DataSetRead:
        memory = Memory()
        words, error, facts = next(values, None), next(values, None), next(values, None)
        return DataSetRead(
            made(tuple[str, ...], words, memory),
            made(DataSetFacts | None, facts, memory),
            None if error is None else forms.error(error),
        )

    chosen = None if normal is None else list(normal)
    wanted = {"kind": "data_set", "options": options.payload(), "normal": chosen, "labelled": labels is not None}
    return the_process().ask(wanted, [*files, *([] if labels is None else [labels])], receive)


def preview_data_set(files: Sequence[File], requested: ReadOptions) -> Preview:
    """Preview the columns of the first table among the files of a data set; empty where there is no table, and with the error
    where the roles of the columns do not fit."""
    memory = Memory()

    def receive(values: Values, _wire: Wire) -> Preview:
        head = _head(next(values, None), memory)
        if head is None:
            return Preview(requested)
        if (error := next(values, None)) is not None:
            return Preview(requested, error=forms.error(error), head=head)
        settled = _options(next(values, None))
        columns = tuple(made(ColumnSurvey, row, memory) for row in _rows(values))
        return Preview(requested, options=settled, head=head, columns=columns)

    return _previewed("columns", files, requested, receive)


def _previewed(
    kind: str,
    files: Sequence[File],
    requested: ReadOptions,
    receive: Callable[[Values, Wire], Preview],
    look: Look = lambda _share: None,
) -> Preview:
    try:
        return the_process().ask({"kind": kind, "options": requested.payload()}, files, receive, look)
    except InputError as error:
        return Preview(requested, error=error)


def read_event_tables(files: Sequence[File], limits: Limits) -> list[EventTable]:
    """Read every event table among files, and in archives of them."""
    wanted = {"kind": "event_tables", "limits": asdict(limits)}
    return the_process().ask(wanted, files, lambda values, _wire: _event_tables(values))


def read_event_table(data: bytes, name: str, options: ReadOptions, limits: Limits) -> EventTable | None:
    """Read the event table in a file that was read as a log by these settings; None where it is none."""
    wanted = {"kind": "event_table", "options": options.payload(), "limits": asdict(limits)}
    tables = the_process().ask(wanted, [(name, data)], lambda values, _wire: _event_tables(values))
    return tables[0] if tables else None


def _file(values: Values, memory: Memory) -> FileRead:
    about = forms.listed(next(values, None))
    if len(about) != 8 or about[1] not in ("log", "csv", "events", "jsonl"):
        raise WireError("no sequence")
    name, source_format, encoding, zone, notes, counts, skipped, starts = about
    sequence = TokenSequence(
        memory.text(name),
        # Not a list that is copied: at its end there would be two of the longest.
        tuple(event for part in _parts(values) for event in forms.events(part, memory)),
        source_format,
        memory.text(encoding),
        made(tuple[SkippedLine, ...], skipped, memory),
        made(Mapping[str, int], counts, memory),
        made(tuple[str, ...], notes, memory),
        memory.text(zone),
        made(tuple[int, ...], starts, memory),
    )
    if any(not before < after < len(sequence) for before, after in pairwise((0, *sequence.starts))):
        raise WireError("sources that cannot be")
    return FileRead(sequence, _options(next(values, None)), _head(next(values, None), memory))


def _event_tables(values: Values) -> list[EventTable]:
    memory, tables = Memory(), list[EventTable]()
    for value in values:
        said = forms.mapping(value)
        name, alarms = memory.text(said.get("name")), forms.texts(said.get("alarms"), memory)
        tables.append(EventTable(name, tuple(forms.change(row, memory) for row in _rows(values)), frozenset(alarms)))
    return tables


def _parts(values: Values) -> Iterator[Sequence[Any]]:
    """Yield the parts that come until an empty one."""
    while part := forms.listed(next(values, None)):
        yield part


def _rows(values: Values) -> Iterator[object]:
    return chain.from_iterable(_parts(values))


def _options(value: object) -> ReadOptions:
    return ReadOptions.from_payload(forms.mapping(value))


def _head(value: object, memory: Memory) -> Table | None:
    return None if value is None else forms.head(value, memory)
