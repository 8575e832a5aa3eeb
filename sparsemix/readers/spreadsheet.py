"""Parquet and Excel tables as cells of text, so that every kind of table is then read in the same way."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date, datetime
from io import BytesIO
from zipfile import BadZipFile, ZipFile

import pyarrow as pa
import pyarrow.parquet as pq
from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from sparsemix.errors import InputError
from sparsemix.readers.columns import check_count, check_distinct
from sparsemix.readers.limits import MIB, Limits
from sparsemix.readers.recognise import SpreadsheetKind
from sparsemix.readers.table import Row, Table, header, no_rows

_MAX_CELLS = 50_000_000
_MAX_XLSX_RATIO = 300


def spreadsheet(data: bytes, kind: SpreadsheetKind, name: str, limits: Limits) -> Table:
    """Return the table in a file; of a workbook, the first sheet. Raises `InputError` bad_table, too_large, unpacks_too_large,
    no_rows, too_many_columns, duplicate_columns, csv_no_header, ragged."""
    return _parquet(data, name) if kind == "parquet" else _excel(data, name, limits)


def _parquet(data: bytes, name: str) -> Table:
    try:
        file = pq.ParquetFile(BytesIO(data))
        names = [column.strip() for column in file.schema_arrow.names]
        check_count(len(names))
        check_distinct(names)
        _check_cells(file.metadata.num_rows * file.metadata.num_columns, name)
        columns = [[_cell(value) for value in column.to_pylist()] for column in file.read().columns]
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, OSError) as error:
        raise InputError(f"{name} cannot be read as Parquet: {error}.", code="bad_table", name=name) from error
    if not columns or not columns[0]:
        raise no_rows(name)
    return Table(names, [Row(line, None, cells) for line, cells in enumerate(zip(*columns, strict=True), 2)])


def _excel(data: bytes, name: str, limits: Limits) -> Table:
    try:
        with ZipFile(BytesIO(data)) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
        if unpacked > limits.max_unpacked or unpacked > max(MIB, len(data) * _MAX_XLSX_RATIO):
            raise InputError(
                f"{name} unpacks to {unpacked:,} bytes, which is too much.", code="unpacks_too_large", limit=limits.max_unpacked
            )
        # Values as the spreadsheet program last computed them: formulas are never run here.
        sheet = load_workbook(BytesIO(data), read_only=True, data_only=True).worksheets[0]
        numbered = (
            (number, [_cell(value) for value in row]) for number, row in enumerate(sheet.iter_rows(values_only=True), 1)
        )
        rows = [(number, cells) for number, cells in numbered if any(cells)]
    except (BadZipFile, InvalidFileException, KeyError, IndexError, ValueError) as error:
        raise InputError(f"{name} cannot be read as an Excel workbook (.xlsx).", code="bad_table", name=name) from error
    if len(rows) < 2:
        raise no_rows(name)
    _check_cells(len(rows) * len(rows[0][1]), name)
    names = header(_without_empty_end(rows[0][1]))
    check_count(len(names))
    return Table(names, [Row(number, None, _fitted(cells, len(names), number, name)) for number, cells in rows[1:]])


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
    if cells > _MAX_CELLS:
        raise InputError(f"{name} has more than {_MAX_CELLS:,} cells. Take a part of it.", code="too_large", limit=_MAX_CELLS)
