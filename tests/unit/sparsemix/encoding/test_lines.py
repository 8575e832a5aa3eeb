"""Lines as columns: words, shapes, identifiers and numbers as a plain computation finds them line by line."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sparsemix.encoding.file_statistics import lines as split
from sparsemix.encoding.file_statistics.identifiers import identifiers
from sparsemix.encoding.file_statistics.lines import read_lines
from sparsemix.encoding.file_statistics.numbers import _places
from sparsemix.encoding.file_statistics.surprise import in_order
from tests.support.sparsemix import plain_lines

WORDS = st.sampled_from(
    [
        *["a", "b", "job", "job7", "job8", "7", "8", "12.50", "+3", "x=1", "[y]", "#", "#7", "♯", "-", "::", "ok.", "ok", "25"],
        *["0xdeadbeef1", "deadbeef1", "DEADBEEF01", "２５", "温度２５°C", "\x1c", "\0", "a:5", "a:7", "Σας1"],
    ]
)
MESSAGES = st.lists(st.lists(WORDS, max_size=7).map(" ".join), min_size=1, max_size=40)
ODD = st.text(st.characters() | st.sampled_from(" #=♯0a.\n"), max_size=30)


@given(MESSAGES | st.lists(ODD, min_size=1, max_size=8))
def test_words_and_shapes_are_those_of_each_line_by_itself(messages: list[str]) -> None:
    lines = read_lines(messages)
    for event, message in enumerate(messages):
        words = plain_lines.words_of(message)
        shapes = [plain_lines.shape_of(word) for word in words]
        assert lines.of(event) == words
        numbers = lines.at(event, np.arange(len(words)))
        assert [lines.shapes[shape] for shape in lines.shape[numbers].tolist()] == shapes
        assert lines.varies[numbers].tolist() == [word != shape for word, shape in zip(words, shapes, strict=True)]
        assert lines.forms[lines.form[event]] == " ".join(shapes)
    assert lines.text.tolist() == [list(dict.fromkeys(messages)).index(message) for message in messages]


@given(MESSAGES, st.integers(1, 12))
def test_identifiers_are_those_of_each_line_by_itself(messages: list[str], times: int) -> None:
    found = identifiers(read_lines(messages * times))
    assert [codes.tolist() for codes in found] == plain_lines.identifiers_of(messages * times)


@given(MESSAGES)
def test_numbers_are_those_of_each_line_by_itself(messages: list[str]) -> None:
    lines = read_lines(messages)
    found = [list(zip(*(column.tolist() for column in place), strict=True)) for place in _places(lines)[0]]
    assert found == plain_lines.numbers_of(messages, lines.kind.tolist())


def test_lines_are_the_same_however_many_are_split_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    messages = [f"line {number} of 9# [{number % 3}]" for number in range(9)] + ["", "x" * 600, "- -", "y " * 300]
    whole = read_lines(messages)
    monkeypatch.setattr(split, "_TEXTS", 2)
    parts = read_lines(messages)
    assert [parts.of(event) for event in range(len(messages))] == [whole.of(event) for event in range(len(messages))]
    assert (len(whole.of(10)[0]), len(whole.of(11)), len(whole.of(12))) == (400, 0, 48)


def test_no_lines_have_no_words() -> None:
    assert len(read_lines([])) == len(read_lines([]).word) == 0


@given(st.lists(st.integers(-1, 9) | st.integers(0, 2**50)))
def test_codes_are_numbered_in_the_order_of_their_first_places(values: list[int]) -> None:
    code, first = in_order(np.array(values, np.int64))
    order = list(dict.fromkeys(values))
    assert code.tolist() == [order.index(value) for value in values]
    assert first.tolist() == [values.index(value) for value in order]
