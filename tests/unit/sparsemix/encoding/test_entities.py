"""Identifiers are told by the file, whatever they look like, and events that share one match, and no others."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sparsemix import read_bytes
from sparsemix.encoding.encoder import EventReading, encode, event_features
from sparsemix.encoding.entities import Entities, EntityType, shared_identifiers, typed_identifiers
from sparsemix.encoding.entity_types import NEAREST, find_types
from sparsemix.encoding.entity_words import shape_of, shared_words
from sparsemix.encoding.matches import Matches, together
from sparsemix.errors import ConfigError
from tests.support.sparsemix.entity_logs import ENGLISH, JAPANESE, KINDS, entities_of, order_lines, order_log

TYPES = (EntityType(("order #",)), EntityType(("gate #",), 2))


def identifiers(message: str, types: tuple[EntityType, ...]) -> list[str]:
    return [word for word, _ in typed_identifiers(message, types)]


def shared(one: str, other: str, types: tuple[EntityType, ...]) -> list[str]:
    return shared_identifiers(typed_identifiers(one, types), typed_identifiers(other, types))


def pairs_of(matches: Matches) -> dict[tuple[int, int], int]:
    """Return the shared types of every pair (row, key)."""
    return dict(zip(zip(matches.row.tolist(), matches.key.tolist(), strict=True), matches.shared.tolist(), strict=True))


@pytest.mark.parametrize("pattern", [ENGLISH, JAPANESE])
@pytest.mark.parametrize("kind", KINDS)
def test_identifiers_of_any_kind_are_found_and_join_exactly_the_lines_of_an_order(kind: str, pattern: str) -> None:
    lines, owners = order_lines(60, kind, pattern=pattern)
    types = find_types([lines])
    few = [number for number, found in enumerate(types) if found.nearest == NEAREST]
    entities = entities_of(lines, types)
    pairs = pairs_of(entities.all_matches)
    by_order = {pair for pair, shared in pairs.items() if any(shared >> number & 1 for number in few)}
    expected = {
        (i, j)
        for i, one in enumerate(owners)
        for j, other in enumerate(owners)
        if i != j and one.strip("-") == other.strip("-")
    }
    assert by_order == expected


def test_words_of_a_text_are_no_identifiers() -> None:
    text = "the pump of line two was stopped by an operator after its filter had been cleaned and the valve closed again"
    words = text.split()
    rng = np.random.default_rng(0)
    lines = [" ".join(rng.permutation(words)[:9]) for _ in range(400)]
    assert find_types([lines]) == ()


def test_words_that_do_not_repeat_or_stand_everywhere_are_no_identifiers() -> None:
    once = [f"step done, serial {100_000 + n}" for n in range(300)]
    everywhere = [f"value {n % 3} of machine M{n % 4}7" for n in range(300)]
    assert find_types([once]) == find_types([everywhere]) == ()


def test_numbers_after_different_words_are_one_type_where_they_are_the_same_numbers() -> None:
    lines = [line for n in range(1000, 1100) for line in (f"order {n} received", f"released {n}", f"value {n % 7 + 200} ok")]
    (found,) = find_types([lines])
    assert set(found.places) == {"order #", "released #"}
    assert identifiers("released 1044, value 203", (found,)) == ["1044"]


def test_the_same_word_in_two_logs_does_not_repeat() -> None:
    lines = [f"order {n} received" for n in range(1000, 1100)]
    assert find_types([lines, lines]) == ()
    assert [found.name for found in find_types([[*lines, *lines]])] == ["order #"]


@pytest.mark.parametrize(
    ("word", "shape"),
    [
        ("blk_-1608999687919862906", "blk_#"),
        ("blk_38", "blk_#"),
        ("3f9a12cd", "#"),
        ("0x3f9a12", "#"),
        ("deadbeef", "deadbeef"),
        ("123e4567-e89b-12d3-a456-426614174000", "#"),
        ("10.251.43.21:50010", "#.#.#.#:#"),
        ("A-17", "A-#"),
        ("取引", "取引"),
    ],
)
def test_the_shape_of_a_word_has_one_sign_for_a_number(word: str, shape: str) -> None:
    assert shape_of(word) == shape


def test_punctuation_around_an_identifier_does_not_keep_it_from_the_others() -> None:
    types = (EntityType(("blk_#",)),)
    for text in ("deleting blk_38.", "(blk_38)", "id=blk_38;", "/data/blk_38", "『blk_38』", "blk_38: done", "blk_38..."):
        assert identifiers(text, types) == ["blk_38"], text
    assert identifiers("blk_380 xblk_38 blk_38x", types) == ["blk_380"]


def test_an_event_has_a_few_identifiers_each_once() -> None:
    message = " ".join(f"blk_{n % 30}" for n in range(60))
    assert identifiers(message, (EntityType(("blk_#",)),)) == [f"blk_{n}" for n in range(8)]


def brute(messages: list[str], types: tuple[EntityType, ...], low: int, high: int) -> dict[tuple[int, int], int]:
    """Return the shared types of all pairs, by comparing every two events."""
    names = [[(word, kind) for kind, of in enumerate(types) for word in identifiers(m, (of,))] for m in messages]
    shared: dict[tuple[int, int], int] = {}
    for i, own in enumerate(names):
        for word in own:
            there = [j for j in range(low, high) if word in names[j]]
            before = [j for j in there if j < i][-types[word[1]].nearest :]
            after = [j for j in there if j > i][: types[word[1]].nearest]
            for j in (*before, *after):
                shared[i, j] = shared.get((i, j), 0) | 1 << word[1]
    return {pair: of for pair, of in shared.items() if low <= pair[0] < high}


messages = st.lists(
    st.tuples(st.integers(10, 14), st.integers(1, 3)).map(lambda n: f"order {n[0]} at gate {n[1]}"), min_size=1, max_size=30
)


@given(messages, st.integers(0, 29), st.integers(1, 30))
def test_matches_are_the_nearest_events_with_the_same_word(messages: list[str], low: int, size: int) -> None:
    types = (EntityType(("order #",), 3), EntityType(("gate #",), 2))
    low = min(low, len(messages) - 1)
    high = min(low + size, len(messages))
    entities = entities_of(messages, types)
    found = pairs_of(entities.matches(np.arange(low, high), low, high))
    assert {(row + low, key): of for (row, key), of in found.items()} == brute(messages, types, low, high)
    # Matching is mutual, which explanations rely on.
    assert all(found[key - low, row + low] == of for (row, key), of in found.items())


named = st.lists(
    st.tuples(st.sampled_from("abc"), st.sampled_from("abd"), st.integers(1, 2)).map(
        lambda n: f"order {n[0]}{n[0]} at host {n[1]}{n[1]} up, gate {n[2]}"
    ),
    min_size=1,
    max_size=30,
)


@given(named)
def test_matching_is_mutual_where_a_name_stands_at_places_of_two_types(messages: list[str]) -> None:
    types = (EntityType(("order * at",), 3), EntityType(("host * up",), 1), EntityType(("gate #",), 2))
    found = pairs_of(entities_of(messages, types).all_matches)
    assert all(found.get((key, row)) == of for (row, key), of in found.items())


@given(messages, st.data())
def test_parts_and_windows_keep_their_pairs(messages: list[str], data: st.DataObject) -> None:
    entities = entities_of(messages, TYPES)
    n = len(messages)
    start = data.draw(st.integers(0, n - 1))
    stop = data.draw(st.integers(start + 1, n))
    events = np.arange(start, stop)
    whole = entities.matches(events, 0, n)
    part, beside = whole.part(events - start, events)
    named = np.concatenate([events, beside])
    assert pairs_of(whole) == {(row, int(named[key])): of for (row, key), of in pairs_of(part).items()}
    joined = together([part, part], n + 1)
    assert len(joined) == 2 * (n + 1)
    assert len(joined.key) == 2 * len(part.key)
    inside = joined.key < 2 * (n + 1)
    assert inside.sum() == 2 * (part.key < len(events)).sum()
    assert len(np.unique(joined.key[~inside])) == 2 * len(beside)


def test_pairs_can_be_looked_up_and_left_out() -> None:
    matches = entities_of([f"order {n % 3 + 10}" for n in range(9)], TYPES).all_matches
    rows, keys = np.array([0, 0, 4, 8]), np.array([3, 1, 7, 8])
    assert (matches.place_of(rows, keys) >= 0).tolist() == [True, False, True, False]
    assert all(matches.key[place] == key for place, key in zip(matches.place_of(rows, keys)[[0, 2]], (3, 7), strict=True))
    left = matches.without({3})
    assert 3 not in left.key
    assert len(left.key) == len(matches.key) - (matches.key == 3).sum()
    empty = entities_of(["nothing here"], TYPES).all_matches
    assert empty.place_of(rows, keys).tolist() == [-1] * 4


def test_the_encoder_reads_no_identifiers_and_no_serial_numbers() -> None:
    reading = EventReading(entities=TYPES)
    sequence = order_log(40)
    hashed = encode(sequence.events, 512, reading)
    assert isinstance(hashed.entities, Entities)
    assert len(hashed.entities) == len(hashed) == len(sequence)
    names, _ = event_features(sequence.events, 0, 512, reading, ())
    number = identifiers(sequence.events[0].message, TYPES)[0]
    assert not any(number in name for name in names)
    assert sum(name.startswith("t1:") for name in names) == 1
    assert encode(sequence.events, 512).entities is None


@pytest.mark.parametrize("pattern", [ENGLISH, JAPANESE])
@pytest.mark.parametrize("kind", KINDS)
def test_two_orders_are_read_alike(kind: str, pattern: str) -> None:
    lines, owners = order_lines(60, kind, pattern=pattern)
    reading = EventReading(entities=find_types([lines]))
    assert reading.entities
    step = [n for n, line in enumerate(lines) if "received" in line and "1" in line.split("gate")[-1].split("ゲート")[-1][:3]]
    one, other = step[0], next(n for n in step if owners[n] != owners[step[0]])
    texts = [lines[n].replace(owners[n], "X") for n in (one, other)]
    if texts[0] != texts[1]:
        return
    sequence = read_bytes("\n".join((lines[one], lines[other])).encode(), "two.log")
    first, second = (event_features(sequence.events, n, 512, reading, ())[0] for n in (0, 1))
    assert first == second


def test_numbers_with_signs_between_them_are_no_names() -> None:
    lines = [f"temperature 7{n % 40}.{n % 9} at 2026-11-{n % 28 + 1} 05:{n % 60}:12 on 10.0.0.{n % 50}" for n in range(2000)]
    assert [kind.name for kind in find_types([lines])] == ["#.#.#.#"]


def test_words_that_most_logs_hold_are_no_identifiers() -> None:
    states = list(enumerate("abcdefghij" * 3))
    logs = [[f"job {n} finished, exit code {n * k % 9 + 10}, state {s} now" for n, s in states] for k in range(30)]
    assert find_types(logs) == ()


def test_what_two_lines_share_is_named() -> None:
    one, other = "Deleting blk_38 of 10.0.0.1", "NameSystem.delete: blk_38 is added to 10.0.0.1:50010, 7 times"
    assert shared_words(one, other) == ["blk_38"]
    assert shared_words(one, "nothing of it, 38") == []
    assert shared_words("temp 3.14 at 05:12:13", "temp 3.14 at 05:12:13") == []


def test_of_types_only_their_identifiers_are_named() -> None:
    one = "Received block blk_38 of size 67108864 for job 12345678"
    other = "Stored blk_38 with 67108864 bytes, order 12345678"
    assert shared_words(one, other) == ["blk_38", "67108864", "12345678"]
    assert shared(one, other, (EntityType(("blk_#",)),)) == ["blk_38"]
    # The same number of another type is something else.
    apart = EntityType(("job #",)), EntityType(("order #",))
    assert shared(one, other, apart) == []
    assert shared(one, other, (EntityType(("job #", "order #")),)) == ["12345678"]


def test_a_type_needs_a_place_and_a_nearest_event() -> None:
    for places, nearest in (((), 3), (("order #",), 0)):
        with pytest.raises(ConfigError):
            EntityType(places, nearest)
