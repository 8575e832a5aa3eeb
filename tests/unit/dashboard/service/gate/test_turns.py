"""Whose sequence is judged next."""

from __future__ import annotations

import threading

from dashboard.service.gate.turns import LONG, Turns


def test_a_short_one_is_judged_while_long_ones_wait() -> None:
    turns: Turns[str] = Turns(2)
    for name in ("a1", "a2", "a3"):
        turns.put(name, who="a", size=LONG)
    assert turns.take() == "a1"
    turns.put("b1", who="b", size=10)
    turns.put("b2", who="b", size=10)
    assert turns.take() == "b1"
    turns.done("b1")
    assert turns.take() == "b2"
    turns.done("a1")
    assert turns.take() == "a2"


def test_programs_take_turns_and_order_is_kept() -> None:
    turns: Turns[str] = Turns(1)
    for name in ("a1", "a2", "a3", "b1", "b2"):
        turns.put(name, who=name[0], size=10)
    taken = []
    for _ in range(5):
        job = turns.take()
        assert job is not None
        taken.append(job)
        turns.done(job)
    assert taken == ["a1", "b1", "a2", "b2", "a3"]


def test_who_waits_is_let_go_at_the_end() -> None:
    turns: Turns[str] = Turns(1)
    turns.put("long", who="a", size=LONG)
    assert turns.take() == "long"
    found: list[str | None] = []
    waiting = threading.Thread(target=lambda: found.append(turns.take()))
    waiting.start()
    turns.close()
    waiting.join(10)
    assert found == [None]
