"""What was expected beside a line and did not come, told by the log itself: what nearly all groups of lines have, and its own
group has not.

A group is what one identifier joins: the lines of a block, an order, a session. Other groups that hold a line of the same kind
say what stands before the first such line, and what behind the last. A kind of line that nearly all of them have on one side,
and the line's own group has not, was expected. Not counted are groups that may have begun before the file, or may go on behind
its end: those with fewer lines of the file on that side than 95 % of the others need.

The probability that a group has a kind that k of n groups have is estimated as (k + 1/2) / (n + 1), and must be 0.9: 5 of 5
groups suffice, 9 of 10 do not, 13 of 14 do. Source: Krichevsky, Trofimov 1981, "The performance of universal encoding" (IEEE
Transactions on Information Theory 27).

Axis letters: N events, G groups, P pairs of a group and a line in it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from sparsemix.causes.line_groups import LineGroups, line_groups
from sparsemix.config import SparseMixConfig
from sparsemix.encoding.matches import ranges
from sparsemix.encoding.sequence import TokenSequence

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


def missing_lines(sequence: TokenSequence, config: SparseMixConfig, event: int) -> tuple[MissingLine, ...]:
    """Return what was expected beside an event of a log and did not come, the most certain and then the nearest first: at most
    five kinds; ``config``: that of the weights that judged the log."""
    return next(filter(None, (_missing(groups, sequence, event) for groups in line_groups(sequence, config))), ())


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
