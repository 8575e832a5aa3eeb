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
from collections import Counter
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from hashlib import blake2b
from itertools import pairwise
from types import ModuleType

import numpy as np
from numpy.typing import NDArray

from sparsemix.distinct import distinct
from sparsemix.encoding import scales
from sparsemix.encoding.entities import MOST_TYPES, Entities, EntityType, Found, entities_from
from sparsemix.encoding.entity_words import masked
from sparsemix.encoding.features import features_of, soft_bins
from sparsemix.encoding.file_identifiers import Surroundings, identifiers_of
from sparsemix.encoding.hashing import (
    HashedEvents,
    NamedRows,
    Part,
    Shares,
    added,
    concatenated,
    hashed,
    joined,
    places,
    rows_fall,
)
from sparsemix.encoding.hashing import summed as summed_rows
from sparsemix.encoding.matches import ranges
from sparsemix.encoding.scales import Parts, Scale
from sparsemix.encoding.sequence import Event, SameEvents, template
from sparsemix.encoding.tokens import Token, Tokens, is_serial, numbered, tokens_of
from sparsemix.errors import ConfigError

# Factor on the features of earlier events, on the pause before an event, and value of a feature of events in a row, which are
# at most so many.
_BEFORE, _PAUSE, _TOGETHER = 0.5, 0.3, 1.0
_MOST_TOGETHER = 3
MOST_CONTEXT = 64
# Events that are encoded at once, and characters of their messages: a file costs the memory of so many. A word of letters alone
# has a feature a letter.
_EVENTS, _CHARACTERS = 16_384, 2**21
# First events by which it is told whether the rows of a file are sorted at all.
_FIRST = 64


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


def vocabulary_of(messages: Sequence[str]) -> NDArray[np.uint32]:
    """Return the CRC-32 of the words and keys of messages, ascending, without numbers and serial numbers, as ``known_share``
    compares them. Raises as `tokens_of`."""
    each = (word for tokens in _in_parts(messages) for token in tokens.known for word in token.words)
    return distinct(np.fromiter(each, np.uint32))


def known_share(events: Sequence[Event], vocabulary: NDArray[np.uint32], reading: EventReading = PLAIN) -> float:
    """Return the mean share, over the events, of their words that ``vocabulary`` (sorted CRC-32 values) holds; in [0, 1].
    Identifiers are no words, where the ``reading`` finds them whatever they look like. Raises as `tokens_of`."""
    return mean_share(_known_shares(tokens, vocabulary) for tokens in _in_parts(messages_to_know(events, reading)))


def mean_share(parts: Iterable[Shares | None]) -> float:
    """Return the mean of the shares of all parts, 0 where there are none."""
    shares = np.concatenate([np.zeros(0), *(part for part in parts if part is not None)])
    return float(shares.mean()) if len(shares) else 0.0


def _known_shares(tokens: Tokens, vocabulary: NDArray[np.uint32]) -> Shares:
    """Return the shares of the words of messages, each word once, that are known; of messages that have words."""
    count = np.array([len(token.words) for token in tokens.known], np.int64)
    word = np.array([word for token in tokens.known for word in token.words], np.int64)
    word = 2 * word + np.isin(word, vocabulary)
    repeats = count[tokens.which]
    place = ranges((np.cumsum(count) - count)[tokens.which], repeats)
    each = distinct(np.repeat(tokens.line.astype(np.int64) << 33, repeats) + word[place])
    total, known = (np.bincount(one >> 33, minlength=tokens.messages) for one in (each, each[each % 2 == 1]))
    return np.asarray(known[total > 0] / total[total > 0])


def messages_to_know(events: Sequence[Event], reading: EventReading) -> list[str]:
    """Return the messages of the events of a file [N] of whose words ``known_share`` asks whether they are known."""
    return _messages(events, identified(events, reading) if reading.around else None, reading)


def encode(events: Sequence[Event], features: int, reading: EventReading = PLAIN) -> HashedEvents:
    """Hash ``events`` into ``features`` buckets. The same events give the same rows. Raises as `tokens_of`."""
    parts = [part.rows() for part in encoding_parts(events, features, reading)]
    return replace(parts[0] if len(parts) == 1 else concatenated(parts), entities=entities_in(events, reading))


def encoding_parts(
    events: Sequence[Event],
    features: int,
    reading: EventReading,
    vocabulary: NDArray[np.uint32] | None = None,
    step: Callable[[float], None] | None = None,
) -> list[Part]:
    """Return what computes the rows of ``encode``, one part after another, without entities; with a ``vocabulary`` also the
    shares of which ``known_share`` is the mean, unless a file is read by itself; then ``step`` is as for `file_statistics`."""
    if reading.of_file:
        of_file: list[Part] = _of_file().parts_of_file(events, features, step)
        return of_file
    together = reading.context > 1 or reading.in_order
    spans = [slice(0, len(events))] if together else _spans(event.message for event in events)
    encoder = _Encoder(events, features, reading, vocabulary, identified(events, reading))
    if len(spans) == 1 or reading.scales or not encoder.any_falls(slice(0, _FIRST)):
        return [Part(slice(0, len(events)), partial(encoder.rows, spans, any_falls=False))]
    return [Part(one, partial(encoder.rows, [one], any_falls=True)) for one in spans]


def parts_beside(
    events: Sequence[Event], others: slice, features: int, vocabulary: NDArray[np.uint32]
) -> tuple[list[Part], list[Part]] | None:
    """Return what computes the rows of the events before, and of those behind ``others``, whose rows are known from a file that
    holds these in a row, too; None where that file may have been sorted another way (`hashed`). For a plain reading."""
    encoder = _Encoder(events, features, PLAIN, vocabulary, None)
    if not encoder.any_falls(slice(others.start, min(others.start + _FIRST, others.stop))):
        return None

    def parts(first: int, stop: int) -> list[Part]:
        spans = (slice(first + one.start, first + one.stop) for one in _spans(event.message for event in events[first:stop]))
        return [Part(one, partial(encoder.rows, [one], any_falls=True)) for one in spans]

    return parts(0, others.start), parts(others.stop, len(events))


def _time_before(events: Sequence[Event], index: int) -> float | None:
    """Return the time of the last event before ``index`` that has one."""
    return next((event.time for event in map(events.__getitem__, range(index - 1, -1, -1)) if event.time is not None), None)


@dataclass(frozen=True, slots=True)
class _Encoder:
    """Encodes the ``events`` of a file, in which these identifiers were ``found``; other fields as for `encoding_parts`."""

    events: Sequence[Event]
    features: int
    reading: EventReading
    vocabulary: NDArray[np.uint32] | None
    found: Sequence[Found] | None

    def any_falls(self, some: slice) -> bool:
        """Return whether the buckets of any row fall among those of some events, as they do in nearly every file."""
        return rows_fall(self._named(some, []), self.features)

    def rows(self, parts: Sequence[slice], *, any_falls: bool) -> HashedEvents:
        """Return the rows of some events; ``any_falls``: see `hashed`."""
        known: list[Shares] = []
        rows = hashed((self._named(part, known) for part in parts), self.features, any_falls=any_falls)
        if self.reading.scales:
            rows = added(rows, summed(scaled_numbers(self.events, self.reading), len(self.events), self.features))
        return replace(rows, known=np.concatenate(known)) if known else rows

    def _named(self, some: slice, known: list[Shares]) -> NamedRows:
        """Return the features of some events, and add the shares of their words that are ``known``."""
        events, found = self.events[some], None if self.found is None else self.found[some]
        messages = _messages(events, found, self.reading)
        tokens = tokens_of(messages)
        if self.vocabulary is not None:
            alike = found is None or self.reading.around
            known.append(_known_shares(tokens if alike else tokens_of(_messages(events, None, self.reading)), self.vocabulary))
        return _rows(tokens, events, messages, self.reading, _time_before(self.events, some.start))


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
    some = slice(max(index + 1 - max(reading.context, _MOST_TOGETHER if reading.in_order else 1), 0), index + 1)
    found = identified(events, reading)
    messages = _messages(events[some], None if found is None else found[some], reading)
    rows = _rows(tokens_of(messages), events[some], messages, reading, _time_before(events, index))
    own = slice(*rows.pointer[-2:].tolist())
    named = [(rows.names[name], value) for name, value in zip(rows.name[own].tolist(), rows.value[own].tolist(), strict=True)]
    for name, (steps, values) in numbers:
        named += [(name, float(value)) for value in values[steps == index]]
    return [name for name, _ in named], hashed([NamedRows.of([[feature] for feature in named])], features)


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


def _spans(messages: Iterable[str]) -> list[slice]:
    """Return the parts of messages that are encoded at once."""
    ends, edges = np.cumsum(np.fromiter(map(len, messages), np.int64)), [0]
    while edges[-1] < len(ends):
        start = edges[-1]
        size = ends[start - 1] if start else 0
        edges.append(min(start + _EVENTS, int(np.searchsorted(ends, size + _CHARACTERS, "right")) + 1, len(ends)))
    return [slice(*edge) for edge in pairwise(edges)] or [slice(0, 0)]


def _in_parts(messages: Sequence[str]) -> Iterator[Tokens]:
    """Yield the tokens of messages, of many at once."""
    return (tokens_of(messages[some]) for some in _spans(messages))


@lru_cache(maxsize=2)
def _identified(same: SameEvents, types: tuple[EntityType, ...], around: Surroundings) -> Sequence[Found]:
    return identifiers_of([event.message for event in same.events], types, around)


def _messages(events: Sequence[Event], found: Sequence[Found] | None, reading: EventReading) -> list[str]:
    """Return the messages of events without the identifiers ``found`` in each."""
    if found is None:
        return [event.message for event in events]
    return [_masked(event, own, reading) for event, own in zip(events, found, strict=True)]


def _masked(event: Event, found: Found, reading: EventReading) -> str:
    words = [word for word, _ in found]
    return masked(event.message, words, [word for word in words if "/" in word] if reading.around else ())


def _of_file() -> ModuleType:
    try:
        from sparsemix.encoding import of_file  # noqa: PLC0415 - not at the edge, which has no such weights
    except ImportError as error:
        raise ConfigError("a file cannot be judged by itself on this device") from error
    return of_file


def scaled_numbers(events: Sequence[Event], reading: EventReading) -> list[tuple[str, Parts]]:
    """Return the features of the numbers of columns that have scales, by name; none without scales."""
    if not reading.scales:
        return []
    return scales.numbers(reading.scales, column_table(events, reading.scales), of_late=reading.of_late)


def column_table(events: Sequence[Event], columns: Sequence[Scale]) -> NDArray[np.float64]:
    """Return the numbers of the columns that have scales [N, C], NaN where an event has no such number."""
    place = {scale.name: column for column, scale in enumerate(columns)}
    table, first = np.full((len(events), len(columns)), np.nan), 0
    for tokens in _in_parts([event.message for event in events]):
        found = tokens.only(_of_columns(tokens, place))
        column = np.array([place.get(token.key, 0) for token in tokens.known], np.int64)
        number = np.array([token.number for token in tokens.known], np.float64)
        table[first + found.line, column[found.which]] = number[found.which]
        first += tokens.messages
    return table


def column_names(messages: Sequence[str], share: float) -> list[str]:
    """Return the keys of ``key=number``, possible columns of sensors, that this ``share`` of the messages hold, in order of the
    alphabet."""
    counts: Counter[str] = Counter()
    for tokens in _in_parts(messages):
        for token, count in zip(tokens.known, np.bincount(tokens.which, minlength=len(tokens.known)).tolist(), strict=True):
            if token.key and _is_measured(token):
                counts[token.key] += count
    return sorted(name for name, count in counts.items() if count >= share * len(messages))


def _of_columns(tokens: Tokens, columns: Container[str]) -> NDArray[np.bool_]:
    """Return which of the known tokens are numbers of these ``columns`` [D]."""
    return np.array([token.key in columns and _is_measured(token) for token in tokens.known], np.bool_)


def _is_measured(token: Token) -> bool:
    return token.number is not None and not token.unit and math.isfinite(token.number)


def summed(parts: Sequence[tuple[str, Parts]], length: int, features: int) -> HashedEvents:
    """Return features by name as hashed rows of ``length`` events."""
    bucket, sign = places([name for name, _ in parts], features)
    counts = [len(rows) for _, (rows, _) in parts]
    rows = np.concatenate([np.zeros(0, np.int64), *(rows for _, (rows, _) in parts)])
    values = np.concatenate([np.zeros(0), *(values for _, (_, values) in parts)]) * np.repeat(sign, counts)
    order = np.argsort(rows, kind="stable")
    return summed_rows(rows[order], np.repeat(bucket, counts)[order], values[order].astype(np.float32), length)


def _rows(
    tokens: Tokens, events: Sequence[Event], messages: Sequence[str], reading: EventReading, previous: float | None
) -> NamedRows:
    """Return the features of events in a row, of whose ``messages``, without identifiers, these are the ``tokens``;
    ``previous``: time of the last earlier event that has one."""
    if reading.scales:
        tokens = tokens.only(~_of_columns(tokens, {scale.name for scale in reading.scales}))
    own = features_of(tokens)
    parts = [own]
    if reading.entities:
        serial = np.array([name.startswith("w:") and is_serial(name) for name in own.names], np.bool_)
        kinds, kind = numbered(map(_kind, messages))
        parts = [own.only(~serial), _one_each([f"t1:{one}" for one in kinds], kind, len(kind))]
    parts += [_moved(own, back) for back in range(1, reading.context)]
    if reading.in_order:
        parts += _in_a_row([_kind(event.message) for event in events])
    return joined([*parts, _pauses(events, previous)])


def _moved(rows: NamedRows, back: int) -> NamedRows:
    """Return the features of the events so many ``back``; each name says how far."""
    pointer = np.concatenate([np.zeros(min(back, len(rows)), np.int64), rows.pointer])[: len(rows) + 1]
    end = pointer[-1]
    return NamedRows([f"b{back}:{name}" for name in rows.names], pointer, rows.name[:end], _BEFORE * rows.value[:end])


def _in_a_row(kinds: Sequence[str]) -> list[NamedRows]:
    """Return features of two and of three events in a row, by their ``kinds``, the event's own kind first: the order says more
    than each event alone."""
    parts = []
    for size in range(2, _MOST_TOGETHER + 1):
        columns = [kinds[size - 1 - back : len(kinds) - back] for back in range(size)]
        names, name = numbered(f"t{size}:{' '.join(some)}" for some in zip(*columns, strict=True))
        parts.append(_one_each(names, name, len(kinds)))
    return parts


def _one_each(names: list[str], name: NDArray[np.int64], length: int) -> NamedRows:
    """Return ``length`` rows: empty ones, and behind these rows of one feature each."""
    pointer = np.concatenate([np.zeros(length - len(name), np.int64), np.arange(len(name) + 1)])
    return NamedRows(names, pointer, name, np.full(len(name), _TOGETHER))


@lru_cache(maxsize=65_536)
def _kind(message: str) -> str:
    return blake2b(template(message).encode("utf-8", "surrogatepass"), digest_size=6).hexdigest()


def _pauses(events: Sequence[Event], previous: float | None) -> NamedRows:
    """Return the time since the last earlier event that has one (seconds), as features; ``previous``: the time before all."""
    time = np.array([np.nan if one is None else one for one in (previous, *(event.time for event in events))], np.float64)
    timed = np.flatnonzero(~np.isnan(time))
    bins, name, share = soft_bins(np.maximum(np.diff(time[timed]), 0.0))
    there = np.column_stack([np.ones(len(name), np.bool_), name[:, 0] != name[:, 1]])
    count = np.zeros(len(events), np.int64)
    count[timed[1:] - 1] = there.sum(1)
    return NamedRows([f"dt:{one}" for one in bins], np.append(0, np.cumsum(count)), name[there], _PAUSE * share[there])
