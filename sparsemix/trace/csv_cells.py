"""Cells of CSV files that no spreadsheet executes."""

# The full-width signs are formulas to spreadsheets set to Japanese (OWASP, "CSV Injection").
_FORMULA_STARTS = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n")


def quoted(cell: str) -> str:
    """Put a quote before a cell that a spreadsheet would take for a formula, with or without spaces before it."""
    return f"'{cell}" if cell.lstrip(" \u3000").startswith(_FORMULA_STARTS) else cell
