"""Cells of CSV files that no spreadsheet executes, whatever separator it takes.

`dashboard/log/component/csv.js` says the same for the browser; both are held to the cells in
`tests/support/dashboard/csv_cells.json`.
"""

from __future__ import annotations

import re

# OWASP, "CSV Injection"; the full-width signs are formulas to spreadsheets set to Japanese.
_SIGNS = "[=+\\-@＝＋－＠]"
# Spaces, what is not seen, and quotes, which a spreadsheet may leave out before it looks for a formula.
_SKIPPED = '[\x00-\x08\x0b\x0c\x0e-\x20"\x7f\xa0\u2000-\u200f\u2028\u2029\u202f\u205f\u2060\u3000\ufeff]*'
# A number executes nothing: lists of measurements and JSON stay as they are.
_NUMBER = "[+-][0-9.]+(?:[eE][+-]?[0-9]+)?[ ]*(?:[,;\t\r\n\\])}]|$)"
_BEGINS = re.compile(f"[\t\r\n]|{_SKIPPED}{_SIGNS}")
# A cell's own quotes do not hold it together where another character separates cells: the line is cut in the midst of it.
_WITHIN = re.compile(f"([,;|\t\r\n])(?={_SKIPPED}(?!{_NUMBER}){_SIGNS})")


def guarded(cell: str) -> str:
    """Put ``'`` before whatever a spreadsheet would take for a formula: at the beginning of a cell, and after each comma,
    semicolon, bar, tab or line break in it, where no number follows."""
    within = _WITHIN.sub(r"\1'", cell)
    return f"'{within}" if _BEGINS.match(cell) else within
