"""Compiled loop that splits texts into words and numbers these.

Axis letters: B bytes, W words, D distinct ones.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sparsemix.kernels.compiled import compiled

# Fowler, Noll, Vo, "FNV-1a": its numbers for 32 bits; the compiled product keeps 64.
_BASIS, _PRIME = np.uint32(2166136261), np.uint32(16777619)
# Looks at another word with nearly the same hash, for each word and in all.
_MOST_LOOKS, _SOME = 8, 1_000


@compiled()
def number_words(
    text: NDArray[np.uint8], table: NDArray[np.int32], which: NDArray[np.int32], edges: NDArray[np.int64]
) -> tuple[int, int]:
    """Split ``text`` [B] at spaces, and write to ``which`` [W] the number of every word, in the order in which they first
    occur, and to ``edges`` [D, 2] where each of them begins and ends. ``table``: zeros, a power of two and more than there are
    words. Return W and D; D is 0 where the hashes of too many words are alike."""
    words = distinct = place = looks = 0
    space = np.uint8(32)
    while True:
        while place < len(text) and text[place] == space:
            place += 1
        if place == len(text):
            return words, distinct
        start, code = place, _BASIS
        while place < len(text) and text[place] != space:
            code = (code ^ text[place]) * _PRIME
            place += 1
        slot = np.int64(code ^ code >> np.uint32(15)) & (len(table) - 1)
        while table[slot] > 0:
            first, end = edges[table[slot] - 1]
            same = end - first == place - start
            while same and first < end:
                same = text[first] == text[start + first - edges[table[slot] - 1, 0]]
                first += 1
            if same:
                break
            looks += 1
            slot = (slot + 1) & (len(table) - 1)
        if table[slot] == 0:
            edges[distinct] = start, place
            distinct += 1
            table[slot] = distinct
        which[words] = table[slot] - 1
        words += 1
        if looks > _MOST_LOOKS * words + _SOME:
            return words, 0
