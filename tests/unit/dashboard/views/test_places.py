"""Places: the first of each comes first, and nothing is lost."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dashboard.views.places import APART, by_place
from tests.support.properties import examples


def test_the_first_of_every_place_comes_first() -> None:
    assert by_place([500, 510, 490, 90, 95, 900]) == [500, 90, 900, 510, 490, 95]
    assert by_place([]) == []


def test_a_place_ends_where_its_lines_are_further_than_that_from_its_first() -> None:
    assert by_place([100, 100 + APART, 100 + APART + 1, 100 - APART, 100 - APART - 1]) == [
        100,
        100 + APART + 1,
        100 - APART - 1,
        100 + APART,
        100 - APART,
    ]


@examples(100)
@given(st.lists(st.integers(0, 300), unique=True))
def test_first_events_lie_apart_and_others_close_to_an_earlier_one(events: list[int]) -> None:
    ordered = by_place(events)
    assert sorted(ordered) == sorted(events)
    firsts: list[int] = []
    for event in events:
        if all(abs(event - first) > APART for first in firsts):
            firsts.append(event)
    assert ordered[: len(firsts)] == firsts
    assert ordered[len(firsts) :] == [event for event in events if event not in firsts]
