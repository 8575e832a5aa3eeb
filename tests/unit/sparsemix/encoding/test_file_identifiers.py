"""Identifiers of another form than in training: found by what stands around them and how they recur."""

from __future__ import annotations

import numpy as np
import pytest

from sparsemix import TokenSequence, read_bytes
from sparsemix.encoding.encoder import EventReading, encode, encoding_parts, known_share, mean_share, vocabulary_of
from sparsemix.encoding.entity_types import find_types
from sparsemix.encoding.file_identifiers import identifiers_of, surroundings
from sparsemix.errors import ConfigError
from tests.support.sparsemix.entity_logs import ENGLISH, JAPANESE, KINDS, order_lines

FEATURES = 512
FURTHER = {
    "path": lambda n: f"job-{n // 10}/attempt_{n % 10}",
    "letters in a path": lambda n: f"job-{'ABCDEFGHIJ'[n // 26]}4/attempt_{chr(97 + n % 26)}",
    "small numbers": lambda n: str(n + 11),
}


def reading_of(lines: list[str]) -> EventReading:
    types = find_types([lines])
    return EventReading(entities=types, around=surroundings([lines], types))


def named(names: list[str]) -> tuple[TokenSequence, list[str]]:
    """Return lines of 60 orders with these names, and the name of each line's order."""
    lines, owners = order_lines(60, "prefix")
    other = dict(zip(dict.fromkeys(owners), names, strict=True))
    text = "\n".join(line.replace(owner, other[owner]) for line, owner in zip(lines, owners, strict=True))
    return read_bytes(text.encode(), "orders.log"), [other[owner] for owner in owners]


@pytest.mark.parametrize("pattern", [ENGLISH, JAPANESE])
@pytest.mark.parametrize("kind", KINDS)
def test_names_of_any_form_are_found_where_those_of_training_stood(kind: str, pattern: str) -> None:
    reading = reading_of(order_lines(60, "prefix", seed=1, pattern=pattern)[0])
    lines, owners = order_lines(60, kind, seed=2, pattern=pattern)
    found = identifiers_of(lines, reading.entities, reading.around)
    assert all(owner.strip("-") in [word for word, at in some if at == 0] for owner, some in zip(owners, found, strict=True))


@pytest.mark.parametrize("form", FURTHER)
def test_lines_are_encoded_as_with_the_names_of_training(form: str) -> None:
    lines, owners = order_lines(60, "prefix")
    reading = reading_of(lines)
    names = [FURTHER[form](n) for n in range(60)]
    one, _ = named(list(dict.fromkeys(owners)))
    other, _ = named(names)
    first, second = (encode(sequence.events, FEATURES, reading) for sequence in (one, other))
    for name in ("pointer", "bucket", "value"):
        assert np.array_equal(getattr(first, name), getattr(second, name))
    assert first.entities is not None and second.entities is not None
    for name in ("pointer", "key", "shared"):
        assert np.array_equal(getattr(first.entities.all_matches, name), getattr(second.entities.all_matches, name))
    # What weights of earlier versions, which have no surroundings, do not find.
    before = encode(other.events, FEATURES, EventReading(entities=reading.entities)).entities
    assert before is not None and not len(before.all_matches.key)
    vocabulary = vocabulary_of(lines)
    assert known_share(other.events, vocabulary, reading) == known_share(one.events, vocabulary, reading)
    for some in (reading, EventReading(entities=reading.entities)):
        parts = encoding_parts(other.events, FEATURES, some, vocabulary)
        assert mean_share(part.rows().known for part in parts) == known_share(other.events, vocabulary, some)


def test_a_name_is_found_wherever_it_stands_and_a_number_only_there() -> None:
    lines = [line for n in range(1000, 1100) for line in (f"lot-{n} enters the press", f"the press releases lot-{n} again")]
    reading = reading_of(lines)

    def found(names: list[str], further: str) -> list[str]:
        texts = [line.replace(f"lot-{n}", names[n - 1000]) for n in range(1000, 1100) for line in lines[2 * n - 2000 :][:2]]
        return [word for word, _ in identifiers_of([*texts, further], reading.entities, reading.around)[-1]]

    pairs = [f"A{n // 10}/b{n % 10}" for n in range(100)]
    assert found(pairs, "copied to /mnt/data/A4/b2/log and A4/b9x") == ["A4/b2"]
    numbers = [str(n) for n in range(100)]
    assert found(numbers, "42 bar at the press") == []
    assert found(numbers, "42 enters the press") == ["42"]


def test_words_that_do_not_recur_as_names_do_are_none() -> None:
    reading = reading_of([f"lot-{n % 100} enters the press" for n in range(300)])
    assert reading.around == ((" * enters",),)
    for texts in (
        [f"worker {n % 3} enters" for n in range(300)],
        [f"{'ABC'[n % 3]} enters the press" for n in range(300)],
        [f"P{n} enters the press" for n in range(300)],
    ):
        assert not any(identifiers_of(texts, reading.entities, reading.around))


def test_surroundings_hold_nothing_but_names() -> None:
    lines = [f"{'lot' if n % 3 else 'tray'}-{n // 3 % 50 if n % 3 else n} is moved" for n in range(600)]
    assert reading_of(lines).around == ((),)


def test_surroundings_that_do_not_fit_are_refused() -> None:
    reading = reading_of([f"lot-{n % 100} enters the press" for n in range(300)])
    for around in ((("a",), ("b",)), ("ab",), ((1,),)):
        with pytest.raises(ConfigError, match="words around"):
            EventReading(entities=reading.entities, around=around).check()  # type: ignore[arg-type]
