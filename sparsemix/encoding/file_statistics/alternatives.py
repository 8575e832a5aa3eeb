"""Alternatives: lines of a subject that are worded alike and say different things, such as opened and closed, of which the last
one holds.

An alternative is *marked* where it is worded as another one and more, as negations are in many languages: "not verified" beside
"verified", "unlocked" beside "locked".

Axis letters: N events.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sparsemix.encoding.file_statistics.domains import Domain, WordPlace, groups
from sparsemix.encoding.file_statistics.lines import Lines
from sparsemix.encoding.file_statistics.surprise import Codes, Column, in_order

# Share of a file's lines that a group has at most, share of their words by which kinds are alternatives, most kinds, and
# groups.
_SELDOM, _ALIKE, _MOST_KINDS, _MOST_GROUPS = 0.12, 0.45, 64, 24
_LEAST_LINES, _MOST_VARIANTS = 6, 8
# Words that so many kinds have, and this share of all kinds, say nothing of one.
_LEAST_OFTEN, _OFTEN = 5, 0.25
# Characters in a row by which words are compared that are not in Latin letters, and may be written without spaces.
_OTHER = 2
# Share of the shorter word that two words have in common at their ends, to be one word and more.
_SAME_ENDS = 0.6


@dataclass(frozen=True, slots=True)
class Alternatives:
    """Columns [N], 0 for events of none: how much ``rarer`` the alternative is than the usual one, in nats; whether it is
    ``marked``; how much more ``severe`` it is; and which events belong to the group (``there``)."""

    there: NDArray[np.bool_]
    rarer: Column
    marked: Column
    severe: Column

    @property
    def doubtful(self) -> Column:
        """Return the sum of the three [N]."""
        return self.rarer + self.marked + self.severe


def variants(lines: Lines, own: list[Codes], places: list[WordPlace]) -> Codes:
    """Return the codes [N] of events by their kind and the words at places of two different words without digits; ``own``: the
    events of every kind."""
    key = np.zeros(len(lines), np.int64)
    for place in places:
        if len(place.texts) == 2 and not any(map(_has_digit, place.texts)):
            events, often = own[place.kind], int(place.often.min())
            if more(*place.texts) or more(*reversed(place.texts)) or (often > 1 and len(events) >= _LEAST_LINES):
                column = lines.at(events, place.word)
                key[events] = 2 * key[events] + (column != column[0])
    return in_order(in_order(key)[0] * len(own) + lines.kind)[0]


def constant_words(lines: Lines, own: list[Codes]) -> list[set[str]]:
    """Return the words without digits that all lines of each kind have, without those that many kinds have."""
    words = [_constant(lines, events) for events in own]
    often = Counter(word for one in words for word in one)
    most = max(_LEAST_OFTEN, _OFTEN * len(words))
    return [{word for word in one if often[word] < most} for one in words]


def alternatives(
    lines: Lines, own: list[Codes], variant: Codes, constant: list[set[str]], subject: Domain, grade: Column
) -> list[Alternatives]:
    """Return the groups of alternatives among the lines of a subject; ``constant``: what `constant_words` returns; ``grade``
    [N]: how severe each line is."""
    there = subject.code >= 0
    most = _SELDOM * len(variant)
    kinds = [kind for kind, events in enumerate(own) if len(events) <= most and bool(there[events].all())]
    kinds = sorted(kinds, key=lambda kind: -len(own[kind]))[:_MOST_KINDS]
    # The word in front of a subject names what it is, not what is said of it.
    words = [constant[kind] - {_in_front(lines, int(own[kind][0]), subject)} for kind in kinds]
    found = []
    for group in groups(_alike([_parts(one) for one in words])):
        events = np.sort(np.concatenate([own[kinds[number]] for number in group]))
        _, first, code, often = np.unique(variant[events], return_index=True, return_inverse=True, return_counts=True)
        if 1 < len(often) <= _MOST_VARIANTS and len(events) <= most:
            own_words = {kinds[number]: words[number] for number in group}
            found.append(_group(lines, events, code, often, events[first], own_words, grade))
    return found[:_MOST_GROUPS]


def _group(
    lines: Lines, events: Codes, code: Codes, often: Codes, example: Codes, constant: dict[int, set[str]], grade: Column
) -> Alternatives:
    """Return the alternatives that some ``events`` are, each of one variant, its ``code``; of every variant, how ``often`` it
    occurs, and an ``example``."""
    texts = []
    for event in example.tolist():
        kind = int(lines.kind[event])
        of_kind = [other for other in example.tolist() if lines.kind[other] == kind]
        # Words by which variants of one kind differ, beside the words of the kind.
        rows, words = [lines.of(other) for other in of_kind], lines.of(event)
        places = [place for place, column in enumerate(zip(*rows, strict=True)) if len(set(column)) == len(column) > 1]
        texts.append(constant[kind] | {words[place] for place in places if not _has_digit(words[place])})
    marked = np.array([any(_worded_more(text, other) for other in texts) for text in texts])
    columns = [np.zeros(len(lines)) for _ in range(3)]
    columns[0][events] = np.log(often.max() / often)[code]
    columns[1][events] = marked[code]
    columns[2][events] = grade[events] - grade[events].min()
    there = np.zeros(len(lines), np.bool_)
    there[events] = True
    return Alternatives(there, *columns)


def _has_digit(word: str) -> bool:
    return any(map(str.isdigit, word))


def _constant(lines: Lines, events: Codes) -> set[str]:
    """Return the words without digits that lines of a kind have in common."""
    some = events[:: max(1, len(events) // 20)].tolist()
    common = set.intersection(*(set(lines.of(event)) for event in some))
    return {word for word in common if not _has_digit(word)}


def _in_front(lines: Lines, event: int, subject: Domain) -> str:
    """Return the word in front of an event's subject, an empty one where there is none."""
    word = subject.words[subject.code[event]]
    words = lines.of(event)
    place = next((place for place, own in enumerate(words) if own.endswith(word)), 0)
    return words[place - 1] if place else ""


def _parts(words: set[str]) -> set[str]:
    """Return the words and the characters in a row by which they are compared."""
    parts: set[str] = set()
    for word in words:
        apart = not word.isascii() and len(word) > _OTHER
        parts |= {word[start : start + _OTHER] for start in range(len(word) - _OTHER + 1)} if apart else {word}
    return parts


def _alike(parts: list[set[str]]) -> NDArray[np.bool_]:
    """Return which kinds are worded alike: words that few kinds have weigh most."""
    often = Counter(part for one in parts for part in one)
    weight = [{part: min(1.0, 2.0 / often[part]) for part in one} for one in parts]
    alike = np.zeros((len(parts), len(parts)), np.bool_)
    for a, one in enumerate(weight):
        for b in range(a):
            common = sum(one[part] for part in one.keys() & weight[b].keys())
            least = min(sum(one.values()), sum(weight[b].values()))
            alike[a, b] = alike[b, a] = common >= _ALIKE * max(least, 1e-9)
    return alike


def _worded_more(text: set[str], other: set[str]) -> bool:
    """Return whether a text has all words of another and more, or a word of its own that is a word of the other and more."""
    own, others = text - other, other - text
    return (not others and bool(own)) or any(more(word, base) for word in own for base in others)


def more(word: str, base: str) -> bool:
    """Return whether a word is another one and more: longer, with the same beginning and end."""
    if len(word) <= len(base) or len(base) < 2:
        return False
    start = next((place for place, (a, b) in enumerate(zip(word, base, strict=False)) if a != b), len(base))
    left = len(base) - start
    end = next((place for place in range(left) if word[-1 - place] != base[-1 - place]), left)
    return start + end >= _SAME_ENDS * len(base)
