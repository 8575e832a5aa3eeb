"""The variables that led to an alarm, ranked, each with its evidence.

A variable is the more suspicious, the more surprising its state is together with the states of others, at the time of the
latest active alarm: the mean of its ten most surprising pairs (``UsualStates``). Ten, because a cause disagrees with many
others, while a variable that only suffers from it disagrees with the cause. The time of the alarm, because what happens after
it, such as the stop of the machine, is its consequence. With ``names``, a name that begins like that of an active alarm counts
as much as a state that one normal run in twenty holds: plants name what belongs together alike.

The normal course says which states of two variables last together, and how long. A valve that was told to open and reports
closed is nothing unusual for a moment. That both last for thirteen seconds never happened in any normal run: what was expected
did not come. So every pair of states of two variables is kept with the longest time that it lasted in each normal run. No name
and no graph of the plant is needed.

Axis letters: V variables, C changes, P pairs of states.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

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


@dataclass(frozen=True)
class UsualStates:
    """What ``runs`` normal runs hold: the ``variables`` with few states [V], and the longest times (seconds, rising, at most
    one a run) that two ``states`` (variable, value, variable, value; the variables in order of their names) lasted together.
    ``held``: in how many runs a state (variable, value) ever was; ``new``: how many runs hold a value of a variable that no
    other run holds."""

    runs: int
    variables: tuple[str, ...]
    states: dict[tuple[str, str, str, str], NDArray[np.float64]]
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
        lasting = {pair: np.sort(seconds) for pair, seconds in longest.items()}
        new = Counter(node for (node, _), runs in held.items() if runs == 1)
        return cls(len(normal), tuple(few), lasting, held, new)

    def surprise(self, one: tuple[str, str], other: tuple[str, str], seconds: float) -> tuple[float, int]:
        """Return how surprising it is, in nats, that two states (variable, value) last together for so long, and in how many
        normal runs they did: -log((1 + these) / (1 + runs)).

        A state that no run ever held is the less surprising, the more often runs hold a new value of its variable, such as
        that of another tool (Good 1953, "The population frequencies of species"): these are then counted instead.
        """
        first, second = sorted((one, other))
        lasting = self.states.get((*first, *second), np.empty(0))
        there = len(lasting) - int(np.searchsorted(lasting, seconds - _ROOM))
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


_PAIRS = 10
_ALIKE = math.log(20.0)
# The alarm's own row and those that its controller writes with it.
_AFTER = 0.05  # seconds
_STEM = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class CauseEvidence:
    """What is unusual about a variable's state: that it lasted ``seconds`` together with the ``value`` of the ``other``
    variable; so long it did in ``runs`` normal runs; the ``surprise`` in nats."""

    other: str
    value: str
    seconds: float
    runs: int
    surprise: float


@dataclass(frozen=True, slots=True)
class Cause:
    """A variable with its state: its ``value`` since the row in ``line``, ``since`` seconds before the moment that is
    explained; ``score`` in nats, with what its name adds to evidence; ``alike``: its name begins like an active alarm's; the
    ``evidence``, the most surprising first."""

    variable: str
    value: str
    since: float
    line: int
    score: float
    alike: bool
    evidence: tuple[CauseEvidence, ...]


def moment_of(run: EventTable, at: float | None) -> float:
    """Return the moment to explain: a little after the latest alarm that is active at a time (None: at the end). Raises
    `InputError` where no alarm is active then."""
    active = run.active(run.end if at is None else at)
    if not active:
        raise InputError(
            f"{run.name}: no alarm is active {'at the end' if at is None else f'at {at:g}'}. Name a moment with --at.",
            code="no_alarm",
            name=run.name,
        )
    return active[-1][0] + _AFTER


def moment_at(run: EventTable, at: float) -> float:
    """Return a time of which the run knows something, as it is. Raises `InputError` for another one."""
    if not run.knows(at):
        raise InputError(
            f"{run.name} has times from {run.changes[0].time:.3f} to {run.end:.3f}, "
            f"and says nothing of {at:.3f}. Name a time that is in it.",
            code="outside_run",
            name=run.name,
        )
    return at


def causes(run: EventTable, usual: UsualStates, moment: float, *, names: bool = True) -> list[Cause]:
    """Rank the variables of a run at a ``moment`` (seconds), the likeliest cause first; ``names``: whether names count."""
    state: dict[str, tuple[float, str, int]] = {}
    for change in run.until(moment).changes:
        if change.node not in run.alarms and (change.node not in state or state[change.node][1] != change.value):
            state[change.node] = change.time, change.value, change.line
    stems = {_stem(alarm) for _, alarm in run.active(moment)} if names else set()
    known = [variable for variable in usual.variables if variable in state]
    ranked = []
    for variable, (since, value, line) in state.items():
        evidence = []
        for other in known if variable in usual.variables else ():
            if other != variable:
                other_since, other_value, _ = state[other]
                seconds = moment - max(since, other_since)
                surprise, runs = usual.surprise((variable, value), (other, other_value), seconds)
                evidence.append(CauseEvidence(other, other_value, seconds, runs, surprise))
        evidence.sort(key=lambda one: -one.surprise)
        alike = _stem(variable) in stems
        score = sum(one.surprise for one in evidence[:_PAIRS]) / _PAIRS
        # A name alone is no evidence: a variable that cannot be compared stays last.
        score += _ALIKE if alike and evidence else 0.0
        ranked.append(Cause(variable, value, moment - since, line, score, alike, tuple(evidence[:_PAIRS])))
    # Of two that are equally surprising, the one that changed last; names decide what is left, so that a run has one answer.
    return sorted(ranked, key=lambda one: (-one.score, one.since, one.variable))


def as_json(run: EventTable, usual: UsualStates, moment: float, ranked: Sequence[Cause]) -> dict[str, object]:
    """Return ranked variables as JSON types, with the alarms that are active at the ``moment`` and how many normal runs say
    what is usual."""
    return {
        "file": run.name,
        "moment": moment,
        "alarms": [{"alarm": alarm, "since": since} for since, alarm in run.active(moment)],
        "normal_runs": usual.runs,
        "causes": [asdict(cause) for cause in ranked],
    }


def _stem(name: str) -> str:
    found = _STEM.search(name)
    return found[0].lower() if found else name.lower()
