"""Identifiers in events, and the events that share one.

A *type* of identifiers (an order's number, a block, a session, a host) is known by its *places*: words of one shape (``blk_#``,
digits as #), numbers after a certain word (``order #``), or any words between two certain words (``lot * received``), whatever
their letters and their language. ``entity_types`` finds the types of a file. Two events *match* where the same word stands in
both at places of any type; the same number, at places of one type. Each event has at most a few identifiers, and looks at the
nearest events with the same word only, so the number of matching pairs grows with the length.

Axis letters: N events, E identifiers of all events, Q queries, P matching pairs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial

import numpy as np
from numpy.typing import NDArray

from sparsemix.encoding.entity_words import places_of
from sparsemix.encoding.matches import Matches, places_in_rows, ranges
from sparsemix.errors import ConfigError

Found = tuple[tuple[str, int], ...]
"""The identifiers of an event, in order, each with the number of its type."""
MOST_TYPES = 6
"""Types of one file at most: a pair's shared types are bits of one byte."""
# What weights may ask for: pairs grow with it.
_MOST_NEAREST = 256
MOST_IDENTIFIERS = 8
"""Identifiers of one event at most."""
# Queries whose pairs are looked up at once.
_QUERIES = 8192


@dataclass(frozen=True, slots=True)
class EntityType:
    """A type of identifiers: its ``places``, as ``places_of`` names them; and how many of the ``nearest`` events with the same
    word an event looks at, earlier and later ones each."""

    places: tuple[str, ...]
    nearest: int = 32

    def __post_init__(self) -> None:
        named = isinstance(self.places, tuple) and self.places and all(isinstance(place, str) for place in self.places)
        if not named or type(self.nearest) is not int or not 1 <= self.nearest <= _MOST_NEAREST:
            raise ConfigError(f"a type of identifiers needs a place, and from 1 to {_MOST_NEAREST} nearest events")

    @property
    def name(self) -> str:
        """Return the place that names the type."""
        return self.places[0]


Run = Callable[[Sequence[Callable[[], Matches]]], Sequence[Matches]]


def _in_turn(parts: Sequence[Callable[[], Matches]]) -> list[Matches]:
    return [part() for part in parts]


@dataclass(frozen=True, slots=True)
class Entities:
    """Identifiers of N events, by word and then by event: their ``event`` int64 [E], ``code`` of the word int64 [E] (rising)
    and ``type`` int64 [E]; ``nearest`` by type; ``order`` [E] and ``pointer`` [N + 1]: the places of each
    event's identifiers."""

    event: NDArray[np.int64]
    code: NDArray[np.int64]
    type: NDArray[np.int64]
    nearest: NDArray[np.int64]
    order: NDArray[np.int64]
    pointer: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.pointer) - 1

    def matches(self, queries: NDArray[np.int64], low: int, high: int, run: Run = _in_turn) -> Matches:
        """Return the matching pairs of the ``queries`` [Q] with the events from ``low`` to ``high`` - 1; ``run``: what runs the
        parts of this work."""
        # Of every word, the types that it has anywhere, as bits, and how many of the nearest events with it are looked at: the
        # most that any of these types says. So matching is mutual.
        bits = np.zeros(int(self.code[-1]) + 1 if len(self.code) else 0, np.uint8)
        np.bitwise_or.at(bits, self.code, np.uint8(1) << self.type.astype(np.uint8))
        nearest = np.zeros(len(bits), np.int64)
        np.maximum.at(nearest, self.code, self.nearest[self.type])
        bits, nearest = bits[self.code], nearest[self.code]
        # One number for word and event of each identifier, rising.
        common = self.code * len(self) + self.event

        def of_some(some: NDArray[np.int64]) -> Matches:
            counts, place = places_in_rows(self.pointer, some)
            row, own = np.repeat(np.arange(len(some)), counts), self.order[place]
            first = np.searchsorted(common, self.code[own] * len(self) + low)
            last = np.searchsorted(common, self.code[own] * len(self) + high)
            start, stop = np.maximum(first, own - nearest[own]), np.minimum(last, own + nearest[own] + 1)
            # A query outside of the window has its place outside of these ranges.
            counts = np.maximum(stop - start, 0)
            other = ranges(start, counts)
            there = other != np.repeat(own, counts)
            # An event with two identifiers of a query is one key, with both types.
            address = np.repeat(row, counts)[there] * len(self) + self.event[other[there]]
            bit = np.repeat(bits[own], counts)[there]
            by_address = np.argsort(address, kind="stable")
            address, bit = address[by_address], bit[by_address]
            new = np.flatnonzero(np.append(True, address[1:] != address[:-1])) if len(address) else np.zeros(0, np.int64)
            shared = np.bitwise_or.reduceat(bit, new) if len(new) else bit
            pair_row, key = address[new] // max(len(self), 1), address[new] % max(len(self), 1)
            pointer = np.searchsorted(pair_row, np.arange(len(some) + 1))
            offset = key - some[pair_row]
            return Matches(pointer.astype(np.int64), key.astype(np.int32), offset.astype(np.int32), shared.astype(np.uint8))

        starts = range(0, max(len(queries), 1), _QUERIES)
        parts = run([partial(of_some, queries[start : start + _QUERIES]) for start in starts])
        pointer = np.concatenate([[0], np.cumsum(np.concatenate([np.diff(part.pointer) for part in parts]))]).astype(np.int64)
        columns = (np.concatenate([getattr(part, name) for part in parts]) for name in ("key", "offset", "shared"))
        return Matches(pointer, *columns)

    def window(self, start: int, stop: int) -> Entities:
        """Return the identifiers of the events from ``start`` to ``stop`` - 1, which are then matched among themselves."""
        inside = (self.event >= start) & (self.event < stop)
        place = np.cumsum(inside) - 1
        own = self.order[self.pointer[start] : self.pointer[stop]]
        columns = self.event[inside] - start, self.code[inside], self.type[inside]
        pointer = self.pointer[start : stop + 1] - self.pointer[start]
        return Entities(*columns, self.nearest, place[own], pointer)

    @property
    def all_matches(self) -> Matches:
        """Return the matching pairs of all events."""
        return self.matches(np.arange(len(self)), 0, len(self))


def entities_from(found: Sequence[Sequence[tuple[str, int]]], types: Sequence[EntityType]) -> Entities:
    """Return the identifiers of events; ``found``: those of each event, as ``typed_identifiers`` returns them."""
    codes: dict[tuple[str, int], int] = {}
    each = [
        (event, codes.setdefault(meant(word, at), len(codes)), at) for event, words in enumerate(found) for word, at in words
    ]
    return entities_in_order(np.array(each, np.int64).reshape(-1, 3).T.copy(), len(found), types)


def entities_in_order(found: NDArray[np.int64], length: int, types: Sequence[EntityType]) -> Entities:
    """Return the identifiers of so many events; ``found`` [3, E]: the event, the code of the word and the type of each, in any
    order."""
    events, words, kinds = found[:, np.lexsort(found[:2])]
    order = np.argsort(events, kind="stable")
    pointer = np.searchsorted(events[order], np.arange(length + 1)).astype(np.int64)
    nearest = np.array([kind.nearest for kind in types], np.int64)
    return Entities(events, words, kinds, nearest, order, pointer)


def typed_identifiers(message: str, types: Sequence[EntityType]) -> Found:
    """Return the identifiers of a message, in order, each once, with the number of its type: at most so many."""
    place_of, found = _place_of(tuple(types)), dict[str, int]()
    for word, places in places_of(message):
        at = next((place_of[place] for place in places if place in place_of), None)
        if at is not None:
            found.setdefault(word, at)
        if len(found) == MOST_IDENTIFIERS:
            break
    return tuple(found.items())


def shared_identifiers(one: Found, other: Found) -> list[str]:
    """Return those of the identifiers of one event that another has, too."""
    others = {meant(*found) for found in other}
    return [word for word, at in one if meant(word, at) in others]


def meant(word: str, at: int) -> tuple[str, int]:
    """Return what tells identifiers apart: the same number means something else at another type, the same name does not."""
    return word, at if word.isdigit() else -1


@lru_cache(maxsize=16)
def _place_of(types: tuple[EntityType, ...]) -> dict[str, int]:
    return {place: number for number, kind in enumerate(types) for place in kind.places}
