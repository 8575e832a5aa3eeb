"""Identifiers in events, and the events that share one.

A *type* of identifiers (an order's number, a block, a session, a host) is known by its *places*: words of one shape (``blk_#``,
digits as #), numbers after a certain word (``order #``), or any words between two certain words (``lot * received``), whatever
their letters and their language. ``entity_types`` finds the types of a file. Two events *match* where the same word stands in
both at places of any type; the same number, at places of one type. Each event has at most a few identifiers, and looks at the
nearest events with the same word only, so the number of matching pairs grows with the length.

Axis letters: N events, E identifiers of all events, Q queries, P matching pairs.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from sparsemix.errors import ConfigError

MOST_TYPES = 6
"""Types of one file at most: a pair's shared types are bits of one byte."""
# Of one event: characters and words read, and identifiers.
_CHARACTERS, _WORDS, _IDENTIFIERS = 2_000, 64, 8
# A word: a run of ASCII characters of words and numbers, or of letters of one script, so that 注文A17を受付 has three.
_RUN = re.compile(r"[A-Za-z0-9_.\-/#$@%+:*]+|[\u3041-\u309f]+|[\u30a0-\u30ff]+|[\u3400-\u9fff]+|[^\W_]+")
_AT_THE_ENDS = ".:-/*+#$@%_"
# A sign belongs to the number: blk_-38 and blk_38 have one shape.
_NUMBER = re.compile(r"(?:(?<![^\W_])-)?\d+")
# Hexadecimal words of six characters and more, and the groups of a UUID, with at least one digit in the word.
_HEX = re.compile(r"(?<![^\W_])(?:0x)?[0-9a-f]{6,}(?![^\W_])", re.IGNORECASE)
_UUID = re.compile(r"(?<![^\W_])[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?![^\W_])", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class EntityType:
    """A type of identifiers: its ``places``, as ``places_of`` names them; and how many of the ``nearest`` events with the same
    word an event looks at, earlier and later ones each."""

    places: tuple[str, ...]
    nearest: int = 32

    def __post_init__(self) -> None:
        if not self.places or self.nearest < 1:
            raise ConfigError("a type of identifiers needs a place, and at least one nearest event")

    @property
    def name(self) -> str:
        """Return the place that names the type."""
        return self.places[0]


@dataclass(frozen=True, slots=True)
class Matches:
    """Matching pairs of Q queries as CSR: the keys of query r are ``key[pointer[r]:pointer[r + 1]]`` int32, rising; ``offset``
    int32 [P]: key minus query in events; ``shared`` uint8 [P]: the types of the identifiers that both have, as bits."""

    pointer: NDArray[np.int64]
    key: NDArray[np.int32]
    offset: NDArray[np.int32]
    shared: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.pointer) - 1

    @property
    def row(self) -> NDArray[np.int64]:
        """Return the query's row of every pair [P]."""
        return np.repeat(np.arange(len(self)), np.diff(self.pointer))

    def place_of(self, row: NDArray[np.int64], key: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the places of some pairs among the matching pairs, -1 for pairs that do not match."""
        span = int(max(self.key.max(initial=0), key.max(initial=0))) + 1
        mine, wanted = self.row * span + self.key, row * span + key
        place = np.searchsorted(mine, wanted).clip(max=max(len(mine) - 1, 0))
        return np.where(mine[place] == wanted, place, -1) if len(mine) else np.full(len(row), -1)

    def without(self, events: Collection[int]) -> Matches:
        """Return the pairs whose key is none of these ``events``."""
        stays = ~np.isin(self.key, list(events))
        pointer = np.concatenate([[0], np.cumsum(stays)]).astype(np.int64)[self.pointer]
        return Matches(pointer, self.key[stays], self.offset[stays], self.shared[stays])

    def part(self, rows: NDArray[np.int64], queries: NDArray[np.int64]) -> tuple[Matches, NDArray[np.int64]]:
        """Return the pairs of some ``rows`` [Q], which are those of the events ``queries`` [Q], with keys as places among these
        queries and the events beside them; and the latter [X]."""
        counts = self.pointer[rows + 1] - self.pointer[rows]
        place = ranges(self.pointer[rows], counts)
        beside = np.setdiff1d(self.key[place], queries)
        events = np.concatenate([queries, beside])
        order = np.argsort(events, kind="stable")
        key = order[np.searchsorted(events, self.key[place], sorter=order)]
        pointer = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        return Matches(pointer, key.astype(np.int32), self.offset[place], self.shared[place]), beside.astype(np.int64)

    def rows(self, start: int, stop: int) -> Matches:
        """Return the pairs of the queries from ``start`` to ``stop`` - 1."""
        part = slice(int(self.pointer[start]), int(self.pointer[stop]))
        return Matches(
            self.pointer[start : stop + 1] - self.pointer[start], self.key[part], self.offset[part], self.shared[part]
        )


def together(parts: Sequence[Matches], length: int) -> Matches:
    """Return the pairs of several windows, each padded to ``length`` queries without pairs. The keys of a window of n queries
    are places among these and, from n on, events beside them; the events beside all windows come after all queries."""
    pointers, keys = [np.zeros(1, np.int64)], []
    pairs, beside = 0, length * len(parts)
    for number, part in enumerate(parts):
        own = len(part)
        pointers.append(np.pad(part.pointer[1:] + pairs, (0, length - own), mode="edge"))
        inside = part.key < own
        keys.append(np.where(inside, part.key + number * length, part.key - own + beside))
        pairs += len(part.key)
        beside += int(part.key.max(initial=own - 1)) + 1 - own
    offset, shared = (np.concatenate([getattr(part, name) for part in parts]) for name in ("offset", "shared"))
    return Matches(np.concatenate(pointers), np.concatenate(keys).astype(np.int32), offset, shared)


@dataclass(frozen=True, slots=True)
class Entities:
    """Identifiers of N events, by word and then by event: their ``event`` int64 [E], ``code`` of the word int64 [E] (rising)
    and ``type`` int64 [E]; ``words`` by code; ``nearest`` by type; ``order`` [E] and ``pointer`` [N + 1]: the places of each
    event's identifiers."""

    event: NDArray[np.int64]
    code: NDArray[np.int64]
    type: NDArray[np.int64]
    words: tuple[str, ...]
    nearest: NDArray[np.int64]
    order: NDArray[np.int64]
    pointer: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.pointer) - 1

    @property
    def common(self) -> NDArray[np.int64]:
        """Return one number for word and event of each identifier, rising [E]."""
        return self.code * len(self) + self.event

    def matches(self, queries: NDArray[np.int64], low: int, high: int) -> Matches:
        """Return the matching pairs of the ``queries`` [Q] with the events from ``low`` to ``high`` - 1."""
        counts = self.pointer[queries + 1] - self.pointer[queries]
        row = np.repeat(np.arange(len(queries)), counts)
        own = self.order[ranges(self.pointer[queries], counts)]
        common, nearest = self.common, self.nearest[self.type[own]]
        first = np.searchsorted(common, self.code[own] * len(self) + low)
        last = np.searchsorted(common, self.code[own] * len(self) + high)
        start, stop = np.maximum(first, own - nearest), np.minimum(last, own + nearest + 1)
        # A query outside of the window has its place outside of these ranges.
        counts = np.maximum(stop - start, 0)
        other = ranges(start, counts)
        pair_row = np.repeat(row, counts)
        there = other != np.repeat(own, counts)
        bit = np.repeat(np.uint8(1) << self.type[own].astype(np.uint8), counts)
        pair_row, key, bit = pair_row[there], self.event[other[there]], bit[there]
        # An event with two identifiers of a query is one key, with both types.
        address = pair_row * len(self) + key
        by_address = np.argsort(address, kind="stable")
        address, bit = address[by_address], bit[by_address]
        new = np.flatnonzero(np.append(True, address[1:] != address[:-1])) if len(address) else np.zeros(0, np.int64)
        shared = np.bitwise_or.reduceat(bit, new) if len(new) else bit
        pair_row, key = address[new] // max(len(self), 1), address[new] % max(len(self), 1)
        pointer = np.searchsorted(pair_row, np.arange(len(queries) + 1))
        offset = key - queries[pair_row]
        return Matches(pointer.astype(np.int64), key.astype(np.int32), offset.astype(np.int32), shared.astype(np.uint8))

    def window(self, start: int, stop: int) -> Entities:
        """Return the identifiers of the events from ``start`` to ``stop`` - 1, which are then matched among themselves."""
        inside = (self.event >= start) & (self.event < stop)
        place = np.cumsum(inside) - 1
        own = self.order[self.pointer[start] : self.pointer[stop]]
        columns = self.event[inside] - start, self.code[inside], self.type[inside]
        pointer = self.pointer[start : stop + 1] - self.pointer[start]
        return Entities(*columns, self.words, self.nearest, place[own], pointer)

    @property
    def all_matches(self) -> Matches:
        """Return the matching pairs of all events."""
        return self.matches(np.arange(len(self)), 0, len(self))


def entities_of(messages: Sequence[str], types: Sequence[EntityType]) -> Entities:
    """Return the identifiers of events with these messages."""
    return entities_from([typed_identifiers(message, types) for message in messages], types)


def entities_from(found: Sequence[Sequence[tuple[str, int]]], types: Sequence[EntityType]) -> Entities:
    """Return the identifiers of events; ``found``: those of each event, as ``typed_identifiers`` returns them."""
    codes: dict[tuple[str, int], int] = {}
    event, code, type_ = [], [], []
    for number, words_of_event in enumerate(found):
        for word, at in words_of_event:
            event.append(number)
            # The same number means something else elsewhere, the same name does not.
            code.append(codes.setdefault((word, at if _is_number(word) else -1), len(codes)))
            type_.append(at)
    arrays = [np.array(values, np.int64) for values in (event, code, type_)]
    by_word = np.lexsort((arrays[0], arrays[1]))
    events, words, kinds = (values[by_word] for values in arrays)
    order = np.argsort(events, kind="stable")
    pointer = np.searchsorted(events[order], np.arange(len(found) + 1)).astype(np.int64)
    nearest = np.array([kind.nearest for kind in types], np.int64)
    return Entities(events, words, kinds, tuple(word for word, _ in codes), nearest, order, pointer)


def identifiers(message: str, types: Sequence[EntityType]) -> list[str]:
    """Return the identifiers of a message, in order."""
    return [word for word, _ in typed_identifiers(message, types)]


def typed_identifiers(message: str, types: Sequence[EntityType]) -> tuple[tuple[str, int], ...]:
    """Return the identifiers of a message, in order, each with the number of its type."""
    return tuple(_identifiers(message, _place_of(tuple(types))))


@lru_cache(maxsize=16)
def _place_of(types: tuple[EntityType, ...]) -> dict[str, int]:
    return {place: number for number, kind in enumerate(types) for place in kind.places}


def _identifiers(message: str, place_of: dict[str, int]) -> Iterator[tuple[str, int]]:
    """Yield the identifiers of a message with their types: at most so many, each word once."""
    seen: set[str] = set()
    for word, places in places_of(message):
        at = next((place_of[place] for place in places if place in place_of), None)
        if at is not None and word not in seen:
            seen.add(word)
            yield word, at
            if len(seen) == _IDENTIFIERS:
                return


def places_of(message: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the words of a message in order, each with the names of its places: a shape, where the word holds a digit and more;
    for a number, the word before it and #; for others, the word before, * and the word after. Words that hold digits are named
    by their shapes."""
    runs = _RUN.findall(unicodedata.normalize("NFKC", message[:_CHARACTERS]))[:_WORDS]
    words = [word for run in runs if (word := run.strip(_AT_THE_ENDS))]
    shapes = ["", *map(shape_of, words), ""]
    for number, word in enumerate(words, 1):
        before, shape, after = shapes[number - 1 : number + 2]
        around = "" if "#" in before else f"{before} #" if shape == "#" else f"{before} * {after}" if before else ""
        places = ((shape,) if shape not in (word, "#") else ()) + ((around,) if around else ())
        if places:
            yield word, places
        for part in word.split("/") if "/" in word else ():
            if (of_part := shape_of(part)) not in (part, "#"):
                yield part, (of_part,)


def shared_words(one: str, other: str) -> list[str]:
    """Return the words of three characters and more that hold a digit and stand in both messages, in the order of the first:
    what a reader would follow from one line to the other, whatever the types of the file."""
    others = {word for word, _ in places_of(other)}
    return [
        word
        for word in dict.fromkeys(word for word, _ in places_of(one))
        if word in others and len(word) > 2 and any(c.isdigit() for c in word)
    ]


@lru_cache(maxsize=65_536)
def shape_of(word: str) -> str:
    """Return the word with its numbers, also hexadecimal ones, as #; the word itself where it has no digit."""
    if not any(c.isdigit() for c in word):
        return word
    return _NUMBER.sub("#", _HEX.sub(_if_hexadecimal, _UUID.sub("#", word)))


def _if_hexadecimal(run: re.Match[str]) -> str:
    return "#" if any(c.isdigit() for c in run[0]) and any(c.isalpha() for c in run[0]) else run[0]


def _is_number(word: str) -> bool:
    return word.isdigit()


def ranges(start: NDArray[np.int64], counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the numbers from each start on, so many each, one after another."""
    ends = np.cumsum(counts)
    return np.asarray(np.arange(int(ends[-1]) if len(ends) else 0) + np.repeat(start - (ends - counts), counts), np.int64)
