"""Tokens of messages: what is split, what a word is by itself, and whose message it is of."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sparsemix.encoding.tokens import _remembered, tokens_of


def pairs(*messages: str) -> list[list[tuple[str, str]]]:
    tokens = tokens_of(messages)
    found: list[list[tuple[str, str]]] = [[] for _ in range(tokens.messages)]
    for line, which in zip(tokens.line.tolist(), tokens.which.tolist(), strict=True):
        found[line].append((tokens.known[which].key, tokens.known[which].word))
    return found


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("Pump [ST03] started, speed=900 rpm.", [("", "pump"), ("", "st03"), ("", "started"), ("speed", "900"), ("", "rpm")]),
        ("a=b=c =d e= ... -- k=v|w", [("a", "b=c"), ("", "d"), ("", "e"), ("k", "v"), ("", "w")]),
        ("温度：２５ ﬁlter", [("", "温度:25"), ("", "filter")]),
        ("", []),
    ],
)
def test_a_message_is_words_and_pairs(message: str, expected: list[tuple[str, str]]) -> None:
    assert pairs(message) == [expected]


def test_what_separates_messages_may_stand_in_one() -> None:
    assert pairs("a \0 b", "\0\0 c", "d\0") == [[("", "a"), ("", "\0"), ("", "b")], [("", "\0\0"), ("", "c")], [("", "d\0")]]


@given(st.lists(st.text(max_size=12), max_size=6))
def test_messages_do_not_touch_each_other(messages: list[str]) -> None:
    assert pairs(*messages) == [pairs(message)[0] for message in messages]


def test_long_words_are_not_remembered() -> None:
    before = _remembered.cache_info().currsize
    assert [len(token.word) for token in tokens_of(["x" * 10_000, "y" * 101]).known] == [10_000, 101]
    assert _remembered.cache_info().currsize == before


def test_numbers_have_units_and_serial_numbers_are_no_words() -> None:
    by_word = {token.word: token for token in tokens_of(["25 -1.5e3 20mm 98% p10001 part"]).known}
    assert [(by_word[word].number, by_word[word].unit) for word in ("25", "-1.5e3", "20mm", "98%")] == [
        (25.0, ""),
        (-1500.0, ""),
        (20.0, "mm"),
        (98.0, "%"),
    ]
    assert by_word["p10001"].number is None and by_word["p10001"].words == () and len(by_word["part"].words) == 1
