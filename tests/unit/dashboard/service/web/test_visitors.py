"""Visitors: what the runs of the app tell, and how long an answer of the record holds."""

from __future__ import annotations

from dashboard.service.web.visitors import REMEMBERED, Visitor, Visitors, remembering


def test_the_last_word_counts_and_the_oldest_is_forgotten() -> None:
    visitors = Visitors()
    assert visitors.get("a") is None
    visitors.put("a", Visitor(True, "token"))
    visitors.put("a", Visitor(False))
    assert visitors.get("a") == Visitor(False)
    for number in range(4_999):
        visitors.put(str(number), Visitor(False))
    assert visitors.get("a") is not None
    visitors.put("a", Visitor(True, "token"))
    visitors.put("one more", Visitor(False))
    assert visitors.get("a") is not None and visitors.get("0") is None


def test_the_record_is_asked_now_and_then() -> None:
    now, asked, answer = 0.0, [], "ann"

    def ask(token: str | None) -> str | None:
        asked.append(token)
        return answer

    remembered = remembering(ask, lambda: now)
    assert [remembered("x"), remembered("x"), remembered(None)] == ["ann"] * 3
    assert asked == ["x", None]
    now, answer = REMEMBERED + 1, ""
    assert remembered("x") == "" and asked == ["x", None, "x"]
