"""What was expected beside a line and did not come, told by the log itself: what nearly all groups of lines have, and its own
group has not.

A group is what one identifier joins, told by the file and the weights in use: the lines of a block, an order, a session. Lines
have kinds. Other groups that hold a line of the same kind
say what stands before the first such line, and what behind the last. A kind of line that nearly all of them have on one side,
and the line's own group has not, was expected. Not counted are groups that may have begun before the file, or may go on behind
its end: those with fewer lines of the file on that side than 95 % of the others need.

The probability that a group has a kind that k of n groups have is estimated as (k + 1/2) / (n + 1), and must be 0.9: 5 of 5
groups suffice, 9 of 10 do not, 13 of 14 do. Source: Krichevsky, Trofimov 1981, "The performance of universal encoding" (IEEE
Transactions on Information Theory 27).

Axis letters: N events, G groups, P pairs of a group and a line in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from sparsemix.encoding.entities import Entities, EntityType, entities_from, meant
from sparsemix.encoding.entity_types import find_types
from sparsemix.encoding.entity_words import masked, words_of
from sparsemix.encoding.file_identifiers import Surroundings, identifiers_of
from sparsemix.encoding.file_statistics.statistics import CODES, file_statistics
from sparsemix.encoding.file_statistics.surprise import Codes
from sparsemix.encoding.matches import ranges
from sparsemix.encoding.of_file import MATCHED, code_entities
from sparsemix.encoding.sequence import Event, SameEvents, TokenSequence, template
from sparsemix.encoding.tokens import numbered
from sparsemix.judges.judge import Judge

# Lines of a kind or group that are compared, and lines of the file that words are counted in: names cost the same in any file.
_COMPARED, _COUNTED = 100, 2_000
_SESSIONS = tuple(kind for kind in MATCHED if kind.name in ("same session", "same session 2"))


@dataclass(frozen=True, slots=True)
class LineGroups:
    """N lines by group. ``entities``: the groups of each line, as identifiers; ``first`` [G + 1]: where every group begins
    among these, and where the last one ends; ``names`` of the groups, none for sessions that the statistics tell; ``kind``
    [N] of each line, and its number ``line`` [N] in the file; its ``message`` [N]."""

    entities: Entities
    first: NDArray[np.int64]
    names: tuple[str, ...]
    kind: Codes
    line: NDArray[np.int64]
    message: tuple[str, ...]

    def name(self, code: int) -> str | None:
        """Return the word that names a group: of a session that the statistics tell, the word that its lines share and that the
        fewest lines of the file hold; None where they share none."""
        if self.names:
            return self.names[code]
        events = self.entities.event[slice(*self.first[code : code + 2])].tolist()
        first, *others = (self.message[event] for event in events[:_COMPARED])
        shared = dict.fromkeys(words_of(first))
        for message in others:
            there = set(words_of(message))
            shared = {word: None for word in shared if word in there}
        counted = self.message[:: 1 + len(self.message) // _COUNTED]
        return min(shared, key=lambda word: sum(word in message for message in counted), default=None)

    def template(self, event: int) -> str:
        """Return the template of an event's message, in which words are masked, too, that name its groups or that other lines
        of its kind do not have."""
        codes = self.entities.code[self.entities.order[slice(*self.entities.pointer[event : event + 2])]]
        names = [name for code in codes.tolist() if (name := self.name(code))]
        alike = [set(words_of(self.message[other])) for other in np.flatnonzero(self.kind == self.kind[event])[:_COMPARED]]
        differing = [word for word in words_of(self.message[event]) if any(word not in other for other in alike)]
        return " ".join(_template(self.message[event], [*names, *differing]).split())


def line_groups(sequence: TokenSequence, judge: Judge) -> tuple[LineGroups, ...]:
    """Return the lines of a log by group: by the types of words that the weights match by, else by the types that the file
    itself shows; where the weights judge a file by itself, by its sessions first. Rows of a table are in no group. Those of the
    last two files are remembered."""
    table = sequence.source_format == "csv"
    return _groups(SameEvents(() if table else sequence.events), judge.word_types, judge.reading.around, judge.by_itself)


@lru_cache(maxsize=2)
def _groups(same: SameEvents, types: tuple[EntityType, ...], around: Surroundings, of_file: bool) -> tuple[LineGroups, ...]:
    events = same.events
    messages = tuple(event.message for event in events)
    types = types or find_types([messages])
    # Machines and users are in most lines, and nothing is expected of them: of few lines are the words of the others.
    few = [at for at, kind in enumerate(types) if kind.nearest == max(other.nearest for other in types)]
    around = tuple(around[at] for at in few) if around else ()
    types = tuple(types[at] for at in few)
    found = identifiers_of(messages, types, around)
    # In the order of their codes, which is that of their first lines.
    names = tuple(word for word, _ in dict.fromkeys(meant(*one) for words in found for one in words))
    kinds = (_template(message, [word for word, _ in words]) for message, words in zip(messages, found, strict=True))
    by_word = _line_groups(events, messages, entities_from(found, types), names, numbered(kinds)[1])
    if not (of_file and events):
        return (by_word,)
    codes = file_statistics(events).codes
    return _line_groups(events, messages, code_entities(codes, _SESSIONS), (), codes[CODES.index("kind")]), by_word


def _template(message: str, words: Sequence[str]) -> str:
    """Return the template of a message; identifiers of letters alone are masked as #."""
    return template(masked(message, [word for word in words if template(word) == word]))


def _line_groups(
    events: Sequence[Event], messages: tuple[str, ...], entities: Entities, names: tuple[str, ...], kind: Codes
) -> LineGroups:
    groups = int(entities.code.max(initial=-1)) + 1
    first = np.searchsorted(entities.code, np.arange(groups + 1)).astype(np.int64)
    lines = np.array([event.line for event in events], np.int64)
    return LineGroups(entities, first, names, kind, lines, messages)


_LEAST_GROUPS, _LEAST_SHARE = 5, 0.9
_USUAL = 0.95
# Of the other groups the nearest ones count, of each the lines nearest to the one that is compared, and of all kinds the most
# frequent: so one line costs the same in a file of any length.
_MOST_GROUPS, _MOST_LINES, _MOST_KINDS = 1_000, 200, 200
_NAMED = 5

Side = Literal["before", "after"]
_Long = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class MissingLine:
    """A kind of line that was expected ``before`` or ``after`` a line (``side``) and is not there: its ``template``; an example
    in another group, its ``line`` and ``text``; in how many of the other ``groups`` it is (``groups_with``), usually how many
    ``lines`` away (median); ``identifier``: the word that names the line's own group, None where its lines share no word."""

    side: Side
    template: str
    line: int
    text: str
    groups_with: int
    groups: int
    lines: int
    identifier: str | None


@dataclass(frozen=True, slots=True)
class _Expected:
    """A ``kind`` on one ``side``, with what a `MissingLine` says of it; ``event``: that of its example."""

    side: Side
    kind: int
    groups_with: int
    groups: int
    lines: int
    event: int

    @property
    def likely(self) -> float:
        """Return the estimated probability that a group has the kind."""
        return (self.groups_with + 0.5) / (self.groups + 1)


def missing_lines(sequence: TokenSequence, judge: Judge, event: int) -> tuple[MissingLine, ...]:
    """Return what was expected beside an event of a log and did not come, the most certain and then the nearest first: at most
    five kinds; ``judge``: that of the weights that judged the log."""
    return next(filter(None, (_missing(groups, sequence, event) for groups in line_groups(sequence, judge))), ())


def _missing(groups: LineGroups, sequence: TokenSequence, event: int) -> tuple[MissingLine, ...]:
    found: dict[tuple[Side, int], tuple[_Expected, int]] = {}
    for group, expected in expected_beside(groups, event):
        known = found.get((expected.side, expected.kind))
        if known is None or known[0].likely < expected.likely:
            found[expected.side, expected.kind] = expected, group
    ranked = sorted(found.values(), key=lambda one: (-one[0].likely, one[0].lines, one[0].side, one[0].kind))
    missing = []
    for one, group in ranked[:_NAMED]:
        example = sequence.events[one.event]
        words = groups.template(one.event), example.line, example.text
        missing.append(MissingLine(one.side, *words, one.groups_with, one.groups, one.lines, groups.name(group)))
    return tuple(missing)


def expected_beside(groups: LineGroups, event: int) -> Iterator[tuple[int, _Expected]]:
    """Yield the kinds that an event lacks, each with the code of its group that does."""
    of = groups.entities
    if not len(of):
        return
    alike = groups.kind[of.event] == groups.kind[event]
    for own in of.order[of.pointer[event] : of.pointer[event + 1]].tolist():
        code = int(of.code[own])
        start, stop = groups.first[code : code + 2].tolist()
        own_alike = start + np.flatnonzero(alike[start:stop])
        others = np.flatnonzero(alike & (of.type == of.type[own]) & (of.code != code))
        new = np.diff(of.code[others], prepend=-1) != 0
        sides: tuple[tuple[Side, _Long, int, _Long], ...] = (
            ("before", others[new], own_alike[0], of.event[start:own]),
            ("after", others[np.roll(new, -1)], own_alike[-1], of.event[own + 1 : stop]),
        )
        for side, anchors, own_anchor, there in sides:
            known = set(groups.kind[there].tolist())
            for expected in _expected(groups, side, anchors, own_anchor):
                if expected.kind not in known:
                    yield code, expected


def _expected(groups: LineGroups, side: Side, anchors: _Long, own: int) -> Iterator[_Expected]:
    """Yield the kinds that nearly all groups have on one side of their ``anchors`` [G], as far as the file has room for them
    beside the anchor of the group itself, ``own``. Anchors are places among the identifiers."""
    event, line = groups.entities.event, groups.line
    anchors = anchors[np.argsort(np.abs(event[anchors] - event[own]), kind="stable")[:_MOST_GROUPS]]
    at, edge = line[event[anchors]], line[0 if side == "before" else -1]
    room, own_room = np.abs(edge - at), abs(int(edge - line[event[own]]))
    group, other = _beside(groups, side, anchors)
    kind, away = groups.kind[event[other]], np.abs(line[event[other]] - at[group])
    # The nearest line of every kind in every group, kind by kind.
    order = np.lexsort([away, group, kind])
    kind, group, away, other = kind[order], group[order], away[order], other[order]
    new = (np.diff(kind, prepend=-1) != 0) | (np.diff(group, prepend=-1) != 0)
    kind, group, away, other = kind[new], group[new], away[new], other[new]
    kinds, begin, counts = np.unique(kind, return_index=True, return_counts=True)
    for place in np.argsort(-counts, kind="stable")[:_MOST_KINDS].tolist():
        if counts[place] < _LEAST_GROUPS:
            return
        of_kind = slice(begin[place], begin[place] + counts[place])
        usual = int(np.quantile(away[of_kind], _USUAL, method="higher"))
        counted = int((room >= usual).sum())
        found = _Expected(
            side,
            int(kinds[place]),
            int((room[group[of_kind]] >= usual).sum()),
            counted,
            int(np.median(away[of_kind])),
            # In the nearest group.
            int(event[other[of_kind][group[of_kind].argmin()]]),
        )
        if own_room >= usual and counted >= _LEAST_GROUPS and found.likely >= _LEAST_SHARE:
            yield found


def _beside(groups: LineGroups, side: Side, anchors: _Long) -> tuple[_Long, _Long]:
    """Return the lines on one side of the anchors [G]: the number of the group [P], and the place among the identifiers [P]."""
    code = groups.entities.code[anchors]
    if side == "before":
        start, stop = np.maximum(groups.first[code], anchors - _MOST_LINES), anchors
    else:
        start, stop = anchors + 1, np.minimum(groups.first[code + 1], anchors + 1 + _MOST_LINES)
    counts = stop - start
    return np.repeat(np.arange(len(anchors)), counts), ranges(start, counts)
