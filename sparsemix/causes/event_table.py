"""Event tables in long form: a row a change, with a time, a node (a variable), its new value and, where given, its type.

    time_s,node,value,type
    75.573,MPC_isOpen,False,Binary

Rows before the first change of a node say nothing of it. Nodes whose type or name says so are alarms.

Axis letters: R rows.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from pathlib import Path

from sparsemix.dataset.reading import LIMITS, files_of, table_of
from sparsemix.errors import InputError
from sparsemix.readers.options import ReadOptions
from sparsemix.readers.table import Table
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

    def until(self, time: float) -> EventTable:
        """Return what is known at a time."""
        return EventTable(self.name, tuple(change for change in self.changes if change.time <= time), self.alarms)

    def active(self, time: float) -> list[tuple[float, str]]:
        """Return the alarms that are active at a time, each with the time from which on it has been, the earliest first."""
        since: dict[str, float] = {}
        for change in self.changes:
            if change.time > time:
                break
            if change.node in self.alarms:
                if change.value.strip().lower() in _OFF:
                    since.pop(change.node, None)
                else:
                    since.setdefault(change.node, change.time)
        return sorted((start, node) for node, start in since.items())


def read_event_tables(path: Path, options: ReadOptions | None = None) -> list[EventTable]:
    """Read every event table of a file or a folder. Raises `InputError` for a file that is none."""
    return [read_event_table(data, name, options) for name, data in files_of(path, LIMITS)]


def read_event_table(data: bytes, name: str, options: ReadOptions | None = None) -> EventTable:
    """Read one event table. Raises `InputError` with the code no_event_table, bad_time or those of reading a table."""
    table = table_of(data, name, options or ReadOptions())
    columns = None if table is None else _columns(table)
    if table is None or columns is None:
        raise InputError(
            f"{name} is no event table. It needs a header with a time, a node and a value, such as time,node,value,type.",
            code="no_event_table",
            name=name,
        )
    time, node, value, kind = columns
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


def _columns(table: Table) -> tuple[int, int, int, int | None] | None:
    names = [name.strip().lower() for name in table.names]
    found = [next((names.index(name) for name in role if name in names), None) for role in (TIMES, NODES, VALUES, TYPES)]
    time, node, value, kind = found
    return None if time is None or node is None or value is None else (time, node, value, kind)


def moment_in(cell: str) -> float | None:
    found = parse_time(cell)
    if found is None:
        # Such as 1e-3, which is a time by its place in the table alone.
        try:
            found = float(cell)
        except ValueError:
            return None
    return found if math.isfinite(found) else None
