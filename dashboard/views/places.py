"""Places of a file: what is named first should not be one stretch of lines alone.

A machine that stops, or an incident, makes many lines close to each other unusual. Where a file is judged by itself, the most
unusual line of each place comes before further lines of the same places, so that the first three are three places to look at.
"""

from __future__ import annotations

from collections.abc import Sequence

APART = 25
"""Lines at most so far from the first of a place belong to it."""


def places(events: Sequence[int]) -> list[list[int]]:
    """Return different ``events``, given in the order of how unusual they are, by place, in the order of the first of each."""
    found: list[list[int]] = []
    # Two first events of one stretch would belong to one place.
    by_stretch: dict[int, list[int]] = {}
    for event in events:
        stretch = event // APART
        near = (by_stretch[one] for one in (stretch - 1, stretch, stretch + 1) if one in by_stretch)
        own = next((place for place in near if abs(event - place[0]) <= APART), None)
        if own is None:
            own = by_stretch[stretch] = []
            found.append(own)
        own.append(event)
    return found


def by_place(events: Sequence[int]) -> list[int]:
    """Return the events with the first of every place before all others; otherwise their order stays."""
    firsts = [place[0] for place in places(events)]
    others = set(events).difference(firsts)
    return firsts + [event for event in events if event in others]
