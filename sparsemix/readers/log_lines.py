"""Log lines: one event per line, with stack traces joined to the line that they belong to."""

from collections.abc import Callable, Sequence
from datetime import tzinfo
from typing import NamedTuple

from sparsemix.encoding.sequence import Event, TokenSequence
from sparsemix.readers.collect import Collector
from sparsemix.readers.levels import find_level, find_logger, find_station
from sparsemix.readers.limits import Limits
from sparsemix.readers.timestamps import Stamp, YearlessClock, find_stamp, placed

_SAMPLE = 1_000
_STAMPED_SHARE = 0.1
_HEAD_CHARS = 400
_HEAD_WORDS = 6
_SEPARATORS = ("- ", "| ", ": ", ", ", "; ")
_INDENT = (" ", "\t", "\u3000")


class ParsedLine(NamedTuple):
    """What a line says by itself, wherever it stands: stamp, message without it, source, level."""

    stamp: Stamp | None
    message: str
    source: str | None
    level: str | None


def parse_line(head: str) -> ParsedLine:
    """A line, cut to the length that is kept."""
    stamp = find_stamp(head)
    message = _without(head, stamp)
    return ParsedLine(stamp, message, *_source_and_level(message, stamp))


ParseLine = Callable[[str], ParsedLine]


def read_log(lines: Sequence[str], collect: Collector, zone: tzinfo | None = None, parse: ParseLine = parse_line) -> None:
    """Adds every line that is not blank; raises InputError when there are too many. ``zone``: of stamps without one;
    ``parse``: `parse_line`, or what remembers its answers."""
    cap = collect.limits.max_line_chars
    stamped_file = _is_stamped(lines, cap)
    clock = YearlessClock()
    yearless = False
    index = 0
    while index < len(lines):
        first = index
        line = lines[index]
        index += 1
        if not line.strip():
            collect.skip(first + 1, "blank", line)
            continue
        # Only the part that is kept is searched: a line of a million characters costs little.
        stamp, message, source, level = parse(line[:cap])
        if stamp and stamped_file:
            while index < len(lines) and lines[index].startswith(_INDENT) and lines[index].strip():
                index += 1
        yearless = yearless or bool(stamp and stamp.yearless)
        time = _time(stamp, clock, zone)
        more = lines[first + 1 : index]
        collect.count("joined_lines", len(more))
        collect.add(
            first + 1,
            "\n".join((line, *more)),
            "\n".join((message, *more)),
            time=time,
            source=source,
            level=level,
        )
    if yearless:
        collect.notes.append("year_unknown")


def event_sequence(texts: Sequence[str], name: str, limits: Limits, zone: tzinfo | None = None) -> TokenSequence:
    """One event a text, whatever it holds: nothing is joined and nothing left out, so that places stay what they are."""
    events, clock = [], YearlessClock()
    for number, text in enumerate(texts, 1):
        head = text[: limits.max_line_chars]
        stamp, message, source, level = parse_line(head)
        events.append(Event(head, message, _time(stamp, clock, zone), source, level, number))
    return TokenSequence(name, tuple(events), "jsonl", "utf-8", (), {}, ())


def _time(stamp: Stamp | None, clock: YearlessClock, zone: tzinfo | None) -> float | None:
    """The time of a stamp, in a year of the clock's and in the zone where it names none."""
    if stamp is None or stamp.time is None:
        return None
    time = clock.place(stamp.time) if stamp.yearless else stamp.time
    return placed(time, zone) if stamp.naive else time


def _is_stamped(lines: Sequence[str], cap: int) -> bool:
    # Indented lines are left out: stack traces can outnumber the stamped lines by far.
    sample = [line for line in lines[:_SAMPLE] if line.strip() and not line.startswith(_INDENT)]
    stamped = sum(find_stamp(line[:cap]) is not None for line in sample)
    return stamped >= max(1, _STAMPED_SHARE * len(sample))


def _without(line: str, stamp: Stamp | None) -> str:
    """The line without its timestamp and the separator that follows it."""
    if stamp is None:
        return line.strip()
    rest = line[stamp.end :].strip()
    if rest.startswith(_SEPARATORS):
        rest = rest[2:].lstrip()
    return f"{line[: stamp.start]}{rest}" if stamp.start else rest


def _source_and_level(message: str, stamp: Stamp | None) -> tuple[str | None, str | None]:
    words = message[:_HEAD_CHARS].split(maxsplit=_HEAD_WORDS)[:_HEAD_WORDS]
    at, level = find_level(words)
    if level is None and stamp:
        level = stamp.level
    # The station stands right behind the level; without a level only a stamped line's first word can be one.
    first_word = words[:1] if stamp and stamp.host is None else []
    source = find_station(words[at + 1 : at + 3] if at >= 0 else first_word)
    if source is None and stamp:
        source = stamp.host or find_logger([word for index, word in enumerate(words) if index != at])
    return source, level
