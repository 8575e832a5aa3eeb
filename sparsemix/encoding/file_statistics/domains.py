"""Domains of a file: words that vary at one place of a kind's lines, and vary among the same words at places of other kinds,
such as stations, orders, recipes or users. Told by the file alone: places whose words are largely the same have one domain.

Axis letters: N events, F places, S events that name a subject.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse.csgraph import connected_components

from sparsemix.encoding.file_statistics.lines import Lines
from sparsemix.encoding.file_statistics.surprise import Codes, in_order

# Kinds of so many lines, and the most frequent places, are looked at.
_LEAST_LINES, _MOST_PLACES, _MOST_WORDS = 4, 192, 20_000
# Words of a place that occur more than once there, as a share of its lines; and words that places of one domain share.
_REPEATED, _COMMON, _LEAST_COMMON = 0.5, 0.5, 2
_MOST_DOMAINS = 16
# Kinds, by their first lines, that are looked through for words of a domain.
_MOST_KINDS = 2_000


@dataclass(frozen=True, slots=True)
class Domain:
    """The ``words`` of one domain, and the ``code`` [N] of the one that an event has, -1 for none."""

    code: Codes
    words: list[str]


@dataclass(frozen=True, slots=True)
class WordPlace:
    """Place of a kind's lines: the ``kind``, the number of the word (``word``), the different ``texts`` there, without a name
    and a colon of so many characters (``name``) that all of them have in front, and how ``often`` each is there."""

    kind: int
    word: int
    texts: list[str]
    name: int
    often: Codes


def varying(lines: Lines, own: list[Codes]) -> list[WordPlace]:
    """Return the places whose words vary, by kind and word; ``own``: the events of every kind."""
    found = []
    for kind, events in enumerate(own):
        if len(events) < _LEAST_LINES:
            continue
        length = int(lines.length[events[0]])
        for word in range(length if (lines.length[events] == length).all() else 0):
            column = lines.at(events, word)
            if (column != column[0]).any():
                code, first = in_order(column)
                texts = [lines.words[one] for one in column[first].tolist()]
                name = _name(texts)
                found.append(WordPlace(kind, word, [text[name:] for text in texts], name, np.bincount(code)))
    return found


def _name(words: list[str]) -> int:
    """Return the length of the name and the colon that all words begin with, 0 for none."""
    name = words[0].rpartition(":")[0]
    return len(name) + 1 if name and all(word.rpartition(":")[0] == name for word in words) else 0


def domains(lines: Lines, own: list[Codes], places: list[WordPlace]) -> list[Domain]:
    """Return the domains that places of several kinds share, the most frequent first."""
    named = [(place, words) for place in places if (words := _named(lines, own, place))]
    named.sort(key=lambda one: (-sum(one[1].values()), one[0].kind, one[0].word))
    named = named[:_MOST_PLACES]
    found = []
    for group in _joined([words for _, words in named]):
        parts = [named[number][0] for number in group]
        if len({part.kind for part in parts}) > 1:
            found.append(_domain(lines, own, parts))
    return sorted(found, key=lambda one: -int((one.code >= 0).sum()))[:_MOST_DOMAINS]


def _named(lines: Lines, own: list[Codes], place: WordPlace) -> dict[str, int] | None:
    """Return how often each word is at a place that can hold names, with the word before it where it is a plain number: a 3 is
    another thing behind another word. None for other places."""
    texts, often, events = place.texts, place.often, own[place.kind]
    if often[often > 1].sum() < _REPEATED * often.sum():
        return None
    if any(word.isdecimal() for word in texts):
        before = lines.words[lines.at(events[0], place.word)][: place.name]
        if not before and place.word:
            first, last = lines.at(events[[0, -1]], place.word - 1).tolist()
            if first != last:
                return None
            before = lines.words[first]
        texts = [f"{before} {word}" for word in texts]
    elif any("." in word and word.replace(".", "").lstrip("+-").isdecimal() for word in texts):
        return None
    return dict(zip(texts, often.tolist(), strict=True))


def _joined(places: list[dict[str, int]]) -> list[list[int]]:
    """Return the numbers of places in groups that share their words."""
    codes: dict[str, int] = {}
    for words in places:
        for word in words:
            if len(codes) < _MOST_WORDS:
                codes.setdefault(word, len(codes))
    there = np.zeros((len(places), max(len(codes), 1)), np.float32)
    for number, words in enumerate(places):
        there[number, [codes[word] for word in words if word in codes]] = 1.0
    common = there @ there.T
    size = np.maximum(there.sum(1), 1.0)
    alike = (common >= _LEAST_COMMON) & (common >= _COMMON * np.minimum(size[:, None], size[None, :]))
    return groups(alike)


def groups(alike: NDArray[np.bool_]) -> list[list[int]]:
    """Return the numbers that a symmetric relation [F, F] joins, directly or through others, by the first of each group."""
    _, group = connected_components(alike, directed=False)
    return sorted(np.flatnonzero(group == number).tolist() for number in np.unique(group))


def _domain(lines: Lines, own: list[Codes], parts: list[WordPlace]) -> Domain:
    """Return the domain of some places, and of places of other kinds where all words are of the domain."""
    first: dict[int, WordPlace] = {}
    for part in parts:
        if part.kind not in first or part.word < first[part.kind].word:
            first[part.kind] = part
    code = np.full(len(lines), -1, np.int64)
    known: dict[str, int] = {}
    for kind, place in first.items():
        codes = np.array([known.setdefault(text, len(known)) for text in place.texts])
        code[own[kind]] = codes[in_order(lines.at(own[kind], place.word))[0]]
    named = {word for word in known if not word.isdecimal()}
    for kind, events in enumerate(own[:_MOST_KINDS]):
        if kind in first or not named:
            continue
        for number, word in enumerate(lines.of(events[0])):
            if word.rpartition(":")[2] not in named or lines.length[events].min() <= number:
                continue
            column, at = in_order(lines.at(events, number))
            texts = [lines.words[one].rpartition(":")[2] for one in lines.at(events[at], number).tolist()]
            if named.issuperset(texts):
                code[events] = np.array([known[text] for text in texts])[column]
                break
    return Domain(code, list(known))


@dataclass(frozen=True, slots=True)
class BySubject:
    """The events [S] that name a subject, subject by subject, each in the order of the file (``event``), and at which place
    among these the subject of each begins (``begin`` [S])."""

    event: Codes
    begin: Codes

    def last(self, chosen: NDArray[np.bool_]) -> Codes:
        """Return the place among these events of the last chosen one before every event [S], -1 for none."""
        latest = np.maximum.accumulate(np.where(chosen, np.arange(len(self.event)), -1))
        before = np.append(-1, latest[:-1])
        return np.where(before >= self.begin, before, -1)


def by_subject(subject: Domain) -> BySubject:
    """Return the events that name a subject of a domain."""
    at = np.flatnonzero(subject.code >= 0)
    event = at[np.argsort(subject.code[at], kind="stable")]
    code = subject.code[event]
    return BySubject(event, np.searchsorted(code, code))
