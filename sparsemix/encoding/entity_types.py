"""What is an identifier, told by the file itself: words at one place that are many, and that repeat, each in few events.

A place is a shape or what stands around a word (``entities.places_of``); so identifiers need no prefix, no digits and no
language. Words of a text also follow each other, but hardly ever do many of them stand between the same two words, many times
each. Places of numbers that hold mostly the same numbers (``order 4711``, ``released 4711``) are one type.

Axis letters: N events, W words.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from sparsemix.encoding.entities import MOST_TYPES, EntityType, places_of, shape_of

# A type has at least so many words that repeat, and words that repeat make up this share of its words in the text.
_LEAST_WORDS, _REPEATED = 8, 0.3
# Its words stand in this share of the events, and a word in at most this share of them.
_LEAST_EVENTS, _MOST_EVENTS = 0.02, 0.05
# Where a word stands in more events, it is the name of a machine or a user, and only the nearest ones count.
_FEW, _NEAREST_OF_MANY = 64, 4
NEAREST = 32
"""How many events with the same word are looked at, earlier and later ones each, where it stands in few events."""
# Places of numbers are one type where this share of the words of one stands in the other; shorter numbers agree by chance.
_COMMON, _DIGITS = 0.5, 3
# Messages read to find types.
_READ = 200_000


@dataclass(slots=True)
class _Place:
    """A place: how often each word stands there."""

    name: str
    words: Counter[tuple[int, str]]

    @property
    def repeated(self) -> dict[tuple[int, str], int]:
        return {word: count for word, count in self.words.items() if count > 1}


def find_types(logs: Sequence[Sequence[str]]) -> tuple[EntityType, ...]:
    """Return the types of identifiers in logs, each a list of messages; those that most events have come first. The same word
    in two logs counts as two words."""
    places: dict[str, Counter[tuple[int, str]]] = defaultdict(Counter)
    read = 0
    for log, messages in enumerate(logs):
        for message in messages[: _READ - read]:
            # A word that stands twice in one event does not repeat.
            for word, names in dict(places_of(message)).items():
                for place in names:
                    places[place][log, word] += 1
        read += len(messages[: _READ - read])
    candidates = [_Place(place, words) for place, words in places.items() if len(words) >= _LEAST_WORDS]
    kept = [place for place in candidates if _holds_identifiers(place.words, read)]
    types = sorted(_joined(_without_shapes(kept)), key=lambda of_type: -sum(sum(place.repeated.values()) for place in of_type))
    return tuple(_type(of_type) for of_type in types[:MOST_TYPES])


def _without_shapes(places: list[_Place]) -> list[_Place]:
    """Return the places without those around words whose shapes are places already."""
    shapes = {place.name for place in places if " " not in place.name}
    return [
        place
        for place in places
        if " " not in place.name or 2 * sum(shape_of(word) in shapes for _, word in place.words) < len(place.words)
    ]


def _holds_identifiers(words: Counter[tuple[int, str]], events: int) -> bool:
    repeated = [count for count in words.values() if count > 1]
    total = sum(repeated)
    return (
        len(repeated) >= _LEAST_WORDS
        and total >= max(_REPEATED * sum(words.values()), _LEAST_EVENTS * events)
        and total / len(repeated) <= _MOST_EVENTS * events
    )


def _joined(places: list[_Place]) -> list[list[_Place]]:
    """Return the places by type."""
    groups: list[list[_Place]] = []
    for place in sorted(places, key=lambda place: -len(place.words)):
        joined = next((group for group in groups if _alike(group[0], place)), None)
        if joined is None:
            groups.append([place])
        else:
            joined.append(place)
    return groups


def _alike(one: _Place, other: _Place) -> bool:
    if " " not in one.name or " " not in other.name:
        return False
    long = {word for word in other.words if len(word[1]) >= _DIGITS}
    return len(long) >= _LEAST_WORDS and len(long & one.words.keys()) >= _COMMON * len(other.words)


def _type(places: list[_Place]) -> EntityType:
    repeated = Counter[tuple[int, str]]()
    for place in places:
        repeated.update(place.repeated)
    mean = sum(repeated.values()) / len(repeated)
    return EntityType(tuple(place.name for place in places), NEAREST if mean <= _FEW else _NEAREST_OF_MANY)
