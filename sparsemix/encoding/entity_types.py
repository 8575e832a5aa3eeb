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
from functools import lru_cache
from zlib import crc32

from sparsemix.encoding.entities import MOST_TYPES, EntityType
from sparsemix.encoding.entity_words import places_of, shape_of

# A type has at least so many words that repeat, and words that repeat make up this share of its words in the text.
_LEAST_WORDS, _REPEATED = 8, 0.3
# Its words stand in this share of the events, and a word in at most this share of those of its log.
_LEAST_EVENTS, _MOST_EVENTS = 0.02, 0.05
# Where a word stands in more events, it is the name of a machine or a user, and only the nearest ones count.
_FEW, _NEAREST_OF_MANY = 64, 4
NEAREST = 32
"""How many events with the same word are looked at, earlier and later ones each, where it stands in few events."""
# Places are one type where this share of the words of one stands in the other; shorter words agree by chance.
_COMMON, _CHARACTERS = 0.5, 3
# Share of its words' occurrences that lie at its places.
_MOSTLY = 0.5
# Messages read to find types, of all logs and of each.
_READ, _LEAST_READ = 100_000, 50
# Places are counted in buckets first; a place that stands in fewer events than this share makes no type, alone or with others.
_BUCKETS, _LEAST_OF_PLACE = 2**20, 0.002
# Of several logs, a word stands in at most this share on average.
_SEVERAL, _OF_LOGS = 4, 0.5


@dataclass(frozen=True, slots=True)
class _Place:
    """A place, or several with the same words: how often each word (of a log) stands there."""

    names: tuple[str, ...]
    words: Counter[tuple[int, str]]

    @property
    def around(self) -> bool:
        """Return whether it is what stands around words, and not their shape."""
        return " " in self.names[0]

    @property
    def repeated(self) -> dict[tuple[int, str], int]:
        """Return the words that stand there more than once."""
        return {word: count for word, count in self.words.items() if count > 1}


def find_types(logs: Sequence[Sequence[str]]) -> tuple[EntityType, ...]:
    """Return the types of identifiers in logs, each a list of messages; those that most events have come first. The same word
    in two logs counts as two words."""
    read = first_messages(logs)
    many = _many(read)
    places: dict[str, Counter[tuple[int, str]]] = defaultdict(Counter)
    anywhere: Counter[tuple[int, str]] = Counter()
    for log, messages in enumerate(read):
        for message in messages:
            # A word that stands twice in one event does not repeat.
            for word, names in dict(places_of(message)).items():
                kept = [place for place in names if _bucket(place) in many]
                anywhere[log, word] += bool(kept)
                for place in kept:
                    places[place][log, word] += 1
    lengths = [len(messages) for messages in read]
    candidates = [_Place((place,), words) for place, words in places.items() if len(words) >= _LEAST_WORDS]
    types = [place for place in _joined(_without_shapes(candidates, lengths)) if _holds_identifiers(place, anywhere, lengths)]
    types.sort(key=lambda of_type: -sum(of_type.repeated.values()))
    return tuple(_type(of_type) for of_type in types[:MOST_TYPES])


def first_messages(logs: Sequence[Sequence[str]]) -> list[Sequence[str]]:
    """Return the first messages of the logs, so many of each that memory and time stay bounded."""
    most = _READ // max(len(logs), 1) + 1
    return [messages[: max(most, _LEAST_READ)] for messages in logs[:_READ]]


def _many(logs: Sequence[Sequence[str]]) -> set[int]:
    """Return the buckets of places that occur often enough: of rare places, which can be millions, only a few are kept."""
    names = (name for messages in logs for message in messages for _, of_word in places_of(message) for name in of_word)
    least = max(_LEAST_WORDS, _LEAST_OF_PLACE * sum(map(len, logs)))
    return {bucket for bucket, count in Counter(map(_bucket, names)).items() if count >= least}


@lru_cache(maxsize=65_536)
def _bucket(place: str) -> int:
    return crc32(place.encode("utf-8", "surrogatepass")) % _BUCKETS


def _without_shapes(places: list[_Place], lengths: Sequence[int]) -> list[_Place]:
    """Return the places without those around words whose shapes are places of identifiers already; ``lengths`` of the logs."""
    shapes = {place.names[0] for place in places if not place.around and _repeats(place, lengths)}
    return [
        place
        for place in places
        if not place.around or 2 * sum(shape_of(word) in shapes for _, word in place.words) < len(place.words)
    ]


def _joined(places: list[_Place]) -> list[_Place]:
    """Return the places by type: those around mostly the same words are one. Short words are the same by chance."""
    types: list[_Place] = []
    type_of: dict[tuple[int, str], int] = {}
    for place in sorted(places, key=lambda place: (-len(place.words), place.names)):
        long = [word for word in place.words if len(word[1]) >= _CHARACTERS] if place.around else []
        known = Counter(type_of[word] for word in long if word in type_of).most_common(1)
        if known and known[0][1] >= max(_LEAST_WORDS, _COMMON * len(place.words)):
            number = known[0][0]
            joined = types[number]
            types[number] = _Place(joined.names + place.names, joined.words + place.words)
        else:
            number = len(types)
            types.append(place)
        for word in long:
            type_of.setdefault(word, number)
    return types


def _holds_identifiers(place: _Place, anywhere: Counter[tuple[int, str]], lengths: Sequence[int]) -> bool:
    """Return whether words repeat here, each in few events; and, where any word can stand here, mostly here: the words of a
    text stand everywhere."""
    if not _repeats(place, lengths):
        return False
    repeated = place.repeated
    anything = any("*" in name for name in place.names)
    return not anything or sum(repeated.values()) >= _MOSTLY * sum(anywhere[word] for word in repeated)


def recur(words: Counter[str]) -> bool:
    """Return whether words recur as the identifiers of orders, blocks and sessions do, by the number of events of the file that
    hold each: several of them in more than one, and each in few."""
    repeated = [count for count in words.values() if count > 1]
    total = sum(repeated)
    return len(repeated) >= _LEAST_WORDS and _REPEATED * words.total() <= total <= _FEW * len(repeated)


def _repeats(place: _Place, lengths: Sequence[int]) -> bool:
    repeated = place.repeated
    total = sum(repeated.values())
    logs_of_word = Counter(word for _, word in repeated)
    return (
        len(logs_of_word) >= _LEAST_WORDS
        and total >= max(_REPEATED * place.words.total(), _LEAST_EVENTS * sum(lengths))
        and total / len(repeated) <= _MOST_EVENTS * sum(lengths) / len(lengths)
        # What most logs hold is a word of the machine, not the name of one thing.
        and (len(lengths) < _SEVERAL or len(repeated) / len(logs_of_word) <= _OF_LOGS * len(lengths))
    )


def _type(place: _Place) -> EntityType:
    repeated = place.repeated
    mean = sum(repeated.values()) / len(repeated)
    return EntityType(place.names, NEAREST if mean <= _FEW else _NEAREST_OF_MANY)
