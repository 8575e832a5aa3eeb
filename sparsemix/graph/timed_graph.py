"""TimedGraph: which kinds of events lead to which by their times alone, without weights.

    graph = timed_graph([sequence], by_source=True)
    for edge in graph.edges:
        graph.kinds[edge.earlier].text, graph.kinds[edge.later].text, edge.explained, edge.lag_median

``point_process`` says how it is found.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from sparsemix.encoding.sequence import Event, TokenSequence
from sparsemix.graph.point_process import Lead, fit
from sparsemix.model.template_pairs import template_of

_LETTER = re.compile(r"[^\W\d_]")


@dataclass(frozen=True, slots=True)
class TimedKind:
    """A kind of event: its ``text`` with numbers masked, and its ``events``."""

    text: str
    events: int


@dataclass(frozen=True, slots=True)
class TimedRun:
    """A log that was read: its ``name``, ``events`` and their hash."""

    name: str
    events: int
    events_sha256: str


@dataclass(frozen=True, slots=True)
class TimedGraph:
    """The ``kinds`` of events that were told apart, and how many there are in all; the ``edges`` shown, the strongest first,
    and how many there are in all; ``runs``; their ``events``, and how many of them, the last, were ``fitted``; ``sources``; the
    ``unit`` of lags; the times of the ``first`` and the ``last`` event (seconds since 1970, None without times);
    ``background``: share of the fitted events that no earlier event explains."""

    kinds: tuple[TimedKind, ...]
    all_kinds: int
    edges: tuple[Lead, ...]
    all_edges: int
    runs: tuple[TimedRun, ...]
    events: int
    fitted: int
    sources: int
    unit: Literal["seconds", "events"]
    first: float | None
    last: float | None
    background: float


def timed_graph(
    sequences: Sequence[TokenSequence],
    most: int | None = None,
    progress: Callable[[float], None] = lambda _share: None,
    *,
    least: float = 1.0,
    by_source: bool = False,
) -> TimedGraph:
    """Return the ``most`` strongest edges of logs of one system that explain at ``least`` so many events; events of one log
    lead to each other, ``by_source`` those of one source in it.

    Where not every event has a time, lags are counted in events. Raises `InputError` for too few events, or when all have the
    same time.
    """
    events = [event for sequence in sequences for event in sequence.events]
    timed = all(event.time is not None for event in events)
    times = np.array([event.time if timed else place for sequence in sequences for place, event in enumerate(sequence.events)])
    texts = _texts(events)
    codes = {text: code for code, text in enumerate(dict.fromkeys(texts))}
    places = [(run, event.source if by_source else None) for run, sequence in enumerate(sequences) for event in sequence.events]
    sources = {place: code for code, place in enumerate(dict.fromkeys(places))}
    process = fit(
        times.astype(np.float64),
        np.array([codes[text] for text in texts], np.int64),
        np.array([sources[place] for place in places], np.int64),
        tuple(codes),
        progress,
    )
    edges = process.leads(least)
    return TimedGraph(
        kinds=tuple(map(TimedKind, process.names, process.counts.tolist())),
        all_kinds=len(codes),
        edges=tuple(edges[:most]),
        all_edges=len(edges),
        runs=tuple(TimedRun(sequence.name, len(sequence), sequence.sha256) for sequence in sequences),
        events=len(events),
        fitted=int(process.counts.sum()),
        sources=len(sources),
        unit="seconds" if timed else "events",
        first=float(times.min()) if timed else None,
        last=float(times.max()) if timed else None,
        background=process.background,
    )


def _texts(events: Sequence[Event]) -> list[str]:
    """Return the kind of every event: its message with numbers masked. Where no message has a letter, as in tables whose kinds
    are numbered, the numbers are the kinds, without the number of the source."""
    texts = [template_of(event.message) for event in events]
    if any(map(_LETTER.search, texts)):
        return texts
    return [" ".join(dict.fromkeys(_without(event.message.split(), event.source))) for event in events]


def _without(words: list[str], source: str | None) -> list[str]:
    return words[1:] if words[:1] == [source] and len(words) > 1 else words
