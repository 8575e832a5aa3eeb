"""Terms of novelty of a sensor table besides the surprise: how far columns lie off what the other columns suggest.

The surprise is about each column's own course. The term ``apart`` is the mean square, over the columns and the last rows, of
what a regression of each column on all others misses (``columns``), and becomes -log of the share of normal rows that
are as far out (``tails``).

Axis letters: N rows, C columns.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sparsemix.encoding.scales import trailing_mean
from sparsemix.errors import WeightsError
from sparsemix.priors import tails
from sparsemix.priors.columns import Matrix, left_by_others
from sparsemix.priors.tails import NormalTail, Novelty, Values

WEIGHTS = (0.5, 0.5)
_LEAST = 1e-12


@dataclass(frozen=True, slots=True)
class TableTerms:
    """``apart`` [C, C]: standardised values times this matrix are what the other columns do not suggest; tails of the
    ``surprise`` and of the term of ``rows``; ``weights`` of both. Raises `WeightsError` when damaged."""

    apart: Matrix
    surprise: NormalTail
    rows: NormalTail
    weights: Values

    def __post_init__(self) -> None:
        if self.apart.ndim != 2 or self.apart.shape[0] != self.apart.shape[1] or not np.isfinite(self.apart).all():
            raise WeightsError("the terms of novelty are damaged")
        tails.check_weights(self.weights, len(WEIGHTS))

    @property
    def weight(self) -> float:
        """Return the weight of the surprise beside the term."""
        return float(self.weights[0])

    @property
    def highest(self) -> float:
        """Return the weight of the highest row: a table as a whole has no terms."""
        return 1.0

    def of(self, value: Matrix) -> Novelty:
        """Return what the term says of standardised rows [N, C] without gaps."""
        own = tails.combined(self.rows.of(statistic(value, self.apart))[None], self.weights[1:])
        return Novelty(own, np.zeros(len(own)), -math.inf)


def statistic(value: Matrix, apart: Matrix) -> Values:
    """Return the logarithm of the mean square, over columns and the last rows, of what the other columns do not suggest [N]."""
    return np.asarray(np.log(trailing_mean((value @ apart) ** 2).mean(1) + _LEAST))


def fit(tables: Sequence[Matrix], surprise: Values, rows: Values) -> TableTerms:
    """Fit on ``tables`` [N, C] of standardised normal rows; ``surprise`` at rows, and the statistic of ``rows`` by others."""
    return TableTerms(left_by_others(np.concatenate(tables)), tails.fit(surprise), tails.fit(rows), np.array(WEIGHTS))


def pack(terms: TableTerms) -> dict[str, Values]:
    """Return the terms as arrays for safetensors."""
    parts = {"surprise": tails.pack(terms.surprise), "rows": tails.pack(terms.rows), "weights": terms.weights}
    return parts | {"apart": np.ascontiguousarray(terms.apart)}


def unpack(columns: dict[str, Values], width: int) -> TableTerms:
    """Read what ``pack`` returned, for a table of ``width`` columns. Raises `WeightsError` for anything else."""
    try:
        surprise, rows = (tails.unpack(columns[name].astype(np.float64)) for name in ("surprise", "rows"))
        terms = TableTerms(columns["apart"].astype(np.float64), surprise, rows, columns["weights"].astype(np.float64))
    except (KeyError, TypeError, ValueError) as error:
        raise WeightsError(f"the terms of novelty are damaged: {error}") from error
    if len(terms.apart) != width or len(columns) != len(pack(terms)):
        raise WeightsError("the terms of novelty do not fit the columns of the table")
    return terms
