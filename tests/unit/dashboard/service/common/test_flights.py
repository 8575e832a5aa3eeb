"""What several ask for at once is computed once, in turn by person, and given up when nobody waits for it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from dashboard.service.common.flights import Flights
from dashboard.service.common.turns import LONG, PERSON
from sparsemix import RunCancelled

PATIENCE = 30.0


class Held:
    """A computation that waits until it may go on; ``ended`` is what became of it."""

    def __init__(self, name: str = "", log: list[str] | None = None) -> None:
        self.name, self.log = name, [] if log is None else log
        self.begun, self.go, self.ended = threading.Event(), threading.Event(), threading.Event()

    def __call__(self, progress: Callable[[float, str], None]) -> str:
        self.log.append(self.name)
        self.begun.set()
        try:
            assert self.go.wait(PATIENCE)
            progress(0.5, "")
        except RunCancelled:
            self.log.append(f"{self.name} given up")
            raise
        finally:
            self.ended.set()
        return f"{self.name} for {PERSON.get()}"


@pytest.fixture
def flights() -> Flights:
    return Flights(1)


@pytest.fixture
def held() -> Iterator[Held]:
    made = Held("held")
    yield made
    made.go.set()


def test_who_asks_the_same_meanwhile_gets_the_same(flights: Flights, held: Held) -> None:
    with flights.joined("key", held, who="a", size=0) as one:
        assert held.begun.wait(PATIENCE)
        with flights.joined("key", Held("other"), who="b", size=0) as two:
            held.go.set()
            assert one.result(PATIENCE) == two.result(PATIENCE) == "held for a"
    assert held.log == ["held"]
    with flights.joined("key", lambda _progress: "anew", who="a", size=0) as later:
        assert later.result(PATIENCE) == "anew"


def test_a_computation_goes_on_as_long_as_one_waits(flights: Flights, held: Held) -> None:
    with ExitStack() as first, flights.joined("key", held, who="b", size=0) as other:
        assert held.begun.wait(PATIENCE)
        first.enter_context(flights.joined("key", held, who="a", size=0))
        first.close()
        held.go.set()
        assert other.result(PATIENCE) == "held for b"


def test_it_is_given_up_when_the_last_has_left_and_does_not_serve_who_comes_later(flights: Flights, held: Held) -> None:
    with flights.joined("key", held, who="a", size=0):
        assert held.begun.wait(PATIENCE)
    with flights.joined("key", lambda _progress: "anew", who="b", size=0) as later:
        held.go.set()
        assert later.result(PATIENCE) == "anew"
    assert held.log == ["held", "held given up"]


def test_what_nobody_waits_for_does_not_begin(flights: Flights, held: Held) -> None:
    with flights.joined("first", held, who="a", size=0) as first:
        assert held.begun.wait(PATIENCE)
        left = Held("left", held.log)
        with flights.joined("left", left, who="b", size=0):
            pass
        with flights.joined("last", lambda _progress: "last", who="b", size=0) as last:
            held.go.set()
            assert (first.result(PATIENCE), last.result(PATIENCE)) == ("held for a", "last")
    assert held.log == ["held"]


def test_people_take_turns_and_one_begins_with_the_first_turn_of_any_who_wait_for_it(flights: Flights, held: Held) -> None:
    with ExitStack() as waiting:
        futures = [waiting.enter_context(flights.joined("first", held, who="a", size=LONG))]
        assert held.begun.wait(PATIENCE)
        for name, who in (("a1", "a"), ("a2", "a"), ("a3", "a"), ("a3", "b"), ("b1", "b")):
            work = Held(name, held.log)
            work.go.set()
            futures.append(waiting.enter_context(flights.joined(name, work, who=who, size=LONG)))
        held.go.set()
        assert futures[3].result(PATIENCE) == futures[4].result(PATIENCE) == "a3 for b"
        for future in futures:
            future.result(PATIENCE)
    assert held.log == ["held", "a3", "a1", "b1", "a2"]


def test_an_error_is_told_to_all_who_wait_and_leaves_the_place_free(flights: Flights, held: Held) -> None:
    def fails(_progress: Callable[[float, str], None]) -> None:
        assert held.begun.wait(PATIENCE)
        raise ValueError("no")

    with flights.joined("key", fails, who="a", size=0) as one, flights.joined("key", fails, who="b", size=0) as two:
        held.begun.set()
        for future in (one, two):
            with pytest.raises(ValueError, match="no"):
                future.result(PATIENCE)
    with flights.joined("key", lambda _progress: 1, who="a", size=0) as after:
        assert after.result(PATIENCE) == 1
