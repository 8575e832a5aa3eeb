"""The last events of logs that are read one after another: of those before, nothing is kept.

    last = LastEvents(200_000, by_source=True)
    for sequence in sequences:
        last.add(sequence)
    last.times, last.texts, last.sources

Axis letters: N events that are kept.
"""

from __future__ import annotations

import math
import re

import numpy as np
from numpy.typing import NDArray

from sparsemix.encoding.sequence import Event, TokenSequence
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
        self._keep_last()

    def _keep_last(self) -> None:
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
