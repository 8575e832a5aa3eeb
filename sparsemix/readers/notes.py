"""What is worth knowing of how a file was read, in sentences: ``TokenSequence.notes`` and ``DataSet.notes`` hold codes.

sentence("missing_cells:3")   # "3 cells of features hold nothing; the model is not told of them."
"""

from __future__ import annotations

SENTENCES = {
    "gzip": "The file was unpacked from gzip.",
    "byte_order_mark": "The file starts with a byte order mark.",
    "mixed_line_endings": "The file mixes line endings; each of them was taken as the end of a line.",
    "truncated_lines": "{n:,} lines were longer than 10,000 characters and were cut there.",
    "joined_lines": "{n:,} lines continue the line before and were joined to it.",
    "year_unknown": "The times have no year: the time span is right, the year is not known.",
    "relative_time": "The times count from the start of a run, not from a date.",
    "nested_values_cut": "{n:,} objects are nested too deeply; their innermost values were left out.",
    "missing_cells": "{n:,} cells of features hold nothing; the model is not told of them.",
    "empty_columns": "{n:,} columns hold nothing in any row and were left out.",
}


def sentence(note: str) -> str:
    """A note in words: it is a code, with a count after a colon where there is one."""
    code, _, count = note.partition(":")
    return SENTENCES[code].format(n=int(count or 1))
