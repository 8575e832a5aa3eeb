"""Identifiers of a file, the sessions that they name, and what the order within a session makes unusual.

What is an identifier is told by the file alone, not by a list of patterns: words at one *place* of the lines (the first to the
fourth word, a word of one shape, or a word of one shape after a certain word) that repeat, yet are many. A place *names
sessions* where the lines with the same word follow each other more regularly than lines do in the file, and where the kind of a
line does not give the word away.

Axis letters: N events.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sparsemix.encoding.file_statistics.lines import Lines
from sparsemix.encoding.file_statistics.surprise import Codes, Column, in_order, surprise, surprise_given
from sparsemix.encoding.matches import ranges

_FIRST_WORDS = 4
_LEAST_LINES, _LEAST_SHARE = 8, 0.03
_MOST_PLACES = 24
_REPEATED = 0.5
# Surprise at a session's word, given the kind of its line: from this share of the surprise without the kind on, the kind does
# not give the word away.
_FREE = 0.6
# Nats per line that the order within sessions must save.
_LEAST_GAIN = 0.02
_MOST_SURPRISE = 8.0
_TOLD = 0.6
_PLACES_COMPARED = 7
_LEAST_COMMON = 10

Place = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sessions:
    """Sessions named at one place. ``code`` [N]: the session's code, -1 for lines of none; ``order`` [S]: the indices of their
    lines, session by session; ``first`` bool [S]: which of these begin a session."""

    code: Codes
    order: NDArray[np.int64]
    first: NDArray[np.bool_]

    @property
    def last(self) -> NDArray[np.bool_]:
        """Return which lines of ``order`` end a session [S]."""
        return np.append(self.first[1:], True) if len(self.first) else self.first

    def spread(self, values: NDArray[np.float64]) -> Column:
        """Return the values [S] of the lines in ``order`` at their lines [N], 0 at lines without a session."""
        column = np.zeros(len(self.code))
        column[self.order] = values
        return column


class SessionOrder(NamedTuple):
    """Columns [N] of one kind of sessions, 0 at lines of none: surprise at a line given the one ``before`` it in its session;
    given the one ``after`` it; at what ``follows`` it, and at the following line; the mean of the first over the line and its
    neighbours in the session; whether the line is ``in_session``; and log(1 + lines) since the session's line before."""

    before: Column
    after: Column
    follows: Column
    following: Column
    around: Column
    in_session: Column
    distance: Column


def identifiers(lines: Lines) -> list[Codes]:
    """Return the places that hold identifiers, by how many lines have one, as codes [N], -1 where a line has none."""
    found: dict[bytes, Codes] = {}
    for forms, numbers in _places(lines, max(_LEAST_LINES, _LEAST_SHARE * len(lines))):
        if len(found) == _MOST_PLACES:
            break
        of_form = np.full(len(lines.forms), -1)
        of_form[forms] = numbers
        number = of_form[lines.form]
        there = np.flatnonzero(number >= 0)
        code, first = in_order(lines.at(there, number[there]))
        count = np.bincount(code)
        if len(first) > 1 and count[count > 1].sum() >= _REPEATED * len(there):
            codes = np.full(len(lines), -1, np.int64)
            codes[there] = code
            found.setdefault(codes.tobytes(), codes)
    return list(found.values())


def _places(lines: Lines, least: float) -> list[tuple[Codes, Codes]]:
    """Return the places that so many lines have, the most frequent first: the forms that have it, and the number of the first
    word at it in each. Lines of one form have the same places."""
    _, example, often = np.unique(lines.form, return_index=True, return_counts=True)
    length = lines.length[example]
    form, number = np.repeat(np.arange(len(often)), length), ranges(np.zeros_like(length), length)
    word = lines.at(example[form], number)
    shape, varies = lines.shape[word], lines.varies[word]
    before = np.where((number > 0) & ~np.append(True, varies)[:-1], np.append(0, word)[:-1], 0)

    def frequent(at: Codes, parts: Codes) -> Codes:
        return at[(np.bincount(parts[at], often[form[at]]) >= least)[parts[at]]]

    # Of rare places, which can be millions, few are kept.
    first, of_shape = np.flatnonzero(number < _FIRST_WORDS), frequent(np.flatnonzero(varies), shape)
    after = frequent(of_shape, before)
    shapes = len(lines.shapes)
    place = np.concatenate(
        [number[first], shape[of_shape] + _FIRST_WORDS, shape[after] + _FIRST_WORDS + shapes * (1 + before[after])]
    )
    at = np.concatenate([first, of_shape, after])[order := np.argsort(place, kind="stable")]
    new = np.flatnonzero((np.diff(place[order], prepend=-1) != 0) | (np.diff(form[at], prepend=-1) != 0))
    at, place = at[new], place[order][new]
    edge = np.append(np.flatnonzero(np.diff(place, prepend=-1)), len(place))
    total = np.diff(np.append(0, often[form[at]].cumsum())[edge])

    def name(one: int) -> Place:
        if place[one] < _FIRST_WORDS:
            return "first", str(place[one])
        own = lines.shapes[shape[at[one]]]
        return ("shape", own) if place[one] < _FIRST_WORDS + shapes else ("after", lines.words[before[at[one]]], own)

    chosen = np.flatnonzero(total >= least).tolist()
    chosen.sort(key=lambda one: (-total[one], name(int(edge[one]))))
    parts = [at[edge[one] : edge[one + 1]] for one in chosen]
    return [(form[part], number[part]) for part in parts]


def sessions(places: Sequence[Codes], kind: Codes, usual: Column, most: int) -> list[Sessions]:
    """Return at most so many kinds of sessions, the most regular first; ``kind`` [N] of the lines, and the ``usual`` surprise
    at them [N] given the line before."""
    gains: list[tuple[float, Sessions]] = []
    for code in places:
        named = _sessions(code)
        at = named.order
        alone = surprise(code[at]).mean()
        if surprise_given(kind[at], code[at])[0].mean() < _FREE * alone:
            continue
        told = np.minimum(surprise_given(code[at], kind[at])[0], _MOST_SURPRISE).sum()
        expected = min(float(np.minimum(usual[at], _MOST_SURPRISE).sum()), float(told))
        gain = expected - float(np.minimum(session_order(named, kind).before[at], _MOST_SURPRISE).sum())
        if gain >= _LEAST_GAIN * len(kind):
            gains.append((gain, named))
    return [named for _, named in sorted(gains, key=lambda one: -one[0])[:most]]


def _sessions(code: Codes) -> Sessions:
    at = np.flatnonzero(code >= 0)
    order = at[np.argsort(code[at], kind="stable")]
    first = np.append(True, code[order][1:] != code[order][:-1])
    return Sessions(code, order, first)


def session_order(named: Sessions, kind: Codes) -> SessionOrder:
    """Return how usual the order of the lines' ``kind`` [N] is within their sessions. Begin and end of a session count as kinds
    of their own."""
    own, edge = kind[named.order], int(kind.max()) + 1
    previous = np.where(named.first, edge, np.roll(own, 1))
    following = np.where(named.last, edge, np.roll(own, -1))
    before, after, follows = (surprise_given(*pair)[0] for pair in ((previous, own), (following, own), (own, following)))
    distance = np.log1p(np.where(named.first, 0, named.order - np.roll(named.order, 1)))
    of_next = np.where(named.last, 0.0, np.roll(before, -1))
    around = (np.where(named.first, 0.0, np.roll(before, 1)) + before + of_next) / 3.0
    columns = (before, after, follows, of_next, around, np.ones(len(own)), distance)
    return SessionOrder(*(named.spread(column) for column in columns))


def disagreement(places: Sequence[Codes], others: Sequence[Codes]) -> tuple[Column, Column]:
    """Return, for every line, the highest surprise in excess of the mean at a word of one place given that of another [N], and
    the share of these pairs of places that never held these two words together elsewhere [N].

    ``places``: the identifiers; ``others``: further codes [N] that identifiers may determine, such as the kind. Counted are
    pairs of places where one word tells much about the other.
    """
    length = len(others[0])
    most, new, pairs = np.zeros(length), np.zeros(length), np.zeros(length)
    compared = places[:_PLACES_COMPARED]
    for number, context in enumerate(compared):
        for value in [*compared[:number], *compared[number + 1 :], *others]:
            at = np.flatnonzero((context >= 0) & (value >= 0))
            if len(at) < _LEAST_COMMON:
                continue
            given, together, alone = surprise_given(context[at], value[at])
            if given.mean() > _TOLD * surprise(value[at]).mean():
                continue
            most[at] = np.maximum(most[at], np.where(alone > 1, given - given.mean(), 0.0))
            new[at] += (together == 0) & (alone > 2)
            pairs[at] += 1
    return most, new / np.maximum(pairs, 1)
