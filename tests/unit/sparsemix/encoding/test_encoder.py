"""Hashed features: determinism, numbers, Japanese, familiarity."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sparsemix.encoding.encoder import encode, known_share, words
from sparsemix.encoding.sequence import Event
from tests.support.properties import examples

FEATURES = 1024


def event(message: str, time: float | None = None) -> Event:
    return Event(text=message, message=message, time=time, source=None, level=None, line=1)


def vector(message: str) -> np.ndarray:
    hashed = encode([event(message)], FEATURES)
    dense = np.zeros(FEATURES)
    np.add.at(dense, hashed.bucket, hashed.value)
    return dense


def similarity(a: str, b: str) -> float:
    x, y = vector(a), vector(b)
    return float(x @ y / np.sqrt((x @ x) * (y @ y)))


@examples(150)
@given(st.lists(st.text(max_size=60), min_size=1, max_size=8))
def test_any_text_gives_finite_rows_that_repeat(texts: list[str]) -> None:
    events = [event(text, float(i)) for i, text in enumerate(texts)]
    one, two = encode(events, FEATURES), encode(events, FEATURES)
    assert len(one) == len(texts)
    assert np.isfinite(one.value).all()
    assert (one.bucket < FEATURES).all()
    assert np.array_equal(one.bucket, two.bucket)
    assert np.array_equal(one.value, two.value)


def test_near_numbers_are_more_alike_than_far_ones() -> None:
    near = similarity("drift=0.50 Nm", "drift=0.55 Nm")
    far = similarity("drift=0.50 Nm", "drift=0.02 Nm")
    opposite = similarity("drift=0.50 Nm", "drift=-0.50 Nm")
    assert near > far
    assert near > opposite


def test_a_serial_number_hardly_changes_an_event() -> None:
    assert similarity("part ok serial=P10001", "part ok serial=P99999") > 0.8
    assert similarity("run recipe=R01", "run recipe=R02") < 0.8


def test_unspaced_japanese_shares_what_it_shares() -> None:
    assert similarity("校正完了", "校正省略") > similarity("校正完了", "安全扉開")


def test_full_width_digits_are_digits() -> None:
    assert np.array_equal(vector("温度 25 C"), vector("温度 ２５ C"))


def test_a_window_is_the_rows_of_the_whole() -> None:
    hashed = encode([event(f"line {word}") for word in "abcdefgh"], FEATURES)
    part = hashed.window(2, 5)
    assert len(part) == 3
    assert np.array_equal(part.bucket, hashed.bucket[hashed.pointer[2] : hashed.pointer[5]])
    assert part.pointer[0] == 0


def test_known_share_is_the_mean_share_of_known_words() -> None:
    vocabulary = np.array(sorted(words("valve opened supply=air-1")), np.uint32)
    assert known_share([event("valve opened")], vocabulary) == 1.0
    assert known_share([event("valve exploded")], vocabulary) == 0.5
    assert known_share([event("12345"), event("valve exploded")], vocabulary) == 0.5
    assert known_share([event("12345")], vocabulary) == 0.0
