"""How far a cause lies from its effect, in classes that double: the line itself, 1, 2-3, 4-7 ... lines before or after."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

# A pair of an event with itself, then 1, 2-3, 4-7 ... lines, up to the longest log that is read.
CLASSES = 18


def distance_class(distance: NDArray[np.integer]) -> NDArray[np.int64]:
    """Signed classes of distances query - key: 0 for 0, then ±(1 + floor(log2 |d|)), at most CLASSES - 1."""
    size = np.abs(distance)
    found = np.where(size > 0, 1 + np.floor(np.log2(np.maximum(size, 1))), 0).astype(np.int64)
    return np.asarray(np.sign(distance) * np.minimum(found, CLASSES - 1), dtype=np.int64)


def class_words(signed: int) -> str:
    """A distance class in lines: "0", "1", "2–3", "4–7" and so on, without its side."""
    number = abs(signed)
    if number < 2:
        return str(number)
    low, high = 2 ** (number - 1), 2**number - 1
    return f"{low:,}+" if number == CLASSES - 1 else f"{low:,}–{high:,}"
