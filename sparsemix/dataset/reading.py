"""From a path to a data set: a file, an archive or a folder of them, each recognised by its content."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path, PurePath

from sparsemix.dataset.archive import packed_files
from sparsemix.dataset.columns import Columns
from sparsemix.dataset.item import DataSet, Item
from sparsemix.dataset.json_lines import is_contract, read_items
from sparsemix.dataset.spreadsheet import SUFFIXES as SPREADSHEETS
from sparsemix.dataset.spreadsheet import spreadsheet_rows
from sparsemix.dataset.tables import read_rows
from sparsemix.errors import InputError
from sparsemix.readers import read_bytes
from sparsemix.readers.limits import MIB, Limits
from sparsemix.readers.recognise import recognise
from sparsemix.readers.records import cells_of, split_records
from sparsemix.readers.text import text_lines

# A data set is read by whoever trains, on their own machine: larger than what a visitor may upload.
LIMITS = Limits(max_bytes=512 * MIB, max_unpacked=2048 * MIB, max_lines=20_000_000, min_events=1)
MAX_EVENTS = 5_000_000
MAX_FILES = 200_000


def read_dataset(path: Path, columns: Columns | None = None, limits: Limits = LIMITS) -> DataSet:
    """The whole data set. Raises InputError, naming the file and the line, for anything that does not keep to the contract."""
    items: list[Item] = []
    notes: dict[str, int] = {}
    events = 0
    for name, data in _files(path, limits):
        found, said = _read(data, name, columns or Columns(), limits)
        items += found
        events += sum(len(item) for item in found)
        if events > MAX_EVENTS:
            raise InputError(
                f"{path} has more than {MAX_EVENTS:,} events. Train on a part of it.", code="too_many_events", limit=MAX_EVENTS
            )
        for note in said:
            code, _, count = note.partition(":")
            notes[code] = notes.get(code, 0) + int(count or 1)
    _check_ids(items, path)
    return DataSet(path.name, tuple(items), tuple(f"{code}:{count}" for code, count in notes.items()))


def _files(path: Path, limits: Limits) -> Iterator[tuple[str, bytes]]:
    """Names and contents, in the order of their names."""
    try:
        if path.is_dir():
            inside = sorted(one for one in path.rglob("*") if one.is_file() and not one.name.startswith("."))
            if not inside:
                raise InputError(f"The folder {path} has no files.", code="empty")
            if len(inside) > MAX_FILES:
                raise InputError(
                    f"The folder {path} has more than {MAX_FILES:,} files.", code="too_many_files", limit=MAX_FILES
                )
            for one in inside:
                yield from _one(one, one.relative_to(path).as_posix(), limits)
        elif path.is_file():
            yield from _one(path, path.name, limits)
        else:
            raise FileNotFoundError(path)
    except OSError as error:
        raise InputError(
            f"Cannot read {path}. Check that it exists and that you may open it.", code="not_readable", path=str(path)
        ) from error


def _one(path: Path, name: str, limits: Limits) -> Iterator[tuple[str, bytes]]:
    with path.open("rb") as file:
        data = file.read(limits.max_bytes + 1)
    if len(data) > limits.max_bytes:
        raise InputError(
            f"{name} has more than {limits.max_bytes:,} bytes. Split it.", code="too_large", limit=limits.max_bytes
        )
    if path.suffix.lower() == ".zip":
        yield from ((f"{name}/{inner}", content) for inner, content in packed_files(data, name, limits))
    else:
        yield name, data


def _read(data: bytes, name: str, columns: Columns, limits: Limits) -> tuple[list[Item], Sequence[str]]:
    if PurePath(name.lower()).suffix in SPREADSHEETS:
        return read_rows(*spreadsheet_rows(data, name, limits), name, columns, limits)
    lines = text_lines(data, limits).lines
    first = next(line for line in lines if line.strip())
    if is_contract(first):
        return list(read_items(lines, name, limits)), ()
    found = recognise(lines, name)
    if found.layout == "table":
        return read_rows(*_cells(lines, found.delimiter, name), name, columns, limits)
    sequence = read_bytes(data, name, limits)
    return [Item(name, sequence)], sequence.notes


def _cells(lines: Sequence[str], delimiter: str, name: str) -> tuple[list[str], list[tuple[int, list[str]]]]:
    rows: list[tuple[int, list[str]]] = []
    for index, record, whole in split_records(lines, delimiter):
        if not record.strip():
            continue
        cells = cells_of(record, delimiter) if whole else None
        if cells is None:
            raise InputError(
                f"{name}, line {index + 1:,}: a quotation mark is never closed. Nothing was read.",
                code="bad_row",
                line=index + 1,
            )
        rows.append((index + 1, cells))
    names = [cell.strip() for cell in rows[0][1]]
    numbers = sum(_is_number(cell) for cell in names)
    if 2 * numbers >= len(names) or not all(names):
        raise InputError(
            f"{name}: the first row is no header. Put a first row with one distinct name per column.",
            code="csv_no_header",
            name=name,
        )
    if len(rows) < 2:
        raise InputError(f"{name} has a header and no rows.", code="too_few_events", found=0, needed=1, skipped=0)
    return names, rows[1:]


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _check_ids(items: Sequence[Item], path: Path) -> None:
    seen: set[str] = set()
    for item in items:
        if item.id in seen:
            raise InputError(
                f"{path}: the id {item.id!r} occurs twice. Give every sequence its own.", code="duplicate_id", id=item.id
            )
        seen.add(item.id)
