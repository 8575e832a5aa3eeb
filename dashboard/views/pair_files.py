"""Tables of pairs as files for other programs."""

from __future__ import annotations

import pandas as pd

from dashboard.exports import quoted


def to_csv(table: pd.DataFrame) -> bytes:
    """CSV in UTF-8 with a byte order mark, which spreadsheets need to show Japanese; texts cannot act as formulas."""
    safe = table.copy()
    for name in safe.columns[[not pd.api.types.is_numeric_dtype(kind) for kind in safe.dtypes]]:
        safe[name] = [quoted(str(cell)) for cell in safe[name]]
    return safe.to_csv(index=False).encode("utf-8-sig")


def to_json_lines(table: pd.DataFrame) -> bytes:
    """One JSON object a line."""
    return table.to_json(orient="records", lines=True, force_ascii=False).encode()
