"""What a kind of files is made of: records in the order of time, and the file that they are written to, with its truth."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

import numpy as np

Role = Literal["", "fault", "cause"]
_DAY = 86_400
_FIRST_DAY = 1_793_491_200  # 2026-11-01 00:00 UTC
_DAYS = 25


@dataclass(frozen=True, slots=True)
class Record:
    """An entry of a file: its ``time`` in seconds since 1970 UTC, its ``cells`` (of a log: one text), and whether it belongs to
    the planted ``fault`` or is its ``cause``."""

    time: float
    cells: tuple[str, ...]
    role: Role = ""


@dataclass(frozen=True, slots=True)
class PlantedFile:
    """A file's ``name`` and ``data``, and the truth: by line number of the file, from 1, a text that stands there. ``faults``
    are empty where nothing was planted, ``causes`` also where the fault has no line that announces it."""

    name: str
    data: bytes
    faults: Mapping[int, str]
    causes: Mapping[int, str]


Make = Callable[[np.random.Generator, str, bool], PlantedFile]
"""Makes one file from a generator of random numbers, a name without its extension, and whether the fault is planted."""


def morning(rng: np.random.Generator) -> float:
    """Return a time between four and nine o'clock on some day, in seconds since 1970."""
    return _FIRST_DAY + _DAY * int(rng.integers(_DAYS)) + float(rng.uniform(4 * 3_600, 9 * 3_600))


def side_by_side(
    rng: np.random.Generator, count: int, gap: float, session: Callable[[np.random.Generator, float], Iterable[Record]]
) -> list[Record]:
    """Return the first ``count`` records of sessions that begin ``gap`` seconds after each other on the average and run side by
    side. ``session`` returns the records of one that begins at a time."""
    clock, records = morning(rng), list[Record]()
    while len(records) < count:
        records += session(rng, clock)
        clock += float(rng.exponential(gap))
    return sorted(records, key=lambda record: record.time)[:count]


def with_block(records: Sequence[Record], at: int, block: Iterable[Record]) -> list[Record]:
    """Return the records with those of a block, whose times count from the record ``at``."""
    start = records[at].time
    moved = [Record(start + record.time, record.cells, record.role) for record in block]
    return sorted([*records, *moved], key=lambda record: record.time)


def burst(texts: Sequence[str], role: Role = "", step: float = 0.4) -> list[Record]:
    """Return lines that follow each other after ``step`` seconds, from 0 on."""
    return [Record(place * step, (text,), role) for place, text in enumerate(texts)]


def stamp(time: float, form: str) -> str:
    """Return a time as ``strftime`` writes it."""
    return datetime.fromtimestamp(time, UTC).strftime(form)


def planted_file(
    name: str, data: bytes, records: Sequence[Record], lines: Sequence[int], mark: Callable[[Record], str]
) -> PlantedFile:
    """Return the file that holds ``records`` at these ``lines``; ``mark``: the text that stands at a record's line."""
    placed = list(zip(lines, records, strict=True))
    faults = {line: mark(record) for line, record in placed if record.role == "fault"}
    causes = {line: mark(record) for line, record in placed if record.role == "cause"}
    return PlantedFile(name, data, faults, causes)


def log_file(name: str, records: Sequence[Record], line: Callable[[Record], str], encoding: str = "utf-8") -> PlantedFile:
    """Return a log with one line a record."""
    data = ("\n".join(map(line, records)) + "\n").encode(encoding)
    return planted_file(name, data, records, range(1, len(records) + 1), lambda record: record.cells[-1])
