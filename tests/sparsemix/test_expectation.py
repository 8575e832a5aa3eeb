"""What is expected to come next: probabilities, contexts, order, and the file that it travels in."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sparsemix import expectation
from sparsemix.encoder import Reading, encode, event_features
from sparsemix.errors import WeightsError
from sparsemix.sequence import Event

FEATURES = 2048


def events(text: str) -> list[Event]:
    return [Event(sign, sign, None, None, None, 1) for sign in text]


@settings(deadline=None)
@given(st.lists(st.text("abcd", min_size=1, max_size=40), min_size=1, max_size=4), st.text("abcde", max_size=8))
def test_the_chances_of_all_that_can_follow_make_one(training: list[str], before: str) -> None:
    found = expectation.fit([events(text) for text in training])
    known = sorted(set("".join(training)))
    chances = [np.exp(-found.surprise(events(before + sign))[0][-1]) for sign in [*known, "?"]]
    assert sum(chances) == pytest.approx(1.0)


def test_a_longer_context_tells_more() -> None:
    found = expectation.fit([events("xabcyabd" * 30)])
    surprise, longest = found.surprise(events("xabcyabd" * 2))
    assert surprise[8:].max() < 0.2
    swapped, where = found.surprise(events("xabcyabdxabdyabc"))
    assert swapped[11] > 2.0 and swapped[15] > 2.0
    assert where[11] < longest[11] == expectation.ORDER - 1


def test_unknown_events_are_surprising_and_known_contexts_longest() -> None:
    found = expectation.fit([events("abab" * 20)])
    surprise, longest = found.surprise(events("ababzab"))
    assert surprise[4] == surprise.max() and longest[4] == -1


def test_numbers_do_not_make_kinds_where_there_are_too_many_messages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(expectation, "_FEW_KINDS", 3)
    lines = [Event(text, text, None, None, None, 1) for text in ("part P1 ok", "part P2 ok", "part P3 ok", "part P4 ok")]
    found = expectation.fit([lines])
    assert (found.by, found.kinds) == ("template", 1)


def test_it_survives_the_file_and_damage_is_refused() -> None:
    found = expectation.fit([events("abcabd"), events("ba")])
    columns, text = expectation.pack(found)
    again = expectation.unpack(columns, text)
    for name in ("context", "total", "types", "pair", "count"):
        assert np.array_equal(getattr(again, name), getattr(found, name))
    assert (again.by, again.order, again.kinds) == (found.by, found.order, found.kinds)
    for broken in ({**columns, "pair": columns["pair"][::-1]}, {**columns, "total": columns["total"][:-1]}, {}):
        with pytest.raises(WeightsError):
            expectation.unpack(broken, text)
    with pytest.raises(WeightsError):
        expectation.unpack(columns, "{}")


def test_names_of_features_add_up_to_the_row_that_is_read() -> None:
    reading = Reading(2, expectation=expectation.fit([events("abcabd" * 5)]))
    sequence = events("abcabdabz")
    whole = encode(sequence, FEATURES, reading)
    for index in (0, 5, 8):
        names, parts = event_features(sequence, index, FEATURES, reading)
        dense, summed = np.zeros(FEATURES), np.zeros(FEATURES)
        one = whole.window(index, index + 1)
        np.add.at(dense, one.bucket, one.value)
        np.add.at(summed, parts.bucket, parts.value)
        assert summed == pytest.approx(dense, abs=1e-6)
        assert any(name.startswith("e:") for name in names)
