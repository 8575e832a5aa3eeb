"""Tables of the data set contract: one row per step; the rows of one ``sequence_id`` are a sequence."""

from __future__ import annotations

from collections.abc import Sequence

from sparsemix.dataset.item import Item, label_text
from sparsemix.encoding.sequence import Event, TokenSequence
from sparsemix.errors import InputError
from sparsemix.readers.collect import listed
from sparsemix.readers.columns import Columns, check_count, missing
from sparsemix.readers.event_tables import is_number
from sparsemix.readers.limits import Limits
from sparsemix.readers.options import ReadOptions
from sparsemix.readers.rows import RowReader, TimedRow
from sparsemix.readers.table import Row, Table

_LOOKED_AT = 1_000
"""Rows that tell whether a column holds numbers."""


def read_rows(table: Table, name: str, options: ReadOptions, limits: Limits) -> tuple[list[Item], list[str]]:
    """Return the sequences and notes of a table.

    Raises `InputError` too_many_columns, no_features, all_missing, bad_time, time_backwards, too_many_events, and as
    ``Columns.settle`` does.
    """
    names, rows = table.names, table.rows
    check_count(len(names))
    roles = options.columns.settle(names, table.sample, by_name=True, rules=options.rules)
    place = {column: index for index, column in enumerate(names)}
    features = roles.features(names)
    if not features:
        raise InputError(f"{name}: no column is left as a feature.", code="no_features", name=name)
    empty = [column for column in features if all(missing(row.cells[place[column]]) for row in rows)]
    if len(empty) == len(features):
        raise InputError(f"{name}: every feature is empty in every row.", code="all_missing", name=name)
    measured = [column for column in features if column not in set(empty)]
    used = [place[column] for column in measured]
    gaps = sum(missing(row.cells[column]) for row in rows for column in used)
    notes = [f"empty_columns:{len(empty)}"] * bool(empty) + [f"missing_cells:{gaps}"] * bool(gaps)
    reader = RowReader(table, roles, measured, options.zone, rules=options.rules)
    groups: dict[str, list[TimedRow]] = {}
    for row, time in reader.timed(rows):
        key = row.cells[place[roles.sequence_id]].strip() if roles.sequence_id else name
        groups.setdefault(key, []).append((row, time))
    items = [_item(key, group, reader, roles, limits, name) for key, group in groups.items()]
    notes += reader.notes
    if not roles.message and (words := _words_beside_numbers(measured, used, rows)):
        notes.append(f"words_not_judged:{listed(words)}")
    labelled = {key: [row for row, _ in group] for key, group in groups.items()}
    return _with_labels(items, labelled, place.get(roles.label or ""), name), notes


def _words_beside_numbers(names: Sequence[str], used: Sequence[int], rows: Sequence[Row]) -> list[str]:
    """Return the columns whose cells are mostly no numbers, where other columns hold numbers: learning what is normal judges
    these alone."""
    cells = [[cell for row in rows[:_LOOKED_AT] if not missing(cell := row.cells[at].strip())] for at in used]
    numbers = [2 * sum(map(is_number, column)) >= len(column) for column in cells]
    return [name for name, numeric in zip(names, numbers, strict=True) if not numeric] if any(numbers) else []


def _item(key: str, rows: Sequence[TimedRow], reader: RowReader, roles: Columns, limits: Limits, name: str) -> Item:
    if len(rows) > limits.max_events:
        raise InputError(
            f"{name}: the sequence {key!r} has more than {limits.max_events:,} rows. Give it parts by a sequence_id.",
            code="too_many_events",
            limit=limits.max_events,
        )
    cap = limits.max_line_chars
    events, before = [], float("-inf")
    for row, seconds in rows:
        cells, stamp = row.cells, reader.stamp(row.cells)
        if seconds is None and not missing(stamp):
            raise InputError(
                f"{name}, line {row.line:,}: the time {stamp[:40]!r} cannot be read. Name another column: time=NAME, or "
                "time= for none.",
                code="bad_time",
                line=row.line,
            )
        if seconds is not None:
            if seconds < before:
                raise InputError(
                    f"{name}, line {row.line:,}: time goes backwards. Sort the rows of every sequence by time.",
                    code="time_backwards",
                    line=row.line,
                )
            before = seconds
        text = reader.message(cells)
        shown = f"{stamp} {text}" if roles.time else text
        events.append(Event(shown[:cap], text[:cap], seconds, reader.source(cells), reader.level(cells), row.line))
    return Item(key, TokenSequence(key, tuple(events), reader.source_format, "utf-8", (), {}, ()))


def _with_labels(items: list[Item], groups: dict[str, list[Row]], column: int | None, name: str) -> list[Item]:
    """Return the items with labels: of sequences when there are several and each has the same label in all rows, else of
    steps."""
    if column is None:
        return items
    labels_of = {
        key: [
            label_text(None if missing(row.cells[column]) else row.cells[column], f"{name}, line {row.line:,}") for row in rows
        ]
        for key, rows in groups.items()
    }
    if len(items) > 1 and all(len(set(row_labels)) == 1 for row_labels in labels_of.values()):
        return [Item(item.id, item.sequence, labels_of[item.id][0]) for item in items]
    # A step without a label counts as normal only where other steps of its sequence have a label.
    steps = {
        key: None if set(row_labels) == {None} else tuple(label or "" for label in row_labels)
        for key, row_labels in labels_of.items()
    }
    return [Item(item.id, item.sequence, None, steps[item.id]) for item in items]
