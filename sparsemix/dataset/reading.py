"""Reading of a data set from a file, an archive or a folder, each file recognised by its content, and of separate label files.

    data = with_labels(read_dataset(Path("lots")), content, "labels.csv")

A file of labels is a table (CSV, Parquet, Excel) with a column of ids and a column of labels. The ids are of sequences, or else
words of the lines (`entity_labels`). If only some belong to a sequence, the labels belong to another data set, and the whole
file is refused: nobody should train on labels that match by accident.

A table of the data set contract has one row per step; the rows of one ``sequence_id`` are a sequence. JSON
lines have one sequence per line.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import tzinfo
from pathlib import Path
from typing import Any

import numpy as np

from sparsemix.dataset.archive import packed_files
from sparsemix.dataset.entity_labels import ENTITY_NAMES, joined
from sparsemix.dataset.item import UNMARKED, DataSet, Item, label_text
from sparsemix.dataset.label_words import is_normal
from sparsemix.encoding.sequence import Event, TokenSequence
from sparsemix.errors import InputError
from sparsemix.readers import read_bytes
from sparsemix.readers.collect import Collector, listed, merged
from sparsemix.readers.columns import LABEL_NAMES, SEQUENCE_NAMES, Columns, check_count, missing, pick
from sparsemix.readers.decoding import within_bounds
from sparsemix.readers.event_tables import is_number
from sparsemix.readers.file import spreadsheet_in
from sparsemix.readers.json_lines import marked_words, word_sequence
from sparsemix.readers.limits import MIB, Limits, check_limit
from sparsemix.readers.log_lines import event_sequence
from sparsemix.readers.options import ReadOptions
from sparsemix.readers.recognise import recognise
from sparsemix.readers.rows import RowReader, TimedRow
from sparsemix.readers.table import Row, Table, no_rows, table_in
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
        message = f"{name} has more than {MAX_EVENTS:,} events. Train on a part of it."
        check_limit(events, MAX_EVENTS, message, "too_many_events")
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
            check_limit(len(inner), MAX_FILES, f"The folder {path} has more than {MAX_FILES:,} files.", "too_many_files")
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
    check_limit(len(data), limits.max_bytes, f"{name} has more than {limits.max_bytes:,} bytes. Split it.", "too_large")
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


_LOOKED_AT = 1_000
"""Rows that tell whether a column holds numbers."""


def read_rows(table: Table, name: str, options: ReadOptions, limits: Limits) -> tuple[list[Item], list[str]]:
    """Return the sequences and notes of a table.

    Raises `InputError` too_many_columns, no_features, all_missing, bad_time, time_backwards, too_many_events, and as
    ``Columns.settle`` does.
    """
    names, rows = table.names, table.rows
    check_count(len(names))
    roles = options.columns.settle(names, table.sample, by_name=True, rules=options.rules)
    place = {column: index for index, column in enumerate(names)}
    features = roles.features(names)
    if not features:
        raise InputError(f"{name}: no column is left as a feature.", code="no_features", name=name)
    empty = [column for column in features if all(missing(row.cells[place[column]]) for row in rows)]
    if len(empty) == len(features):
        raise InputError(f"{name}: every feature is empty in every row.", code="all_missing", name=name)
    measured = [column for column in features if column not in set(empty)]
    used = [place[column] for column in measured]
    gaps = sum(missing(row.cells[column]) for row in rows for column in used)
    notes = [f"empty_columns:{len(empty)}"] * bool(empty) + [f"missing_cells:{gaps}"] * bool(gaps)
    reader = RowReader(table, roles, measured, options.zone, rules=options.rules)
    groups: dict[str, list[TimedRow]] = {}
    for row, time in reader.timed(rows):
        key = row.cells[place[roles.sequence_id]].strip() if roles.sequence_id else name
        groups.setdefault(key, []).append((row, time))
    items = [_item(key, group, reader, roles, limits, name) for key, group in groups.items()]
    notes += reader.notes
    if not roles.message and (words := _words_beside_numbers(measured, used, rows)):
        notes.append(f"words_not_judged:{listed(words)}")
    labelled = {key: [row for row, _ in group] for key, group in groups.items()}
    return _with_labels(items, labelled, place.get(roles.label or ""), name), notes


def _words_beside_numbers(names: Sequence[str], used: Sequence[int], rows: Sequence[Row]) -> list[str]:
    """Return the columns whose cells are mostly no numbers, where other columns hold numbers: learning what is normal judges
    these alone."""
    cells = [[cell for row in rows[:_LOOKED_AT] if not missing(cell := row.cells[at].strip())] for at in used]
    numbers = [2 * sum(map(is_number, column)) >= len(column) for column in cells]
    return [name for name, numeric in zip(names, numbers, strict=True) if not numeric] if any(numbers) else []


def _item(key: str, rows: Sequence[TimedRow], reader: RowReader, roles: Columns, limits: Limits, name: str) -> Item:
    message = f"{name}: the sequence {key!r} has more than {limits.max_events:,} rows. Give it parts by a sequence_id."
    check_limit(len(rows), limits.max_events, message, "too_many_events")
    cap = limits.max_line_chars
    events, before = [], float("-inf")
    for row, seconds in rows:
        cells, stamp = row.cells, reader.stamp(row.cells)
        if seconds is None and not missing(stamp):
            raise InputError(
                f"{name}, line {row.line:,}: the time {stamp[:40]!r} cannot be read. Name another column: time=NAME, or "
                "time= for none.",
                code="bad_time",
                line=row.line,
            )
        if seconds is not None:
            if seconds < before:
                raise InputError(
                    f"{name}, line {row.line:,}: time goes backwards. Sort the rows of every sequence by time.",
                    code="time_backwards",
                    line=row.line,
                )
            before = seconds
        text = reader.message(cells)
        shown = f"{stamp} {text}" if roles.time else text
        events.append(Event(shown[:cap], text[:cap], seconds, reader.source(cells), reader.level(cells), row.line))
    return Item(key, TokenSequence(key, tuple(events), reader.source_format, "utf-8", (), {}, ()))


def _with_labels(items: list[Item], groups: dict[str, list[Row]], column: int | None, name: str) -> list[Item]:
    """Return the items with labels: of sequences when there are several and each has the same label in all rows, else of
    steps."""
    if column is None:
        return items
    labels_of = {
        key: [
            label_text(None if missing(row.cells[column]) else row.cells[column], f"{name}, line {row.line:,}") for row in rows
        ]
        for key, rows in groups.items()
    }
    if len(items) > 1 and all(len(set(row_labels)) == 1 for row_labels in labels_of.values()):
        return [Item(item.id, item.sequence, labels_of[item.id][0]) for item in items]
    # A step without a label counts as normal only where other steps of its sequence have a label.
    steps = {
        key: None if set(row_labels) == {None} else tuple(label or "" for label in row_labels)
        for key, row_labels in labels_of.items()
    }
    return [Item(item.id, item.sequence, None, steps[item.id]) for item in items]


def read_items(lines: Iterable[str], name: str, limits: Limits, zone: tzinfo | None = None) -> Iterator[Item]:
    """Yield the sequences, in order; ``zone``: time zone of stamps without one. Raises `InputError`, which names the line, at
    the first sequence that breaks the contract."""
    for number, line in enumerate(lines, 1):
        if line.strip():
            where = f"{name}, line {number:,}"
            yield _contract_item(_parsed(line, where), where, str(number), limits, zone)


def is_contract(line: str) -> bool:
    """Return whether a first line looks like a sequence of the contract, and not like an event."""
    try:
        value = _parsed(line, "")
    except InputError:
        return False
    return isinstance(value.get("events"), list) or isinstance(value.get("text"), str)


def _parsed(line: str, where: str) -> dict[str, Any]:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError) as error:
        message = f"{where}: this is no JSON object ({error}). Nothing was read."
        raise InputError(message, code="not_json", where=where) from error
    if not isinstance(value, dict):
        raise _refused(where, 'a sequence must be an object, such as {"id": "a", "events": [...]}')
    return value


def _contract_item(value: dict[str, Any], where: str, number: str, limits: Limits, zone: tzinfo | None) -> Item:
    events, text = value.get("events"), value.get("text")
    if (events is None) == (text is None):
        raise _refused(where, 'needs either "events", a list of texts, or "text"')
    id = value.get("id", number)
    if not isinstance(id, str | int) or isinstance(id, bool) or len(str(id)) > 200:
        raise _refused(where, '"id" must be a text or a number of at most 200 characters')
    label = label_text(value.get("label"), where)
    if text is not None:
        if not isinstance(text, str):
            raise _refused(where, '"text" must be a text')
        sequence, offsets = word_sequence(text, str(id), limits)
        places, length = offsets, len(text)
    else:
        if not isinstance(events, list) or not all(isinstance(event, str) for event in events):
            raise _refused(where, '"events" must be a list of texts')
        if not events:
            raise _refused(where, "the sequence has no events")
        if len(events) > limits.max_events:
            raise _refused(where, f"the sequence has more than {limits.max_events:,} events; split it")
        sequence, offsets = event_sequence(events, str(id), limits, zone), None
        places, length = np.arange(len(events))[:, None] + np.arange(2), len(events)
    spans = _spans(value.get("spans"), where, length)
    steps = None if spans is None else _steps(marked_words(places, spans).tolist(), label)
    return Item(str(id), sequence, label, steps, offsets, marked=steps is not None)


def _spans(value: object, where: str, length: int) -> list[tuple[int, int]] | None:
    """Return spans as [start, stop), from pairs or from single positions; None when the value is None."""
    if value is None:
        return None
    if not isinstance(value, list):
        raise _refused(where, '"spans" must be a list of [start, stop] or of places')
    spans: list[tuple[int, int]] = []
    for span in value:
        pair = (span, span + 1) if type(span) is int else tuple(span) if isinstance(span, list) else ()
        if len(pair) != 2 or not all(type(place) is int for place in pair) or not 0 <= pair[0] <= pair[1] <= length:
            raise _refused(where, f'"spans" must lie within the sequence, 0 to {length:,}; {json.dumps(span)[:60]} does not')
        spans.append((pair[0], pair[1]))
    return spans


def _steps(marked: list[bool], label: str | None) -> tuple[str, ...]:
    # Spans have no names: the marked part has the fault that the sequence is labelled with.
    fault = "1" if label is None or is_normal(label) else label
    return tuple(fault if faulty else UNMARKED for faulty in marked)


def _refused(where: str, why: str) -> InputError:
    return InputError(f"{where}: {why}.", code="not_a_sequence", where=where)
