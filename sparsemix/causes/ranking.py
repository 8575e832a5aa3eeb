"""The variables that led to an alarm, ranked, each with its evidence.

What anyone would try first are terms of one score, each in nats, so that none has to be chosen: how surprising a variable's
state is together with the states of others, at the time of the latest active alarm (the mean of its five most surprising
pairs, ``UsualStates``); how rare the state is in normal runs; and with ``names``, whether its name begins like that of any
active alarm, and like that of the latest, each as much as a state that one normal run in twenty holds, for plants name what
belongs together alike. A cause disagrees with many others, while a variable that only suffers from it disagrees with the cause:
of two with the same score, the one that disagrees with more is first, then the one that changed first. A range of a number is
cut by this program and not by the machine, so it has to be twice as rare.

The time of the alarm, because what happens after it, such as the stop of the machine, is its consequence.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from sparsemix.causes.event_table import EventTable
from sparsemix.causes.usual_states import UsualStates
from sparsemix.errors import InputError

_SHOWN = 10  # pieces of evidence
_ALIKE = math.log(20.0)
_CUT = math.log(2.0)
# The alarm's own row and those that its controller writes with it.
_AFTER = 0.05  # seconds
_STEM = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Terms:
    """What counts for the score: the mean surprise of so many ``pairs``, and the weights of the other terms."""

    pairs: int = 5
    rarity: float = 1.0
    alike: float = _ALIKE
    latest: float = _ALIKE


TERMS = Terms()


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
    explained; ``score`` in nats; ``alike``: its name begins like an active alarm's, ``latest``: like the latest's; the
    ``rarity`` of its state in nats; the ``evidence``, the most surprising first."""

    variable: str
    value: str
    since: float
    line: int
    score: float
    alike: bool
    latest: bool
    rarity: float
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


def causes(
    run: EventTable, usual: UsualStates, moment: float, *, names: bool = True, terms: Terms | None = None
) -> list[Cause]:
    """Rank the variables of a run at a ``moment`` (seconds), the likeliest cause first; ``names``: whether names count."""
    terms = terms or Terms()
    state: dict[str, tuple[float, str, int]] = {}
    for change in usual.ranged(run.until(moment)).changes:
        if change.node not in run.alarms and (change.node not in state or state[change.node][1] != change.value):
            state[change.node] = change.time, change.value, change.line
    active = [_stem(alarm) for _, alarm in run.active(moment)] if names else []
    known = [variable for variable in usual.variables if variable in state]
    ranked: list[tuple[float, Cause]] = []
    for variable, (since, value, line) in state.items():
        evidence = []
        for other in known if variable in usual.variables else ():
            if usual.comparable(variable, other):
                other_since, other_value, _ = state[other]
                seconds = moment - max(since, other_since)
                surprise, runs = usual.surprise((variable, value), (other, other_value), seconds)
                evidence.append(CauseEvidence(other, other_value, seconds, runs, surprise))
        evidence.sort(key=lambda one: -one.surprise)
        alike, latest = _stem(variable) in active, _stem(variable) in active[-1:]
        score = rarity = 0.0
        # A name alone is no evidence: a variable that cannot be compared stays last.
        if evidence:
            rarity = usual.rarity((variable, value))
            score = sum(one.surprise for one in evidence[: terms.pairs]) / terms.pairs + terms.rarity * rarity
            score += terms.alike * alike + terms.latest * latest - _CUT * (variable in usual.edges)
        every = sum(one.surprise for one in evidence)
        ranked.append(
            (every, Cause(variable, value, moment - since, line, score, alike, latest, rarity, tuple(evidence[:_SHOWN])))
        )
    # What is left is decided by names, so that a run has one answer.
    ranked.sort(key=lambda one: (-one[1].score, -one[0], -one[1].since, one[1].variable))
    return [cause for _, cause in ranked]


def not_compared(run: EventTable, usual: UsualStates, ranked: Sequence[Cause]) -> dict[str, str]:
    """Return the variables that could not be compared, in order of their names, each with the reason."""
    own, known = {cause.variable for cause in ranked}, {*usual.variables, *usual.left_out}
    reasons = dict(usual.left_out) | dict.fromkeys(known - own, "this run does not have it")
    reasons |= dict.fromkeys(known & run.alarms, "an alarm in this run") | dict.fromkeys(own - known, "no normal run has it")
    return dict(sorted(reasons.items()))


def as_json(run: EventTable, usual: UsualStates, moment: float, ranked: Sequence[Cause]) -> dict[str, object]:
    """Return ranked variables as JSON types, with the alarms that are active at the ``moment``, how many normal runs say
    what is usual, and which variables were not compared, with why."""
    return {
        "file": run.name,
        "moment": moment,
        "alarms": [{"alarm": alarm, "since": since} for since, alarm in run.active(moment)],
        "normal_runs": usual.runs,
        "left_out": not_compared(run, usual, ranked),
        "causes": [asdict(cause) for cause in ranked],
    }


def _stem(name: str) -> str:
    found = _STEM.search(name)
    return found[0].lower() if found else name.lower()
