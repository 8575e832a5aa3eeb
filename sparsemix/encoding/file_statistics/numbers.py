"""Numbers that are unlike the others at their place: the same word of lines of the same form. And codes, such as the status of
HTTP, that are unlike the others after words of the same shape, whatever the rest of the line is.

Axis letters: N events, V numbers of one place.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sparsemix.encoding.file_statistics.lines import Lines
from sparsemix.encoding.file_statistics.surprise import Codes, Column, codes_of, counts_near, counts_of

_NUMBER = re.compile(r"([+-]?\d+(?:\.\d+)?)(?:[^\W\d_]{1,4}|%|°C)?")
_MOST_NUMBERS = 12
_LEAST_VALUES = 4
# Added to a number before its decimal logarithm is taken, and to the widths by which it is judged, in decades.
_LEAST, _LEAST_WIDTH, _LEAST_STEP = 1e-3, 0.15, 0.05
_LEAST_JUMP = 0.3
# From e^4 = 55 numbers on, a place speaks with its full weight.
_FULL_WEIGHT = 4.0
_FEW = 0.1
_AROUND = 20
# Numbers after words of one shape are codes where they are so many, and have so few different values.
_LEAST_CODES, _MOST_CODES = 30, 16

_Numbers = tuple[list[int], list[float]]


@dataclass(frozen=True, slots=True)
class OddNumbers:
    """Columns [N], the highest of an event's numbers each: log(1 + deviations from the median in widths); decades ``beyond``
    all others; log(1 + ``jump`` from both neighbours in usual steps); decades ``apart`` from the nearest other; at a place
    with few different values, the ``rarity`` of the value in nats, and its ``density``: the logarithm of how often it stands
    among the next twenty events on either side, against its usual share. The same two for codes."""

    off: Column
    beyond: Column
    jump: Column
    apart: Column
    rarity: Column
    density: Column
    code_rarity: Column
    code_density: Column

    @property
    def columns(self) -> tuple[Column, ...]:
        """Return the columns in this order."""
        return (
            *(self.off, self.beyond, self.jump, self.apart),
            *(self.rarity, self.density, self.code_rarity, self.code_density),
        )


def odd_numbers(lines: Lines) -> OddNumbers:
    """Return how unlike the others of their places the numbers of every event are."""
    places: dict[tuple[int, int], _Numbers] = defaultdict(lambda: ([], []))
    codes: dict[tuple[str, str], _Numbers] = defaultdict(lambda: ([], []))
    # Lines of one form have digits in the same words.
    digits: dict[int, list[int]] = {}
    for number, (words, shapes, form) in enumerate(zip(lines.words, lines.shapes, lines.form.tolist(), strict=True)):
        if form not in digits:
            digits[form] = [place for place, (word, shape) in enumerate(zip(words, shapes, strict=True)) if word != shape]
        found = 0
        for place in digits[form]:
            if match := _NUMBER.fullmatch(words[place]):
                value = abs(float(match[1]))
                for events, values in (places[form, place], codes[shapes[place - 1] if place else "", shapes[place]]):
                    events.append(number)
                    values.append(value)
                found += 1
                if found == _MOST_NUMBERS:
                    break
    odd = OddNumbers(*(np.zeros(len(lines.words)) for _ in range(8)))
    for events, values in places.values():
        if len(values) >= _LEAST_VALUES:
            for column, own in zip(odd.columns[:-2], _of_place(np.array(events), np.array(values)), strict=True):
                np.maximum.at(column, events, own)
    for events, values in codes.values():
        if len(values) >= _LEAST_CODES and len(set(values)) <= _MOST_CODES:
            for column, own in zip(odd.columns[-2:], _few(np.array(events), values), strict=True):
                np.maximum.at(column, events, own)
    return odd


def _of_place(event: Codes, value: NDArray[np.float64]) -> tuple[Column, ...]:
    decades = np.log10(np.minimum(value, 1e300) + _LEAST)
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
    if len(np.unique(value)) <= max(3.0, _FEW * len(value)):
        rarity, density = _few(event, value.tolist())
    return np.log1p(off) * weight, beyond * weight, np.log1p(jump) * weight, apart * weight, rarity, density


def _few(event: Codes, values: list[float]) -> tuple[Column, Column]:
    """Return rarity and density of the values of a place with few different ones."""
    code, _ = codes_of(values)
    share = counts_of(code) / len(code)
    return -np.log(share), _density(event, code, share)


def _density(event: Codes, code: Codes, share: NDArray[np.float64]) -> Column:
    """Return how much more often than its ``share`` every value stands at the next events on either side, as a logarithm [V];
    0 for a value that stands alone there."""
    same = counts_near(event, code, _AROUND)
    there = counts_near(event, np.zeros_like(code), _AROUND)
    return np.where(same > 1, np.log(same / np.maximum(there * share, 1.0)).clip(0.0), 0.0)
