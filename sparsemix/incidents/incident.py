"""An incident: what happened, how far it goes, why it is shown, and what led to it.

Axis letters: N events.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from sparsemix.encoding.file_statistics.surprise import Codes
from sparsemix.encoding.sequence import Event, TokenSequence
from sparsemix.incidents.terms import REACH, Candidates

Fact = float | int | str


@dataclass(frozen=True, slots=True)
class Reason:
    """Why an incident is shown: the ``term``, its ``effect`` on the score (the score less that of a line that is usual in this
    term), and ``facts`` to say it with."""

    term: str
    effect: float
    facts: Mapping[str, Fact] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Cause:
    """An ``event`` that led to an incident: the ``rule`` by which it was found (`causes`; "pair": a selected pair), the
    ``word`` that tells it, and the ``effect``: by how much the incident's score falls without it (of lines that one rule
    found together: without all of them)."""

    event: int
    rule: str
    word: str
    effect: float


@dataclass(frozen=True, slots=True)
class Incident:
    """What happened: the events of the lines to show first (``lead``, the best in front), all its ``events`` ascending, its
    ``score``, whether it ``must`` be seen, the ``reasons`` with the strongest in front, and its ``causes``."""

    lead: tuple[int, ...]
    events: tuple[int, ...]
    score: float
    must: bool
    reasons: tuple[Reason, ...] = ()
    causes: tuple[Cause, ...] = ()


def came_before(sequence: TokenSequence, event: int, other: int) -> bool:
    """Return whether an event stands before another, and no clock says otherwise; of two sources: whether both clocks say
    so."""
    one, two = sequence.events[event].time, sequence.events[other].time
    if sequence.source_of(event) != sequence.source_of(other):
        return one is not None and two is not None and one < two
    return event < other and (one is None or two is None or one <= two)


def all_alike(events: Sequence[Event]) -> bool:
    """Return whether all events say the same, so that there is nothing to say about any of them."""
    return all(event.message == events[0].message and event.level == events[0].level for event in events)


_RARE, _LEADS = 3, 3
# Kinds that begin in the first tenth of a log begin with the log.
_BEGINNING = 0.1


def members(found: Candidates, number: int) -> Codes:
    """Return the events of a candidate's incident, ascending: the episode of its kind or the lines of its identifier; severe
    or rare lines close by; and all severe lines of kinds that begin with it, however long they go on: its consequences."""
    n, lead = len(found.grade), int(found.event[number])
    own = found.members[number - n] if number >= n else np.flatnonzero(found.episode == found.episode[lead])
    near = _near(found, lead)
    near = near[(found.grade[near] >= 1) | (found.episodes[near] <= _RARE)]
    return np.unique(np.concatenate([own, near, consequences(found, lead), [lead]]))


def consequences(found: Candidates, lead: int) -> Codes:
    """Return the severe events, after the lead of an incident, of kinds that begin with it in its source, however long they go
    on."""
    first, end = found.own_source(lead)
    kind, place = found.kind[first:end], np.arange(first, end)
    begins = np.full(int(kind.max()) + 1, end)
    np.minimum.at(begins, kind, place)
    with_it = (np.abs(begins - lead) <= REACH) & (begins > first + _BEGINNING * (end - first))
    return np.asarray(place[with_it[kind] & (found.grade[first:end] >= 1) & (place > lead)])


def leads(found: Candidates, lead: int) -> tuple[int, ...]:
    """Return the events to show first: the lead, then the severest of other kinds close to it."""
    near = _near(found, lead)
    near = near[found.grade[near] >= 1]
    chosen, kinds = [lead], {int(found.kind[lead])}
    for event in near[np.argsort(-found.grade[near], kind="stable")].tolist():
        if len(chosen) < _LEADS and int(found.kind[event]) not in kinds:
            chosen.append(event)
            kinds.add(int(found.kind[event]))
    return tuple(chosen)


def _near(found: Candidates, lead: int) -> Codes:
    """Return the events of the lead's source close to it."""
    first, end = found.own_source(lead)
    return np.arange(max(lead - REACH, first), min(lead + REACH + 1, end))
