"""What was computed is kept, the last ones asked for."""

from __future__ import annotations

from dashboard.service.common.result_cache import ResultCache


def test_the_one_not_asked_for_longest_makes_room() -> None:
    kept: ResultCache[int, str] = ResultCache(most=2)
    for number in (1, 2):
        kept.put(number, f"result {number}")
    assert kept.get(1)
    kept.put(3, "result 3")
    assert kept.get(2) is None
    assert [kept.get(number) for number in (1, 3)] == ["result 1", "result 3"]


def test_results_are_weighed_and_the_newest_always_stays() -> None:
    kept: ResultCache[str, list[int]] = ResultCache(5, len)
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
    kept: ResultCache[str, int] = ResultCache(most=2)
    kept.put("a", 1)
    kept.put("a", 2)
    assert kept.get("a") == 2
    assert kept.get("b") is None


def test_what_was_made_once_is_not_made_again() -> None:
    kept: ResultCache[str, list[int]] = ResultCache(2)
    made = kept.get_or_make("a", lambda: [1])
    assert kept.get_or_make("a", lambda: [2]) is made
    assert kept.get("a") == [1]
