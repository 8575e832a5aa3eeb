"""Visitors: what the runs of the app tell, and how long an answer of the record holds."""

from __future__ import annotations

from dashboard.service.web.visitors import REMEMBERED, PersonLookup, Visitor, Visitors


def test_the_last_word_counts_and_the_oldest_is_forgotten() -> None:
    visitors = Visitors()
    assert visitors.of("a") is None
    visitors.note("a", Visitor(True, "token"))
    visitors.note("a", Visitor(False))
    assert visitors.of("a") == Visitor(False)
    for number in range(4_999):
        visitors.note(str(number), Visitor(False))
    assert visitors.of("a") is not None
    visitors.note("a", Visitor(True, "token"))
    visitors.note("one more", Visitor(False))
    assert visitors.of("a") is not None and visitors.of("0") is None


def test_the_record_is_asked_now_and_then() -> None:
    now, asked, answer = 0.0, [], "ann"

    def ask(token: str | None) -> str | None:
        asked.append(token)
        return answer

    remembered = PersonLookup(ask, lambda: now)
    assert [remembered.ask("x"), remembered.ask("x"), remembered.ask(None)] == ["ann"] * 3
    assert asked == ["x", None]
    now, answer = REMEMBERED + 1, ""
    assert remembered.ask("x") == "" and asked == ["x", None, "x"]
