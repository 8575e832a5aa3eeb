"""Log lines: one event per line with its level and source; stack traces are joined to the line that they belong to."""

from array import array
from collections.abc import Iterable, Iterator, Sequence
from datetime import tzinfo
from itertools import islice

from sparsemix.encoding.sequence import Event, TokenSequence
from sparsemix.kernels.garbage import uncollected
from sparsemix.readers.collect import Collector
from sparsemix.readers.first_words import HEAD_CHARS, first_words, named
from sparsemix.readers.limits import Limits
from sparsemix.readers.shapes import HEAD, plan_of, shapes_of, times_at_once
from sparsemix.readers.stamps import RULES, Order, Orders, Stamp, find_stamp, without
from sparsemix.readers.timestamps import YearlessClock, by_order, in_zone, may_have_orders, settle_order

# Lines that are parsed at once, and that tell whether a file has stamps.
_AT_ONCE, _SAMPLE = 8_192, 1_000
_STAMPED_SHARE = 0.1
_INDENT = (" ", "\t", "\u3000")

ParsedLine = tuple[Stamp | None, Orders | float | None, str, str | None, str | None]
"""Parts of a line that do not depend on other lines: a stamp of its kind, its time or its times by the orders in which its date
may be meant, the message without the stamp, source, and level."""


def parse_line(head: str, rules: int = RULES) -> ParsedLine:
    """Return the parts of a line that is cut to the length that is kept; ``rules``: version of the rules of reading."""
    stamp = find_stamp(head, rules)
    message = without(head, stamp)
    level, span = named(first_words(message), stamp is not None, stamp is not None and stamp.host is not None)
    if stamp is None:
        return None, None, message, message[slice(*span)] if span else None, level
    return stamp, stamp.orders or stamp.time, message, message[slice(*span)] if span else stamp.host, level or stamp.level


def parsed_lines(heads: Iterable[str], rules: int = RULES) -> Iterator[ParsedLine]:
    """Yield the parts of lines as `parse_line` does, faster: what many lines have in common is looked for once."""
    heads = iter(heads)
    while some := list(islice(heads, _AT_ONCE)):
        shapes = shapes_of([head[: HEAD + HEAD_CHARS] for head in some])
        if len(shapes) != len(some):
            yield from (parse_line(head, rules) for head in some)
            continue
        plans = [plan_of(shape[:HEAD], rules) for shape in shapes]
        for head, shape, plan, time in zip(some, shapes, plans, times_at_once(some, plans), strict=True):
            if plan is None or time is None:
                yield parse_line(head, rules)
                continue
            _, stamp, host, begin, names = plan
            message, first = head[begin:].rstrip(), shape[begin:]
            if stamp and stamp.start:
                message, first = head[: stamp.start] + message, shape[: stamp.start] + first
            level, span = names or named(first_words(first), stamp is not None, host is not None)
            source = message[slice(*span)] if span else head[slice(*host)] if host else None
            yield stamp, time, message, source, level or (stamp.level if stamp else None)


class _Times:
    """Times of the stamps of one text: the clock supplies a missing year, the other dates of the text the order of day and
    month, and ``zone`` a missing time zone."""

    def __init__(self, zone: tzinfo | None, order: Order | None) -> None:
        self._zone, self._order = zone, order
        self._clock = YearlessClock()
        self.yearless = False

    def of(self, stamp: Stamp | None, time: Orders | float | None) -> float | None:
        """Return the time of the next line."""
        if stamp is None or time is None:
            return None
        if isinstance(time, tuple):
            time = by_order(time, self._order)
        if stamp.yearless:
            self.yearless = True
            time = self._clock.place(time)
        return in_zone(time, self._zone) if stamp.naive else time


@uncollected()
def read_log(
    lines: Sequence[str],
    collect: Collector,
    zone: tzinfo | None = None,
    rules: int = RULES,
    order: Order | None = None,
) -> None:
    """Add every line that is not blank. ``zone``: time zone of stamps without one; ``rules``: version of the rules of reading;
    ``order`` of day and month in dates, None to find it. Raises `InputError` too_many_events."""
    cap = collect.limits.max_line_chars
    stamped_file = _is_stamped(lines, cap, rules)
    found, note = _order_of(lines, collect.limits, rules)
    times = _Times(zone, order or found)
    # Only the part that is kept is searched: a line of a million characters costs little.
    parsed = parsed_lines((line[:cap] for line in lines if line[:1].strip()), rules)
    collect.count("joined_lines", 0)  # it is listed first
    # Lines that are blank or begin with a space, the next one last.
    others = array("q", [len(lines)])
    others.extend(at for at in range(len(lines) - 1, -1, -1) if not lines[at][:1].strip())
    index = 0
    while index < len(lines):
        while others[-1] < index:
            others.pop()
        # All at once but for the last line before another one, which may be joined to it.
        if (alone := min(others[-1] - 1 - index, _AT_ONCE)) > 0:
            stamps, moments, messages, sources, levels = zip(*islice(parsed, alone), strict=True)
            parts = messages, [*map(times.of, stamps, moments)], sources, levels
            collect.add_lines(lines[index : index + alone], index + 1, parts)
            index += alone
        line = lines[index]
        index += 1
        if line[:1].strip():
            stamp, time, message, source, level = next(parsed)
        elif line.strip():
            stamp, time, message, source, level = parse_line(line[:cap], rules)
        else:
            collect.skip(index, "blank", line)
            continue
        number = index
        if stamp and stamped_file:
            while index < len(lines) and lines[index].startswith(_INDENT) and lines[index].strip():
                index += 1
        if index > number:
            more = "\n".join(["", *lines[number:index]])
            line, message = line + more, message + more
            collect.count("joined_lines", index - number)
        collect.add(number, line, message, time=times.of(stamp, time), source=source, level=level)
    note = None if order else note
    collect.notes += ["year_unknown"] * times.yearless + ([note] if note else [])


@uncollected()
def event_sequence(
    texts: Sequence[str], name: str, limits: Limits, zone: tzinfo | None = None, rules: int = RULES
) -> TokenSequence:
    """Return one event per text, whatever the text holds: no texts are joined and none is left out, so that positions keep."""
    times = _Times(zone, _order_of(texts, limits, rules)[0])
    heads = [text[: limits.max_line_chars] for text in texts]
    parsed = enumerate(zip(heads, parsed_lines(heads, rules), strict=True), 1)
    events = [
        Event(head, message, times.of(stamp, time), source, level, number)
        for number, (head, (stamp, time, message, source, level)) in parsed
    ]
    return TokenSequence(name, tuple(events), "jsonl", "utf-8", (), {}, ())


def _order_of(lines: Sequence[str], limits: Limits, rules: int) -> tuple[Order | None, str | None]:
    """Return the order of day and month in the dates of different lines, and a note, as `settle_order` does."""
    if rules < 3:
        return None, None
    heads = islice((line[: limits.max_line_chars] for line in lines if may_have_orders(line)), limits.max_events)
    return settle_order(time for _, time, *_ in parsed_lines(dict.fromkeys(heads), rules) if isinstance(time, tuple))


def _is_stamped(lines: Sequence[str], cap: int, rules: int) -> bool:
    # Indented lines are left out: stack traces can outnumber the stamped lines by far.
    sample = [line for line in lines[:_SAMPLE] if line.strip() and not line.startswith(_INDENT)]
    stamped = sum(stamp is not None for stamp, *_ in parsed_lines((line[:cap] for line in sample), rules))
    return stamped >= max(1, _STAMPED_SHARE * len(sample))
