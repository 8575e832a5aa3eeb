"""Stamps of many lines at once: heads that differ in their digits only are stamped alike.

A pattern of `stamps` looks at the value of a digit only where it spells digits out. So the *shape* of a head, with 0 for every
digit, tells for all lines of this shape which patterns match and where (``_plan``); whether their digits are those spelled out,
and make a date, is computed from columns of digits. A shape tells nothing where a pattern may look beyond it: such lines, and
those whose digits do not fit, are left to `find_stamp`.
"""

import math
import re
from collections.abc import Iterable, Sequence
from functools import cache, lru_cache
from itertools import repeat
from typing import Any, NamedTuple

import numpy as np

from sparsemix.readers.first_words import Names, first_words, named
from sparsemix.readers.stamps import (
    KINDS,
    NAMES,
    Build,
    Orders,
    Parts,
    Patterns,
    Stamp,
    access,
    beside_iso,
    is_beside,
    rfc3164,
    without,
)

_ZEROS = bytes.maketrans(b"123456789", b"0" * 9)
HEAD = 80
"""Characters of a line that can be its shape."""
# The signs that stamps are written with, but for clients, hosts and programs, and how far behind them a pattern may look.
_SIGNS = r"0-9 \t\u00a0\u202f\[\]()（）<>+_/.:,年月日火水木金土午前後上下時分秒AaPpMmTtZUCGIWEF-"
_NEAR, _BEHIND = re.compile(rf"(?:(?:{NAMES})[a-z]*|[{_SIGNS}])*"), 4
# Clients, hosts and programs are among the first five words.
_FAR = re.compile(r"(?:\s*+\S++){5}\s", re.ASCII)
_PLANS = 16_384
# Of fewer lines columns of digits cost more than they save.
_FEW = 8
# Digits that the patterns spell out: minutes of a zone, the first digit of a count of seconds.
_QUARTERS, _FIRST_DIGIT = "(?:00|15|30|45)", "[12]"


class _Layout(NamedTuple):
    """What stamps of one shape have in common: the patterns that match, up to the one of which ``build`` makes a stamp; this
    stamp but for its time, None where there is none; and whether a pattern looked at the first words."""

    matches: tuple[re.Match[str], ...]
    build: Build | None
    stamp: Stamp | None
    wide: bool


_layouts: dict[object, _Layout] = {}


class Plan(NamedTuple):
    """What lines of one shape have in common: a stamp but for its time, where its host is, where the message begins, and what
    its first words name, None where they are not in the shape."""

    layout: _Layout
    stamp: Stamp | None
    host: tuple[int, int] | None
    begin: int
    names: Names | None


def shapes_of(lines: Sequence[str]) -> list[str]:
    """Return lines with 0 for each of the digits 0 to 9; a line that holds a line feed counts as several."""
    data = "\n".join(lines).encode("utf-8", "surrogatepass").translate(_ZEROS)
    return data.decode("utf-8", "surrogatepass").split("\n")


@lru_cache(_PLANS)
def plan_of(shape: str, rules: int) -> Plan | None:
    """Return what all lines have in common of which this is the shape, cut to ``HEAD``; None where it does not tell."""
    # The digits of a priority tell a level.
    if shape.startswith("<"):
        return None
    looked = _end(_NEAR, shape) + _BEHIND
    layout = _layout(shape[:looked], rules)
    if layout.wide:
        looked = max(looked, _end(_FAR, shape))
        layout = _layout(shape[:looked], rules)
    stamp = layout.stamp
    message = without(shape, stamp)
    start = stamp.start if stamp else 0
    begin = len(shape.rstrip()) - (len(message) - start)
    # Behind a lone separator the message may begin anywhere.
    told = len(shape) < HEAD or (looked <= HEAD and len(message) > start + 1)
    host = layout.matches[-1].span("host") if stamp and stamp.host else None
    first = first_words(message)
    names = named(first, stamp is not None, host is not None) if len(first) < len(message) or len(shape) < HEAD else None
    return Plan(layout, stamp, host, begin, names) if told and (stamp or not layout.matches) else None


def times_at_once(lines: Sequence[str], plans: Sequence[Plan | None]) -> list[Orders | float | None]:
    """Return the time of each line's stamp, or its times by the orders in which its date may be meant; NaN for lines without a
    stamp, None where the plan does not tell."""
    times: list[Orders | float | None] = [None] * len(lines)
    alike: dict[int, tuple[_Layout, list[int]]] = {}
    for at, plan in enumerate(plans):
        if plan is not None:
            alike.setdefault(id(plan.layout), (plan.layout, []))[1].append(at)
    for layout, places in alike.values():
        if layout.build is None:
            found: Iterable[Orders | float | None] = repeat(math.nan, len(places))
        else:
            found = _times(layout, layout.build, [lines[at] for at in places]) if len(places) >= _FEW else ()
        for at, time in zip(places, found, strict=False):
            times[at] = time
    return times


def _times(layout: _Layout, build: Build, lines: list[str]) -> Iterable[Orders | float | None]:
    parts = [Parts(match, lines) for match in layout.matches]
    stamp = build(parts[-1])
    if stamp is None:
        return [None] * len(lines)
    fits = np.ones(len(lines), bool)
    for part in parts:
        fits &= _is_spelled(part)
    columns: list[Any] = [time for _, time in stamp.orders] or [stamp.time]
    masked: Any = [np.where(fits & ~np.isnan(column), column, None) for column in columns]
    times: list[list[float | None]] = [column.tolist() for column in masked]
    if not stamp.orders:
        return times[0]
    orders = [order for order, _ in stamp.orders]
    rows = (zip(orders, row, strict=True) for row in zip(*times, strict=True))
    return [tuple((order, time) for order, time in row if time is not None) or None for row in rows]


def _end(pattern: re.Pattern[str], text: str) -> int:
    match = pattern.match(text)
    return match.end() if match else HEAD + 1


@lru_cache(_PLANS)
def _layout(shape: str, rules: int) -> _Layout:
    matches, wide = list[re.Match[str]](), False
    for pattern, build in _kinds(rules):
        match = pattern.match(shape)
        wide = wide or build is access or (build is rfc3164 and match is not None)
        if match:
            matches.append(match)
            if build is not beside_iso or is_beside(Parts(match)):
                return _shared(shape, matches, build, wide)
    return _Layout(tuple(matches), None, None, wide)


def _shared(shape: str, matches: list[re.Match[str]], build: Build, wide: bool) -> _Layout:
    """Return the same layout for all shapes that differ only behind their stamps."""
    key = build, wide, shape[: max(match.end() for match in matches)], tuple((match.re, match.regs) for match in matches)
    # Other threads clear the table, too.
    found = _layouts.get(key)
    if found is None:
        if len(_layouts) >= _PLANS:
            _layouts.clear()
        found = _layouts[key] = _Layout(tuple(matches), build, build(Parts(matches[-1], [shape])), wide)
    return found


@cache
def _kinds(rules: int) -> Patterns:
    """Return the patterns with any digits for those that they spell out."""
    texts = (pattern.pattern.replace(_QUARTERS, r"\d\d").replace(_FIRST_DIGIT, r"\d") for pattern, _ in KINDS[rules])
    return tuple((re.compile(text, re.ASCII), build) for text, (_, build) in zip(texts, KINDS[rules], strict=True))


def _is_spelled(part: Parts) -> Any:
    """Return in which lines the digits are those that the pattern spells out."""
    minutes = part.number("zone", -2) if len(part.text("zone") or "") > len(" +09") else 0
    first = part.number("epoch", 0, 1)
    return (minutes % 15 == 0) & (minutes < 60) & (first < 3) & ((first > 0) | (not part.text("epoch")))
