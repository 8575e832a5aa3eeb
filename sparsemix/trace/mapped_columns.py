"""A trace outside the process's own memory: its columns in a file without a name, mapped.

The system keeps in memory what is looked at and takes back what is not, without writing it anywhere: a server can hold more
traces ready than fit. The file has no name from the moment it is made, so nobody can change what was checked when it was read,
and it is gone when the last column is.
"""

from __future__ import annotations

import mmap
import tempfile
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sparsemix.trace.head_selection import HeadSelection
from sparsemix.trace.selection_trace import SelectionTrace

__all__ = ["mapped"]

_ALIGNED = 64  # bytes: where vector registers like an array to begin


def mapped(trace: SelectionTrace, folder: Path | None = None) -> SelectionTrace:
    """The same trace, its columns in an unnamed file in ``folder`` (the system's folder for temporary files).

    What a caller writes to a column stays in this process (a private mapping). Raises OSError when the disk is full.
    """
    with tempfile.TemporaryFile(dir=folder) as file:
        places = [_written(file, head) for _, _, head in trace]
        file.truncate(-(-max(file.tell(), 1) // _ALIGNED) * _ALIGNED)
        file.flush()
        memory = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)
    found = [replace(head, **_columns(memory, head, place)) for (_, _, head), place in zip(trace, places, strict=True)]
    ends = np.cumsum([len(heads) for heads in trace.heads]).tolist()
    return SelectionTrace(tuple(tuple(found[end - len(heads) : end]) for end, heads in zip(ends, trace.heads, strict=True)))


def _written(file: Any, head: HeadSelection) -> list[int]:
    """Write a head's columns; where each begins."""
    places = []
    for field in fields(head):
        file.seek(-(-file.tell() // _ALIGNED) * _ALIGNED)
        places.append(file.tell())
        file.write(np.ascontiguousarray(getattr(head, field.name)).data)
    return places


def _columns(memory: mmap.mmap, head: HeadSelection, places: list[int]) -> dict[str, NDArray[Any]]:
    found = {}
    for field, place in zip(fields(head), places, strict=True):
        column = getattr(head, field.name)
        found[field.name] = np.frombuffer(memory, column.dtype, len(column), place) if len(column) else column
    return found
