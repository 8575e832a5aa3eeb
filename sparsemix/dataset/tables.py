"""Tables of the data set contract: one row a step, rows of one ``sequence_id`` a sequence."""

from __future__ import annotations

from collections.abc import Sequence

from sparsemix.dataset.columns import Columns
from sparsemix.dataset.item import Item
from sparsemix.dataset.labels import label_text
from sparsemix.dataset.names import check_names
from sparsemix.errors import InputError
from sparsemix.readers.columns import key_values
from sparsemix.readers.levels import normalise_level
from sparsemix.readers.limits import Limits
from sparsemix.readers.timestamps import parse_time
from sparsemix.sequence import Event, TokenSequence

_MISSING = frozenset(("", "nan", "na", "n/a", "null", "none", "-", "#n/a"))


def missing(cell: str) -> bool:
    """Whether a cell says that nothing was measured."""
    return cell.strip().lower() in _MISSING


def read_rows(
    names: Sequence[str], rows: Sequence[tuple[int, Sequence[str]]], name: str, columns: Columns, limits: Limits
) -> tuple[list[Item], list[str]]:
    """Sequences and notes, from cells as text with the number of their line.

    Raises InputError: duplicate_columns, too_many_columns, ragged, no_features, all_missing, bad_time, time_backwards,
    too_many_events, and what ``Columns.settle`` raises.
    """
    check_names(names, name)
    roles = columns.settle(names)
    place = {column: index for index, column in enumerate(names)}
    features = [place[column] for column in roles.features(names)]
    if not features:
        raise InputError(f"{name}: no column is left as a feature.", code="no_features", name=name)
    for line, cells in rows:
        if len(cells) != len(names):
            raise InputError(
                f"{name}, line {line:,}: {len(cells)} cells, the header has {len(names)}. Nothing was read.",
                code="ragged",
                line=line,
            )
    empty = [column for column in features if all(missing(cells[column]) for _, cells in rows)]
    if len(empty) == len(features):
        raise InputError(f"{name}: every feature is empty in every row.", code="all_missing", name=name)
    used = [column for column in features if column not in set(empty)]
    groups: dict[str, list[tuple[int, Sequence[str]]]] = {}
    for line, cells in rows:
        key = cells[place[roles.sequence_id]].strip() if roles.sequence_id else name
        groups.setdefault(key, []).append((line, cells))
    gaps = sum(missing(cells[column]) for _, cells in rows for column in used)
    notes = [f"empty_columns:{len(empty)}"] * bool(empty) + [f"missing_cells:{gaps}"] * bool(gaps)
    items = [_item(key, group, names, used, place, roles, limits, name) for key, group in groups.items()]
    return _with_labels(items, groups, place.get(roles.label or ""), name), notes


def _item(
    key: str,
    rows: Sequence[tuple[int, Sequence[str]]],
    names: Sequence[str],
    used: Sequence[int],
    place: dict[str, int],
    roles: Columns,
    limits: Limits,
    name: str,
) -> Item:
    if len(rows) > limits.max_events:
        raise InputError(
            f"{name}: the sequence {key!r} has more than {limits.max_events:,} rows. Give it parts by a sequence_id.",
            code="too_many_events",
            limit=limits.max_events,
        )
    time, source, level = (place.get(column or "") for column in (roles.time, roles.source, roles.level))
    events, before = [], float("-inf")
    for line, cells in rows:
        seconds = None if time is None or missing(cells[time]) else parse_time(cells[time])
        if time is not None and seconds is None and not missing(cells[time]):
            raise InputError(
                f"{name}, line {line:,}: the time {cells[time][:40]!r} cannot be read. Name another column: time=NAME, or "
                "time= for none.",
                code="bad_time",
                line=line,
            )
        if seconds is not None:
            if seconds < before:
                raise InputError(
                    f"{name}, line {line:,}: time goes backwards. Sort the rows of every sequence by time.",
                    code="time_backwards",
                    line=line,
                )
            before = seconds
        text = key_values((names[column], cells[column]) for column in used if not missing(cells[column]))
        shown = f"{cells[time].strip()} {text}" if time is not None else text
        events.append(
            Event(
                shown[: limits.max_line_chars],
                text[: limits.max_line_chars],
                seconds,
                (cells[source].strip() or None) if source is not None else None,
                normalise_level(cells[level]) if level is not None else None,
                line,
            )
        )
    return Item(key, TokenSequence(key, tuple(events), "csv", "utf-8", (), {}, ()))


def _with_labels(
    items: list[Item], groups: dict[str, list[tuple[int, Sequence[str]]]], column: int | None, name: str
) -> list[Item]:
    """Labels of sequences where every sequence has one and there are several, else of steps."""
    if column is None:
        return items
    found = {
        key: [label_text(None if missing(cells[column]) else cells[column], f"{name}, line {line:,}") for line, cells in rows]
        for key, rows in groups.items()
    }
    if len(items) > 1 and all(len(set(labels)) == 1 for labels in found.values()):
        return [Item(item.id, item.sequence, found[item.id][0]) for item in items]
    # A step without a label counts as normal only where others of its sequence have one.
    steps = {key: None if set(labels) == {None} else tuple(label or "0" for label in labels) for key, labels in found.items()}
    return [Item(item.id, item.sequence, None, steps[item.id]) for item in items]
