"""Words whose hashes are alike, as a file could be made of."""

from __future__ import annotations

from itertools import product

import numpy as np

_LETTERS = np.frombuffer(b"abcdefghijklmnopqrstuvwxyz0123456789", np.uint8)


def alike_words(count: int, places: int) -> list[str]:
    """Return so many words that FNV-1a gives, folded as the table of words does, at most so many different lower 16 bits."""
    found: list[str] = []
    for start in product(_LETTERS.tolist(), repeat=3):
        grid = np.stack(np.meshgrid(_LETTERS, _LETTERS, _LETTERS, indexing="ij"), -1).reshape(-1, 3)
        code = np.full(len(grid), 2166136261, np.uint32)
        for letter in [*start, *grid.T]:
            code = (code ^ letter) * np.uint32(16777619)
        low = (code ^ code >> np.uint32(15)) & np.uint32(0xFFFF)
        found += [bytes([*start, *word]).decode() for word in grid[low < places].tolist()]
        if len(found) >= count:
            break
    return found[:count]
