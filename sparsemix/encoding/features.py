"""Named features of messages, as columns: words, ``key=word`` pairs and n-grams of letters as their tokens have them, and
numbers as key, unit, sign and soft bins of the logarithm of their magnitude.

A number without a unit of its own takes the next word as its unit, where that may be one; a number without a key takes the last
word before it as its key.

Axis letters: N messages, T tokens of all of them, D distinct ones, V numbers.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from sparsemix.encoding.hashing import NamedRows, joined
from sparsemix.encoding.tokens import Long, Tokens, numbered

_BINS_PER_DECADE = 6
# More than the bins of all doubles on either side of 1.
_BINS = 4096
# Numbers without a logarithm, as they are written.
_APART = ("0.0", "-0.0", "inf", "-inf")


def soft_bins(numbers: NDArray[np.float64]) -> tuple[list[str], Long, NDArray[np.float64]]:
    """Return names of bins, which two of them each of ``numbers`` [V] lies in [V, 2], by its sign and the logarithm of its
    magnitude, and the weights of both [V, 2], which sum to 1: near numbers share bins. A number without a logarithm has one bin
    of its own, twice."""
    apart = (numbers == 0.0) | ~np.isfinite(numbers)
    magnitude = np.abs(np.where(apart, 1.0, numbers)).tolist()
    # The logarithm of the standard library: numpy's own may differ in the last bit.
    position = np.fromiter(map(math.log10, magnitude), np.float64, len(magnitude)) * _BINS_PER_DECADE
    low = np.floor(position)
    share = np.where(apart, 0.0, position - low)
    code = np.stack([low, low + 1.0], 1).astype(np.int64) + 2 * _BINS
    code[numbers < 0] += 4 * _BINS
    code[apart] = np.array([_APART.index(str(one)) for one in numbers[apart].tolist()], np.int64)[:, None]
    bins, which = np.unique(code, return_inverse=True)
    names = [
        _APART[one] if one < len(_APART) else f"{'-' if one > 4 * _BINS else '+'}{one % (4 * _BINS) - 2 * _BINS}"
        for one in bins.tolist()
    ]
    return names, which.reshape(-1, 2), np.stack([1.0 - share, share], 1)


def features_of(tokens: Tokens) -> NamedRows:
    """Return the features of messages [N] by their ``tokens``; of one without any, that it is empty."""
    known = tokens.known
    is_number = np.array([token.number is not None for token in known], np.bool_)
    bare = is_number & np.array([not token.unit for token in known], np.bool_)
    may_be_unit = np.array([token.may_be_unit for token in known], np.bool_)
    taken = np.zeros(len(tokens.which), np.bool_)
    same_line = tokens.line[1:] == tokens.line[:-1]
    taken[1:] = bare[tokens.which[:-1]] & may_be_unit[tokens.which[1:]] & same_line

    kept = ~taken
    which, line = tokens.which[kept], tokens.line[kept]
    own = NamedRows.of([token.features for token in known]).at(which)
    numbers = _of_numbers(tokens, kept, is_number)
    both = joined([own, numbers])
    pointer = both.pointer[np.searchsorted(line, np.arange(tokens.messages + 1))]
    rows = NamedRows(both.names, pointer, both.name, both.value)
    empty = np.append(0, np.cumsum(np.diff(pointer) == 0))
    return joined([rows, NamedRows(["empty"], empty, np.zeros(empty[-1], np.int64), np.ones(empty[-1]))])


def _of_numbers(tokens: Tokens, kept: NDArray[np.bool_], is_number: NDArray[np.bool_]) -> NamedRows:
    """Return the features of numbers in the rows of the tokens that are ``kept``: the others are the units of the numbers
    before them."""
    known, which, line = tokens.known, tokens.which[kept], tokens.line[kept]
    own = [[token.key for token in known], [token.word for token in known], [token.unit for token in known]]
    texts, text = numbered(["", *(one for column in own for one in column)])
    key, word, unit = text[1:].reshape(3, -1)
    at = np.flatnonzero(is_number[which])
    last = np.maximum.accumulate(np.where(is_number[which], -1, np.arange(len(which))))[at]
    named = (last >= 0) & (line[last] == line[at])
    of_key = np.where((key[which[at]] == 0) & named, word[which[last]], key[which[at]])
    behind = np.flatnonzero(kept)[at] + 1
    behind[behind == len(kept)] = 0
    of_unit = np.where(kept[behind], unit[which[at]], word[tokens.which[behind]])

    number = np.array([0.0 if token.number is None else token.number for token in known], np.float64)
    bins, of_bin, share = soft_bins(number[which[at]])
    pairs, of_pair = np.unique(of_key[:, None] * len(bins) + of_bin, return_inverse=True)
    names = [f"m:{texts[one // len(bins)]}:{bins[one % len(bins)]}" for one in pairs.tolist()]
    columns = [of_pair.reshape(-1, 2)]
    for kind, texts_of in (("u", of_unit), ("n", of_key)):
        used, place = np.unique(texts_of, return_inverse=True)
        columns.insert(0, len(names) + place[:, None])
        names += [f"{kind}:{texts[one]}" for one in used.tolist()]
    half = np.full((len(at), 2), 0.5)
    there = np.column_stack(
        [np.ones(len(at), np.bool_), of_unit != 0, np.ones(len(at), np.bool_), of_bin[:, 0] != of_bin[:, 1]]
    )
    count = np.zeros(len(which), np.int64)
    count[at] = there.sum(1)
    name, value = np.concatenate(columns, 1), np.concatenate([half, share], 1)
    return NamedRows(names, np.append(0, np.cumsum(count)), name[there], value[there])
