"""Basis of every search for keys: the distance bias of a head, the window of near misses, and the room for rounding.

Axis letters: N events, D head dimension.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

# Near misses are unselected keys whose margin (on the scale of z / 2) is above minus this.
NEAR_WINDOW = 0.25
# By default, distance biases stay above this: at 0, far duplicates of a matching event would tie with the nearest one.
LEAST_BIAS = 0.1
# Of short sequences; computed once.
_LOGARITHMS = np.log1p(np.arange(4096, dtype=np.float64))


def logarithms(n: int) -> NDArray[np.float64]:
    """Return log(1 + distance) for the distances 0 to ``n``."""
    return _LOGARITHMS[: n + 1] if n < len(_LOGARITHMS) else np.log1p(np.arange(n + 1, dtype=np.float64))


class DistanceBias(NamedTuple):
    """Bias of one head by the distance and the direction of a key.

    key at or before the query:  - past * log(1 + i - j)
    key after the query:         - future * log(1 + j - i) + future_offset
    """

    past: float
    future: float
    future_offset: float

    def of(self, offset: NDArray[np.integer]) -> NDArray[np.float64]:
        """Return the bias of pairs by their ``offset``, key minus query."""
        log = np.log1p(np.abs(offset).astype(np.float64))
        return np.asarray(np.where(offset <= 0, -self.past * log, self.future_offset - self.future * log))

    def table(self, n: int, dtype: Any) -> NDArray[Any]:
        """Return the bias by offset, for j - i + n = 0 .. 2 n - 1, as numpy ``dtype``."""
        log = logarithms(n)
        earlier, later = -self.past * log[n::-1], self.future_offset - self.future * log[1:n]
        return np.concatenate([earlier, later]).astype(dtype)


def rounding(q: NDArray[Any], k: NDArray[Any], anchor: NDArray[Any], bias: DistanceBias) -> NDArray[np.float64]:
    """Return an upper bound, for each query [N], of the distance of a logit in single precision from the exact logit.

    The error of a sum of D products is at most D u / (1 - D u) times the sum of their magnitudes, u = 2^-24 (Higham 2002,
    section 3.1); this sum is at most |q| |k|; rounding the arguments and adding the bias take a few more u.
    """
    n, d = q.shape
    lengths = np.linalg.norm(q, axis=1).astype(np.float64)
    longest = float(np.linalg.norm(k, axis=1).max(initial=0.0))
    slope = max(bias.past, bias.future) * np.log1p(n) + abs(bias.future_offset)
    return np.asarray((d + 8) * 2.0**-24 * (lengths * longest + np.abs(anchor) + slope))
