"""Numbers that are unlike the others at their place: the same word, after the same word, in lines of one kind. And codes, such
as the status of HTTP, that are unlike the others after words of the same shape, whatever the rest of the line is.

Axis letters: N events, V numbers of one place.
"""

from __future__ import annotations

import math
import re
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sparsemix.distinct import distinct
from sparsemix.encoding.file_statistics.lines import Lines
from sparsemix.encoding.file_statistics.surprise import Codes, Column, counts_near, counts_of, in_order, members

# After a name and a colon, or after letters outside a to z, as in scripts that are written without spaces; with a unit.
_NUMBER = re.compile(r"(?:[^\W\d_][^:]*:|[^\W\d_a-zA-Z]+)?([+-]?\d+(?:\.(\d+))?)(?:[^\W\d_]{1,4}|%|°C|℃)?")
_MOST_NUMBERS = 12
_LEAST_VALUES = 4
# Larger numbers are taken as this one: sums and differences of larger ones would overflow.
_LARGEST = 1e100
# A place's numbers vary at least by one unit of their last digit, though not less than 1e-9, and by this share of their median.
_MOST_DIGITS, _LEAST_SHARE = 9, 0.005
# A median absolute deviation in standard deviations of a normal distribution.
_DEVIATION = 1.4826
# Numbers beyond the nearest other one that tell how close to each other numbers lie there.
_TAIL = 5
# Values that occur so often at most, or with this share, can have a gap.
_RARE, _RARE_SHARE = 3, 0.01
# Added to a number before its decimal logarithm is taken, and to the widths by which it is judged, in decades.
_LEAST, _LEAST_WIDTH, _LEAST_STEP = 1e-3, 0.15, 0.05
_LEAST_JUMP = 0.3
# From e^4 = 55 numbers on, a place speaks with its full weight.
_FULL_WEIGHT = 4.0
_FEW = 0.1
_AROUND = 20
# Numbers after words of one shape are codes where they are so many, and have so few different values.
_LEAST_CODES, _MOST_CODES = 30, 16
# Numbers of a place that tell two sizes of deviations apart, and the gap between these in sizes of the smaller.
_LEAST_TWO, _WIDE = 8, 0.7

_Numbers = tuple[Codes, Column, Codes]


class OddNumbers(NamedTuple):
    """Columns [N], the highest of an event's numbers each, without their signs. By logarithms: log(1 + deviations from the
    median in widths); decades ``beyond`` all others; log(1 + ``jump`` from both neighbours in usual steps); decades ``apart``
    from the nearest other. By sizes, each log(1 + ..): the ``deviation`` from the median, in usual ones; the ``gap`` between
    the value and all others, against how far those next to it lie from each other; the ``step`` from both neighbours, in usual
    ones. At a place with few different values, the ``rarity`` of the value in nats, and its ``density``: the logarithm of how
    often it stands among the next twenty events on either side, against its usual share. The same two for codes."""

    off: Column
    beyond: Column
    jump: Column
    apart: Column
    deviation: Column
    gap: Column
    step: Column
    rarity: Column
    density: Column
    code_rarity: Column
    code_density: Column


def odd_numbers(lines: Lines) -> tuple[OddNumbers, Column]:
    """Return how unlike the others of their places the numbers of every event are, and log(1 + distance) by which one of them
    belongs to the larger of two sizes that deviations from the middle have at their place, in widths of the smaller; 0 where
    deviations have one size [N]."""
    places, codes = _places(lines)
    large = np.zeros(len(lines))
    columns = [np.zeros(len(lines)) for _ in OddNumbers._fields]
    for events, value, decimals in places:
        if len(value) >= _LEAST_VALUES:
            of_place = _of_place(events, value, 10.0 ** -min(int(decimals.max()), _MOST_DIGITS))
            for column, own in zip(columns[:-2], of_place, strict=True):
                np.maximum.at(column, events, own)
            if len(value) >= _LEAST_TWO:
                np.maximum.at(large, events, _larger(np.abs(value - np.median(value))))
    for events, value, _ in codes:
        if len(value) >= _LEAST_CODES and len(distinct(value)) <= _MOST_CODES:
            for column, own in zip(columns[-2:], _few(events, value), strict=True):
                np.maximum.at(column, events, own)
    return OddNumbers(*columns), large


def _places(lines: Lines) -> tuple[list[_Numbers], list[_Numbers]]:
    """Return the numbers of each place, and those after words of each shape: events, values, and digits after the point."""
    value, decimals = np.full(len(lines.words), np.nan), np.zeros(len(lines.words), np.int64)
    for word in np.flatnonzero(lines.varies).tolist():
        if match := _NUMBER.fullmatch(lines.words[word]):
            value[word], decimals[word] = min(abs(float(match[1])), _LARGEST), len(match[2] or "")
    at, event = lines.with_words(~np.isnan(value), most=_MOST_NUMBERS)
    number, of_word = at - lines.begin[event], lines.word[at]
    before = np.where(number > 0, lines.shape[lines.word[at - 1]], 0)
    code, _ = in_order(before * len(lines.shapes) + lines.shape[of_word])
    place, _ = in_order((lines.kind[event] * (number.max(initial=0) + 1) + number) * (code.max(initial=0) + 1) + code)
    of_place, of_code = (
        [(event[own], value[of_word[own]], decimals[of_word[own]]) for own in members(codes)] for codes in (place, code)
    )
    return of_place, of_code


def _of_place(event: Codes, value: NDArray[np.float64], unit: float) -> tuple[Column, ...]:
    """Return all columns but those of codes; ``unit``: that of the last digit."""
    decades = np.log10(value + _LEAST)
    weight = min(1.0, math.log(len(value)) / _FULL_WEIGHT)
    middle = np.median(decades)
    off = np.abs(decades - middle) / (np.median(np.abs(decades - middle)) + _LEAST_WIDTH)
    two = np.sort(decades)[-2:]
    beyond = np.maximum(decades - np.where(decades == two[1], two[0], two[1]), 0.0)
    step = np.abs(np.diff(decades))
    jump = np.minimum(np.append(np.inf, step), np.append(step, np.inf))
    jump = np.where(jump > _LEAST_JUMP, jump / (np.median(step) + _LEAST_STEP), 0.0)
    order = np.argsort(decades, kind="stable")
    between = np.diff(decades[order])
    apart = np.empty(len(value))
    apart[order] = np.minimum(np.append(np.inf, between), np.append(between, np.inf))
    rarity = density = np.zeros(len(value))
    if len(distinct(value)) <= max(3.0, _FEW * len(value)):
        rarity, density = _few(event, value)
    by_logarithm = np.log1p(off), beyond, np.log1p(jump), apart
    return *(column * weight for column in (*by_logarithm, *_by_number(value, unit))), rarity, density


def _by_number(value: NDArray[np.float64], unit: float) -> tuple[Column, Column, Column]:
    """Return the columns ``deviation``, ``gap`` and ``step`` of a place."""
    middle = float(np.median(value))
    least = max(unit, _LEAST_SHARE * middle)
    width = max(_DEVIATION * float(np.median(np.abs(value - middle))), least)
    step = np.abs(np.diff(value))
    usual_step = max(_DEVIATION * float(np.median(step)), least)
    nearer = np.minimum(np.append(np.inf, step), np.append(step, np.inf))
    deviation = np.abs(value - middle) / width
    return np.log1p(deviation), np.log1p(_gap(value, width)), np.log1p(nearer / usual_step)


def _gap(value: NDArray[np.float64], width: float) -> Column:
    """Return how far every number lies from the next value on either side, against the distance from that value to the fifth
    behind it, or ``width`` where this is more; of both sides the smaller [V]. 0 for a value that is not rare. Numbers of a long
    tail lie ever further from each other, so the last has no gap."""
    values, place, count = np.unique(value, return_inverse=True, return_counts=True)
    if len(values) < 2:
        return np.zeros(len(value))
    between = np.diff(values)
    last = len(values) - 1
    at = np.arange(last)
    # Seen from above each distance, the values below it; seen from below, those above.
    below = np.append(np.inf, between / np.maximum(values[at] - values[np.maximum(at - _TAIL, 0)], width))
    above = np.append(between / np.maximum(values[np.minimum(at + 1 + _TAIL, last)] - values[at + 1], width), np.inf)
    rare = count <= max(_RARE, _RARE_SHARE * len(value))
    return np.where(rare, np.minimum(below, above), 0.0)[place]


def _few(event: Codes, value: Column) -> tuple[Column, Column]:
    """Return rarity and density of the values of a place with few different ones."""
    code = np.unique(value, return_inverse=True)[1]
    share = counts_of(code) / len(code)
    return -np.log(share), _density(event, code, share)


def _density(event: Codes, code: Codes, share: NDArray[np.float64]) -> Column:
    """Return how much more often than its ``share`` every value stands at the next events on either side, as a logarithm [V];
    0 for a value that stands alone there."""
    same = counts_near(event, code, _AROUND)
    there = counts_near(event, np.zeros_like(code), _AROUND)
    return np.where(same > 1, np.log(same / np.maximum(there * share, 1.0)).clip(0.0), 0.0)


def _larger(deviation: NDArray[np.float64]) -> Column:
    """Return log(1 + distance) of the larger of two sizes from the smaller ones, in the largest of these [V]."""
    ordered = np.sort(deviation)
    gap = np.diff(ordered)
    lower = ordered[:-1]
    place = np.arange(1, len(ordered))
    # Both sizes occur, and the gap between them is wide against all that lies below it.
    able = (place >= 0.3 * len(ordered)) & (place < len(ordered)) & (len(ordered) - place >= 2)
    wide = np.where(able & (lower > 0), gap / np.maximum(lower, 1e-12), 0.0)
    if not len(wide) or wide.max() < _WIDE:
        return np.zeros(len(deviation))
    edge = ordered[int(wide.argmax())]
    return np.where(deviation > edge, np.log1p(deviation / edge), 0.0)
