"""Whose sequence is judged next."""

from __future__ import annotations

import threading

import pytest

from dashboard.service.common.turns import LONG, Busy, Turns


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


def test_a_thread_keeps_its_place_until_the_end_whatever_happens() -> None:
    turns: Turns[str] = Turns(2)
    begun = threading.Event()

    def second_long() -> None:
        with turns.place("a2", who="a", size=LONG):
            begun.set()

    waiting = threading.Thread(target=second_long)
    with pytest.raises(ZeroDivisionError), turns.place("a1", who="a", size=LONG):
        waiting.start()
        with turns.place("b1", who="b", size=10):
            assert not begun.is_set()
        raise ZeroDivisionError
    assert begun.wait(10)
    waiting.join(10)


def test_who_waits_for_a_place_can_give_it_up() -> None:
    turns: Turns[str] = Turns(1)

    def gives_up() -> None:
        raise ZeroDivisionError

    with turns.place("a1", who="a", size=10):
        with pytest.raises(ZeroDivisionError), turns.place("b1", who="b", size=10, look=gives_up):
            raise AssertionError
        turns.put("c1", who="c", size=10)
        assert turns.ahead("c1") == 1
    assert turns.take() == "c1"


def test_one_person_has_a_bound_and_the_program_none() -> None:
    turns: Turns[str] = Turns(1, most=2)
    for name in ("a1", "a2", "b1", "1", "2", "3"):
        turns.put(name, who=name[0].rstrip("123"), size=10)
    assert turns.take() == "a1"
    with pytest.raises(Busy):
        turns.put("a3", who="a", size=10)
    turns.done("a2")  # given up before it began
    turns.put("a3", who="a", size=10)
    assert [turns.ahead(name) for name in ("a1", "b1", "1", "a3", "a2")] == [0, 1, 2, 5, 0]
