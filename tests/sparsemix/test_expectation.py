"""What is expected to come next: probabilities, contexts, order, and the file that it travels in."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sparsemix import expectation
from sparsemix.errors import WeightsError
from sparsemix.sequence import Event


def events(text: str) -> list[Event]:
    return [Event(sign, sign, None, None, None, 1) for sign in text]


@settings(deadline=None)
@given(st.lists(st.text("abcd", min_size=1, max_size=40), min_size=1, max_size=4), st.text("abcde", max_size=8))
def test_the_chances_of_all_that_can_follow_make_one(training: list[str], before: str) -> None:
    found = expectation.fit([events(text) for text in training])
    known = sorted(set("".join(training)))
    chances = [found.probability(events(before + sign))[-1] for sign in [*known, "?"]]
    assert sum(chances) == pytest.approx(1.0)


def test_a_longer_context_tells_more() -> None:
    found = expectation.fit([events("xabcyabd" * 30)])
    assert found.probability(events("xabcyabd" * 2))[8:].min() > 0.8
    swapped = found.probability(events("xabcyabdxabdyabc"))
    assert swapped[11] < 0.1 and swapped[15] < 0.1


def test_unknown_events_are_improbable_and_share_one_place() -> None:
    found = expectation.fit([events("abab" * 20)])
    p = found.probability(events("ababzab"))
    assert p[4] == p.min() < 0.1
    assert found.kinds_of(events("abz")).tolist()[2] == 2
    assert sorted(found.kinds_of(events("ab")).tolist()) == [0, 1]


def test_numbers_do_not_make_kinds_where_there_are_too_many_messages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(expectation, "_FEW_KINDS", 3)
    lines = [Event(text, text, None, None, None, 1) for text in ("part P1 ok", "part P2 ok", "part P3 ok", "part P4 ok")]
    found = expectation.fit([lines])
    assert (found.by, len(found.known)) == ("template", 1)


def test_it_survives_the_file_and_damage_is_refused() -> None:
    found = expectation.fit([events("abcabd"), events("ba")])
    columns = expectation.pack(found)
    again = expectation.unpack(columns)
    for name in ("known", "context", "total", "types", "pair", "count"):
        assert np.array_equal(getattr(again, name), getattr(found, name))
    assert (again.by, again.order) == (found.by, found.order)
    for broken in ({**columns, "pair": columns["pair"][::-1]}, {**columns, "total": columns["total"][:-1]}, {}):
        with pytest.raises(WeightsError):
            expectation.unpack(broken)
    with pytest.raises(WeightsError):
        expectation.unpack({**columns, "shape": np.array([7, 1])})
