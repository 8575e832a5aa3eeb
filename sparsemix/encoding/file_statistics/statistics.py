"""All statistics of a file's events, by name and group, and the codes by which attention can match events.

Axis letters: N events, C columns.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sparsemix.distinct import distinct
from sparsemix.encoding.file_statistics import identifiers, numbers, rarity, repetition, severity, states, tables, times
from sparsemix.encoding.file_statistics.lines import Lines, read_lines
from sparsemix.encoding.file_statistics.surprise import Codes, Column, counts_of, in_order, surprise_given
from sparsemix.encoding.sequence import Event, SameEvents
from sparsemix.encoding.tokens import numbered
from sparsemix.kernels import parallel

_KINDS_OF_SESSIONS = 2
_NEAR = 5
# Events on either side over which the surprise at their order, and their severity, is averaged.
_ORDER_AROUND, _SEVERE_AROUND = 2, 10
# A name is looked for only where one can begin: else a long word without = would be read again from each of its characters.
_NUMBER = re.compile(r"(?<![^\s=])([^\s=]++)=([+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)(?=\s|$)")

# Events by whose names it is told whether numbers are read at all.
_LOOKED_AT = 200
_NAME = re.compile(r"(?:(?<![^\s=])|(?<==\d)|(?<==[+-]\d))([^\s=]++)=[+-]?\d")
# Larger numbers count as missing: their sums and squares would overflow.
_LARGEST = 1e100

_ORDER = ("after_previous", "before_next", "next_after", "after_near", "before_near", "pair_new", "around", "new_around")
_SESSIONS = identifiers.SessionOrder._fields
GROUPS: dict[str, tuple[str, ...]] = {
    "rarity": rarity.Rarity._fields,
    "severity": ("grade", "words", "sum", "rarity", "around"),
    "order": (*_ORDER, "form_after_previous", "form_before_next"),
    "sessions": tuple(f"{number}.{name}" for number in range(1, _KINDS_OF_SESSIONS + 1) for name in _SESSIONS),
    "entities": ("disagreement", "new_together"),
    "numbers": numbers.OddNumbers._fields,
    "repetition": repetition.Repetition._fields,
    "time": times.Pauses._fields,
    "table": tables.OddRows._fields,
    "states": states.COLUMNS,
}
"""The statistics' names, by group."""
# States come behind the ranks: weights of earlier versions, which know none, find the others at their places.
_EARLIER = tuple(f"{group}.{name}" for group, names in GROUPS.items() if group != "states" for name in names)
_RANKED_NUMBERS = ("off", "beyond", "jump", "apart", "deviation", "gap", "step", "code_rarity", "code_density")
_RANKED = (
    *(f"rarity.{name}" for name in ("kind", "form", "rarest_word", "words", "head", "length", "close_by")),
    *(f"order.{name}" for name in ("after_previous", "before_next", "next_after", "after_near", "before_near", "around")),
    *(f"order.{name}" for name in ("form_after_previous", "form_before_next")),
    *(f"sessions.{number}.{name}" for number in (1, 2) for name in ("before", "after", "follows", "following", "around")),
    "entities.disagreement",
    *(f"numbers.{name}" for name in _RANKED_NUMBERS),
    *(f"repetition.{name}" for name in ("forms_in_a_row", "longer_than_own", "density")),
    *(f"time.{name}" for name in ("before", "longer", "of_kind")),
    *(f"table.{name}" for name in ("off", "step", "course", "residual")),
)
"""Statistics whose rank within the file is a statistic, too: what surprises in an orderly file is usual in an unruly one."""
NAMES = (*_EARLIER, *(f"rank.{name}" for name in _RANKED), *(f"states.{name}" for name in GROUPS["states"]))
"""All statistics."""
CODES = ("session", "kind", "session 2", "state")
"""What events can be matched by: the session that they belong to, their kind, a second kind of session, and the line that set
the state that holds for them, whose index it is."""


@dataclass(frozen=True, slots=True)
class FileStatistics:
    """``columns`` [N, C] of the statistics in the order of NAMES; ``codes`` int64 [4, N]: the values of CODES, -1 for none."""

    columns: NDArray[np.float64]
    codes: Codes

    def of(self, index: int) -> FileStatistics:
        """Return the statistics of one event."""
        return FileStatistics(self.columns[index : index + 1], self.codes[:, index : index + 1])

    def without(self, *groups: str) -> FileStatistics:
        """Return the statistics as if the file told nothing in these groups; without "sessions" events cannot be matched by
        session."""
        columns, codes = self.columns.copy(), self.codes.copy()
        columns[:, [name.removeprefix("rank.").partition(".")[0] in groups for name in NAMES]] = 0.0
        if "sessions" in groups:
            codes[[CODES.index("session"), CODES.index("session 2")]] = -1
        if "states" in groups:
            codes[CODES.index("state")] = -1
        return FileStatistics(columns, codes)


def file_statistics(events: tuple[Event, ...], step: Callable[[float], None] | None = None) -> FileStatistics:
    """Return the statistics of all events of a file; those of the last two files are remembered. ``step`` as for
    `parallel.run`: its share is that of the part under way."""
    same = SameEvents(events, step)
    try:
        return _statistics(same)
    finally:
        same.step = None  # the events are remembered, and it would be with them


def lines_of(events: tuple[Event, ...]) -> Lines:
    """Return all events of a file as words, shapes and kinds; those of the last two files are remembered."""
    return _lines(SameEvents(events))


@lru_cache(maxsize=2)
def _lines(same: SameEvents) -> Lines:
    return read_lines([event.message for event in same.events], same.step)


@lru_cache(maxsize=2)
def _statistics(same: SameEvents) -> FileStatistics:
    events, messages = same.events, [event.message for event in same.events]
    step = same.step or (lambda _share: None)
    rows = _rows(messages)
    step(0.0)
    lines = _lines(same)
    step(0.0)
    order, usual = _order(lines)
    grades = _severity(events, lines)
    step(0.0)
    found: dict[str, Any] = {"severity": grades, "order": order}
    tasks: list[Callable[[], dict[str, Any]]] = [partial(_usual, same, lines)]
    if rows is None:
        found["table"] = _zeros("table", len(events))
        tasks += [lambda: {"states": states.states(lines, grades[0])}]
        tasks += [partial(_numbers, lines), partial(_identified, lines, usual)]
    else:
        found |= {name: _zeros(name, len(events)) for name in ("sessions", "entities", "numbers")}
        found |= {"table": tables.odd_rows(rows), "named": [], "states": states.no_states(len(events))}
        found["large"] = np.zeros(len(events))
    for part in parallel.run(tasks, step):
        found |= part
    held = found["states"].with_large(found["large"])
    none = np.full(len(events), -1, np.int64)
    first, second = [*(one.code for one in found["named"]), none, none][:2]
    columns = np.empty((len(NAMES), len(events)))
    np.stack([column for group in GROUPS if group != "states" for column in found[group]], out=columns[: len(_EARLIER)])
    ranks = columns[len(_EARLIER) : len(_EARLIER) + len(_RANKED)]
    parallel.run([partial(_rank, columns[_EARLIER.index(name)], rank) for name, rank in zip(_RANKED, ranks, strict=True)], step)
    np.stack([getattr(held, name) for name in states.COLUMNS], out=columns[-len(states.COLUMNS) :])
    return FileStatistics(columns.T, np.stack([first, lines.kind, second, held.code]))


# What is told of a file at once: each returns groups of columns, and what follows from it.


def _numbers(lines: Lines) -> dict[str, Any]:
    odd, large = numbers.odd_numbers(lines)
    return {"numbers": odd, "large": large}


def _identified(lines: Lines, usual: Column) -> dict[str, Any]:
    places = identifiers.identifiers(lines)
    named = identifiers.sessions(places, lines.kind, usual, _KINDS_OF_SESSIONS)
    together = identifiers.disagreement(places, [lines.kind, _first_words(lines)])
    order = [column for one in named for column in identifiers.session_order(one, lines.kind)]
    order += _zeros("sessions", len(lines))[len(order) :]
    return {"sessions": order, "entities": together, "named": named}


def _usual(same: SameEvents, lines: Lines) -> dict[str, Any]:
    return {
        "rarity": rarity.rarity([event.message for event in same.events], lines),
        "repetition": repetition.repetition(lines),
        "time": times.pauses([event.time for event in same.events], lines.kind),
    }


def _rank(column: Column, rank: Column) -> None:
    """Write minus the logarithm of the share of events with at least the same value to ``rank`` [N]; 0 where the value is the
    lowest."""
    ordered = np.sort(column)
    first = np.flatnonzero(np.append(True, ordered[1:] != ordered[:-1]))
    # Many lines have the same value, so the different ones are looked up faster.
    rank[:] = -np.log((len(column) - first) / len(column))[np.searchsorted(ordered[first], column)]


def _zeros(group: str, length: int) -> list[Column]:
    return [np.zeros(length) for _ in GROUPS[group]]


def _rows(messages: Sequence[str]) -> NDArray[np.float64] | None:
    """Return the numbers of a sensor table [N, columns]; None for other events."""
    if not tables.columns_of([_NAME.findall(message) for message in messages[:_LOOKED_AT]]):
        return None
    found = [_NUMBER.findall(message) for message in messages]
    names = tables.columns_of([[name for name, _ in row] for row in found])
    if not names:
        return None
    place = {name: column for column, name in enumerate(names)}
    table = np.full((len(messages), len(names)), np.nan)
    for number, row in enumerate(found):
        for name, text in row:
            if name in place:
                table[number, place[name]] = float(text)
    table[np.abs(table) > _LARGEST] = np.nan
    table = np.compress(~np.isnan(table).all(0), table, axis=1)
    return table if table.shape[1] >= tables.LEAST_COLUMNS else None


def _severity(events: Sequence[Event], lines: Lines) -> list[Column]:
    levels, level = numbered(event.level for event in events)
    pair = lines.form * len(levels) + level
    known = distinct(pair)
    graded = [severity.severity(lines.forms[one // len(levels)], levels[one % len(levels)]) for one in known.tolist()]
    grade, words, total = np.array(graded)[np.searchsorted(known, pair)].T
    rare = np.where(grade > 0, -np.log(counts_of(grade) / len(events)), 0.0)
    columns = [column.astype(np.float64) for column in (grade, words, total)]
    return [*columns, rare, _mean_around(columns[0], _SEVERE_AROUND)]


def _order(lines: Lines) -> tuple[list[Column], Column]:
    """Return the columns of the group "order", and the surprise at every kind given the one before it."""
    kind, form = lines.kind, lines.form
    before, together, _ = surprise_given(_shifted(kind, 1), kind)
    nearest = [before, *(surprise_given(_shifted(kind, distance), kind)[0] for distance in range(2, _NEAR + 1))]
    next_nearest = [surprise_given(_shifted(kind, -distance), kind)[0] for distance in range(1, _NEAR + 1)]
    new = (together == 0).astype(np.float64)
    columns = [
        before,
        next_nearest[0],
        np.append(before[1:], 0.0),
        np.min(nearest, 0),
        np.min(next_nearest, 0),
        new,
        _mean_around(before, _ORDER_AROUND),
        _mean_around(new, _ORDER_AROUND) * (2 * _ORDER_AROUND + 1),
        surprise_given(_shifted(form, 1), form)[0],
        surprise_given(_shifted(form, -1), form)[0],
    ]
    return columns, before


def _mean_around(column: Column, reach: int) -> Column:
    """Return the mean over the events at most ``reach`` from each event [N]; beyond the ends 0."""
    width = 2 * reach + 1
    return np.convolve(column, np.full(width, 1.0 / width), "full")[reach : reach + len(column)]


def _shifted(codes: Codes, distance: int) -> Codes:
    """Return the code so many events before each event [N] (after it where negative); beyond the ends, a code of its own."""
    shifted = np.full(len(codes), codes.max() + 1)
    if distance > 0:
        shifted[distance:] = codes[:-distance]
    else:
        shifted[:distance] = codes[-distance:]
    return shifted


def _first_words(lines: Lines) -> Codes:
    """Return the first word without digits of every event, as codes."""
    stays = np.append(np.flatnonzero(~lines.varies[lines.word]), len(lines.word))
    place = stays[np.searchsorted(stays, lines.begin)]
    return in_order(np.where(place < lines.begin + lines.length, np.append(lines.word, 0)[place], 0))[0]
