"""Survey of a file's columns and times, by which a person checks whether the file was read correctly."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import isfinite
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from sparsemix.encoding.sequence import TokenSequence
from sparsemix.readers.columns import SINGLE_ROLES, Columns, missing
from sparsemix.readers.stamps import is_clock
from sparsemix.readers.table import Table
from sparsemix.readers.timestamps import parse_date

MOST_ROWS, MOST_CELLS = 20_000, 1_000_000
"""Rows and cells that are looked at: a part of a long table tells what its columns are."""
EXAMPLES = 3
_MOST_CATEGORIES = 50
_SHARE = 0.8
# A gap is a step of this many times the usual one; steps that differ by less than a tenth count as the same.
_GAP, _SAME = 5.0, 0.1

ColumnKind = Literal["number", "category", "text", "time", "empty"]

_NUMBER = re.compile(r"[+-]?(?:\d{1,15}(?:[.,]\d{0,15})?|[.,]\d{1,15})(?:[eE][+-]?\d{1,3})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class ColumnSurvey:
    """A column: its ``role`` (one of ROLES, or "feature"), the ``kind`` of its values, counts of missing cells and of distinct
    values, the first few values, and for numbers the range."""

    name: str
    role: str
    kind: ColumnKind
    missing: int
    distinct: int
    examples: tuple[str, ...]
    least: float | None
    most: float | None


@dataclass(frozen=True, slots=True)
class Sampling:
    """Times of N events in seconds: ``timed`` events that have a time, the usual ``step`` (median), whether steps differ
    (``irregular``), steps of more than five times the usual one (``gaps``), the ``longest`` step and the event [0, N) after it,
    and steps back in time (``backwards``)."""

    timed: int
    step: float
    irregular: bool
    gaps: int
    longest: float
    after_longest: int
    backwards: int


def survey_columns(table: Table, roles: Columns) -> list[ColumnSurvey]:
    """Return the survey of every column, from the first 20,000 rows, of wide tables fewer; ``roles`` are settled."""
    rows = table.rows[: min(MOST_ROWS, MOST_CELLS // max(1, len(table.names)))]
    role_of = {name: role for role in SINGLE_ROLES if (name := getattr(roles, role))}
    role_of |= dict.fromkeys(roles.ignore, "ignore")
    return [
        _column(name, role_of.get(name, "feature"), [row.cells[at].strip() for row in rows])
        for at, name in enumerate(table.names)
    ]


def sampling(sequence: TokenSequence) -> Sampling | None:
    """Return how the times of the events follow each other; None when fewer than three events have a time."""
    found = sampling_of(np.array([np.nan if event.time is None else event.time for event in sequence.events], np.float64))
    # Where another source begins, another clock does.
    return found and replace(found, backwards=found.backwards - len(sequence.starts))


def sampling_of(times: NDArray[np.float64]) -> Sampling | None:
    """Return the same for times [N] in seconds, NaN for events without a time."""
    timed = np.flatnonzero(np.isfinite(times))
    if len(timed) < 3:
        return None
    steps = np.diff(times[timed])
    forward = steps[steps > 0]
    usual = float(np.median(forward)) if len(forward) else 0.0
    differing = np.abs(forward - usual) > _SAME * usual
    longest = int(np.argmax(steps))
    return Sampling(
        timed=len(timed),
        step=usual,
        irregular=bool(len(forward) and differing.mean() > _SAME),
        gaps=int((steps > _GAP * usual).sum()) if usual else 0,
        longest=float(steps[longest]),
        after_longest=int(timed[longest + 1]),
        backwards=int((steps < 0).sum()),
    )


def _column(name: str, role: str, cells: Sequence[str]) -> ColumnSurvey:
    present = [cell for cell in cells if not missing(cell)]
    distinct = dict.fromkeys(present)
    numbers = [number for cell in distinct if _NUMBER.fullmatch(cell) and isfinite(number := float(cell.replace(",", ".")))]
    kind = _kind(distinct, len(present), len(numbers))
    numeric = kind == "number" and bool(numbers)
    return ColumnSurvey(
        name=name,
        role=role,
        kind=kind,
        missing=len(cells) - len(present),
        distinct=len(distinct),
        examples=tuple(list(distinct)[:EXAMPLES]),
        least=min(numbers) if numeric else None,
        most=max(numbers) if numeric else None,
    )


def _kind(distinct: dict[str, None], present: int, numbers: int) -> ColumnKind:
    if not distinct:
        return "empty"
    if numbers >= _SHARE * len(distinct):
        return "number"
    dates = sum(parse_date(cell) is not None or is_clock(cell) for cell in list(distinct)[:_MOST_CATEGORIES])
    if dates >= _SHARE * min(len(distinct), _MOST_CATEGORIES):
        return "time"
    few = len(distinct) <= _MOST_CATEGORIES and (len(distinct) < 0.5 * present or len(distinct) <= 2)
    return "category" if few else "text"
