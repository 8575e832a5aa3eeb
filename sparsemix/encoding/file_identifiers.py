"""Identifiers of a file, whatever they look like: by the places of their types, and by how words recur between the same words.

Training keeps *surroundings*: pairs of words between which nearly nothing but words of one type stood (``block * src``). In
another file, words there are of that type where they recur as identifiers do, many words and each in few events, even if they
are of another form than those in training (``blk_17``, ``LOT-00017``, ``job-N4/attempt_i``). Such a word is of that type
wherever else it stands, also as a part of a path; a bare number only there, for the same number means something else elsewhere.

Axis letters: N events, T types.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from sparsemix.encoding.entities import MOST_IDENTIFIERS, EntityType, Found, typed_identifiers
from sparsemix.encoding.entity_types import NEAREST, first_messages, recur
from sparsemix.encoding.entity_words import parts_of, shape_of, words_of

Surroundings = tuple[tuple[str, ...], ...]
"""For each of T types, between which words its own stand."""

# Of the words between two words, the share that is of the type, and how many are, at least; and how many surroundings are kept.
_PURE, _LEAST, _MOST = 0.99, 8, 256


def surroundings(logs: Sequence[Sequence[str]], types: Sequence[EntityType]) -> Surroundings:
    """Return between which words the words of each type stand in ``logs``, each a list of messages; those that most stand
    between first. Types of machines and users, whose words stand in many events, have none."""
    there: Counter[str] = Counter()
    of_type: list[Counter[str]] = [Counter() for _ in types]
    for log in first_messages(logs):
        found = [typed_identifiers(message, types) for message in log]
        names = {word: at for some in found for word, at in some if not word.isdigit()}
        for message, some in zip(log, found, strict=True):
            typed = dict(some)
            for word, between in _standing(message):
                there[between] += 1
                if (at := typed.get(word, names.get(word))) is not None:
                    of_type[at][between] += 1
    return tuple(_pure(own, there) if kind.nearest == NEAREST else () for own, kind in zip(of_type, types, strict=True))


def _pure(own: Counter[str], there: Counter[str]) -> tuple[str, ...]:
    pure = (between for between, count in own.most_common() if count >= max(_LEAST, _PURE * there[between]))
    return tuple(islice(pure, _MOST))


def identifiers_of(messages: Sequence[str], types: tuple[EntityType, ...], around: Surroundings) -> list[Found]:
    """Return the identifiers of the events of a file [N]; without surroundings, ``around``, those at places of their types."""
    found = [typed_identifiers(message, types) for message in messages]
    type_of = {between: number for number, some in enumerate(around) for between in some}
    if not type_of:
        return found
    between = [tuple((word, type_of[place]) for word, place in _standing(message) if place in type_of) for message in messages]
    recurring = [
        recur(Counter(word for some in between for word, at in set(some) if at == number)) for number in range(len(types))
    ]
    anywhere = {
        word: at
        for own, some in zip(found, between, strict=True)
        for word, at in some
        if recurring[at] and not word.isdigit() and all(word != known for known, _ in own)
    }
    most = max((word.count("/") for word in anywhere), default=0) + 1
    return [
        _joined(own, [one for one in some if recurring[one[1]]], _elsewhere(message, anywhere, most))
        for message, own, some in zip(messages, found, between, strict=True)
    ]


def _joined(own: Found, *further: Sequence[tuple[str, int]]) -> Found:
    """Return the identifiers of an event, each word once: at most so many, those at places of their types first."""
    words = dict(own)
    for some in further:
        for word, at in some:
            words.setdefault(word, at)
    return own if len(words) == len(own) else tuple(words.items())[:MOST_IDENTIFIERS]


def _elsewhere(message: str, anywhere: Mapping[str, int], most: int) -> list[tuple[str, int]]:
    if not anywhere:
        return []
    return [(part, anywhere[part]) for word in words_of(message) for part in parts_of(word, most) if part in anywhere]


def _standing(message: str) -> Iterator[tuple[str, str]]:
    """Yield the words of a message, each with the words around it, which are named by their shapes."""
    words = words_of(message)
    shapes = ["", *map(shape_of, words), ""]
    return ((word, f"{shapes[at]} * {shapes[at + 2]}") for at, word in enumerate(words) if len(words) > 1)
