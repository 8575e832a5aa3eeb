"""Parquet and Excel tables as cells of text, so that every kind of table is then read in the same way.

Both kinds are packed, and a file of a kilobyte can state a billion cells. So what the file states of itself is checked before
anything is unpacked, and what is unpacked is counted.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from io import BytesIO
from zipfile import ZipFile

import pyarrow as pa
import pyarrow.parquet as pq
from openpyxl import load_workbook

from sparsemix.errors import InputError
from sparsemix.readers.columns import MAX_COLUMNS, check_count, check_distinct
from sparsemix.readers.decoding import decoding
from sparsemix.readers.limits import MIB, Limits, check_limit
from sparsemix.readers.table import Row, Table, header, no_rows

_MAX_CELLS = 50_000_000
_MAX_XLSX_RATIO = 300
_MAX_PARTS = 10_000
"""Files in a workbook."""
_MAX_TEXTS = 5_000_000
"""Shared texts of a workbook."""
_SHEET_ROWS = 1_048_576
"""Rows of Excel's largest sheet."""
_PARQUET, _MAX_FOOTER = b"PAR1", 32 * MIB
_BATCH_CELLS = 262_144
_CHUNK = MIB


def parquet(data: bytes, name: str, limits: Limits) -> Table:
    """Return the table in a file. Raises `InputError` bad_table, too_large, unpacks_too_large, too_many_lines, nested_column,
    no_memory, too_many_columns, duplicate_columns."""
    with decoding(f"{name} cannot be read as Parquet. Export it again.", "bad_table", name=name):
        if data.endswith(_PARQUET) and struct.unpack("<I", data[-8:-4])[0] > _MAX_FOOTER:
            raise InputError(f"{name}: its metadata are too large.", code="too_large", limit=_MAX_FOOTER)
        about = pq.read_metadata(BytesIO(data))
        check_count(about.num_columns)
        message = f"{name} has more than {limits.max_lines:,} rows. Take a part of it."
        check_limit(about.num_rows, limits.max_lines, message, "too_many_lines")
        _check_cells(about.num_rows * about.num_columns, name)
        schema = about.schema.to_arrow_schema()
        names = [column.strip() for column in schema.names]
        check_distinct(names)
        _check_types(schema, about, name, limits)
        # A dictionary's texts are kept once, however many rows refer to them.
        texts = [field.name for field in schema if pa.types.is_string(field.type) or pa.types.is_binary(field.type)]
        file = pq.ParquetFile(BytesIO(data), metadata=about, read_dictionary=texts)
        return Table(names, list(_rows(file, name, limits)))


def _check_types(schema: pa.Schema, about: pq.FileMetaData, name: str, limits: Limits) -> None:
    """Raise `InputError` for columns within columns, and for more bytes than a file may unpack to, as far as metadata tell."""
    for field in schema:
        if pa.types.is_nested(field.type):
            raise InputError(
                f"{name}: the column {field.name!r} holds lists or columns of its own. Export a table with one value a cell.",
                code="nested_column",
                column=field.name,
            )
    stated = sum(about.row_group(group).total_byte_size for group in range(about.num_row_groups))
    fixed = sum(field.type.byte_width for field in schema if pa.types.is_fixed_size_binary(field.type))
    if stated > limits.max_unpacked or fixed * about.num_rows > limits.max_unpacked:
        raise _unpacks_too_large(name, limits)


def _rows(file: pq.ParquetFile, name: str, limits: Limits) -> Iterator[Row]:
    before, signs = 2, 0
    for batch in file.iter_batches(max(1, _BATCH_CELLS // max(1, file.metadata.num_columns)), use_threads=False):
        columns = [_cells(column) for column in batch.columns]
        signs += sum(len(cell) for column in columns for cell in column)
        if signs > limits.max_unpacked:
            raise _unpacks_too_large(name, limits)
        for line, cells in enumerate(zip(*columns, strict=True), before):
            yield Row(line, None, cells)
        before += batch.num_rows


def _cells(column: pa.Array) -> list[str]:
    if not pa.types.is_dictionary(column.type):
        return [_cell(value) for value in column.to_pylist()]
    texts = [_cell(value) for value in column.dictionary.to_pylist()]
    return ["" if place is None else texts[place] for place in column.indices.to_pylist()]


def excel(data: bytes, name: str, limits: Limits) -> Table:
    """Return the table in the first sheet of a workbook. Raises `InputError` bad_table, too_large, unpacks_too_large,
    no_memory, no_rows, too_many_columns, duplicate_columns, csv_no_header, ragged."""
    with decoding(f"{name} cannot be read as an Excel workbook (.xlsx).", "bad_table", name=name):
        _check_parts(data, name, limits)
        # Values as the spreadsheet program last computed them: formulas are never run here.
        book = load_workbook(BytesIO(data), read_only=True, data_only=True, keep_links=False)
        sheet = book.worksheets[0]
        width, height = sheet.max_column, sheet.max_row
        if width is not None and width > MAX_COLUMNS:
            # A formatted row is as wide as a sheet can be: then every row would be.
            sheet.reset_dimensions()
        rows = list(_sheet_rows(sheet.iter_rows(values_only=True), width, height, name))
    if len(rows) < 2:
        raise no_rows(name)
    _check_cells(len(rows) * len(rows[0][1]), name)
    names = header(_without_empty_end(rows[0][1]))
    return Table(names, [Row(number, None, _fitted(cells, len(names), number, name)) for number, cells in rows[1:]])


def _check_parts(data: bytes, name: str, limits: Limits) -> None:
    """Raise `InputError` for a workbook that unpacks to too much, has too many parts or texts, or defines entities: a
    workbook's XML has none, and they unfold to gigabytes."""
    with ZipFile(BytesIO(data)) as archive:
        parts = archive.infolist()
        unpacked = sum(entry.file_size for entry in parts)
        if len(parts) > _MAX_PARTS or unpacked > limits.max_unpacked or unpacked > max(MIB, len(data) * _MAX_XLSX_RATIO):
            raise _unpacks_too_large(name, limits)
        for entry in parts:
            if not entry.filename.lower().endswith((".xml", ".rels")):
                continue
            texts, end = 0, b""
            with archive.open(entry) as file:
                while chunk := file.read(_CHUNK):
                    texts += chunk.count(b"<si>")
                    if b"<!" in (end + chunk) and (b"<!ENTITY" in (end + chunk) or b"<!DOCTYPE" in (end + chunk)):
                        raise InputError(f"{name} defines entities, as no workbook does.", code="bad_table", name=name)
                    end = chunk[-8:]
            if texts > _MAX_TEXTS:
                raise _unpacks_too_large(name, limits)


def _sheet_rows(
    rows: Iterator[tuple[object, ...]], width: int | None, height: int | None, name: str
) -> Iterator[tuple[int, list[str]]]:
    """Yield number and cells of the rows that hold something. A row may state any number, and those before it are filled up."""
    cells_so_far, before = 0, None
    for number, row in enumerate(rows, 1):
        if height is not None and number > height:
            return
        if number > _SHEET_ROWS:
            raise InputError(f"{name} states more rows than a sheet can have.", code="bad_table", name=name)
        # Rows that are filled up are one and the same.
        if row is before:
            continue
        cells = [_cell(value) for value in row[:width]]
        if any(cells):
            cells_so_far += len(cells)
            _check_cells(cells_so_far, name)
            before = None
            yield number, cells
        else:
            before = row


def _without_empty_end(cells: list[str]) -> list[str]:
    """Return the cells without empty ones at the end: a sheet is as wide as its widest row, and formatted empty cells count."""
    end = next((at for at in range(len(cells), 0, -1) if cells[at - 1].strip()), 0)
    return cells[:end]


def _fitted(cells: list[str], width: int, number: int, name: str) -> Sequence[str]:
    if any(cells[width:]):
        raise InputError(
            f"{name}, row {number:,}: a value stands right of the last column that has a name. Nothing was read.",
            code="ragged",
            line=number,
        )
    return [*cells[:width], *[""] * (width - len(cells))]


def _cell(value: object) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, datetime | date):
        return value.isoformat()
    # repr: the shortest text that gives the same number again.
    return repr(value) if isinstance(value, float) else str(value)


def _check_cells(cells: int, name: str) -> None:
    check_limit(cells, _MAX_CELLS, f"{name} has more than {_MAX_CELLS:,} cells. Take a part of it.", "too_large")


def _unpacks_too_large(name: str, limits: Limits) -> InputError:
    return InputError(
        f"{name} unpacks to more than {limits.max_unpacked:,} bytes. Take a part of it.",
        code="unpacks_too_large",
        limit=limits.max_unpacked,
    )
