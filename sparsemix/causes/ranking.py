"""The variables that led to an alarm, ranked, each with its evidence.

A variable is the more suspicious, the more surprising its state is together with the states of others, at the time of the
latest active alarm: the mean of its ten most surprising pairs (``usual_states``). Ten, because a cause disagrees with many
others, while a variable that only suffers from it disagrees with the cause. The time of the alarm, because what happens after
it, such as the stop of the machine, is its consequence. With ``names``, a name that begins like that of an active alarm counts
as much as a state that one normal run in twenty holds: plants name what belongs together alike.

Axis letters: V variables.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from sparsemix.causes.event_table import EventTable
from sparsemix.causes.usual_states import UsualStates
from sparsemix.errors import InputError

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
