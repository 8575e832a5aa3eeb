"""How strongly one kind of event leads to another: the score by which edges are ranked. This is its one place."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sparsemix.graph.pair_counts import PairCounts


def strength(counts: PairCounts, expected: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the score of every edge, float64 [E]: how often it was seen, times the logarithm of its lift, in nats.

    How often an edge was seen is the smaller number of its support and its origins: a single event that a thousand later
    events read is one observation, not a thousand. The product is an edge's part of the log-likelihood ratio (Dunning 1993,
    "Accurate methods for the statistics of surprise and coincidence"), below 0 where there are fewer pairs than by chance.
    """
    seen = np.minimum(counts.edges.support, counts.edges.origins)
    score: NDArray[np.float64] = seen * np.log(counts.edges.pairs / expected)
    return score
