"""Identifiers of a file, the sessions that they name, and what the order within a session makes unusual.

What is an identifier is told by the file alone, not by a list of patterns: words at one *place* of the lines (the first to the
fourth word, a word of one shape, or a word of one shape after a certain word) that repeat, yet are many. A place *names
sessions* where the lines with the same word follow each other more regularly than lines do in the file, and where the kind of a
line does not give the word away.

Axis letters: N events.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sparsemix.encoding.file_statistics.domains import members
from sparsemix.encoding.file_statistics.lines import Lines
from sparsemix.encoding.file_statistics.surprise import Codes, Column, codes_of, surprise, surprise_given

_FIRST_WORDS = 4
_LEAST_LINES, _LEAST_SHARE = 8, 0.03
_MOST_PLACES = 24
_BUCKETS = 2**20
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
    length = len(lines.words)
    least = max(_LEAST_LINES, _LEAST_SHARE * length)
    own = members(lines.form)
    # Places of one bucket count together: no frequent place is lost, and of rare ones, which can be millions, few are kept.
    often = [0] * _BUCKETS
    for events in own:
        for place in _places(lines, events):
            often[hash(place) % _BUCKETS] += len(events)
    forms: dict[Place, list[tuple[int, int]]] = defaultdict(list)
    for form, events in enumerate(own):
        for place, word in _places(lines, events).items():
            if often[hash(place) % _BUCKETS] >= least:
                forms[place].append((form, word))
    counted = [(sum(len(own[form]) for form, _ in of_place), place) for place, of_place in forms.items()]
    found: dict[bytes, Codes] = {}
    for count, place in sorted(counted, key=lambda item: (-item[0], item[1])):
        if count < least or len(found) == _MOST_PLACES:
            break
        at = {event: lines.words[event][word] for form, word in forms[place] for event in own[form].tolist()}
        words = Counter(at.values())
        if len(words) > 1 and sum(count for count in words.values() if count > 1) >= _REPEATED * len(at):
            there = sorted(at)
            codes = np.full(length, -1, np.int64)
            codes[there] = codes_of(at[event] for event in there)[0]
            found.setdefault(codes.tobytes(), codes)
    return list(found.values())


def _places(lines: Lines, events: Codes) -> dict[Place, int]:
    """Return the places of the events of one form, which are the same in all of them, and the number of the first word at
    each."""
    places: dict[Place, int] = {}
    before, event = "", int(events[0])
    for number, (word, shape) in enumerate(zip(lines.words[event], lines.shapes[event], strict=True)):
        if number < _FIRST_WORDS:
            places.setdefault(("first", str(number)), number)
        if word != shape:
            places.setdefault(("shape", shape), number)
            places.setdefault(("after", before, shape), number)
        before = word if word == shape else ""
    return places


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
