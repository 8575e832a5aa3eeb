"""What was computed is kept, the last ones asked for."""

from __future__ import annotations

from dashboard.kept import Kept


def test_the_one_not_asked_for_longest_makes_room() -> None:
    kept: Kept[int, str] = Kept(most=2)
    for number in (1, 2):
        kept.put(number, f"result {number}")
    assert kept.get(1)
    kept.put(3, "result 3")
    assert kept.get(2) is None
    assert [kept.get(number) for number in (1, 3)] == ["result 1", "result 3"]


def test_results_are_weighed_and_the_newest_always_stays() -> None:
    kept: Kept[str, list[int]] = Kept(5, len)
    kept.put("small", [1, 2])
    kept.put("other", [1, 2, 3])
    assert kept.get("small")
    kept.put("more", [1])
    assert kept.get("other") is None
    assert kept.get("small")
    kept.put("huge", list(range(9)))
    assert len(kept.get("huge")) == 9
    assert kept.get("small") is None


def test_a_later_result_takes_the_place_of_an_earlier_one() -> None:
    kept: Kept[str, int] = Kept(most=2)
    kept.put("a", 1)
    kept.put("a", 2)
    assert kept.get("a") == 2
    assert kept.get("b") is None


def test_what_was_made_once_is_not_made_again() -> None:
    kept: Kept[str, list[int]] = Kept(2)
    made = kept.found("a", lambda: [1])
    assert kept.found("a", lambda: [2]) is made
    assert kept.get("a") == [1]
