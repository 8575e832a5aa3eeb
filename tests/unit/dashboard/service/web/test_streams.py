"""Streams: the longest silent make room, those before a sign-in first, and nobody keeps others out."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import wraps

from dashboard.service.web.streams import SILENT, Stream, Streams


def in_a_loop(test: Callable[[], None]) -> Callable[[], None]:
    @wraps(test)
    def run() -> None:
        async def inside() -> None:
            test()

        asyncio.run(inside())

    return run


def ended(streams: list[Stream]) -> list[int]:
    return [place for place, stream in enumerate(streams) if stream.ended.done()]


@in_a_loop
def test_a_flood_before_a_sign_in_ends_its_own_streams_alone() -> None:
    streams = Streams(40)
    people = [streams.open("plant", signed_in=True) for _ in range(20)]
    visitor = streams.open("visitor", signed_in=False)
    flood = [streams.open("evil", signed_in=False) for _ in range(1_000)]
    assert ended(people) == [] and not visitor.ended.done()
    assert len(ended(flood)) == 1_000 - 10
    assert not streams.open("plant", signed_in=True).ended.done() and ended(people) == []


@in_a_loop
def test_from_many_addresses_the_longest_silent_ends() -> None:
    streams = Streams(40)
    people = [streams.open("plant", signed_in=True) for _ in range(10)]
    visitor = streams.open("visitor", signed_in=False)
    flood = [streams.open(f"evil {number}", signed_in=False) for number in range(19)]
    streams.hear(visitor)
    more = [streams.open(f"evil {number}", signed_in=False) for number in range(19, 30)]
    assert ended(flood) == list(range(11)) and ended(more) == [] and not visitor.ended.done()
    assert ended(people) == []
    # A person who has signed in finds a place, up to all of them.
    people += [streams.open("plant", signed_in=True) for _ in range(30)]
    assert ended(people) == [] and visitor.ended.done()
    streams.open("plant", signed_in=True)
    assert ended(people) == [0]


@in_a_loop
def test_a_place_is_free_again() -> None:
    streams = Streams(4)
    first = streams.open("a", signed_in=False)
    streams.close(first)
    second = streams.open("a", signed_in=False)
    assert not second.ended.done()
    streams.open("a", signed_in=False)
    assert second.ended.done()
    streams.hear(second)  # its last message: it does not come back by it
    streams.close(second)
    assert not first.ended.done()


@in_a_loop
def test_silence_before_a_sign_in_has_an_end() -> None:
    now = 0.0
    streams = Streams(10, lambda: now)
    visitor, person = streams.open("a", signed_in=False), streams.open("a", signed_in=True)
    now = SILENT - 1
    assert streams.patience(visitor) == 1.0
    now = SILENT
    assert streams.patience(visitor) == 0.0 and streams.patience(person) > 0
    streams.hear(visitor)
    assert streams.patience(visitor) == SILENT
