"""Event tables in long form: a row a change, with a time, a node (a variable), its new value and, where given, its type.

    time_s,node,value,type
    75.573,MPC_isOpen,False,Binary

Rows before the first change of a node say nothing of it. Nodes whose type or name says so are alarms.

Axis letters: R rows.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from sparsemix.dataset.reading import LIMITS, error_of_file, files_of, table_of, unpacked
from sparsemix.errors import InputError
from sparsemix.readers.columns import parse_roles, pick, present
from sparsemix.readers.file import FileRead
from sparsemix.readers.limits import Limits
from sparsemix.readers.options import ReadOptions
from sparsemix.readers.timestamps import parse_time

TIMES = ("time_s", "time", "timestamp", "datetime", "date_time", "t", "時刻", "日時", "タイムスタンプ")
NODES = ("node", "variable", "tag", "signal", "name", "point", "item", "ノード", "変数", "タグ", "信号", "点名")
VALUES = ("value", "state", "val", "値", "状態")
TYPES = ("type", "kind", "class", "種別", "種類", "型")
# Words of a node's type, or of its name where no type is given, that make it an alarm.
_ALARM = re.compile(r"alarm|alert|アラーム|警報", re.IGNORECASE)
# Values with which an alarm is not active.
_OFF = frozenset(("false", "0", "off", "inactive", "normal", "ok", "", "0.0", "オフ", "復帰", "正常"))
_MOST_ROWS = 2_000_000
_USUAL = {"time": TIMES, "node": NODES, "value": VALUES, "type": TYPES}
_BY_USUAL_NAMES: Mapping[str, str] = MappingProxyType({})
EVENT_ROLES = tuple(_USUAL)
"""Roles of the columns of an event table."""


def event_columns(text: str) -> dict[str, str]:
    """Read ``role=column,role=column``: the names of the columns of an event table by role. Raises `InputError` bad_columns."""
    return {role: names[0] for role, names in parse_roles(text, EVENT_ROLES).items()}


@dataclass(frozen=True, slots=True)
class Change:
    """A node's new ``value`` from ``time`` (seconds) on; ``line``: its line in the file."""

    time: float
    node: str
    value: str
    line: int


@dataclass(frozen=True, slots=True)
class EventTable:
    """The changes [R] of a run in order of time, and the names of the nodes that are ``alarms``."""

    name: str
    changes: tuple[Change, ...]
    alarms: frozenset[str]

    @property
    def end(self) -> float:
        """Return the time of the last row."""
        return self.changes[-1].time

    def knows(self, time: float) -> bool:
        """Return whether the rows say what is at a time: after the last one all states last on, for as long as the run took."""
        first = self.changes[0].time
        return first <= time <= 2 * self.end - first

    def until(self, time: float) -> EventTable:
        """Return what is known at a time."""
        return EventTable(self.name, tuple(change for change in self.changes if change.time <= time), self.alarms)

    def active(self, time: float) -> list[tuple[float, str]]:
        """Return the alarms that are active at a time, each with the time from which on it has been, the earliest first."""
        return [(start, node) for start, stop, node in self.spells() if start <= time < stop]

    def spells(self) -> list[tuple[float, float, str]]:
        """Return from when until when every alarm was active, each time that it was, the earliest first; infinity where it
        still is at the end."""
        since: dict[str, float] = {}
        found: list[tuple[float, float, str]] = []
        for change in self.changes:
            if change.node not in self.alarms:
                continue
            if change.value.strip().lower() not in _OFF:
                since.setdefault(change.node, change.time)
            elif change.node in since:
                found.append((since.pop(change.node), change.time, change.node))
        still = [(start, math.inf, node) for node, start in since.items()]
        return sorted([*found, *still], key=lambda spell: (spell[0], spell[2]))


def _places(names: Sequence[str], columns: Mapping[str, str]) -> tuple[int, int, int, int | None] | None:
    """Return the places of time, node, value and, where there is one, type among columns of these names; None where one of the
    first three is missing. ``columns``: names by role, an empty ``type`` for no column; the others are known by a usual name.
    Raises `InputError` no_such_column for a column that was named and is not there."""
    by_lower_case = {name.strip().lower(): name for name in reversed(names)}
    found: list[int | None] = []
    for role, usual in _USUAL.items():
        given = columns.get(role)
        name = pick(names, usual) if given is None else given and present(given, by_lower_case, names)
        found.append(list(names).index(name) if name else None)
    time, node, value, kind = found
    return None if time is None or node is None or value is None else (time, node, value, kind)


def event_tables(
    files: Iterable[tuple[str, bytes]],
    options: ReadOptions | None = None,
    columns: Mapping[str, str] = _BY_USUAL_NAMES,
    limits: Limits = LIMITS,
) -> Iterator[EventTable]:
    """Read every event table among files, by name and content, and in archives of them. Raises `InputError` as
    `read_event_table` does, with the name of the file."""
    for name, data in unpacked(files, limits):
        try:
            table = read_event_table(data, name, options, columns, limits)
        except InputError as error:
            raise error_of_file(error, name) from error
        yield table


def read_event_tables(
    path: Path, options: ReadOptions | None = None, columns: Mapping[str, str] = _BY_USUAL_NAMES
) -> list[EventTable]:
    """Read every event table of a file or a folder. Raises `InputError`, which names it, for a file that is none."""
    return list(event_tables(files_of(path, LIMITS), options, columns))


def read_event_table(
    data: bytes,
    name: str,
    options: ReadOptions | None = None,
    columns: Mapping[str, str] = _BY_USUAL_NAMES,
    limits: Limits = LIMITS,
) -> EventTable:
    """Read one event table. Raises `InputError` with the code no_event_table, no_such_column, bad_time or those of reading a
    table."""
    table = table_of(data, name, options or ReadOptions(), limits)
    places = None if table is None else _places(table.names, columns)
    if table is None or places is None:
        raise InputError(
            f"{name} is no event table. It needs a header with a time, a node and a value, such as time,node,value,type; "
            "--columns node=NAME names a column that is called otherwise.",
            code="no_event_table",
            name=name,
        )
    time, node, value, kind = places
    changes, alarms = [], set()
    for row in table.rows[:_MOST_ROWS]:
        moment = moment_in(row.cells[time])
        if moment is None:
            raise InputError(
                f"{name}, line {row.line:,}: {row.cells[time]!r} is no time. Nothing was read.", code="bad_time", line=row.line
            )
        of_node = row.cells[node].strip()
        changes.append(Change(moment, of_node, row.cells[value].strip(), row.line))
        if _ALARM.search(of_node if kind is None else row.cells[kind]):
            alarms.add(of_node)
    changes.sort(key=lambda change: change.time)
    return EventTable(name, tuple(changes), frozenset(alarms))


def is_event_table(read: FileRead) -> bool:
    """Return whether a file that was read as a log is an event table, by the usual names of its columns."""
    if read.table is None or read.sequence.source_format == "jsonl":
        return False
    return _places(read.table.names, _BY_USUAL_NAMES) is not None


def moment_in(cell: str) -> float | None:
    """Return the time that a cell is, in seconds; None for any other text."""
    found = parse_time(cell)
    # Such as 1e-3, which is a time by its place in the table alone.
    return number_in(cell) if found is None or not math.isfinite(found) else found


def number_in(cell: str) -> float | None:
    """Return the finite number that a cell is; None for any other text."""
    try:
        number = float(cell)
    except ValueError:
        return None
    return number if math.isfinite(number) else None
