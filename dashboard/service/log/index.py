"""`LogIndex`: what the log page needs of all lines of a file at once, computed when it is first asked for and kept.

Axis letters: N events, K kinds of lines.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sparsemix import TokenSequence
from sparsemix.incidents.severe_words import grade_with_values, severe_grade
from sparsemix.model.run import Progress, unheard
from sparsemix.model.template_pairs import coded_templates

MOST_SOURCES = 50
"""Names of hosts or stations that are offered as a filter."""
_FIELD_SHARE = 0.5  # of the lines that have a field where it is one
_SAMPLE = 2_000  # lines by which the common beginning is found
_OF_EVENT = 250  # bytes of a line that counts as one
_CHUNK = 32_768  # lines after which it is told how far a computation is


@dataclass(frozen=True, slots=True)
class LogIndex:
    """``kind`` int64 [N]: each event's template, and ``times`` int64 [K] how often each comes; ``grade`` int8 [N]: how severe,
    0 to 3; ``seconds`` float64 [N]: since 1970 UTC, NaN for none; ``sources``: names of hosts or stations, the most
    frequent first; ``texts``: the lines, in chunks."""

    kind: NDArray[np.int64]
    times: NDArray[np.int64]
    grade: NDArray[np.int8]
    seconds: NDArray[np.float64]
    sources: tuple[str, ...]
    texts: pa.ChunkedArray

    @classmethod
    def of(cls, sequence: TokenSequence, progress: Progress = unheard) -> LogIndex:
        """Return the index of a file's lines. Raises what ``progress`` raises."""
        events = sequence.events
        progress(0.0, "index")
        kind, templates = coded_templates(sequence)
        seconds = np.array([np.nan if event.time is None else event.time for event in events], np.float64)
        grade = _grades(sequence, kind, templates, progress)
        texts = []
        for start in range(0, len(events), _CHUNK):
            progress(start / len(events), "index")
            texts.append(pa.array([event.text for event in events[start : start + _CHUNK]], pa.large_string()))
        sources = sources_of(sequence)
        times = np.bincount(kind, minlength=len(templates))
        return cls(kind, times, grade, seconds, sources, pa.chunked_array(texts, pa.large_string()))

    @property
    def size(self) -> int:
        """Return how many events it is of, or more where they are long."""
        return max(len(self.kind), int(self.texts.nbytes) // _OF_EVENT)


def _grades(sequence: TokenSequence, kind: NDArray[np.int64], templates: list[str], progress: Progress) -> NDArray[np.int8]:
    """Return how severe every event is, by its template and its level: computed once for each of them."""
    known: dict[tuple[int, str | None], int] = {}
    grades = np.empty(len(sequence), np.int8)
    for place, (code, event) in enumerate(zip(kind.tolist(), sequence.events, strict=True)):
        if place % _CHUNK == 0:
            progress(place / len(grades), "index")
        key = (code, event.level)
        if key not in known:
            known[key] = severe_grade(templates[code], event.level)
        grades[place] = grade_with_values(known[key], event.message, event.level)
    return grades


def prefix(sequence: TokenSequence) -> tuple[int, str]:
    """Return how many characters stand before the message in nearly all lines, and the words that nearly all messages begin
    with."""
    step = max(1, len(sequence) // _SAMPLE)
    sample = sequence.events[::step]
    before = [len(event.text) - len(event.message) for event in sample if event.text.endswith(event.message)]
    if not before:
        return 0, ""
    stamp = int(np.quantile(before, 0.05))
    messages = [event.message for event in sample]
    first, last = min(messages), max(messages)
    same = next((place for place, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), min(len(first), len(last)))
    return stamp, first[: first[:same].rfind(" ") + 1]


def sources_of(sequence: TokenSequence) -> tuple[str, ...]:
    """Return the names of sources, the most frequent first: in a log those that look like a field of it, at the same place of
    most lines and each in several of them. A line is read by itself, and any word before a colon may have been taken for its
    source; columns of a table say what they are."""
    named = [(event.source, event.text) for event in sequence.events if event.source]
    counted = Counter(source for source, _ in named)
    if sequence.source_format == "log":
        places = [(source, len(text[: max(text.find(source), 0)].split())) for source, text in named]
        field, lines = next(iter(Counter(place for _, place in places).most_common(1)), (0, 0))
        there = Counter(source for source, place in places if place == field)
        counted = Counter({source: n for source, n in there.items() if n > 1 and lines >= _FIELD_SHARE * len(sequence)})
    return tuple(name for name, _ in counted.most_common(MOST_SOURCES))
