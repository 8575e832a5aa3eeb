"""Rows of a sensor table that are unlike its other rows.

Each column is judged by robust deviations from its own course; what the columns usually have in common is taken out by their
principal components, after Jackson and Mudholkar 1979, "Control procedures for residuals associated with principal component
analysis" (Technometrics 21).

Axis letters: N rows, C columns.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sparsemix.encoding.file_statistics.surprise import Column

LEAST_COLUMNS, _MOST_COLUMNS = 2, 512
# 40 MB for each of the arrays of a table.
_MOST_CELLS = 5_000_000
# Of the rows: that have a column, and that have any.
_LEAST_SHARE, _LEAST_NAMED = 0.5, 0.9
_EXPLAINED = 0.9
_LEAST_WIDTH = 1e-9
_MOST_WIDTHS = 1e6
_STEPS = 10


class OddRows(NamedTuple):
    """Columns [N], 0 where the events are no table: log(1 + widths) of the column furthest ``off`` its median; of the largest
    ``step`` from the row before; of the furthest from its course in the last ten rows; of the ``residual`` beside principal
    components; and the share of ``missing`` numbers."""

    off: Column
    step: Column
    course: Column
    residual: Column
    missing: Column


def columns_of(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return the names that at least half of the rows have, in alphabetical order, of a very large table only the first; none
    where these are fewer than two, or where more than a tenth of the rows have no name at all: those are lines of a log."""
    count = Counter(name for row in rows for name in set(row))
    most = max(LEAST_COLUMNS, min(_MOST_COLUMNS, _MOST_CELLS // max(len(rows), 1)))
    names = sorted(name for name, often in count.items() if often >= _LEAST_SHARE * len(rows))[:most]
    named = sum(len(row) > 0 for row in rows)
    return names if len(names) >= LEAST_COLUMNS and named >= _LEAST_NAMED * len(rows) else []


def odd_rows(table: NDArray[np.float64]) -> OddRows:
    """Return how unlike the other rows of ``table`` [N, C] every row is; NaN where a number is missing."""
    missing = np.isnan(table).mean(1)
    filled = np.where(np.isnan(table), np.nanmedian(table, axis=0), table)
    level = _widths(filled)
    before = np.concatenate([filled[:1], filled[:-1]])
    total = np.concatenate([np.zeros((1, filled.shape[1])), filled.cumsum(0)])
    place = np.arange(len(filled))
    first = np.maximum(place - _STEPS, 0)
    course = (total[place] - total[first]) / np.maximum(place - first, 1)[:, None]
    course[0] = filled[0]
    off, step, away = (
        np.log1p(np.abs(values).max(1)) for values in (level, _widths(filled - before), _widths(filled - course))
    )
    return OddRows(off, step, away, np.log1p(_residual(level)), missing)


def _widths(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the deviations from each column's median, in its median absolute deviations, or where these are 0 in its standard
    deviations [N, C]."""
    centred = values - np.median(values, 0)
    width = np.median(np.abs(centred), 0) * 1.4826
    width = np.where(width > _LEAST_WIDTH, width, np.maximum(centred.std(0), _LEAST_WIDTH))
    return np.clip(centred / width, -_MOST_WIDTHS, _MOST_WIDTHS)


def _residual(level: NDArray[np.float64]) -> Column:
    """Return the length of what principal components leave of each row, in its median over the rows [N]."""
    # Single rows far off must not turn the components towards themselves.
    usual = np.clip(level, -3.0, 3.0)
    _, strength, direction = np.linalg.svd(usual - usual.mean(0), full_matrices=False)
    share = (strength**2).cumsum() / max(float((strength**2).sum()), _LEAST_WIDTH)
    kept = direction[: int(np.searchsorted(share, _EXPLAINED)) + 1]
    kept = kept[: max(1, level.shape[1] - 1)]
    left = np.linalg.norm(level - level @ kept.T @ kept, axis=1)
    return np.asarray(left / (np.median(left) + _LEAST_WIDTH), np.float64)
