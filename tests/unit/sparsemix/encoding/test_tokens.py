"""Tokens of messages: what is split, what a word is by itself, and whose message it is of."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sparsemix.encoding import tokens
from sparsemix.encoding.tokens import _remembered, numbered, numbered_words, spaces, tokens_of
from tests.support.sparsemix.alike_words import alike_words


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


@given(st.lists(st.text(alphabet="ab,\t\x1f\x85\u3000é\ud800 ", max_size=20), max_size=6))
def test_words_are_numbered_the_same_without_compiled_loops(texts: list[str]) -> None:
    words, which = numbered_words(texts, spaces(b","), "#")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tokens, "COMPILES", False)
        plain, places = numbered_words(texts, spaces(b","), "#")
    assert (words, which.tolist()) == (plain, places.tolist())
    assert [words[one] for one in which] == [word for text in texts for word in [*text.replace(",", " ").split(), "#"]]


def test_words_whose_hashes_are_alike_are_numbered_another_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a file of such words would be compared word by word."""
    used: list[bool] = []
    monkeypatch.setattr(tokens, "numbered", lambda values: used.append(True) or numbered(values))
    for alike, expected in ((alike_words(2_000, 64), [True]), ([f"x{one:06}" for one in range(2_000)], [])):
        used.clear()
        words, which = numbered_words([" ".join([*alike, *reversed(alike)])], spaces(b","), "#")
        assert words == [*alike, "#"] and used == expected
        assert which.tolist() == [*range(2_000), *reversed(range(2_000)), 2_000]


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
