"""States: what earlier lines set for a subject, and whether a line agrees with it.

A *subject* is a word of a domain (``domains``), such as a station or a valve. Two things are told about a line by earlier lines
of its subject:

- *Agreement*: lines of one kind say what lines of another kind set last for the same subject: a run has the recipe of the last
  set-up. Counted are pairs of kinds that agree more often than chance; a line that does not agree is a mismatch.
- *State*: lines of kinds that are worded alike are alternatives, such as opened and closed, and the last of them holds. It
  tells how rare the alternative is, whether it is worded longer ("not verified" beside "verified"), and whether it is more
  severe.

Axis letters: N events, S events that name a subject, P pairs of lines.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from sparsemix.encoding.file_statistics.alternatives import Alternatives, alternatives, constant_words, variants
from sparsemix.encoding.file_statistics.domains import BySubject, Domain, by_subject, domains, varying
from sparsemix.encoding.file_statistics.lines import Lines
from sparsemix.encoding.file_statistics.surprise import Codes, Column, in_order, members

_MOST_KINDS, _LEAST_PAIRS, _LEAST_AGREED = 12, 6, 3


@dataclass(frozen=True, slots=True)
class Link:
    """Lines of one kind that say what others ``set`` for the same subject: the ``events`` of the former, the lines of the
    latter, whether each ``agrees``, whether it ``repeats`` what was set before that, the ``evidence`` and the ``surprise``."""

    events: Codes
    set: Codes
    agrees: NDArray[np.bool_]
    repeats: NDArray[np.bool_]
    evidence: Column
    surprise: Column


def best_links(kind: Codes, shared: list[Domain], subjects: list[Domain]) -> list[Link]:
    """Return for every kind and domain of what it says the one link, of all kinds that may set it and all subjects, by which it
    agrees best; of two domains each of which may be the other's subject, the better one."""
    best: dict[tuple[int, int], tuple[float, int, Link]] = {}
    for subject, one in enumerate(subjects):
        at = by_subject(one)
        of_kind = sorted(members(in_order(kind[at.event])[0]), key=lambda places: -len(places))
        for number, value in enumerate(shared):
            if value is one:
                continue
            for saying, link in _links(kind, at, of_kind, value.code):
                evidence = float(link.evidence.mean())
                if evidence > best.get((saying, number), (0.0,))[0]:
                    best[saying, number] = (evidence, subject, link)
    return [
        link
        for (saying, number), (evidence, subject, link) in best.items()
        if best.get((saying, subject), (0.0, -1))[:2] <= (evidence, number) or best[saying, subject][1] != number
    ]


def _links(kind: Codes, at: BySubject, of_kind: list[Codes], value: Codes) -> Iterator[tuple[int, Link]]:
    """Yield the kinds that have a value of what another kind set for their subject, and how they agree with it; ``of_kind``:
    the places of each kind, of which all or none have a value, the most frequent first."""
    value = value[at.event]
    common = [places for places in of_kind if value[places[0]] >= 0][:_MOST_KINDS]
    common = [places for places in common if len(places) >= _LEAST_AGREED]
    for setting in common:
        sets = np.zeros(len(value), np.bool_)
        sets[setting] = True
        latest = at.last(sets)
        for saying in common:
            places = saying[latest[saying] >= 0]
            if saying is setting or len(places) < _LEAST_PAIRS:
                continue
            last = latest[places]
            before = latest[last]
            own, theirs = value[places], value[last]
            agrees = own == theirs
            evidence, surprise = _evidence(agrees, _chance(own, theirs))
            repeats = ~agrees & (before >= 0) & (value[before] == own)
            yield int(kind[at.event[places[0]]]), Link(at.event[places], at.event[last], agrees, repeats, evidence, surprise)


def _chance(own: Codes, theirs: Codes) -> float:
    """Return how often values would agree by chance."""
    most = int(max(own.max(), theirs.max())) + 1
    shares = (np.bincount(codes, minlength=most) / len(codes) for codes in (own, theirs))
    return float(np.prod(list(shares), 0).sum())


def _evidence(agrees: NDArray[np.bool_], chance: float) -> tuple[Column, Column]:
    """Return for every pair the evidence of all others that pairs agree more often than by ``chance``, in nats, and the
    surprise at a pair that does not agree."""
    others = len(agrees) - 1
    agreed = agrees.sum() - agrees
    share = (agreed + 0.5) / (others + 1.0)
    chance = min(max(chance, 0.5 / (others + 1.0)), 1.0 - 1e-6)
    inner = np.clip(share, 1e-9, 1.0 - 1e-9)
    divergence = inner * np.log(inner / chance) + (1.0 - inner) * np.log((1.0 - inner) / (1.0 - chance))
    real = (share > chance) & (agreed >= _LEAST_AGREED)
    return np.where(real, others * divergence, 0.0), -np.log1p(-inner)


_MOST_SUBJECTS = 6
# Evidence in nats from which kinds count as setting what others say.
_SETS = 3.0
# Of lines that may decide, a mismatch comes before a state, by this factor on its evidence; a state of a wider subject counts
# less; and what says that all is well decides where nothing else does.
_MISMATCH, _WIDER, _WEAKEST = 10.0, 0.3, 0.01


@dataclass(frozen=True, slots=True)
class States:
    """Columns [N]. ``mismatch``: log(1 + evidence in nats) that lines of this kind agree with what was set, where this one does
    not; its ``mismatch_surprise`` in nats; ``match``: as the first, where it agrees; ``repeats``: whether a mismatch has what
    was set before the last. Of the states of its subjects, the highest each: how much ``rarer`` one is than the usual
    alternative, in nats; whether it is ``marked``; how much more ``severe`` it is; and the sum of the three (``doubtful``). Of
    its narrowest subject alone, the same of the most doubtful state (``own_...``), how ``narrow`` the subject is, as the rarity
    of lines with such a subject in nats, and log(1 + events) since that state (``age``). Of a state that the line itself sets:
    the sum (``sets``). ``large``: whether a number of the line belongs to the larger of two sizes that numbers there have, and
    ``doubtful_large``: the lesser of this and ``doubtful``. ``code`` [N]: the index of the line that decides, -1 for none."""

    mismatch: Column
    mismatch_surprise: Column
    match: Column
    repeats: Column
    rarer: Column
    marked: Column
    severe: Column
    doubtful: Column
    own_rarer: Column
    own_marked: Column
    own_severe: Column
    own_doubtful: Column
    narrow: Column
    age: Column
    sets: Column
    large: Column
    doubtful_large: Column
    code: Codes = field(repr=False)

    def with_large(self, large: Column) -> States:
        """Return the columns with those of ``large`` [N], see `numbers.odd_numbers`."""
        return replace(self, large=large, doubtful_large=np.minimum(large, self.doubtful))


@dataclass(slots=True)
class _Found:
    """The columns so far, and for every event the line that decides it, how strongly, and whether it sets something [N]."""

    columns: dict[str, Column]
    decider: Codes
    strength: Column
    sets: NDArray[np.bool_]

    def highest(self, name: str, events: Codes, values: Column) -> None:
        np.maximum.at(self.columns[name], events, values)

    def decide(self, events: Codes, deciders: Codes, strength: Column) -> None:
        """Note the lines that decide events, where they are stronger than those noted so far."""
        self.sets[deciders] = True
        better = strength > self.strength[events]
        self.decider[events[better]] = deciders[better]
        self.strength[events[better]] = strength[better]


COLUMNS = tuple(name for name in States.__slots__ if name != "code")
"""Names of the columns."""


def no_states(length: int) -> States:
    """Return the columns of so many events of which none has a state."""
    return States(**{name: np.zeros(length) for name in COLUMNS}, code=np.full(length, -1, np.int64))


def states(lines: Lines, grade: Column) -> States:
    """Return what earlier lines set for every event, without what `with_large` adds; ``grade`` [N]: how severe each is."""
    length = len(lines)
    found = _Found(
        {name: np.zeros(length) for name in COLUMNS}, np.full(length, -1), np.zeros(length), np.zeros(length, np.bool_)
    )
    own = members(lines.kind)
    places = varying(lines, own)
    shared = domains(lines, own, places)
    subjects = [one for one in shared if len(one.words) > 1][:_MOST_SUBJECTS]
    for link in best_links(lines.kind, shared, subjects):
        _note(found, link)
    variant, constant = variants(lines, own, places), constant_words(lines, own)
    held = [(subject, alternatives(lines, own, variant, constant, subject, grade)) for subject in subjects]
    held = [(subject, of_subject) for subject, of_subject in held if of_subject]
    narrow = np.full(length, -1)
    for number, (subject, _) in enumerate(held):
        there = subject.code >= 0
        narrow[there] = number
        found.columns["narrow"][there] = -np.log(there.mean())
    for number, (subject, of_subject) in enumerate(held):
        at = by_subject(subject)
        for group in of_subject:
            _state(found, at, group, narrow == number)
    # A line that sets is matched by its own index, unless it is itself a mismatch.
    own_index = found.sets & (found.strength < _MISMATCH * _SETS)
    return States(**found.columns, code=np.where(own_index, np.arange(length), found.decider))


def _note(found: _Found, link: Link) -> None:
    """Note where lines do not agree with what was set."""
    evidence = np.log1p(link.evidence)
    told = link.evidence >= _SETS
    found.highest("mismatch", link.events, np.where(link.agrees, 0.0, evidence))
    found.highest("mismatch_surprise", link.events, np.where(told & ~link.agrees, link.surprise, 0.0))
    found.highest("match", link.events, np.where(link.agrees, evidence, 0.0))
    found.highest("repeats", link.events, (told & link.repeats).astype(np.float64))
    strength = np.where(link.agrees, _WEAKEST, _MISMATCH * link.evidence)
    found.decide(link.events[told], link.set[told], strength[told])


def _state(found: _Found, at: BySubject, group: Alternatives, narrow: NDArray[np.bool_]) -> None:
    """Note at the events of every subject what the last event of a group of alternatives says."""
    doubtful = group.doubtful
    found.highest("sets", np.flatnonzero(group.there), doubtful[group.there])
    sets = group.there[at.event]
    last = at.last(sets)
    place = np.flatnonzero((last >= 0) & ~sets)
    told, decider = at.event[place], at.event[last[place]]
    own = narrow[told]
    more = own & (doubtful[decider] > found.columns["own_doubtful"][told])
    for name, values in (("rarer", group.rarer), ("marked", group.marked), ("severe", group.severe), ("doubtful", doubtful)):
        found.highest(name, told, values[decider])
        found.columns[f"own_{name}"][told[more]] = values[decider[more]]
    found.columns["age"][told[more]] = np.log1p(told - decider)[more]
    found.decide(told, decider, (doubtful[decider] + _WEAKEST) * np.where(own, 1.0, _WIDER))
