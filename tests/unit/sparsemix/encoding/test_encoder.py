"""Hashed features: determinism, numbers, Japanese, familiarity."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sparsemix.encoding import encoder
from sparsemix.encoding.encoder import (
    PLAIN,
    EventReading,
    encode,
    encoding_parts,
    event_features,
    known_share,
    mean_share,
    vocabulary_of,
)
from sparsemix.encoding.hashing import NamedRows, hashed
from sparsemix.encoding.sequence import Event
from tests.support.properties import examples
from tests.support.sparsemix.plain_features import plain_features

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


PIECES = [
    "pump",
    "Σας",
    "25",
    "25°C",
    "温度が25",
    "mm",
    "m/s",
    "1,5",
    "-0.0",
    "x=-0.0",
    "1e999",
    "x=2e400",
    "serial=P10001",
    "\0",
    "\0\0",
]
PIECES += [
    "..",
    "=",
    "k=",
    "=v",
    "ok.",
    "[a]",
    "\u00a0",
    "\ufb01",
    "２５",
    "abcabcabc",
    "x=5mm",
    "%",
    "true",
    "\n",
    ",",
    "a\u0301",
    "id:9",
    "a\x85b\u1680c\u2028\u2029d",
    "A\x1cb\x1f",
    "\u0130",
]
TIMES = st.one_of(st.none(), st.sampled_from([0.0, -0.0, 1.0, 1.5, 3e9]), st.floats(-1e6, 1e6))
READINGS = [PLAIN, EventReading(context=3), EventReading(in_order=True), EventReading(context=2, in_order=True)]


@examples(300)
@given(
    st.lists(st.tuples(st.lists(st.sampled_from(PIECES), max_size=8).map(" ".join) | st.text(max_size=20), TIMES), max_size=6),
    st.sampled_from(READINGS),
    st.integers(1, 7),
)
def test_all_at_once_gives_the_bits_of_one_after_the_other(
    texts: list[tuple[str, float | None]], reading, at_once: int
) -> None:
    events = [event(text, time) for text, time in texts]
    rows = [NamedRows.of(list(plain_features(events, reading)))]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(encoder, "_EVENTS", at_once)
        patch.setattr(encoder, "_CHARACTERS", 10 * at_once)
        patch.setattr(encoder, "_FIRST", at_once)
        ours, plain = encode(events, 64, reading), hashed(rows, 64)
        vocabulary = vocabulary_of(PIECES[::2])
        parts = [part.rows() for part in encoding_parts(events, 64, reading, vocabulary)]
    assert mean_share(part.known for part in parts) == known_share(events, vocabulary, reading)
    assert np.array_equal(ours.pointer, plain.pointer) and np.array_equal(ours.bucket, plain.bucket)
    assert np.array_equal(ours.value.view(np.uint32), plain.value.view(np.uint32))
    for index in range(len(events)):
        names, own = event_features(events, index, 64, reading, [])
        assert names == [name for name, _ in list(plain_features(events, reading))[index]]
        assert len(own) == len(names)


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
    vocabulary = vocabulary_of(["valve opened supply=air-1"])
    assert known_share([event("valve opened")], vocabulary) == 1.0
    assert known_share([event("valve exploded")], vocabulary) == 0.5
    assert known_share([event("12345"), event("valve exploded")], vocabulary) == 0.5
    assert known_share([event("12345")], vocabulary) == 0.0
