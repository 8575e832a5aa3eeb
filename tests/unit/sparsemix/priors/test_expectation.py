"""What is expected to come next: probabilities, contexts, order, and the file that it travels in."""

from __future__ import annotations

from hashlib import sha256

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sparsemix.encoding import kinds
from sparsemix.encoding.sequence import Event
from sparsemix.errors import WeightsError
from sparsemix.priors import expectation
from tests.support.properties import examples


def events(text: str) -> list[Event]:
    return [Event(sign, sign, None, None, None, 1) for sign in text]


@examples()
@given(st.lists(st.text("abcd", min_size=1, max_size=40), min_size=1, max_size=4), st.text("abcde", min_size=1, max_size=20))
def test_the_lower_chance_of_both_sides_holds_and_the_newest_event_has_one_side(training: list[str], text: str) -> None:
    expected = expectation.fit([events(one) for one in training])
    back = expected.looking_back.probability(events(text))
    p = expected.probability(events(text))
    assert (p > 0).all() and (p <= back).all()
    assert p[-1] == back[-1]


@examples()
@given(st.text("abc", min_size=30, max_size=60), st.text("abc", min_size=12, max_size=30), st.text("abcd", max_size=4))
def test_what_a_growing_log_adds_moves_only_the_events_whose_contexts_it_is_in(training: str, log: str, more: str) -> None:
    expected = expectation.fit([events(training)])
    before, after = expected.probability(events(log)), expected.probability(events(log + more))
    settled = len(log) - (expectation.ORDER - 1)
    assert np.array_equal(before[:settled], after[:settled])
    assert (before[:-1] > 0).all()


def test_an_event_that_fits_what_was_before_but_not_what_comes_after_is_not_expected() -> None:
    expected = expectation.fit([events(text) for text in ("paq", "pbr") * 20])
    fits, odd = (expected.probability(events(text))[1] for text in ("paq", "par"))
    assert odd < 0.1 and fits > 0.4
    assert expected.looking_back.probability(events("par"))[1] == pytest.approx(fits)


def test_a_longer_context_tells_more() -> None:
    expected = expectation.fit([events("xabcyabd" * 30)])
    assert expected.probability(events("xabcyabd" * 2))[8:].min() > 0.8
    swapped = expected.probability(events("xabcyabdxabdyabc"))
    assert swapped[11] < 0.1 and swapped[15] < 0.1


def test_unknown_events_are_improbable_and_share_one_place() -> None:
    expected = expectation.fit([events("abab" * 20)])
    p = expected.probability(events("ababzab"))
    assert p[4] == p.min() < 0.1
    assert expected.kinds_of(events("abz")).tolist()[2] == 2
    assert sorted(expected.kinds_of(events("ab")).tolist()) == [0, 1]


def test_numbers_do_not_make_kinds_where_there_are_too_many_messages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kinds, "_FEW_KINDS", 3)
    lines = [Event(text, text, None, None, None, 1) for text in ("part P1 ok", "part P2 ok", "part P3 ok", "part P4 ok")]
    expected = expectation.fit([lines])
    assert (expected.by, len(expected.known)) == ("template", 1)


@pytest.mark.parametrize("both", [True, False])
def test_it_survives_the_file_and_damage_is_refused(both: bool) -> None:
    expected = expectation.fit([events("abcabd"), events("ba")])
    expected = expected if both else expected.looking_back
    columns = expectation.pack(expected)
    again = expectation.unpack(columns)
    assert again.by == expected.by and (again.after is not None) == both
    assert {name: column.tolist() for name, column in expectation.pack(again).items()} == {
        name: column.tolist() for name, column in columns.items()
    }
    text = events("abcbadab")
    assert np.array_equal(again.probability(text), expected.probability(text))
    for broken in (
        {**columns, "pair": columns["pair"][::-1]},
        {**columns, "known": columns["known"][::-1]},
        {**columns, "total": columns["total"][:-1]},
        {**columns, "shape": np.append(columns["shape"], 3)},
        {**columns, "more": columns["total"]},
        {**columns, "known": columns["known"][:0]},
        {name: column for name, column in columns.items() if name != "count"},
        {**columns, "shape": np.array([7, 1, 1] if both else [7, 1])},
        {},
    ):
        with pytest.raises(WeightsError):
            expectation.unpack(broken)


def test_counts_written_before_there_were_two_sides_are_read_as_they_were() -> None:
    expected = expectation.fit([events("abcabd"), events("ba")], order=6).looking_back
    columns = expectation.pack(expected)
    assert list(columns) == ["shape", "known", "context", "total", "types", "pair", "count"]
    assert columns["shape"].tolist() == [1, 6]
    written = b"".join(column.astype("<i8").tobytes() for column in columns.values())
    assert sha256(written).hexdigest() == "4a50a5266226f20b5a799005c6ba1e6d9eaaf058340eb8aeb9bc17277b9c2b5e"
    p = expectation.unpack(columns).probability(events("abcbz"))
    assert p.tolist() == pytest.approx([0.494270833333, 0.985763888889, 0.921354166667, 0.009895833333, 0.033333333333])


def test_it_counts_again_as_another_one_does() -> None:
    like = expectation.fit([events("abcabd" * 4)], order=3)
    again = expectation.fit([events("one two")], like)
    assert (again.by, again.before.order, again.after is not None) == (like.by, 3, True)
    assert expectation.fit([events("one two")], like.looking_back).after is None
