"""Sources of files: one source is one line, machine or station whose files follow each other.

A source is named when a file is read. By default it is the file's name without the parts that change from file to file:
folders, endings, dates, times and counters. Drift, reading settings and roll-out are kept by source.
"""

from __future__ import annotations

import re
from pathlib import PurePath

UNNAMED = "unnamed"
LONGEST = 80
_ENDINGS = re.compile(r"(\.(gz|zip|log|txt|csv|tsv|parquet|xlsx|xls|jsonl|ndjson|json|out|err|\d{1,3}))+$", re.IGNORECASE)
_CHANGING = re.compile(
    r"(?<![A-Za-z])(\d{8}T?\d{4,6}Z?|\d{4}[-_.]?\d{2}[-_.]?\d{2}([-_.T ]?\d{2}[-_.:]?\d{2}([-_.:]?\d{2})?)?Z?|\d{3,})"
)
_SEPARATORS = re.compile(r"[-_. ]{2,}")


def source_of(name: str) -> str:
    """Return the source that a file's name tells: ``line4-2026-11-25.log.gz`` and ``line4-2026-11-26.log`` are both ``line4``.

    Short numbers belong to a machine's name and stay; runs of three digits and more, dates and times go.
    """
    last = PurePath(name.replace("\\", "/").replace("\0", "_")).name
    stem = _CHANGING.sub("", _ENDINGS.sub("", last))
    return cleaned(_SEPARATORS.sub("-", stem).strip("-_. ()[]"))


def cleaned(source: str) -> str:
    """Return the name that a person gave a source, ready to be shown and compared: printable, at most 80 characters, never
    empty."""
    shown = " ".join("".join(sign if sign.isprintable() else " " for sign in source).split())
    return shown[:LONGEST].rstrip() or UNNAMED
