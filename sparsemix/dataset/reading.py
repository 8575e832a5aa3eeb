"""Reading of a data set from a file, an archive or a folder, each file recognised by its content, and of separate label files.

    data = with_labels(read_dataset(Path("lots")), content, "labels.csv")

A file of labels is a table (CSV, Parquet, Excel) with a column of ids and a column of labels. The ids are of sequences, or else
words of the lines (`entity_labels`). If only some belong to a sequence, the labels belong to another data set, and the whole
file is refused: nobody should train on labels that match by accident.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from sparsemix.dataset.archive import packed_files
from sparsemix.dataset.entity_labels import ENTITY_NAMES, joined
from sparsemix.dataset.item import DataSet, Item, label_text
from sparsemix.dataset.json_lines import is_contract, read_items
from sparsemix.dataset.tables import read_rows
from sparsemix.errors import InputError
from sparsemix.readers import read_bytes
from sparsemix.readers.collect import Collector, merged
from sparsemix.readers.columns import LABEL_NAMES, SEQUENCE_NAMES, pick
from sparsemix.readers.decoding import within_bounds
from sparsemix.readers.file import spreadsheet_in
from sparsemix.readers.limits import MIB, Limits
from sparsemix.readers.options import ReadOptions
from sparsemix.readers.recognise import recognise
from sparsemix.readers.table import Table, no_rows, table_in
from sparsemix.readers.text import text_lines

# The person who trains reads a data set on their own machine: it may be larger than an upload.
LIMITS = Limits(max_bytes=512 * MIB, max_unpacked=2048 * MIB, max_lines=20_000_000, min_events=1)
MAX_EVENTS = 5_000_000
MAX_FILES = 200_000
ID_NAMES = ("id", *SEQUENCE_NAMES, "file", "name", "ファイル", *ENTITY_NAMES)


def read_dataset(path: Path, options: ReadOptions | None = None) -> DataSet:
    """Read the whole data set. ``columns``: roles of a table's columns, if no other setting is needed; ``options``: roles,
    encoding and time zone. Raises `InputError`, which names the file and the line, when the data break the contract."""
    return read_files(files_of(path), path.name, options)


def read_files(
    files: Iterable[tuple[str, bytes]], name: str, options: ReadOptions | None = None, limits: Limits = LIMITS
) -> DataSet:
    """Read a data set from names and contents, such as uploaded files; ``name``: the name of the data set. Raises
    `InputError` as ``read_dataset`` does."""
    items: list[Item] = []
    notes: list[str] = []
    events = 0
    for file, data in unpacked(files, limits):
        try:
            with within_bounds(file):
                file_items, file_notes = _read(data, file, options or ReadOptions(), limits)
        except InputError as error:
            raise error_of_file(error, file) from error
        items += file_items
        events += sum(len(item) for item in file_items)
        if events > MAX_EVENTS:
            raise InputError(
                f"{name} has more than {MAX_EVENTS:,} events. Train on a part of it.", code="too_many_events", limit=MAX_EVENTS
            )
        notes += file_notes
    _check_ids(items, name)
    return DataSet(name, tuple(items), merged(notes))


def error_of_file(error: InputError, file: str) -> InputError:
    """Return the error with the name of the file in its message and in its parameters, if they lack it."""
    if any(isinstance(value, str) and file in value for value in error.params.values()):
        return error
    message = str(error) if file in str(error) else f"{file}: {error}"
    return InputError(message, code=error.code, **{**error.params, "file": file})


def files_of(path: Path, limits: Limits = LIMITS) -> Iterator[tuple[str, bytes]]:
    """Yield name and content of a file, or of every file in a folder in the order of names. Raises `InputError` with the
    code empty, too_many_files, too_large or not_readable."""
    try:
        if path.is_dir():
            inner = sorted(file for file in path.rglob("*") if file.is_file() and not file.name.startswith("."))
            if not inner:
                raise InputError(f"The folder {path} has no files.", code="empty")
            if len(inner) > MAX_FILES:
                raise InputError(
                    f"The folder {path} has more than {MAX_FILES:,} files.", code="too_many_files", limit=MAX_FILES
                )
            for file in inner:
                yield from _file(file, file.relative_to(path).as_posix(), limits)
        elif path.is_file():
            yield from _file(path, path.name, limits)
        else:
            raise FileNotFoundError(path)
    except OSError as error:
        raise InputError(
            f"Cannot read {path}. Check that it exists and that you may open it.", code="not_readable", path=str(path)
        ) from error


def first_table(files: Iterable[tuple[str, bytes]], options: ReadOptions | None = None) -> Table | None:
    """Return the cells of the first file that is a table, to guess and correct the roles of its columns; None without a table.
    Raises `InputError` as ``read_files`` does."""
    tables = (table_of(data, name, options or ReadOptions()) for name, data in unpacked(files))
    return next((table for table in tables if table is not None), None)


def _file(path: Path, name: str, limits: Limits) -> Iterator[tuple[str, bytes]]:
    with path.open("rb") as file:
        data = file.read(limits.max_bytes + 1)
    if len(data) > limits.max_bytes:
        raise InputError(
            f"{name} has more than {limits.max_bytes:,} bytes. Split it.", code="too_large", limit=limits.max_bytes
        )
    yield name, data


def unpacked(files: Iterable[tuple[str, bytes]], limits: Limits = LIMITS) -> Iterator[tuple[str, bytes]]:
    """Yield the files, and in place of an archive the files in it. Raises `InputError`, which names it, for an archive of which
    any file cannot be read."""
    for name, data in files:
        if name.lower().endswith(".zip"):
            try:
                for inner in packed_files(data, name, limits):
                    if inner.error is not None:
                        raise inner.error
                    yield f"{name}/{inner.name}", inner.content
            except InputError as error:
                raise error_of_file(error, name) from error
        else:
            yield name, data


def _read(data: bytes, name: str, options: ReadOptions, limits: Limits) -> tuple[list[Item], Sequence[str]]:
    table, contract = _contents(data, name, options, limits)
    if table is not None:
        return read_rows(table, name, options, limits)
    if contract:
        return list(read_items(contract, name, limits, options.zone)), ()
    sequence = read_bytes(data, name, limits, options)
    return [Item(name, sequence)], sequence.notes


def table_of(data: bytes, name: str, options: ReadOptions, limits: Limits = LIMITS) -> Table | None:
    """Return the cells of a file that is a table, None for other files. Raises `InputError` when a row does not fit."""
    with within_bounds(name):
        return _contents(data, name, options, limits)[0]


def _contents(data: bytes, name: str, options: ReadOptions, limits: Limits) -> tuple[Table | None, Sequence[str]]:
    """Return the cells of a file that is a table, else None; and the lines of one that holds sequences of the contract."""
    table = spreadsheet_in(data, name, limits)
    if table is None:
        lines = text_lines(data, limits, options.encoding).lines
        if is_contract(next(line for line in lines if line.strip())):
            return None, lines
        # Nobody shall train on half a file unknowingly.
        collect = Collector(limits, strict=name)
        table = table_in(lines, recognise(lines, name, options.rules), collect, options.rules)
    if table is not None and not table.rows:
        raise no_rows(name)
    return table, ()


def _check_ids(items: Sequence[Item], name: str) -> None:
    seen: set[str] = set()
    for item in items:
        if item.id in seen:
            raise InputError(
                f"{name}: the id {item.id!r} occurs twice. Give every sequence its own.", code="duplicate_id", id=item.id
            )
        seen.add(item.id)


def with_labels(
    data: DataSet, content: bytes, name: str, options: ReadOptions | None = None, limits: Limits = LIMITS
) -> DataSet:
    """Return the sequences with the labels of the file; sequences that the file does not name keep their labels. Where no id is
    of a sequence, lines get the labels of the ids that they hold.

    Raises `InputError` with the code no_label_table, labels_twice, labels_of_others or labels_by_accident, or with those of
    reading a table.
    """
    labels = _labels(content, name, options or ReadOptions(), limits)
    unknown = sorted(labels.keys() - {item.id for item in data.items})
    by_words = len(unknown) == len(labels)
    if by_words and (of_lines := joined(data, labels, name)) is not None:
        return of_lines
    if unknown:
        looked = (
            ", and none is a word of its lines. An id must stand there as it is written in the table; numbers of fewer than "
            "four digits and single characters are found only with a word beside them, such as 'wafer 7'"
        )
        raise InputError(
            f"{name}: {len(unknown):,} of {len(labels):,} ids are of no sequence of {data.name}, such as {unknown[0]!r}"
            f"{looked if by_words else ''}. Check that labels and data belong together.",
            code="labels_of_others",
            count=len(unknown),
            total=len(labels),
            id=unknown[0],
        )
    return replace(data, items=tuple(replace(item, label=labels.get(item.id, item.label)) for item in data.items))


def _labels(content: bytes, name: str, options: ReadOptions, limits: Limits) -> dict[str, str | None]:
    table = table_of(content, name, options, limits)
    names = [] if table is None else [column.strip() for column in table.names]
    id, label = pick(names, ID_NAMES), options.columns.label or pick(names, LABEL_NAMES)
    if id is None and len(names) == 2 and label in names:
        id = names[1 - names.index(label)]
    if table is None or id is None or label not in names:
        raise InputError(
            f"{name}: this is no table of labels. It needs a column id and a column label.", code="no_label_table", name=name
        )
    labels: dict[str, str | None] = {}
    for row in table.rows:
        key = row.cells[names.index(id)].strip()
        if key in labels:
            raise InputError(
                f"{name}, line {row.line:,}: the id {key!r} has a label already.", code="labels_twice", id=key, line=row.line
            )
        labels[key] = label_text(row.cells[names.index(label)], f"{name}, line {row.line:,}")
    return labels
