"""TimedGraph: which kinds of events lead to which by their times alone, without weights.

    graph = timed_graph([sequence], by_source=True)
    for edge in graph.edges:
        graph.kinds[edge.earlier].text, graph.kinds[edge.later].text, edge.explained, edge.lag_median

``point_process`` says how it is found.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from sparsemix.encoding.sequence import TokenSequence
from sparsemix.graph import point_process
from sparsemix.graph.last_events import LastEvents
from sparsemix.graph.point_process import Lead, fit


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
    """The ``kinds`` of events that were told apart, and how many the fitted events have in all; the ``edges`` shown, the
    strongest first, and how many there are in all; ``runs``; their ``events``, and how many of them, the last, were ``fitted``;
    ``sources``; the ``unit`` of lags; the times of the ``first`` and the ``last`` event (seconds since 1970, None without
    times); ``background``: share of the fitted events that no earlier event explains."""

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
    sequences: Iterable[TokenSequence],
    most: int | None = None,
    progress: Callable[[float], None] = lambda _share: None,
    *,
    least: float = 1.0,
    by_source: bool = False,
) -> TimedGraph:
    """Return the ``most`` strongest edges of logs of one system that explain at ``least`` so many events; events of one log
    lead to each other, ``by_source`` those of one source in it.

    Where not every event has a time, lags are counted in events. The logs may be read one after another: of earlier ones only
    what is fitted is kept. Raises `InputError` for too few events, or when all have the same time.
    """
    last, runs = LastEvents(point_process.MOST_EVENTS, by_source=by_source), []
    for sequence in sequences:
        last.add(sequence)
        runs.append(TimedRun(sequence.name, len(sequence), sequence.sha256))
        del sequence  # before the next one is read
    texts = last.texts
    codes = {text: code for code, text in enumerate(dict.fromkeys(texts))}
    kinds = np.array([codes[text] for text in texts], np.int64)
    process = fit(last.times, kinds, last.sources, tuple(codes), progress)
    edges = process.leads(least)
    return TimedGraph(
        kinds=tuple(map(TimedKind, process.names, process.counts.tolist())),
        all_kinds=len(codes),
        edges=tuple(edges[:most]),
        all_edges=len(edges),
        runs=tuple(runs),
        events=sum(run.events for run in runs),
        fitted=int(process.counts.sum()),
        sources=last.all_sources,
        unit="seconds" if last.timed else "events",
        first=last.span[0] if last.timed else None,
        last=last.span[1] if last.timed else None,
        background=process.background,
    )
