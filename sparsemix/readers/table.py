"""Delimited tables: a header of column names, then one event per row. Formulas are text like any other."""

from collections.abc import Sequence
from dataclasses import dataclass

from sparsemix.errors import InputError
from sparsemix.readers.collect import Collector
from sparsemix.readers.columns import (
    CLOCK_NAMES,
    DATE_NAMES,
    LEVEL_NAMES,
    SOURCE_NAMES,
    TIME_NAMES,
    key_values,
    pick,
)
from sparsemix.readers.levels import normalise_level
from sparsemix.readers.records import cells_of, split_records
from sparsemix.readers.timestamps import is_clock, parse_date, parse_time

_SAMPLE = 50
_PARSED_SHARE = 0.8
_YEAR_1973 = 1e8  # seconds; smaller numbers in a time column count from the start of a run


@dataclass(frozen=True, slots=True)
class _Roles:
    time: tuple[int, ...]
    """No column, one, or a date column and a time-of-day column."""
    level: int | None
    source: int | None


def header_problem(cells: Sequence[str]) -> str | None:
    """Why the cells are no header, in words that follow "the first row"; None when they are one."""
    names = [cell.strip() for cell in cells]
    named = [name for name in names if name]
    values = sum(parse_time(name) is not None for name in named)
    if 2 * len(named) <= len(names):
        return "is mostly empty"
    if 2 * values >= len(named) or any(parse_date(name) is not None for name in named):
        return "holds values instead of column names"
    if len(set(named)) < len(named):
        return "repeats a column name"
    return None


def read_table(lines: Sequence[str], delimiter: str, collect: Collector) -> None:
    """Adds every row that has as many cells as the header.

    Raises InputError csv_no_header, and too_many_events.
    """
    names: list[str] = []
    rows: list[tuple[int, str, list[str]]] = []
    for index, record, whole in split_records(lines, delimiter):
        cells = cells_of(record, delimiter) if whole else None
        collect.count("joined_lines", record.count("\n"))
        if not record.strip():
            collect.skip(index + 1, "blank", record)
        elif cells is None:
            collect.skip(index + 1, "bad_row" if whole else "unclosed_quote", record)
        elif not names:
            names = _header(cells)
        elif len(cells) != len(names):
            collect.skip(index + 1, "ragged", record)
        else:
            rows.append((index + 1, record, cells))
            collect.require_room(len(rows))
    roles = _roles(names, [cells for _, _, cells in rows[:_SAMPLE]])
    for line, record, cells in rows:
        collect.add(
            line,
            record,
            key_values((n, c) for i, (n, c) in enumerate(zip(names, cells, strict=True)) if i not in roles.time),
            time=parse_time(" ".join(cells[i].strip() for i in roles.time)) if roles.time else None,
            source=cells[roles.source].strip() or None if roles.source is not None else None,
            level=normalise_level(cells[roles.level]) if roles.level is not None else None,
        )
    times = [event.time for event in collect.events if event.time is not None]
    if times and max(times) < _YEAR_1973:
        collect.notes.append("relative_time")


def _header(cells: Sequence[str]) -> list[str]:
    if problem := header_problem(cells):
        raise InputError(
            f"The table has no header: the first row {problem}. Put a first row with one distinct name per column.",
            code="csv_no_header",
            problem=problem,
        )
    return [cell.strip() or f"column_{number}" for number, cell in enumerate(cells, 1)]


def _roles(names: Sequence[str], sample: Sequence[Sequence[str]]) -> _Roles:
    level, source = pick(names, LEVEL_NAMES), pick(names, SOURCE_NAMES)
    return _Roles(
        time=_time_columns(names, sample),
        level=None if level is None else names.index(level),
        source=None if source is None else names.index(source),
    )


def _time_columns(names: Sequence[str], sample: Sequence[Sequence[str]]) -> tuple[int, ...]:
    if not sample:
        return ()
    needed = _PARSED_SHARE * len(sample)
    date, clock = pick(names, DATE_NAMES), pick(names, CLOCK_NAMES)
    if date is not None and clock is not None:
        pair = (names.index(date), names.index(clock))
        if sum(is_clock(row[pair[1]]) for row in sample) >= needed:
            return pair
    by_name = [names.index(name) for want in TIME_NAMES if (name := pick(names, (want,))) is not None]
    for column in by_name:
        if sum(parse_time(row[column]) is not None for row in sample) >= needed:
            return (column,)
    # Without a telling name only dates count: most numeric columns are measurements.
    for column in range(len(names)):
        if sum(parse_date(row[column]) is not None for row in sample) >= needed:
            return (column,)
    return ()
