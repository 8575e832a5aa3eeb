"""Files of tables and figures: CSV that no spreadsheet executes, JSON lines and Parquet with exact values, HTML for a
figure."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Callable

import numpy as np
import pandas as pd
import plotly.io
import pyarrow as pa
import pyarrow.parquet as pq
from plotly.graph_objects import Figure

from sparsemix.trace.csv_cells import guarded

Value = str | int | float | bool | None


def to_csv(table: pd.DataFrame) -> bytes:
    """Return CSV in UTF-8 with a byte order mark, which spreadsheets need to show Japanese; missing values are empty cells.

    Texts and names of columns cannot act as formulas. Numbers stay numbers, a negative one too.
    """
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(guarded(name) for name in _names(table))
    for row in _rows(table):
        writer.writerow(guarded(value) if isinstance(value, str) else value for value in row)
    return text.getvalue().encode("utf-8-sig")


def to_json_lines(table: pd.DataFrame) -> bytes:
    """Return one JSON object a line. Missing values are null; infinity, which JSON lacks, is the text "Infinity"."""
    names = _names(table)
    lines = (json.dumps(dict(zip(names, map(_finite, row), strict=True)), ensure_ascii=False) for row in _rows(table))
    return "".join(f"{line}\n" for line in lines).encode()


def to_parquet(table: pd.DataFrame) -> bytes:
    """Return Parquet with each column's own type; a column of mixed types becomes texts."""
    columns = [_array(table.iloc[:, place]) for place in range(table.shape[1])]
    file = io.BytesIO()
    pq.write_table(pa.table(columns, names=_names(table)), file)
    return file.getvalue()


# Ending of a file's name -> its media type, and the function that makes the file of a table.
FORMATS: dict[str, tuple[str, Callable[[pd.DataFrame], bytes]]] = {
    "csv": ("text/csv", to_csv),
    "jsonl": ("application/jsonl", to_json_lines),
    "parquet": ("application/vnd.apache.parquet", to_parquet),
}


def to_html(figure: Figure, *, dark: bool) -> bytes:
    """Return a figure as one HTML file that works offline, on a light or dark ground; the given figure is not changed."""
    # In the app the page gives charts its colours; in a file only a template does.
    template = "plotly_dark" if dark else "plotly_white"
    copy = Figure(figure).update_layout(template=template)
    # With the library inside: a plant's network may not reach the outside.
    page = str(copy.to_html(include_plotlyjs=True, full_html=True))
    ground = plotly.io.templates[template].layout.paper_bgcolor
    return page.replace("<body>", f'<body style="background: {ground}">', 1).encode()


def _names(table: pd.DataFrame) -> list[str]:
    return [str(name) for name in table.columns]


def _rows(table: pd.DataFrame) -> zip[tuple[Value, ...]]:
    return zip(*(_values(table.iloc[:, place]) for place in range(table.shape[1])), strict=True)


def _values(column: pd.Series) -> list[Value]:
    """Return a column as Python's own values, None where a value is missing."""
    pairs = zip(column.tolist(), column.isna().tolist(), strict=True)
    return [None if missing else _plain(value) for value, missing in pairs]


def _plain(value: object) -> Value:
    if isinstance(value, np.generic):
        value = value.item()
    return value if isinstance(value, str | int | float | bool) else str(value)


def _finite(value: Value) -> Value:
    if isinstance(value, float) and math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return value


def _array(column: pd.Series) -> pa.Array:
    try:
        return pa.Array.from_pandas(column)
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        return pa.array([None if value is None else str(value) for value in _values(column)], pa.string())
