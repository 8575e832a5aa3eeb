"""What normal runs of a machine hold: which states of two variables last together, and how long.

A valve that was told to open and reports closed is nothing unusual for a moment. That both last for thirteen seconds never
happened in any normal run: what was expected did not come. So every pair of states of two variables is kept with the longest
time that it lasted in each normal run. No name and no graph of the plant is needed.

A number with many values is in one of a few *ranges*: below or above all that normal runs hold, or between two of five
quantiles, in which every run weighs the same. Two numbers are not compared with each other: positions and speeds of one
movement disagree for every reason. Numbers of which no two runs share a range, such as counters, and texts with many values
are left out, each with the reason.

Axis letters: V variables, C changes.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sparsemix.causes.event_table import Change, EventTable, number_in
from sparsemix.errors import InputError

# Of variables with more values than this over all normal runs, single values say little.
_MOST_STATES = 30
_MOST_VARIABLES = 400
# Of a number with many values, a cell such as "n/a" is a state beside its ranges.
_MOST_TEXTS = 20
_QUANTILES = np.linspace(0, 1, 7)[1:-1]
_WITHIN = np.linspace(0, 1, 21)  # of each run
_MARGIN = 0.05  # share of the whole span that is room around what normal runs hold
_SHARED = 0.5
_CODES = _MOST_STATES + 1
_LEAST_RUNS = 2
# Times are compared with room for the clock of the control system.
_ROOM = 1e-9


@dataclass(frozen=True)
class UsualStates:
    """What ``runs`` normal runs hold: the ``variables`` with few states [V], and the longest times (seconds, rising, at most
    one a run) that two ``states`` (variable, value, variable, value; the variables in order of their names) lasted together.
    ``held``: in how many runs a state (variable, value) ever was; ``new``: how many runs hold a value of a variable that no
    other run holds; ``edges``: of numbers with many values, between their ranges; ``left_out``: variables that are not
    compared, each with the reason."""

    runs: int
    variables: tuple[str, ...]
    states: dict[tuple[str, str, str, str], NDArray[np.float64]]
    held: Counter[tuple[str, str]]
    new: Counter[str]

    edges: Mapping[str, tuple[float, ...]]
    left_out: Mapping[str, str]

    @classmethod
    def of(cls, normal: Sequence[EventTable], progress: Callable[[float], None] = lambda _share: None) -> UsualStates:
        """Learn from normal runs; ``progress`` is told the share that is done. Raises `InputError` where there are fewer than
        two, or no two variables to compare, and whatever ``progress`` raises."""
        if len(normal) < _LEAST_RUNS:
            raise InputError(
                f"{len(normal)} normal runs are too few to know what is usual. Give a folder of at least {_LEAST_RUNS}.",
                code="too_few_runs",
                found=len(normal),
                needed=_LEAST_RUNS,
            )
        edges, left_out = _kinds(normal)
        normal = [_ranged(run, edges) for run in normal]
        held = Counter(state for run in normal for state in {(change.node, change.value) for change in _of_variables(run)})
        known = sorted({node for node, _ in held} - left_out.keys())
        left_out |= dict.fromkeys(known[_MOST_VARIABLES:], f"more than {_MOST_VARIABLES} variables")
        few = known[:_MOST_VARIABLES]
        if len(few) < _LEAST_RUNS:
            raise InputError("The normal runs have no two variables that can be compared.", code="no_states")
        longest: dict[tuple[str, str, str, str], list[float]] = {}
        for number, run in enumerate(normal):
            progress(number / len(normal))
            for pair, seconds in _longest(run, few, edges).items():
                longest.setdefault(pair, []).append(seconds)
        lasting = {pair: np.sort(seconds) for pair, seconds in longest.items()}
        new = Counter(node for (node, _), runs in held.items() if runs == 1)
        return cls(len(normal), tuple(few), lasting, held, new, edges, left_out)

    def ranged(self, run: EventTable) -> EventTable:
        """Return a run with numbers of many values as the ranges that they are in."""
        return _ranged(run, self.edges)

    def comparable(self, one: str, other: str) -> bool:
        """Return whether states of two variables are compared."""
        return one != other and not (one in self.edges and other in self.edges)

    def rarity(self, state: tuple[str, str]) -> float:
        """Return how rare a state (variable, value) is, in nats: -log((1 + runs that ever hold it) / (1 + runs))."""
        return self._nats(self._held(state))

    def surprise(self, one: tuple[str, str], other: tuple[str, str], seconds: float) -> tuple[float, int]:
        """Return how surprising it is, in nats, that two states (variable, value) last together for so long, and in how many
        normal runs they did: -log((1 + these) / (1 + runs)).

        A state that no run ever held is the less surprising, the more often runs hold a new value of its variable, such as
        that of another tool (Good 1953, "The population frequencies of species"): these are then counted instead.
        """
        first, second = sorted((one, other))
        lasting = self.states.get((*first, *second), np.empty(0))
        there = len(lasting) - int(np.searchsorted(lasting, seconds - _ROOM))
        expected = max(there if state in self.held else self._held(state) for state in (one, other))
        return self._nats(expected), there

    def _held(self, state: tuple[str, str]) -> int:
        return self.held[state] if state in self.held else self.new[state[0]]

    def _nats(self, runs: int) -> float:
        return -math.log((1 + runs) / (1 + self.runs))


def _of_variables(run: EventTable) -> Iterator[Change]:
    return (change for change in run.changes if change.node not in run.alarms)


def _kinds(normal: Sequence[EventTable]) -> tuple[dict[str, tuple[float, ...]], dict[str, str]]:
    """Return the edges of the ranges of numbers with many values, and why other variables with many are left out."""
    values: dict[str, list[list[str]]] = {}
    for run in normal:
        mine: dict[str, list[str]] = {}
        for change in _of_variables(run):
            mine.setdefault(change.node, []).append(change.value)
        for node, seen in mine.items():
            values.setdefault(node, []).append(seen)
    edges: dict[str, tuple[float, ...]] = {}
    left_out: dict[str, str] = {}
    for node, runs in values.items():
        if len({value for seen in runs for value in seen}) <= _MOST_STATES:
            continue
        if len({value for seen in runs for value in seen if number_in(value) is None}) > _MOST_TEXTS:
            left_out[node] = f"texts with more than {_MOST_TEXTS} values"
            continue
        numbers = [[number for value in seen if (number := number_in(value)) is not None] for seen in runs]
        spread = np.array([np.quantile(seen, _WITHIN) for seen in numbers if seen])
        low, high = np.sort(spread[:, 0]), spread[np.argsort(spread[:, 0]), -1]
        if len(low) < _LEAST_RUNS or np.mean(low[1:] <= high[:-1]) < _SHARED:
            left_out[node] = "a number of which no two runs share a range, such as a counter"
            continue
        room = _MARGIN * (spread.max() - spread.min())
        inner = np.unique(np.quantile(spread, _QUANTILES))
        edges[node] = (float(spread.min() - room), *inner.tolist(), float(spread.max() + room))
    return edges, left_out


def _ranged(run: EventTable, edges: Mapping[str, tuple[float, ...]]) -> EventTable:
    changes = tuple(
        replace(change, value=_range_of(change.value, edges[change.node])) if change.node in edges else change
        for change in run.changes
    )
    return EventTable(run.name, changes, run.alarms)


def _range_of(value: str, edges: tuple[float, ...]) -> str:
    """Return the range that a number is in, as people write it; the value itself where it is no number."""
    number = number_in(value)
    if number is None:
        return value
    place = bisect_left(edges, number)
    if place == 0:
        return f"<= {edges[0]:.6g}"
    return f"> {edges[-1]:.6g}" if place == len(edges) else f"{edges[place - 1]:.6g} to {edges[place]:.6g}"


def _longest(run: EventTable, variables: Sequence[str], ranges: Container[str]) -> dict[tuple[str, str, str, str], float]:
    """Return the longest time that every pair of states lasted together in a run."""
    number = {variable: place for place, variable in enumerate(variables)}
    names: list[dict[str, int]] = [{} for _ in variables]
    times: list[float] = []
    rows: list[NDArray[np.int16]] = []
    now = np.full(len(variables), -1, np.int16)
    for change in _of_variables(run):
        place = number.get(change.node)
        if place is None:
            continue
        now[place] = names[place].setdefault(change.value, len(names[place]))
        if times and times[-1] == change.time:
            rows[-1] = now.copy()
        else:
            times.append(change.time)
            rows.append(now.copy())
    if not rows:
        return {}
    state, edges = np.array(rows).T, np.array([*times, run.end])
    values = [list(seen) for seen in names]
    found: dict[tuple[str, str, str, str], float] = {}
    in_ranges = np.array([variable in ranges for variable in variables])
    for one in range(len(variables) - 1):
        both = np.where((state[one] < 0) | (state[one + 1 :] < 0), -1, state[one] * _CODES + state[one + 1 :])
        if in_ranges[one]:
            both[in_ranges[one + 1 :]] = -1
        for other, code, seconds in _runs_of(both, edges):
            a, b = divmod(code, _CODES)
            found[variables[one], values[one][a], variables[one + 1 + other], values[one + 1 + other][b]] = seconds
    return found


def _runs_of(codes: NDArray[np.int16], edges: NDArray[np.float64]) -> list[tuple[int, int, float]]:
    """Return row, code and the longest duration of every code of 0 and more in ``codes`` [V, C], which change at ``edges``
    [C + 1]."""
    begins = np.ones(codes.shape, np.bool_)
    begins[:, 1:] = codes[:, 1:] != codes[:, :-1]
    row, start = np.nonzero(begins)
    stop = np.append(start[1:], 0)
    stop[np.append(row[1:] != row[:-1], True)] = codes.shape[1]
    code, seconds = codes[row, start], edges[stop] - edges[start]
    there = code >= 0
    row, code, seconds = row[there], code[there], seconds[there]
    order = np.lexsort((seconds, code, row))
    row, code, seconds = row[order], code[order], seconds[order]
    last = np.flatnonzero(np.append((row[1:] != row[:-1]) | (code[1:] != code[:-1]), True)) if len(row) else order
    return list(zip(row[last].tolist(), code[last].tolist(), seconds[last].tolist(), strict=True))
