"""What the normal course holds: which states of two variables last together, and how long.

A valve that was told to open and reports closed is nothing unusual for a moment. That both last for thirteen seconds never
happened in any normal run: what was expected did not come. So every pair of states of two variables is kept with the longest
time that it lasted in each normal run. No name and no graph of the plant is needed.

Axis letters: C changes, V variables with few states, P pairs of states.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sparsemix.causes.event_table import EventTable
from sparsemix.errors import InputError

# Variables with more states than this over all normal runs are numbers or counters, whose single values say little.
_MOST_STATES = 30
_MOST_VARIABLES = 400
_CODES = _MOST_STATES + 1
_LEAST_RUNS = 2
# Times are compared with room for the clock of the control system.
_ROOM = 1e-9


@dataclass(frozen=True, slots=True)
class Lasting:
    """The longest times (seconds) that two states lasted together in normal runs, rising: at most one a run."""

    seconds: NDArray[np.float64]

    def runs_as_long(self, seconds: float) -> int:
        """Return in how many normal runs they lasted at least so long."""
        return len(self.seconds) - int(np.searchsorted(self.seconds, seconds - _ROOM))


@dataclass(frozen=True)
class UsualStates:
    """What ``runs`` normal runs hold: the ``variables`` with few states [V], and how long two ``states`` (variable, value,
    variable, value; the variables in order of their names) lasted together. ``held``: in how many runs a state (variable,
    value) ever was; ``new``: how many runs hold a value of a variable that no other run holds."""

    runs: int
    variables: tuple[str, ...]
    states: dict[tuple[str, str, str, str], Lasting]
    held: Counter[tuple[str, str]]
    new: Counter[str]

    @classmethod
    def of(cls, normal: Sequence[EventTable], progress: Callable[[float], None] = lambda _share: None) -> UsualStates:
        """Learn from normal runs; ``progress`` is told the share that is done. Raises `InputError` where there are fewer than
        two, or no variables with few states, and whatever ``progress`` raises."""
        if len(normal) < _LEAST_RUNS:
            raise InputError(
                f"{len(normal)} normal runs are too few to know what is usual. Give a folder of at least {_LEAST_RUNS}.",
                code="too_few_runs",
                found=len(normal),
                needed=_LEAST_RUNS,
            )
        held = Counter(
            state
            for run in normal
            for state in {(change.node, change.value) for change in run.changes if change.node not in run.alarms}
        )
        values: dict[str, set[str]] = {}
        for node, value in held:
            values.setdefault(node, set()).add(value)
        few = sorted(node for node, seen in values.items() if 1 <= len(seen) <= _MOST_STATES)[:_MOST_VARIABLES]
        if len(few) < _LEAST_RUNS:
            raise InputError("The normal runs have no two variables with few states.", code="no_states")
        longest: dict[tuple[str, str, str, str], list[float]] = {}
        for number, run in enumerate(normal):
            progress(number / len(normal))
            for pair, seconds in _longest(run, few).items():
                longest.setdefault(pair, []).append(seconds)
        lasting = {pair: Lasting(np.sort(seconds)) for pair, seconds in longest.items()}
        new = Counter(node for (node, _), runs in held.items() if runs == 1)
        return cls(len(normal), tuple(few), lasting, held, new)

    def surprise(self, one: tuple[str, str], other: tuple[str, str], seconds: float) -> tuple[float, int]:
        """Return how surprising it is, in nats, that two states (variable, value) last together for so long, and in how many
        normal runs they did: -log((1 + these) / (1 + runs)).

        A state that no run ever held is the less surprising, the more often runs hold a new value of its variable, such as
        that of another tool (Good 1953, "The population frequencies of species"): these are then counted instead.
        """
        first, second = sorted((one, other))
        lasting = self.states.get((*first, *second))
        there = 0 if lasting is None else lasting.runs_as_long(seconds)
        expected = max(self.new[variable] if (variable, value) not in self.held else there for variable, value in (one, other))
        return -math.log((1 + expected) / (1 + self.runs)), there


def _longest(run: EventTable, variables: Sequence[str]) -> dict[tuple[str, str, str, str], float]:
    """Return the longest time that every pair of states lasted together in a run."""
    number = {variable: place for place, variable in enumerate(variables)}
    names: list[dict[str, int]] = [{} for _ in variables]
    times: list[float] = []
    rows: list[NDArray[np.int16]] = []
    now = np.full(len(variables), -1, np.int16)
    for change in run.changes:
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
    for one in range(len(variables) - 1):
        both = np.where((state[one] < 0) | (state[one + 1 :] < 0), -1, state[one] * _CODES + state[one + 1 :])
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
