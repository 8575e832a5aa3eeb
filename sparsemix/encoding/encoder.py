"""Encoder of an event's text into a sparse vector, without a closed vocabulary.

Every event becomes named features that are hashed (``hashing``) to ``features`` signed buckets: words, ``key=value``
pairs, character n-grams of words (so that inflections and unspaced Japanese share buckets), numbers as key, unit, sign and
soft bins of the logarithm of their magnitude, and the time since the previous event. So the encoder reads logs that training
never saw; ``known_share`` tells the share of their words that training has seen.

An ``EventReading`` adds settings learned from a user's own data: scales of sensor columns (``scales``), and how many earlier
events an event is read together with, so that order counts where the same few events occur again and again.

Source: Weinberger et al. 2009, "Feature Hashing for Large Scale Multitask Learning" (arXiv 0902.2206).
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from hashlib import blake2b
from types import ModuleType
from typing import NamedTuple
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from sparsemix.encoding import scales
from sparsemix.encoding.entities import MOST_TYPES, Entities, EntityType, Found, entities_from
from sparsemix.encoding.entity_words import masked
from sparsemix.encoding.file_identifiers import Surroundings, identifiers_of
from sparsemix.encoding.hashing import Feature, HashedEvents, added, hashed, places
from sparsemix.encoding.hashing import summed as summed_rows
from sparsemix.encoding.scales import Parts, Scale
from sparsemix.encoding.sequence import Event, SameEvents, template
from sparsemix.errors import ConfigError

_NUMBER = re.compile(r"^([+-]?\d+(?:[.,]\d+)?(?:[eE][+-]?\d+)?)([^\W\d_]{1,4}|%|°C)?$")
_UNIT = re.compile(r"^(?:[^\W\d_]{1,4}(?:/[^\W\d_]{1,4})?|%|°C)$")
_SPLIT = re.compile(r"[\s,;()\[\]{}<>\"'|]+")
# From this many digits on, a word counts as a serial number.
_ID_DIGITS = 4
_BINS_PER_DECADE = 6
# Factor on the features of earlier events, and value of a feature of events in a row, which are at most so many.
_BEFORE = 0.5
_TOGETHER = 1.0
_MOST_TOGETHER = 3
MOST_CONTEXT = 64
_REMEMBERED = 65_536  # words


@dataclass(frozen=True, slots=True)
class EventReading:
    """How events are read in addition to their words: each event together with the ``context`` - 1 events before it, and
    numbers of columns by their ``scales``. ``of_late``: also by how columns varied in the last steps; ``in_order``: two and
    three events in a row also count as one feature. ``of_file``: events are read by what their file says about itself, not by
    their words (``of_file``). ``entities``: types of identifiers to match events by (``entities``); then identifiers and serial
    numbers are no words, because a network would learn by heart which of them had faults, and the event's kind is a feature.
    With ``of_file``, types of what the file's statistics match events by. ``around``: between which words identifiers of each
    type stand, whatever they look like (``file_identifiers``); weights of earlier versions have none."""

    context: int = 1
    scales: tuple[Scale, ...] = ()
    of_late: bool = False
    in_order: bool = False
    of_file: bool = False
    entities: tuple[EntityType, ...] = ()
    around: Surroundings = ()

    def check(self) -> None:
        """Raise `ConfigError` for what no weights read, and for more than weights from elsewhere may ask for."""
        if not 1 <= self.context <= MOST_CONTEXT:
            raise ConfigError(f"context must be at least 1 and at most {MOST_CONTEXT}")
        if len(self.entities) > MOST_TYPES or (self.entities and (self.context > 1 or self.scales)):
            raise ConfigError(f"events are matched by at most {MOST_TYPES} types of identifiers, without another reading")
        named = all(isinstance(some, tuple) and all(isinstance(one, str) for one in some) for some in self.around)
        if self.around and (self.of_file or not named or len(self.around) != len(self.entities)):
            raise ConfigError("each type of identifiers needs the words around it, or none does")


PLAIN = EventReading()


def _soft_bins(name: str, number: float) -> Iterator[Feature]:
    """Yield sign and magnitude as two neighbouring bins whose values sum to 1: near numbers share buckets."""
    if not math.isfinite(number) or number == 0.0:
        yield f"{name}:{number}", 1.0
        return
    position = math.log10(abs(number)) * _BINS_PER_DECADE
    low = math.floor(position)
    sign = "-" if number < 0 else "+"
    yield f"{name}:{sign}{low}", 1.0 - (position - low)
    yield f"{name}:{sign}{low + 1}", position - low


@lru_cache(maxsize=_REMEMBERED)
def _number_features(key: str, number: str, unit: str) -> tuple[Feature, ...]:
    of_unit = ((f"u:{unit}", 0.5),) if unit else ()
    return ((f"n:{key}", 0.5), *of_unit, *_soft_bins(f"m:{key}", float(number.replace(",", "."))))


def _word_features(word: str) -> tuple[Feature, ...]:
    digits = sum(c.isdigit() for c in word)
    if digits >= _ID_DIGITS:
        # Serial numbers hardly ever repeat: they get a small weight, so that they do not outweigh the words.
        return (f"id:{re.sub('[0-9]+', '0', word)}", 0.5), (f"w:{word}", 0.25)
    features: list[Feature] = [(f"w:{word}", 1.0)]
    ascii_word = word.isascii()
    size = 4 if ascii_word else 2
    if not digits and len(word) > size:
        grams = [word[i : i + size] for i in range(len(word) - size + 1)]
        # ASCII words have spaces between them; unspaced scripts are read by their n-grams.
        weight = (0.5 if ascii_word else 1.0) / math.sqrt(len(grams))
        features.extend((f"g:{gram}", weight) for gram in grams)
    return tuple(features)


def _tokens(message: str) -> list[tuple[str, str]]:
    """Return (key, word) pairs; the key is empty for a bare word."""
    text = message if message.isascii() else unicodedata.normalize("NFKC", message)
    return [pair for pair in map(_pair, _SPLIT.split(text.lower())) if pair is not None]


# A log has few different words beside its lines, so what a word is by itself is computed once.
@lru_cache(maxsize=_REMEMBERED)
def _pair(chunk: str) -> tuple[str, str] | None:
    key, separator, value = chunk.partition("=")
    if separator and key and value:
        return key, value
    if not chunk.strip(".:=-_*#"):
        return None
    return "", chunk.strip(".:=*#") if not _NUMBER.match(chunk) else chunk


class _Token(NamedTuple):
    """What a key and a word are by themselves: the ``number`` that the word is and its unit, or its ``features``; whether it
    may be the unit of the number before it; and the CRC-32 of its ``words``, without numbers and serial numbers."""

    number: tuple[str, str] | None
    features: tuple[Feature, ...]
    may_be_unit: bool
    words: tuple[int, ...]


@lru_cache(maxsize=_REMEMBERED)
def _token(pair: tuple[str, str]) -> _Token:
    key, word = pair
    is_serial = sum(c.isdigit() for c in word) >= _ID_DIGITS
    numeric = _NUMBER.match(word)
    features: tuple[Feature, ...] = ((f"k:{key}", 0.5),) if key else ()
    if numeric is None:
        features += _word_features(word)
        features += ((f"kv:{key}={word}", 1.0),) if key and not is_serial else ()
    own = [one for one in pair if one and not _NUMBER.match(one) and sum(c.isdigit() for c in one) < _ID_DIGITS]
    return _Token(
        numeric and (numeric[1], numeric[2] or ""),
        features,
        not key and _UNIT.match(word) is not None,
        tuple(crc32(one.encode()) for one in own),
    )


def _features(tokens: Iterable[tuple[str, str]]) -> list[Feature]:
    features: list[Feature] = []
    previous = ""
    pending: tuple[str, str] | None = None
    for pair in tokens:
        key, word = pair
        token = _token(pair)
        if pending is not None:
            features += _number_features(*pending, word if token.may_be_unit else "")
            pending = None
            if token.may_be_unit:
                continue
        features += token.features
        if token.number is None:
            previous = word
        elif token.number[1]:
            features += _number_features(key or previous, *token.number)
        else:
            pending = key or previous, token.number[0]
    if pending is not None:
        features += _number_features(*pending, "")
    return features or [("empty", 1.0)]


def words(message: str) -> set[int]:
    """Return the CRC-32 of the words and keys of a message, without numbers and serial numbers, as ``known_share`` compares
    them."""
    return {word for pair in _tokens(message) for word in _token(pair).words}


def known_share(events: Sequence[Event], vocabulary: NDArray[np.uint32], reading: EventReading = PLAIN) -> float:
    """Return the mean share, over the events, of their words that ``vocabulary`` (sorted CRC-32 values) holds; in [0, 1].
    Identifiers are no words, where the ``reading`` finds them whatever they look like."""
    known = set(vocabulary.tolist())
    if not known:
        return 0.0
    return mean_share(share_of(message, known) for message in messages_to_know(events, reading))


def messages_to_know(events: Sequence[Event], reading: EventReading) -> list[str]:
    """Return the messages of the events of a file [N] of whose words ``known_share`` asks whether they are known."""
    found = identified(events, reading) if reading.around else None
    return [event.message if found is None else _masked(event, found[at], reading) for at, event in enumerate(events)]


def share_of(message: str, known: set[int]) -> float | None:
    """Return the share of a message's words that are ``known``; None when the message has no words."""
    message_words = words(message)
    return len(message_words & known) / len(message_words) if message_words else None


def mean_share(shares: Iterable[float | None]) -> float:
    """Return the mean of the shares that are not None; 0 without any."""
    there = [share for share in shares if share is not None]
    return float(np.mean(there)) if there else 0.0


def encode(events: Sequence[Event], features: int, reading: EventReading = PLAIN) -> HashedEvents:
    """Hash ``events`` into ``features`` buckets. The same events give the same rows."""
    if reading.of_file:
        of_file: HashedEvents = _of_file().encode_of_file(events, features, reading.entities)
        return of_file
    found = identified(events, reading)
    rows = hashed(_named(events, reading, found), features)
    if found is not None:
        return replace(rows, entities=entities_from(found, reading.entities))
    return added(rows, summed(scaled_numbers(events, reading), len(events), features)) if reading.scales else rows


def event_features(
    events: Sequence[Event],
    index: int,
    features: int,
    reading: EventReading,
    numbers: Sequence[tuple[str, Parts]],
) -> tuple[list[str], HashedEvents]:
    """Return the names of one event's features, such as ``w:pressure`` (a word) or ``n:torque`` (a number's key), and a hashed
    row for each name: their sum is the event's row of ``encode``. ``numbers``: those of ``scaled_numbers``, which are the same
    for every event."""
    if reading.of_file:
        named_of_file: tuple[list[str], HashedEvents] = _of_file().named_features_of_file(events, index, features)
        return named_of_file
    before = next((event.time for event in map(events.__getitem__, range(index - 1, -1, -1)) if event.time is not None), None)
    named = named_features(events, index, before, reading)
    for name, (rows, values) in numbers:
        named += [(name, float(value)) for value in values[rows == index]]
    return [name for name, _ in named], hashed(([feature] for feature in named), features)


def entities_in(events: Sequence[Event], reading: EventReading) -> Entities | None:
    """Return what events are matched by; None where the reading has no types of identifiers."""
    if reading.of_file and reading.entities:
        codes: Entities = _of_file().entities_of_file(events, reading.entities)
        return codes
    found = identified(events, reading)
    return None if found is None else entities_from(found, reading.entities)


def identified(events: Sequence[Event], reading: EventReading) -> Sequence[Found] | None:
    """Return the identifiers of the events of a file [N]; None where the reading has no types of words. Those of the last two
    files are remembered."""
    if not reading.entities or reading.of_file:
        return None
    return _identified(SameEvents(events if isinstance(events, tuple) else tuple(events)), reading.entities, reading.around)


@lru_cache(maxsize=2)
def _identified(same: SameEvents, types: tuple[EntityType, ...], around: Surroundings) -> Sequence[Found]:
    return identifiers_of([event.message for event in same.events], types, around)


def _masked(event: Event, found: Found, reading: EventReading) -> str:
    words = [word for word, _ in found]
    return masked(event.message, words, [word for word in words if "/" in word] if reading.around else ())


def _of_file() -> ModuleType:
    try:
        from sparsemix.encoding import of_file  # noqa: PLC0415 - not at the edge, which has no such weights
    except ImportError as error:
        raise ConfigError("a file cannot be judged by itself on this device") from error
    return of_file


def named_features(events: Sequence[Event], index: int, before: float | None, reading: EventReading) -> list[Feature]:
    """Return the features of one event without scaled numbers; ``before``: time of the last earlier event that has a time."""
    some = slice(max(index + 1 - reach_of(reading), 0), index + 1)
    found = identified(events, reading)
    *_, features = _named(events[some], reading, None if found is None else found[some], before)
    return features


def reach_of(reading: EventReading) -> int:
    """Return how many events an event is read together with, itself included."""
    return max(reading.context, _MOST_TOGETHER if reading.in_order else 1)


def scaled_numbers(events: Sequence[Event], reading: EventReading) -> list[tuple[str, Parts]]:
    """Return the features of the numbers of columns that have scales, by name; none without scales."""
    if not reading.scales:
        return []
    return scales.numbers(reading.scales, column_table(events, reading.scales), of_late=reading.of_late)


def column_table(events: Sequence[Event], columns: Sequence[Scale]) -> NDArray[np.float64]:
    """Return the numbers of the columns that have scales [N, C], NaN where an event has no such number."""
    place = {scale.name: column for column, scale in enumerate(columns)}
    table = np.full((len(events), len(columns)), np.nan)
    for row, event in enumerate(events):
        for key, word in _tokens(event.message):
            column = place.get(key)
            if column is not None and (number := _number(word)) is not None:
                table[row, column] = number
    return table


def column_names(messages: Sequence[str], share: float) -> list[str]:
    """Return the keys of ``key=number``, possible columns of sensors, that this ``share`` of the messages hold, in order of the
    alphabet."""
    counts = Counter(key for message in messages for key, word in _tokens(message) if key and _number(word) is not None)
    return sorted(name for name, count in counts.items() if count >= share * len(messages))


def summed(parts: Sequence[tuple[str, Parts]], length: int, features: int) -> HashedEvents:
    """Return features by name as hashed rows of ``length`` events."""
    bucket, sign = places([name for name, _ in parts], features)
    counts = [len(rows) for _, (rows, _) in parts]
    rows = np.concatenate([np.zeros(0, np.int64), *(rows for _, (rows, _) in parts)])
    values = np.concatenate([np.zeros(0), *(values for _, (_, values) in parts)]) * np.repeat(sign, counts)
    order = np.argsort(rows, kind="stable")
    return summed_rows(rows[order], np.repeat(bucket, counts)[order], values[order].astype(np.float32), length)


def _number(word: str) -> float | None:
    match = _NUMBER.match(word)
    if match is None or match[2]:
        return None
    value = float(match[1].replace(",", "."))
    return value if math.isfinite(value) else None


def _named(
    events: Sequence[Event], reading: EventReading, found: Sequence[Found] | None, previous: float | None = None
) -> Iterator[list[Feature]]:
    """Yield the features of every event; ``found``: its identifiers, where the reading has types of them; ``previous``: time of
    the last earlier event that has one."""
    last: list[list[Feature]] = []
    kinds: list[str] = []
    for at, event in enumerate(events):
        own = _own(event, reading) if found is None else _by_kind(_masked(event, found[at], reading))
        features = [*own, *_before(last)]
        if reading.context > 1:
            last = [own, *last[: reading.context - 2]]
        if reading.in_order:
            kinds = [_kind(event.message), *kinds[: _MOST_TOGETHER - 1]]
            features += _together(kinds)
        yield [*features, *_pause(event, previous)]
        previous = event.time if event.time is not None else previous


def _own(event: Event, reading: EventReading) -> list[Feature]:
    """Return the features of an event's message, without the numbers that have scales."""
    columns = {scale.name for scale in reading.scales}
    if not columns:
        return _features(_tokens(event.message))
    return _features((key, word) for key, word in _tokens(event.message) if key not in columns or _number(word) is None)


def _by_kind(message: str) -> list[Feature]:
    """Return the features of a message without identifiers: its words and its kind."""
    features = [(name, value) for name, value in _features(_tokens(message)) if not _is_serial_number(name)]
    return [*features, (f"t1:{_kind(message)}", _TOGETHER)]


def _is_serial_number(name: str) -> bool:
    return name.startswith("w:") and sum(c.isdigit() for c in name) >= _ID_DIGITS


def _before(last: Sequence[list[Feature]]) -> list[Feature]:
    """Return the features of the earlier events, the nearest first; each name says how far back."""
    return [(f"b{back}:{name}", _BEFORE * value) for back, earlier in enumerate(last, 1) for name, value in earlier]


def _together(kinds: Sequence[str]) -> list[Feature]:
    """Return features of two and of three events in a row, by their ``kinds``, the event's own kind first: the order says more
    than each event alone."""
    return [(f"t{size}:{' '.join(kinds[:size])}", _TOGETHER) for size in range(2, len(kinds) + 1)]


@lru_cache(maxsize=65_536)
def _kind(message: str) -> str:
    return blake2b(template(message).encode("utf-8", "surrogatepass"), digest_size=6).hexdigest()


def _pause(event: Event, previous: float | None) -> list[Feature]:
    """Return the time since ``previous`` (seconds), as features."""
    if event.time is None or previous is None:
        return []
    return [(name, 0.3 * value) for name, value in _soft_bins("dt", max(event.time - previous, 0.0))]
