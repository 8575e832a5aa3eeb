"""TimedGraph: which kinds of events lead to which by their times alone, without weights.

    graph = timed_graph([sequence], by_source=True)
    for edge in graph.edges:
        graph.kinds[edge.earlier].text, graph.kinds[edge.later].text, edge.explained, edge.lag_median

``point_process`` says how it is found. Of logs that are read one after another, the last events are kept (``LastEvents``).

Axis letters: N events that are kept.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from sparsemix.encoding.sequence import Event, TokenSequence
from sparsemix.graph import point_process
from sparsemix.graph.point_process import Lead, fit
from sparsemix.model.template_pairs import template_of

_LETTER = re.compile(r"[^\W\d_]")


class LastEvents:
    """The last ``most`` events of the logs added, in the order of logs and lines; ``by_source``: events of a source in a log
    belong together, else those of a log.

    ``timed``: whether every event has a time. ``span``: the first and the last time, of all events. ``all_sources``: how many
    sources all events have.
    """

    def __init__(self, most: int, *, by_source: bool) -> None:
        self.timed, self.span, self.all_sources = True, (math.inf, -math.inf), 0
        self._most, self._by_source, self._lettered = most, by_source, False
        self._times = np.empty(0, np.float64)
        self._places, self._sources = np.empty(0, np.int64), np.empty(0, np.int64)
        self._templates, self._numbers = np.empty(0, object), np.empty(0, object)

    @property
    def times(self) -> NDArray[np.float64]:
        """Return the times in seconds [N]; where not every event has one, the places in the logs."""
        return (self._times if self.timed else self._places.astype(np.float64))[self._last]

    @property
    def sources(self) -> NDArray[np.int64]:
        """Return the numbers of the sources [N]."""
        return self._sources[self._last]

    @property
    def texts(self) -> list[str]:
        """Return the kind of every event [N]: its message with numbers masked. Where no message has a letter, as in tables
        whose kinds are numbered, the numbers are the kinds, without the number of the source."""
        kinds: list[str] = (self._templates if self._lettered else self._numbers)[self._last].tolist()
        return kinds

    def add(self, sequence: TokenSequence) -> None:
        """Add the events of the next log, and leave out all that are no longer among the last."""
        events = sequence.events
        times = np.array([math.nan if event.time is None else event.time for event in events], np.float64)
        self.timed = self.timed and not np.isnan(times).any()
        if self.timed and len(times):
            self.span = min(self.span[0], float(times.min())), max(self.span[1], float(times.max()))
        belongs = [event.source if self._by_source else None for event in events]
        sources = {source: number for number, source in enumerate(dict.fromkeys(belongs), self.all_sources)}
        self.all_sources += len(sources)
        templates = [template_of(event.message) for event in events]
        self._lettered = self._lettered or any(map(_LETTER.search, templates))
        numbers = [""] * len(events) if self._lettered else list(map(_numbers, events))
        # By their times, and by their places: a log without times may follow, and then places count.
        self._times = np.r_[self._times, times]
        self._places = np.r_[self._places, np.arange(len(events))]
        self._sources = np.r_[self._sources, np.array([sources[source] for source in belongs], np.int64)]
        self._templates = np.r_[self._templates, np.array(templates, object)]
        self._numbers = np.r_[self._numbers, np.array(numbers, object)]
        if len(self._times) > self._most:
            kept = self._last
            if self.timed:
                kept = np.union1d(kept, self._last_by(self._places))
            self._times, self._places, self._sources = self._times[kept], self._places[kept], self._sources[kept]
            self._templates, self._numbers = self._templates[kept], self._numbers[kept]

    @property
    def _last(self) -> NDArray[np.int64]:
        return self._last_by(self._times if self.timed else self._places)

    def _last_by(self, order: NDArray[np.float64] | NDArray[np.int64]) -> NDArray[np.int64]:
        return np.sort(np.argsort(order, kind="stable")[-self._most :])


def _numbers(event: Event) -> str:
    words = event.message.split()
    return " ".join(dict.fromkeys(words[1:] if words[:1] == [event.source] and len(words) > 1 else words))


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
