"""Which files are Parquet or Excel tables; the libraries that read them (``spreadsheet``) are loaded when one comes."""

from __future__ import annotations

from typing import Literal

SUFFIXES = (".parquet", ".xlsx")
_PARQUET, _ZIP = b"PAR1", b"PK\x03\x04"

Kind = Literal["parquet", "xlsx"]


def spreadsheet_kind(data: bytes, name: str) -> Kind | None:
    """Whether these are the bytes of a Parquet table or of an Excel workbook; an archive is one only by its name."""
    if data.startswith(_PARQUET):
        return "parquet"
    return "xlsx" if data.startswith(_ZIP) and name.lower().endswith(".xlsx") else None
