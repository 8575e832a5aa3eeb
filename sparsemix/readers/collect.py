"""Events, skipped lines and notes that a reader collects, within the limits.

``TokenSequence.notes`` and ``DataSet.notes`` hold codes, with a count or the names of columns after a colon where there are
any; ``sentence`` puts a code into words::

    sentence("missing_cells:3")   # "Empty cells of feature columns, which are not passed to the model: 3."
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from sparsemix.encoding.sequence import Event, SkippedLine, SourceFormat, TokenSequence
from sparsemix.errors import InputError
from sparsemix.readers.limits import Limits
from sparsemix.terminal import counted

SENTENCES = {
    "gzip": "The file was unpacked from gzip.",
    "byte_order_mark": "The file starts with a byte order mark.",
    "mixed_line_endings": "The file mixes line endings; each of them ends a line.",
    "truncated_lines": "{n:,} lines were cut at 10,000 characters.",
    "joined_lines": "{n:,} lines continue the line before: each was joined to it.",
    "year_unknown": "The times have no year: they were read as from the year 2000 on. The days of the week are not known.",
    "month_first": "Dates may begin with the month or the day: they were read with the month first.",
    "day_first": "Dates may begin with the month or the day: they were read with the day first.",
    "year_first": "Dates may begin with the year or the day: they were read with the year first.",
    "event_table": "The column {what} holds messages: every row was read as an event.",
    "turned_round": "The events were written newest first: they were turned round.",
    "sorted_by_time": "The events were not written in the order of time: they were sorted by time.",
    "columns_left_out": "These columns say nothing of what happened and were left out: {what}.",
    "event_xml": "Of every event level, time, source, ID, computer and message were read, its data where it has no message.",
    "words_not_judged": "Columns of words: {what}. The model reads them, but learning what is normal judges numbers only.",
    "several_sources": "The file holds several sources, each by its own clock: they begin at lines {what}.",
    "relative_time": "The times count from the start of a run, not from a date.",
    "nested_values_cut": "Objects nested too deeply, without their innermost values: {n:,}.",
    "missing_cells": "Empty cells of feature columns, not passed to the model: {n:,}.",
    "empty_columns": "Empty columns that were left out: {n:,}.",
    "labelled_ids": "The ids of the labels are words of the lines: {n:,} of them occur there.",
    "labelled_lines": "{n:,} lines hold such an id and got its label.",
    "lines_without_id": "{n:,} lines beside them hold no such id and count as normal.",
    "ids_in_no_line": "Ids of the labels that occur in no line: {n:,}.",
    "ids_not_looked_for": "Ids of the labels not looked for in lines: {n:,} (too short, or more than eight words).",
}
_KEPT_SKIPS = 1_000
_EXCERPT = 200
_LISTED = 300
_TOLD = 8_192  # events


def sentence(note: str) -> str:
    """Return a note in words."""
    code, values = parts_of(note)
    return counted(SENTENCES[code], values)


def parts_of(note: str) -> tuple[str, dict[str, int | str]]:
    """Return the code of a note, and the values that its words need: the count ``n``, and ``what`` is named."""
    code, _, what = note.partition(":")
    return code, {"n": int(what) if what.isdecimal() else 1, "what": what}


def merged(notes: Iterable[str]) -> tuple[str, ...]:
    """Return the notes of several files as those of all of them: counts are added, names are kept once."""
    counts: Counter[str] = Counter()
    for note in notes:
        code, values = parts_of(note)
        named = "{what}" in SENTENCES.get(code, "")
        counts[note if named else code] += 1 if named else int(values["n"])
    return tuple(key if ":" in key else f"{key}:{count}" for key, count in counts.items())


def listed(names: Sequence[str]) -> str:
    """Return names of columns as a note holds them, cut where they are long."""
    text = ", ".join(names)
    return text if len(text) <= _LISTED else f"{text[:_LISTED]}…"


def check_room(events: int, limits: Limits) -> None:
    """Raise `InputError` too_many_events when that many ``events`` are above the limit."""
    if events > (limit := limits.max_events):
        message = f"The file has more than {limit:,} events. Split it, for example by shift or by day."
        raise InputError(message, code="too_many_events", limit=limit)


class Collector:
    """Events, skipped lines and notes of one reading so far.

    ``strict``: name of a file that is refused whole where one record is no row, and may have any number of rows; ``tell`` is
    called with the line of an event again and again."""

    def __init__(self, limits: Limits, strict: str = "", tell: Callable[[int], None] = lambda _line: None) -> None:
        self.limits, self._strict, self._tell = limits, strict, tell
        self.events: list[Event] = []
        self.notes: list[str] = []
        self._skipped: list[SkippedLine] = []
        self._skipped_counts: Counter[str] = Counter()
        self._note_counts: Counter[str] = Counter()

    def add(
        self,
        line: int,
        text: str,
        message: str,
        *,
        time: float | None,
        source: str | None,
        level: str | None,
    ) -> None:
        """Add an event, cut to the length limit. Raises `InputError` too_many_events."""
        if len(self.events) >= self.limits.max_events:
            self.require_room(len(self.events) + 1)
        if not len(self.events) % _TOLD:
            self._tell(line)
        cap = self.limits.max_line_chars
        if len(text) > cap or len(message) > cap:
            self.count("truncated_lines")
            text, message = text[:cap], message[:cap]
        self.events.append(Event(text, message, time, source, level, line))

    def add_lines(self, lines: Sequence[str], number: int, parts: Sequence[Sequence[Any]]) -> None:
        """Add an event of each of some lines that are one after another, the first of which has this ``number``; ``parts``:
        their messages, times, sources and levels. Raises `InputError` too_many_events."""
        messages, *others = parts
        cap = self.limits.max_line_chars
        if len(self.events) + len(lines) > self.limits.max_events:
            self.require_room(len(self.events) + len(lines))
        if -len(self.events) % _TOLD < len(lines):
            self._tell(number)
        if max(map(len, lines)) > cap:
            self.count("truncated_lines", sum(len(line) > cap for line in lines))
            lines = [line[:cap] for line in lines]
        self.events += map(Event._make, zip(lines, messages, *others, range(number, number + len(lines)), strict=True))

    def require_room(self, events: int) -> None:
        """Raise `InputError` too_many_events when that many ``events`` are above the limit."""
        if not self._strict:
            check_room(events, self.limits)

    def skip(self, line: int, reason: str, text: str) -> None:
        """Record a line that became no event. Raises `InputError` ragged or bad_row where the whole file is refused."""
        if self._strict and reason == "ragged":
            message = f"{self._strict}, line {line:,}: not as many cells as the header has. Nothing was read."
            raise InputError(message, code="ragged", line=line)
        if self._strict and reason in ("bad_row", "unclosed_quote"):
            message = f"{self._strict}, line {line:,}: a quotation mark is never closed. Nothing was read."
            raise InputError(message, code="bad_row", line=line)
        self._skipped_counts[reason] += 1
        if len(self._skipped) < _KEPT_SKIPS:
            self._skipped.append(SkippedLine(line, reason, text[:_EXCERPT]))

    def count(self, code: str, by: int = 1) -> None:
        """Add to a counted note, shown as `code:number`."""
        self._note_counts[code] += by

    @property
    def skipped(self) -> int:
        """Return how many lines became no event, without blank ones and those that only name a type."""
        return self._skipped_counts.total() - self._skipped_counts["blank"] - self._skipped_counts["type_line"]

    def build(
        self, name: str, source_format: SourceFormat, encoding: str, time_zone: str = "UTC", starts: tuple[int, ...] = ()
    ) -> TokenSequence:
        """Return the sequence; ``starts``: events at which another source begins. Raises `InputError` too_few_events."""
        events, needed = len(self.events), self.limits.min_events
        if events < needed:
            raise InputError(
                f"Events found: {events}; lines skipped: {self.skipped}. At least {needed} events are needed. "
                "Choose a file with one event per line.",
                code="too_few_events",
                found=events,
                needed=needed,
                skipped=self.skipped,
            )
        begin = [str(self.events[event].line) for event in (0, *starts)] if starts else []
        sources = [f"several_sources:{listed(begin)}"] if begin else []
        counted = (f"{code}:{number}" for code, number in self._note_counts.items() if number)
        return TokenSequence(
            name=name,
            events=tuple(self.events),
            source_format=source_format,
            encoding=encoding,
            skipped=tuple(self._skipped),
            skipped_counts=dict(self._skipped_counts),
            notes=(*self.notes, *sources, *counted),
            time_zone=time_zone,
            starts=starts,
        )
