"""Log lines: one event per line with its level and source; stack traces are joined to the line that they belong to."""

import re
from collections.abc import Callable, Sequence
from datetime import tzinfo
from itertools import islice
from typing import NamedTuple

from sparsemix.encoding.sequence import Event, TokenSequence
from sparsemix.readers.collect import Collector
from sparsemix.readers.limits import Limits
from sparsemix.readers.stamps import RULES, Order, Stamp, find_stamp
from sparsemix.readers.timestamps import YearlessClock, in_zone, may_have_orders, settle_order

_SPELLINGS = {
    "DEBUG": "DEBUG TRACE VERBOSE デバッグ",
    "INFO": "INFO INFORMATION INFORMATIONAL 情報",
    "NOTICE": "NOTICE 通知 注意",
    "WARN": "WARN WARNING 警告",
    "ERROR": "ERROR ERR SEVERE 異常 エラー",
    "FATAL": "FATAL CRITICAL CRIT ALERT EMERG EMERGENCY PANIC 重大 致命的",
}
_LEVELS = {word: level for level, words in _SPELLINGS.items() for word in words.split()}

_EDGES = "[](){}<>:|,;-【】［］（）「」：＜＞"
_LEVEL_KEYS = ("level=", "severity=", "lvl=")
_STATION = re.compile(
    r"[A-Za-z]{1,16}[-_/]?[0-9]{1,6}(?:[-_/][A-Za-z0-9]{1,16})*"
    r"|(?:設備|装置|機械|工程|ライン|ステーション)[-_]?[0-9A-Za-z０-９]{1,6}|[0-9０-９]{1,3}号機"
)
_LOGGER = re.compile(r"([A-Za-z_][\w$-]*(?:\.[\w$-]+)*)(?:\[\d+\])?:|([A-Za-z_][\w$-]*(?:\.[A-Za-z_][\w$-]*)+)")
_LOGGER_MAX = 120
_SAMPLE = 1_000
_STAMPED_SHARE = 0.1
_HEAD_CHARS = 400
_HEAD_WORDS = 6
_SEPARATORS = ("- ", "| ", ": ", ", ", "; ")
_INDENT = (" ", "\t", "\u3000")


def normalise_level(word: str) -> str | None:
    """Return DEBUG, INFO, NOTICE, WARN, ERROR or FATAL for a level in any of its spellings, else None."""
    return _LEVELS.get(word.strip().strip(_EDGES).upper())


def find_level(words: Sequence[str]) -> tuple[int, str | None]:
    """Return position and level of the first word that names a level; (-1, None) without one."""
    for index, word in enumerate(words):
        bare = word.strip(_EDGES)
        level = _LEVELS.get(bare.upper())
        # A plain lower-case "error" further on is part of the sentence, not the line's level.
        if level is not None and (index == 0 or bare != word or bare.isupper() or not bare.isascii()):
            return index, level
        if word.startswith(_LEVEL_KEYS):
            key = next(key for key in _LEVEL_KEYS if word.startswith(key))
            return index, normalise_level(word[len(key) :].strip('"'))
    return -1, None


def find_station(words: Sequence[str]) -> str | None:
    """Return the first word that looks like a station's name: letters and then digits, as in ST03 or PLC-1."""
    for word in words:
        bare = word.strip(_EDGES)
        if _STATION.fullmatch(bare):
            return bare
    return None


def find_logger(words: Sequence[str]) -> str | None:
    """Return the first word that looks like a logger: a name before a colon, or a dotted class name."""
    for word in words:
        if len(word) <= _LOGGER_MAX and (match := _LOGGER.fullmatch(word.strip("[]()"))):
            return match[1] or match[2]
    return None


class ParsedLine(NamedTuple):
    """Parts of a line that do not depend on other lines: time stamp, message without the stamp, source, level."""

    stamp: Stamp | None
    message: str
    source: str | None
    level: str | None


def parse_line(head: str, rules: int = RULES) -> ParsedLine:
    """Return the parts of a line that is cut to the length that is kept; ``rules``: version of the rules of reading."""
    stamp = find_stamp(head, rules)
    message = _without(head, stamp)
    return ParsedLine(stamp, message, *_source_and_level(message, stamp))


ParseLine = Callable[[str, int], ParsedLine]
"""`parse_line`, or a function that remembers its answers."""


class _Times:
    """Times of the stamps of one text: the clock supplies a missing year, the other dates of the text the order of day and
    month, and ``zone`` a missing time zone."""

    def __init__(self, zone: tzinfo | None, order: Order | None) -> None:
        self._zone, self._order = zone, order
        self._clock = YearlessClock()
        self.yearless = False

    def of(self, stamp: Stamp | None) -> float | None:
        """Return the time of the next stamp."""
        if stamp is None or stamp.time is None:
            return None
        self.yearless = self.yearless or stamp.yearless
        time = stamp.by(self._order)
        time = self._clock.place(time) if stamp.yearless and time is not None else time
        return in_zone(time, self._zone) if stamp.naive else time


def read_log(
    lines: Sequence[str],
    collect: Collector,
    zone: tzinfo | None = None,
    parse: ParseLine = parse_line,
    rules: int = RULES,
    order: Order | None = None,
) -> None:
    """Add every line that is not blank. ``zone``: time zone of stamps without one; ``rules``: version of the rules of reading;
    ``order`` of day and month in dates, None to find it. Raises `InputError` too_many_events."""
    cap = collect.limits.max_line_chars
    stamped_file = _is_stamped(lines, cap, rules)
    dated = _dated(lines, collect.limits, parse, rules) if rules > 2 else {}
    found, note = settle_order(parsed.stamp for parsed in dated.values())
    order, note = (found, note) if order is None else (order, None)
    times = _Times(zone, order)
    index = 0
    while index < len(lines):
        first = index
        line = lines[index]
        index += 1
        if not line.strip():
            collect.skip(first + 1, "blank", line)
            continue
        # Only the part that is kept is searched: a line of a million characters costs little.
        head = line[:cap]
        stamp, message, source, level = dated.get(head) or parse(head, rules)
        if stamp and stamped_file:
            while index < len(lines) and lines[index].startswith(_INDENT) and lines[index].strip():
                index += 1
        more = lines[first + 1 : index]
        collect.count("joined_lines", len(more))
        collect.add(
            first + 1,
            "\n".join((line, *more)),
            "\n".join((message, *more)),
            time=times.of(stamp),
            source=source,
            level=level,
        )
    collect.notes += ["year_unknown"] * times.yearless + ([note] if note else [])


def event_sequence(
    texts: Sequence[str], name: str, limits: Limits, zone: tzinfo | None = None, rules: int = RULES
) -> TokenSequence:
    """Return one event per text, whatever the text holds: no texts are joined and none is left out, so that positions keep."""
    events = []
    dated = _dated(texts, limits, parse_line, rules) if rules > 2 else {}
    times = _Times(zone, settle_order(parsed.stamp for parsed in dated.values())[0])
    for number, text in enumerate(texts, 1):
        head = text[: limits.max_line_chars]
        stamp, message, source, level = dated.get(head) or parse_line(head, rules)
        events.append(Event(head, message, times.of(stamp), source, level, number))
    return TokenSequence(name, tuple(events), "jsonl", "utf-8", (), {}, ())


def _dated(lines: Sequence[str], limits: Limits, parse: ParseLine, rules: int) -> dict[str, ParsedLine]:
    """Return the different lines that may begin with a date whose order of day and month matters, parsed, as they come."""
    heads = islice((line[: limits.max_line_chars] for line in lines if may_have_orders(line)), limits.max_events)
    return {head: parse(head, rules) for head in dict.fromkeys(heads)}


def _is_stamped(lines: Sequence[str], cap: int, rules: int) -> bool:
    # Indented lines are left out: stack traces can outnumber the stamped lines by far.
    sample = [line for line in lines[:_SAMPLE] if line.strip() and not line.startswith(_INDENT)]
    stamped = sum(find_stamp(line[:cap], rules) is not None for line in sample)
    return stamped >= max(1, _STAMPED_SHARE * len(sample))


def _without(line: str, stamp: Stamp | None) -> str:
    """Return the line without its timestamp and the separator that follows it."""
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
    # The station comes right after the level; without a level only the first word of a stamped line can be a station.
    first_word = words[:1] if stamp and stamp.host is None else []
    source = find_station(words[at + 1 : at + 3] if at >= 0 else first_word)
    if source is None and stamp:
        source = stamp.host or find_logger([word for index, word in enumerate(words) if index != at])
    return source, level
