"""Parquet and Excel tables as cells of text, so that every kind of table goes one way from here."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date, datetime
from io import BytesIO
from pathlib import PurePath
from zipfile import BadZipFile, ZipFile

import pyarrow as pa
import pyarrow.parquet as pq
from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from sparsemix.dataset.names import check_names
from sparsemix.errors import InputError
from sparsemix.readers.limits import MIB, Limits

SUFFIXES = (".parquet", ".xlsx")
_MAX_CELLS = 50_000_000
_MAX_XLSX_RATIO = 300


def spreadsheet_rows(data: bytes, name: str, limits: Limits) -> tuple[list[str], list[tuple[int, Sequence[str]]]]:
    """Column names, and rows with their line number (the header is line 1). Raises InputError."""
    if PurePath(name.lower()).suffix == ".parquet":
        return _parquet(data, name)
    return _excel(data, name, limits)


def _parquet(data: bytes, name: str) -> tuple[list[str], list[tuple[int, Sequence[str]]]]:
    try:
        file = pq.ParquetFile(BytesIO(data))
        _check_cells(file.metadata.num_rows * file.metadata.num_columns, name)
        names = list(file.schema_arrow.names)
        columns = [[_cell(value) for value in file.read([column]).column(0).to_pylist()] for column in _distinct(names, name)]
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, OSError) as error:
        raise InputError(f"{name} cannot be read as Parquet: {error}.", code="bad_table", name=name) from error
    if not columns or not columns[0]:
        raise InputError(f"{name} has no rows.", code="too_few_events", found=0, needed=1, skipped=0)
    return names, list(enumerate(zip(*columns, strict=True), 2))


def _excel(data: bytes, name: str, limits: Limits) -> tuple[list[str], list[tuple[int, Sequence[str]]]]:
    try:
        with ZipFile(BytesIO(data)) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
        if unpacked > limits.max_unpacked or unpacked > max(MIB, len(data) * _MAX_XLSX_RATIO):
            raise InputError(
                f"{name} unpacks to {unpacked:,} bytes, which is too much.", code="unpacks_too_large", limit=unpacked
            )
        # Values as last computed by the spreadsheet: formulas are never run here.
        sheet = load_workbook(BytesIO(data), read_only=True, data_only=True).worksheets[0]
        rows = [(number, [_cell(value) for value in row]) for number, row in enumerate(sheet.iter_rows(values_only=True), 1)]
    except (BadZipFile, InvalidFileException, KeyError, IndexError, ValueError) as error:
        raise InputError(f"{name} cannot be read as an Excel workbook (.xlsx).", code="bad_table", name=name) from error
    rows = [(number, cells) for number, cells in rows if any(cells)]
    if len(rows) < 2:
        raise InputError(f"{name} has no rows below its header.", code="too_few_events", found=0, needed=1, skipped=0)
    _check_cells(len(rows) * len(rows[0][1]), name)
    names = _distinct(rows[0][1], name)
    if not all(names):
        raise InputError(
            f"{name}: the first row is no header. Put a first row with one distinct name per column.",
            code="csv_no_header",
            name=name,
        )
    return names, list(rows[1:])


def _cell(value: object) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, datetime | date):
        return value.isoformat()
    # The shortest text that gives the same number again.
    return repr(value) if isinstance(value, float) else str(value)


def _distinct(names: Sequence[str], name: str) -> list[str]:
    check_names(names, name)
    return [column.strip() for column in names]


def _check_cells(cells: int, name: str) -> None:
    if cells > _MAX_CELLS:
        raise InputError(f"{name} has more than {_MAX_CELLS:,} cells. Take a part of it.", code="too_large", limit=_MAX_CELLS)
