"""Compiled loops over rows of features: those of a file judged by itself (``of_file``), and the sums of their embeddings.

Axis letters: N events, C columns of statistics, K knots, M model dimension.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sparsemix.kernels.compiled import compiled

Doubles = NDArray[np.float64]
Longs = NDArray[np.int64]
SIGNS = 24
"""Signs that a code becomes."""
_SIGN = np.float32(0.5)
# Steele, Lea, Flood 2014, "Fast splittable pseudorandom number generators" (OOPSLA).
_STEP, _DRAW, _FIRST, _SECOND = map(np.uint64, (0x9E3779B97F4A7C15, 0xD1B54A32D192ED03, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB))
_ONE, _27, _30, _31 = map(np.uint64, (1, 27, 30, 31))


@compiled()
def rows_of_file(
    columns: Doubles,
    codes: Longs,
    blocks: Longs,
    knots: Doubles,
    draw: int,
    pointer: Longs,
    bucket: Longs,
    value: NDArray[np.float32],
) -> None:
    """Write the rows of events, by their ``columns`` [N, C] and ``codes`` [., N], to ``pointer``, ``bucket`` and ``value``. Of
    every block, from and to which column and code: the weights of the knots below all columns, those of the knots above, and
    the signs of the codes; ``draw``: which signs the first code gets, and the next ones each of the other codes."""
    place, last = 0, knots[-1]
    for event in range(len(columns)):
        first = 0
        for block in range(len(blocks)):
            begin, end, first_code, end_code = blocks[block]
            for upper in range(2):
                for column in range(begin, end):
                    number, above, share = columns[event, column], 1, 0.0
                    # What is no number counts as the lowest.
                    if number > knots[0]:
                        number = min(number, last)
                        while above < len(knots) - 1 and knots[above] <= number:
                            above += 1
                        share = (number - knots[above - 1]) / (knots[above] - knots[above - 1])
                    weight = np.float32(share if upper else 1.0 - share)
                    if weight != 0.0:
                        bucket[place] = first + (column - begin) * len(knots) + above - 1 + upper
                        value[place] = weight
                        place += 1
            first += (end - begin) * len(knots)
            for code in range(first_code, end_code):
                if codes[code, event] >= 0:
                    mixed = (np.uint64(codes[code, event]) + _ONE) * _STEP + np.uint64(draw + code) * _DRAW
                    mixed = (mixed ^ (mixed >> _30)) * _FIRST
                    mixed = (mixed ^ (mixed >> _27)) * _SECOND
                    mixed ^= mixed >> _31
                    for sign in range(SIGNS):
                        bucket[place] = first + sign
                        value[place] = _SIGN if (mixed >> np.uint64(sign)) & _ONE else -_SIGN
                        place += 1
                first += SIGNS
        pointer[event + 1] = place


@compiled()
def sum_rows(pointer: Longs, bucket: Longs, value: NDArray[np.float32], table: NDArray[Any], sums: NDArray[Any]) -> None:
    """Add to ``sums`` [N, M] the rows of ``table`` in the buckets of every event, times their values, in their order."""
    for event in range(len(sums)):
        for place in range(pointer[event], pointer[event + 1]):
            row, weight = bucket[place], value[place]
            for m in range(table.shape[1]):
                sums[event, m] += table[row, m] * weight
