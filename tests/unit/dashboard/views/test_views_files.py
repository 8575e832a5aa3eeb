"""Tables and figures as files: no spreadsheet executes a CSV, the other formats keep every value, a figure is one HTML file."""

from __future__ import annotations

import csv
import io
import json
import math
import re

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from plotly.graph_objects import Figure, Scatter

from dashboard.views.files import FORMATS, to_csv, to_html, to_json_lines, to_parquet
from dashboard.views.pairs import top_pairs
from sparsemix.trace.csv_cells import guarded
from tests.support.dashboard.traces import head, sequence, trace

EXECUTED = "=+-@＝＋－＠\t\r\n"
INFINITY = {math.inf: "Infinity", -math.inf: "-Infinity"}

acting = st.sampled_from(["=1+1", " =1", "-2", "@SUM(A1)", "＝1", "\t=1", "温度", 'a,"b"\n', "'=1"])
words = st.one_of(st.text(max_size=8), acting)
numbers = st.integers(-(2**63), 2**63 - 1)
columns = {
    "object": words | st.none(),
    "string": words | st.none(),
    "category": words,
    "Int64": numbers | st.none(),
    "int64": numbers,
    "float64": st.floats(),
    "boolean": st.booleans() | st.none(),
}


@st.composite
def tables(draw: st.DrawFn) -> tuple[pd.DataFrame, list[list[object]]]:
    """Draw a table, and its rows as plain values, None where a value is missing."""
    names = draw(st.lists(words, min_size=1, max_size=4, unique=True))
    count = draw(st.integers(0, 4))
    parts, values = [], []
    for _ in names:
        kind = draw(st.sampled_from(sorted(columns)))
        given_values = draw(st.lists(columns[kind], min_size=count, max_size=count))
        parts.append(pd.Series(given_values, dtype=kind))
        values.append([None if isinstance(value, float) and math.isnan(value) else value for value in given_values])
    table = pd.concat(parts, axis=1)
    table.columns = names
    return table, [list(row) for row in zip(*values, strict=True)]


def read(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))


@given(tables())
def test_a_csv_holds_every_value_and_no_text_in_it_can_act(made):
    table, rows = made
    header, *found = read(to_csv(table))
    assert len(found) == len(rows)
    for cells, values in zip([header, *found], [list(table.columns), *rows], strict=True):
        for cell, value in zip(cells, values, strict=True):
            assert cell == (guarded(value) if isinstance(value, str) else "" if value is None else str(value))


@given(tables())
def test_json_lines_keep_every_value(made):
    table, rows = made
    found = [json.loads(line) for line in to_json_lines(table).decode().split("\n")[:-1]]
    assert [list(line) for line in found] == [list(table.columns)] * len(rows)
    assert [list(line.values()) for line in found] == [[INFINITY.get(value, value) for value in row] for row in rows]  # type: ignore[call-overload]


@given(tables())
def test_parquet_keeps_every_value(made):
    table, rows = made
    found = pq.read_table(io.BytesIO(to_parquet(table)))
    assert found.column_names == list(table.columns)
    assert [list(row) for row in zip(*found.to_pydict().values(), strict=True)] == rows


def test_a_column_of_mixed_values_is_one_of_texts_in_parquet_only():
    table = pd.DataFrame({1: [2, "=2", None, np.float64(0.1)]})
    assert pq.read_table(io.BytesIO(to_parquet(table))).to_pydict() == {"1": ["2", "=2", None, "0.1"]}
    assert [json.loads(line)["1"] for line in to_json_lines(table).splitlines()] == [2, "=2", None, 0.1]
    assert read(to_csv(table)) == [["1"], ["2"], ["'=2"], [""], ["0.1"]]


def test_numbers_are_as_exact_as_they_are():
    third, large = 1 / 3, 2**53 + 1
    table = pd.DataFrame({"x": [third], "n": pd.Series([large], dtype="Int64"), "f": np.float32([0.1])})
    row = {"x": third, "n": large, "f": float(np.float32(0.1))}
    assert json.loads(to_json_lines(table)) == row
    assert pq.read_table(io.BytesIO(to_parquet(table))).to_pylist() == [row]


@pytest.mark.parametrize("ending", sorted(FORMATS))
def test_a_table_without_rows_is_a_file_too(ending):
    assert isinstance(FORMATS[ending][1](pd.DataFrame({"a": []})), bytes)
    assert to_json_lines(pd.DataFrame({"a": []})) == b""


def test_japanese_opens_in_a_spreadsheet():
    assert to_csv(pd.DataFrame({"行": ["温度"]})) == "\ufeff行\r\n温度\r\n".encode()


@pytest.mark.parametrize("start", list(EXECUTED))
def test_a_line_of_a_log_cannot_act_as_a_formula(start):
    text = f"{start}HYPERLINK(1)"
    table = top_pairs(sequence([text] * 3), trace(head(3, {(2, 0): 0.5})), [2], 9)
    table["margin"] = -1.5
    (line,) = csv.DictReader(io.StringIO(to_csv(table).decode("utf-8-sig"), newline=""))
    assert line["key_text"] == f"'{text}"
    assert line["margin"] == "-1.5"


def test_a_figures_file_needs_nothing_else_and_the_figure_stays_as_it_is() -> None:
    figure = Figure(Scatter(x=[1], y=[2])).update_layout(xaxis_title="原因（行）")
    before = figure.to_json()
    page = to_html(figure, dark=False).decode()
    assert figure.to_json() == before
    assert len(page) > 1_000_000
    assert not re.search(r"<(script|link|img)[^>]+(src|href)=", page)
    assert "\\u539f\\u56e0" in page or "原因" in page


@pytest.mark.parametrize("dark", [True, False])
def test_a_figure_can_be_read_on_its_own_ground(dark: bool) -> None:
    page = to_html(Figure(Scatter(x=[1], y=[2])), dark=dark).decode()
    assert ('"paper_bgcolor":"rgb(17,17,17)"' in page) == dark
    assert ('"paper_bgcolor":"white"' in page) == (not dark)
    assert ('<body style="background: rgb(17,17,17)">' in page) == dark


def test_a_text_of_a_log_is_no_markup_in_a_figures_file() -> None:
    page = to_html(Figure(Scatter(x=[1], y=[2], text=["</script><script>alert(1)</script>"])), dark=False).decode()
    assert "<script>alert(1)" not in page
