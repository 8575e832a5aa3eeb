"""The ordered events of one file, which every reader returns and the model reads."""

from __future__ import annotations

import hashlib
import json
import re
from bisect import bisect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from json.encoder import encode_basestring_ascii as _quoted
from typing import Literal, NamedTuple

SourceFormat = Literal["log", "csv", "events", "jsonl"]
"""Lines of a log, rows of a table, rows of a table that has messages, or JSON objects."""

# Characters of one word or number. ASCII runs only: Japanese text has no spaces, and 温度が25度 should keep all but its number.
_DIGITS, _OTHERS = "0-9０-９", r"A-Za-z_.\-/#$@%+"
RUN = re.compile(f"[{_OTHERS}{_DIGITS}]++")
_DIGIT = re.compile(f"[{_DIGITS}]")
# A run that holds a digit, from its first character on: a long run without digits is read once.
_WITH_DIGIT = re.compile(f"(?<![{_OTHERS}{_DIGITS}])[{_OTHERS}]*+[{_DIGITS}][{_OTHERS}{_DIGITS}]*+")

# Lines of a file in which words are looked for; events that are hashed at once.
_SOME, _HASHED = 1_000, 4_096


class Event(NamedTuple):
    """One log line, table row or JSON object."""

    text: str
    """As displayed: the original line or lines without the last line end, cut to the limit."""
    message: str
    """What the encoder reads: a log line without its timestamp, `key=value key=value` without the time, or a message with
    level and source before it."""
    time: float | None
    """Seconds since 1970-01-01 UTC; a time without a zone is read in the sequence's time zone."""
    source: str | None
    """Station, host or logger."""
    level: str | None
    """DEBUG, INFO, NOTICE, WARN, ERROR or FATAL."""
    line: int
    """Line number of the record's first line in the file, from 1."""


class SameEvents:
    """Events that are equal only to themselves: a file of 100,000 events is not compared event by event. ``step``, as for
    `parallel.run`, is called by what is computed of them for the first time."""

    def __init__(self, events: tuple[Event, ...], step: Callable[[float], None] | None = None) -> None:
        self.events, self.step = events, step

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SameEvents) and self.events is other.events

    def __hash__(self) -> int:
        return id(self.events)


@dataclass(frozen=True, slots=True)
class SkippedLine:
    """A record that became no event, and why."""

    line: int
    reason: str
    excerpt: str


@dataclass(frozen=True, slots=True)
class TokenSequence:
    """Ordered events, and how they were read."""

    name: str
    events: tuple[Event, ...]
    source_format: SourceFormat
    encoding: str
    skipped: tuple[SkippedLine, ...]
    """The first 1,000; `skipped_counts` counts all of them by reason."""
    skipped_counts: Mapping[str, int]
    notes: tuple[str, ...]
    """Stable codes, with a count or names after a colon where there are any, such as `truncated_lines:3`."""
    time_zone: str = "UTC"
    """IANA name of the time zone in which times without a zone were read."""
    starts: tuple[int, ...] = ()
    """Events, ascending and above 0, at which another source begins: its times are by another clock."""

    def __len__(self) -> int:
        return len(self.events)

    @property
    def sha256(self) -> str:
        """Return the SHA-256 (hex) of the events' content: independent of name, encoding and packing."""
        digest = hashlib.sha256(b"sparsemix-events-1\n")
        # A line for each event, as json.dumps writes a list of its fields without spaces.
        names = {event.source for event in self.events} | {event.level for event in self.events}
        written = {name: json.dumps(name) for name in names}
        for begin in range(0, len(self.events), _HASHED):
            some = self.events[begin : begin + _HASHED]
            times = json.dumps([event.time for event in some])[1:-1].split(", ")
            records = [
                f"[{_quoted(event.text)},{_quoted(event.message)},{time},{written[event.source]},{written[event.level]}]\n"
                for event, time in zip(some, times, strict=True)
            ]
            digest.update("".join(records).encode("ascii"))
        return digest.hexdigest()

    def source_of(self, event: int) -> int:
        """Return which of the file's sources an event belongs to, from 0."""
        return bisect(self.starts, event)

    def from_to(self, event: int, other: int) -> tuple[int | None, float | None]:
        """Return the lines and the seconds from an event to another, None where they cannot be told: lines are not counted from
        one source to another."""
        one, two = self.events[event], self.events[other]
        lines = two.line - one.line if self.source_of(event) == self.source_of(other) else None
        return lines, None if one.time is None or two.time is None else two.time - one.time

    def unusual(self, words: Iterable[str]) -> list[str]:
        """Return those of some words that fewer than half of the lines hold, of a thousand at most: nobody follows the name of
        a host or of a protocol from line to line."""
        some = self.events[:: max(1, len(self.events) // _SOME)]
        return [word for word in words if 2 * sum(word in event.message for event in some) < len(some)]

    @property
    def time_span(self) -> tuple[float, float] | None:
        """Return the earliest and the latest time in seconds since 1970 UTC, or None when no event has a time."""
        times = [event.time for event in self.events if event.time is not None]
        return (min(times), max(times)) if times else None


def template(message: str) -> str:
    """Return the message with numbers and identifiers masked as `<*>`."""
    return _WITH_DIGIT.sub("<*>", message)


def masked(run: re.Match[str]) -> str:
    """Return what stands for a match of ``RUN`` in a template: ``<*>`` where it holds a digit, else the run itself."""
    return "<*>" if _DIGIT.search(run[0]) else run[0]


@lru_cache(maxsize=65_536)
def text_hash(text: str) -> int:
    """Return a hash of 64 bits of a message or a template."""
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")
