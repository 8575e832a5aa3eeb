"""No cell of a CSV file begins like a formula, whatever character a spreadsheet takes for the separator.

The cells are also those of the browser's `csvCell` (`tests.browser.test_log_component`).
"""

from __future__ import annotations

import csv
import io
import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sparsemix.trace.csv_cells import guarded
from tests.support.paths import ROOT

CELLS: list[list[str]] = json.loads((ROOT / "tests/support/dashboard/csv_cells.json").read_text(encoding="utf-8"))
FORMULA = re.compile(r'[ "\u3000]*[=+\-@＝＋－＠]')
NUMBER = re.compile(r'[ "\u3000]*[+-][0-9.]+(?:[eE][+-]?\d+)?[ ]*(?:[\])}].*|"*)', re.DOTALL)


def line(cells: list[str]) -> str:
    """A row as it stands in the file, without its end."""
    text = io.StringIO()
    csv.writer(text).writerow([guarded(cell) for cell in cells])
    return text.getvalue().removesuffix("\r\n")


@pytest.mark.parametrize(("cell", "written"), CELLS)
def test_a_cell_is_written_as_both_languages_write_it(cell: str, written: str) -> None:
    assert line([cell]) == written


@given(st.lists(st.text("=+-@＝;,|\t\r\n \"'\u30001a.e](", max_size=12), min_size=1, max_size=4))
def test_no_part_of_a_row_can_act(cells: list[str]) -> None:
    row = line(cells)
    (read,) = csv.reader(io.StringIO(row, newline=""))
    assert not any(FORMULA.match(cell) for cell in read)
    for part in re.split(r"[;,|\t\r\n]", row):
        assert not FORMULA.match(part) or NUMBER.fullmatch(part), (row, part)
    for separator in ";|\t":
        for found in csv.reader(io.StringIO(row, newline=""), delimiter=separator):
            assert not any(FORMULA.match(cell) and not NUMBER.fullmatch(cell) for cell in found)


@given(st.text())
def test_nothing_is_taken_away(cell: str) -> None:
    assert guarded(cell).replace("'", "") == cell.replace("'", "")
