"""One computation for all who ask the same at once ("single flight"), in turn by person, given up when nobody waits for it.

flights = Flights(places=3)
with flights.joined(key, work, who=token, size=len(content)) as future:     # of `concurrent.futures`
    ...                                                                     # who leaves the block no longer waits
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any

from dashboard.service.common.turns import PERSON, Turns
from sparsemix import RunCancelled

Work = Callable[[Callable[[float, str], None]], Any]
"""A computation. It tells its progress, which raises `RunCancelled` where nobody waits any more."""


class _Flight:
    def __init__(self, key: Hashable, work: Work) -> None:
        self.key, self.work = key, work
        self.future: Future[Any] = Future()
        self.waiting: set[_Ticket] = set()
        self.begun = False


class _Ticket:
    """One who waits for a flight: it begins with the first turn that any of them has."""

    def __init__(self, flight: _Flight, who: str) -> None:
        self.flight, self.who = flight, who


class Flights:
    """Computations on threads of their own, as many at once as there are ``places``, in the order of `Turns`."""

    def __init__(self, places: int) -> None:
        self._places = places
        self._turns: Turns[_Ticket] = Turns(places)
        self._under_way: dict[Hashable, _Flight] = {}
        self._threads: list[threading.Thread] = []
        self._lock = threading.Lock()

    @contextmanager
    def joined(self, key: Hashable, work: Work, *, who: str, size: int) -> Iterator[Future[Any]]:
        """Yield the result of a computation to come: of the one under way with this ``key``, or else of ``work``. ``who`` waits
        for it in this block; ``size`` as for `Turns`."""
        ticket = self._join(key, work, who, size)
        try:
            yield ticket.flight.future
        finally:
            self._leave(ticket)

    def _join(self, key: Hashable, work: Work, who: str, size: int) -> _Ticket:
        with self._lock:
            # The first who ask start the threads: the program has set how they allocate by then.
            while len(self._threads) < self._places:
                self._threads.append(threading.Thread(target=self._fly, name="flight", daemon=True))
                self._threads[-1].start()
            flight = self._under_way.setdefault(key, _Flight(key, work))
            ticket = _Ticket(flight, who)
            flight.waiting.add(ticket)
            if not flight.begun:
                self._turns.put(ticket, who=who, size=size)
            return ticket

    def _leave(self, ticket: _Ticket) -> None:
        flight = ticket.flight
        with self._lock:
            flight.waiting.discard(ticket)
            if not flight.begun:
                self._turns.done(ticket)
            if not flight.waiting:
                self._forget(flight)

    def _fly(self) -> None:
        while (ticket := self._turns.take()) is not None:
            self._run(ticket)
            self._turns.done(ticket)
            # While the thread waits, it must not keep what the work held.
            del ticket

    def _run(self, ticket: _Ticket) -> None:
        flight = ticket.flight
        with self._lock:
            if flight.begun or ticket not in flight.waiting:
                return
            flight.begun = True
            for other in flight.waiting - {ticket}:
                self._turns.done(other)
        PERSON.set(ticket.who)

        def progress(_share: float, _stage: str) -> None:
            if not flight.waiting:
                raise RunCancelled("nobody waits for it")

        try:
            given, error = flight.work(progress), None
        except BaseException as raised:
            given, error = None, raised
        with self._lock:
            self._forget(flight)
            if not flight.waiting:
                return
        if error is None:
            flight.future.set_result(given)
        else:
            flight.future.set_exception(error)

    def _forget(self, flight: _Flight) -> None:
        if self._under_way.get(flight.key) is flight:
            del self._under_way[flight.key]
