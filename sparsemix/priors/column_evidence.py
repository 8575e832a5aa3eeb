"""Evidence of a table's columns for each fault, shared out exactly among the rows and among the columns.

When labels say only which *sequences* are faulty, the overall behaviour of columns distinguishes many faults of a plant: the
level of each column, how far it is off its usual value, how much it changes from row to row, and how far it is off the value
that the *other* columns suggest at the same time. These terms are means over the rows; the last three are logarithms, because
faults differ by factors. A linear model learns them from few sequences, and attention learns the rest, as with n-grams of a log
(``ngram_evidence``; wide and deep: Cheng et al. 2016, arXiv 1606.07792).

The value that the other columns suggest is a regression on them (``columns``). The model is logistic regression of all faults
together. A mean is a sum over rows, and the logarithm of a mean square is shared among rows in proportion to
their squares. So the logits are a sum of contributions of the rows, and likewise a sum of contributions of the columns.

Axis letters: N rows, C columns, K faults, T = 4 terms.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sparsemix.encoding.scales import Scale
from sparsemix.encoding.sequence import Event
from sparsemix.errors import WeightsError
from sparsemix.priors.columns import Matrix, left_by_others, values_of

TERMS = ("level", "size", "change", "apart")
"""Terms of a column: mean value; mean squares of value, of change from row to row, and of the part that the other columns do
not explain."""
_SMALL = 0.1
"""Mean squares are 1 in usual data; far below this value they no longer differ."""
_LEAST_SPREAD = 1e-3
_ITERATIONS = 300


@dataclass(frozen=True, slots=True)
class ColumnContributions:
    """Contributions of a sequence's columns to the logits of the faults, each against "nothing is wrong": by ``row`` [N, K] or
    by ``column`` [T, C, K]; both have the same sums over all axes but K. ``rest`` [K] belongs to no row and no column."""

    row: Matrix
    column: Matrix
    rest: Matrix


@dataclass(frozen=True, slots=True)
class ColumnEvidence:
    """Linear model of the columns' behaviour. Raises `WeightsError` when damaged.

    ``pace`` float64 [C]: usual root mean square change from row to row; ``apart`` [C, C]: standardised values times this matrix
    are the distances of each column from the value that the others suggest, 1 on average; ``usual`` and ``spread`` [T, C] of
    the terms; ``weight`` [K, T, C] of the standardised terms; ``intercept`` [K].
    """

    pace: Matrix
    apart: Matrix
    usual: Matrix
    spread: Matrix
    weight: Matrix
    intercept: Matrix

    def __post_init__(self) -> None:
        shape = (len(TERMS), len(self.pace))
        fits = self.apart.shape == (len(self.pace),) * 2 and self.usual.shape == self.spread.shape == shape
        if not fits or self.weight.shape != (len(self.intercept), *shape) or not len(self.intercept):
            raise WeightsError("the evidence of columns is damaged")
        if not ((self.pace > 0).all() and (self.spread > 0).all()):
            raise WeightsError("the evidence of columns is damaged: widths must be positive")

    def of(self, events: Sequence[Event], scales: Sequence[Scale]) -> ColumnContributions:
        """Return the contributions of a sequence of rows, whose columns have these ``scales``."""
        return self.of_values(values_of(events, scales))

    def of_values(self, value: Matrix) -> ColumnContributions:
        """Return the contributions of standardised values [N, C] without gaps."""
        term, share = _terms(value, self.pace, self.apart)
        scaled = self.weight / self.spread
        column = np.einsum("ktc,tc->tck", scaled, term - self.usual)
        row = np.einsum("ktc,ntc->nk", scaled, share - self.usual / len(value))
        return ColumnContributions(row, column, self.intercept)


def column_parts(column: Matrix, scales: Sequence[Scale]) -> tuple[tuple[str, str, float], ...]:
    """Return name, term and contribution of every column, from contributions [T, C]; in the order of ``scales``."""
    return tuple(
        (scale.name, term, float(column[row, place])) for place, scale in enumerate(scales) for row, term in enumerate(TERMS)
    )


def fit(tables: Sequence[Matrix], fault: NDArray[np.int64], inverse_regularisation: float) -> ColumnEvidence:
    """Fit the model on sequences of standardised values [N, C] and the ``fault`` [S] of each: 0 for none, else 1 to K, all of
    which occur. Sequences without a fault define what is usual."""
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 - slow to load

    normal = [table for table, label in zip(tables, fault.tolist(), strict=True) if label == 0]
    changes = np.concatenate([np.diff(table, axis=0) for table in normal])
    pace = np.sqrt((changes**2).mean(0)) if len(changes) else np.ones(tables[0].shape[1])
    pace = np.maximum(pace, _LEAST_SPREAD)
    apart = left_by_others(np.concatenate(normal))
    terms = np.stack([_terms(table, pace, apart)[0] for table in tables])
    usual, spread = terms[fault == 0].mean(0), np.maximum(terms.std(0), _LEAST_SPREAD)
    known = ((terms - usual) / spread).reshape(len(terms), -1)
    fitted = LogisticRegression(C=inverse_regularisation, max_iter=_ITERATIONS).fit(known, fault)
    weight, intercept = fitted.coef_, fitted.intercept_
    if len(weight) > 1:
        # Each fault against "nothing is wrong".
        weight, intercept = weight[1:] - weight[:1], intercept[1:] - intercept[:1]
    return ColumnEvidence(pace, apart, usual, spread, weight.reshape(-1, *usual.shape), intercept.astype(np.float64))


def pack(evidence: ColumnEvidence) -> dict[str, Matrix]:
    """Return the model as arrays for safetensors."""
    names = ("pace", "apart", "usual", "spread", "weight", "intercept")
    return {name: np.ascontiguousarray(getattr(evidence, name)) for name in names}


def unpack(columns: dict[str, Matrix]) -> ColumnEvidence:
    """Read what ``pack`` returned. Raises `WeightsError` for anything else."""
    try:
        evidence = ColumnEvidence(**{name: column.astype(np.float64) for name, column in columns.items()})
    except (TypeError, ValueError) as error:
        raise WeightsError(f"the evidence of columns is damaged: {error}") from error
    if not all(np.isfinite(column).all() for column in pack(evidence).values()):
        raise WeightsError("the evidence of columns holds values that are not finite")
    return evidence


def _terms(value: Matrix, pace: Matrix, apart: Matrix) -> tuple[Matrix, Matrix]:
    """Return the terms [T, C] of a sequence, and every row's share of each term [N, T, C]."""
    change = np.diff(value, axis=0, prepend=value[:1]) / pace
    square = np.stack([value, change, value @ apart], 1) ** 2
    total = square.sum(0)
    # The first row has no row before it, so it has no change.
    count = np.array([len(value), max(len(value) - 1, 1), len(value)])[:, None]
    logarithm = np.log1p(total / count / _SMALL)
    part = np.divide(logarithm, total, out=np.zeros_like(total), where=total > 0)
    share = np.concatenate([value[:, None] / len(value), square * part], 1)
    return np.concatenate([value.mean(0)[None], logarithm]), share
