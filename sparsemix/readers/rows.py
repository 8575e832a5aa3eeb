"""Rows of a table as events: time, level, source and the text that the model reads, by the roles of the columns."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import tzinfo
from itertools import islice, pairwise

from sparsemix.encoding.sequence import SourceFormat
from sparsemix.readers.collect import Collector, listed
from sparsemix.readers.columns import Columns, key_values, missing
from sparsemix.readers.event_tables import ID_NAMES, is_windows, left_out
from sparsemix.readers.first_words import normalise_level
from sparsemix.readers.options import ReadOptions
from sparsemix.readers.stamps import RULES, Order
from sparsemix.readers.table import YEAR_1973, Row, Table, no_rows
from sparsemix.readers.timestamps import cell_stamp, may_have_orders, parse_time, settle_order
from sparsemix.readers.windows_events import level_word, windows_level

_TURNED = 20
"""A table of events is newest first when so many steps go back in time for each one that goes forward."""
_MOST_DATES = 200_000
"""Dates that tell the order of day and month."""
TimedRow = tuple[Row, float | None]


class RowReader:
    """Reader of the rows of one table.

    ``features``: the columns that the model reads; ``empty``: whether cells in which nothing was measured are read; ``rules``:
    version of the rules of reading. ``notes`` say what is remarkable, once the rows were read.
    """

    def __init__(
        self,
        table: Table,
        roles: Columns,
        features: Collection[str],
        zone: tzinfo | None,
        *,
        empty: bool = False,
        rules: int = RULES,
    ) -> None:
        names = table.names
        place = {name: index for index, name in enumerate(names)}
        self._times = [place[name] for name in (roles.time, roles.clock) if name]
        self._source, self._level, self._message = (
            place.get(name or "") for name in (roles.source, roles.level, roles.message)
        )
        id_name = next((name for name in features if name.strip().lower() in ID_NAMES), "")
        in_words = [name or "" for name in (roles.level, roles.source, id_name, roles.message)]
        self._words = [place[name] for name in in_words if name in features] if roles.message else []
        self._read = [(name, place[name]) for name in features if place[name] not in self._words]
        self._windows = is_windows(names)
        self._zone, self._empty, self._rules = zone, empty, rules
        self.notes = [f"event_table:{listed([roles.message])}"] if roles.message else []
        if roles.message and (unused := [name for name in left_out(names) if name in roles.ignore]):
            self.notes.append(f"columns_left_out:{listed(unused)}")
        self._order = self._settled_order(table.rows) if rules > 2 else None

    @property
    def source_format(self) -> SourceFormat:
        """Return whether rows are events with a message, or steps of sensors and states."""
        return "csv" if self._message is None else "events"

    def message(self, cells: Sequence[str]) -> str:
        """Return the text that the model reads: the features."""
        pairs = key_values((name, cells[at]) for name, at in self._read if self._empty or not missing(cells[at]))
        if self._message is None:
            return pairs
        there = (at for at in self._words if not missing(cells[at]))
        words = (level_word(cells[at]) if self._windows and at == self._level else cells[at].strip() for at in there)
        return " ".join(filter(None, (*words, pairs)))

    def stamp(self, cells: Sequence[str]) -> str:
        """Return the time as it is written; empty without a time column."""
        return " ".join(cells[at].strip() for at in self._times)

    def time(self, cells: Sequence[str]) -> float | None:
        """Return the time in seconds since 1970 UTC, None when it cannot be read or there is no time column."""
        return parse_time(self.stamp(cells), self._zone, self._rules, self._order) if self._times else None

    def source(self, cells: Sequence[str]) -> str | None:
        """Return the station, machine or logger."""
        return None if self._source is None else cells[self._source].strip() or None

    def level(self, cells: Sequence[str]) -> str | None:
        """Return the level, in the spelling of all readers."""
        if self._level is None:
            return None
        level = normalise_level(cells[self._level])
        return level or (None if self._message is None else windows_level(cells[self._level]))

    def shown(self, row: Row) -> str:
        """Return the row as it is displayed: the record of a text file, else its time and features."""
        if row.record is not None:
            return row.record
        return " ".join(filter(None, (self.stamp(row.cells), self.message(row.cells))))

    def timed(self, rows: Sequence[Row]) -> Iterable[TimedRow]:
        """Return the rows with their times, as they are; events that were written newest first, from the first to the last."""
        timed = ((row, self.time(row.cells)) for row in rows)
        return timed if self._message is None else self._in_order(list(timed))

    def _in_order(self, timed: list[TimedRow]) -> list[TimedRow]:
        steps = [after - before for before, after in pairwise(time for _, time in timed if time is not None)]
        back, forward = sum(step < 0 for step in steps), sum(step > 0 for step in steps)
        if back and _TURNED * forward <= back:
            self.notes.append("turned_round")
            timed.reverse()
        # The Event Viewer writes its list as somebody sorted it on the screen.
        elif back and self._windows and len(steps) == len(timed) - 1:
            self.notes.append("sorted_by_time")
            timed.sort(key=lambda one: one[1] or 0.0)
        return timed

    def _settled_order(self, rows: Sequence[Row]) -> Order | None:
        stamps = (self.stamp(row.cells) for row in rows) if self._times else ()
        dated = islice((stamp for stamp in stamps if may_have_orders(stamp)), _MOST_DATES)
        order, note = settle_order(stamp.orders for cell in dated if (stamp := cell_stamp(cell, self._rules)))
        self.notes += [note] if note else []
        return order


def add_rows(table: Table, name: str, options: ReadOptions, collect: Collector) -> tuple[SourceFormat, Columns]:
    """Add every row as an event, and return what the rows are, and the roles of the columns with all of them decided. Raises
    `InputError` no_rows, too_many_events, and as ``Columns.settle`` does."""
    if not table.rows and not collect.skipped:
        raise no_rows(name)
    roles = options.columns.settle(table.names, table.sample, rules=options.rules)
    features = roles.features(table.names)
    collect.require_room(len(table.rows))
    reader = RowReader(table, roles, features, options.zone, empty=options.rules == 1, rules=options.rules)
    for row, time in reader.timed(table.rows):
        cells = row.cells
        collect.add(
            row.line,
            reader.shown(row),
            reader.message(cells),
            time=time,
            source=reader.source(cells),
            level=reader.level(cells),
        )
    times = [event.time for event in collect.events if event.time is not None]
    if times and max(times) < YEAR_1973:
        collect.notes.append("relative_time")
    collect.notes += reader.notes
    return reader.source_format, roles
