"""Comparison of what is selected: normal with faulty decisions, and one decision with all others.

Two measures, both of shares (a kind that a decision lacks has share 0 there):

- normal and faulty (``contrast``): the difference of the means, and whether it stands out by Welch's test when all kinds are
  tested at once (Benjamini and Hochberg 1995). Shares are skewed and decisions few: it hints where to look and proves nothing.
  Normal and faulty are the model's verdicts, and decisions of one plant depend on each other.
- one decision and the others (``differs``): its rank among them, as in conformal prediction (Vovk, Gammerman and Shafer 2005):
  an exchangeable decision lies among the highest k of n + 1 with a probability of k / (n + 1), whatever the distribution of the
  shares. No z-score: most kinds are missing from most decisions, so deviations say little. Among many kinds some lie outside by
  chance, and longer logs have more kinds; so the same is counted for each of the other decisions, for comparison.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray
from scipy import stats

from dashboard.service.decide.usual_pairs import Usual

CONFIDENCE = 0.95
FACTOR = 2.0  # times the others' mean, or less than its half
MIN_OTHERS = 9  # with fewer, being the highest of all says little: a probability of more than 1 in 10
MIN_SIDE = 3  # normal and faulty decisions each, below which no difference is clear


class How(StrEnum):
    """The way in which a kind differs from what is usual."""

    NEW = "new"
    MORE = "more"
    LESS = "less"


@dataclass(frozen=True, slots=True)
class Differences:
    """One decision compared with ``others`` others.

    ``table``: a row for each kind that differs, new kinds first, then by the size of the change: ``query``, ``key``, ``how``,
    ``count`` (pairs here), ``share`` (here), ``usual`` (the others' mean share), ``factor`` (share / usual, NaN for new kinds),
    ``decisions`` (how many others have the kind). ``new_share``: the share of the new kinds together in this decision's weight.
    ``ordinary``: the number of kinds in which one of the others differs in this way from the rest and this one, the median.
    """

    table: pd.DataFrame
    others: int
    new_share: float
    ordinary: Mapping[How, float]

    def count(self, how: How) -> int:
        """Return how many kinds differ in this way."""
        return int((self.table["how"] == how.value).sum())


def contrast(usual: Usual) -> pd.DataFrame:
    """Return a row a kind, the largest mean shares first.

    Columns: ``query``, ``key``, ``count`` (pairs in all decisions), ``share`` (mean over all); for normal and faulty decisions
    ``normal_in``, ``faulty_in`` (how many have it), ``normal``, ``faulty`` (mean share, NaN without such decisions);
    ``difference`` (faulty - normal), and whether it is ``clear`` (never below MIN_SIDE decisions on either side).
    """
    size = len(usual.kinds)
    count, inside, mean, variance = _of_sides(usual, size)
    clear = np.zeros(size, np.bool_)
    if min(count) >= MIN_SIDE:
        spread = np.sqrt(variance)
        with np.errstate(divide="ignore", invalid="ignore"):
            test = stats.ttest_ind_from_stats(mean[1], spread[1], count[1], mean[0], spread[0], count[0], equal_var=False)
        # A spread of 0 in the sample says nothing about the true spread.
        tested = spread.any(axis=0)
        if tested.any():
            clear[tested] = stats.false_discovery_control(test.pvalue[tested]) <= 1 - CONFIDENCE
    query, key = usual.texts(np.arange(size))
    table = pd.DataFrame(
        {
            "query": query,
            "key": key,
            "count": np.bincount(usual.kind, usual.count, size).astype(np.int64),
            "share": np.bincount(usual.kind, usual.share, size) / max(1, sum(count)),
            "normal_in": inside[0],
            "faulty_in": inside[1],
            "normal": mean[0],
            "faulty": mean[1],
            "difference": mean[1] - mean[0],
            "clear": clear,
        }
    )
    return table.sort_values(["share", "query", "key"], ascending=[False, True, True], ignore_index=True)


def others_of(usual: Usual, events_sha256: str, faulty: bool | None = None) -> NDArray[np.bool_]:
    """Return which decisions a decision on these events is compared with, bool [D]: never one on the same events.

    ``faulty``: only those with this verdict.
    """
    other = np.array([events != events_sha256 for events in usual.events_sha256], np.bool_)
    return other if faulty is None else other & (usual.faulty == faulty)


def differs(usual: Usual, this: pa.Table, events_sha256: str, *, faulty: bool | None = None) -> Differences:
    """Compare a decision, given by its ``template_pairs`` and the hash of its events, with the others.

    A kind is new when none of the n others has it; more when it has at least FACTOR times the others' mean share and at most 5%
    of all n + 1, itself included (or none of the others), have as much; less in the same way. More and less need at least
    MIN_OTHERS others. ``faulty``: compare with the decisions of this verdict. Raises `ValueError` when there are none.
    """
    other = others_of(usual, events_sha256, faulty)
    n = int(other.sum())
    if n == 0:
        raise ValueError("there is no other decision to compare with")
    here, rows = usual.places(this), other[usual.decision]
    strange = here < 0
    here[strange] = len(usual.kinds) + np.arange(strange.sum())
    kind = np.concatenate([usual.kind[rows], here])
    share = np.concatenate([usual.share[rows], this["share"].to_numpy()])
    # This decision is the last of n + 1.
    decision = np.concatenate([(np.cumsum(other) - 1)[usual.decision[rows]], np.full(len(here), n)])
    size = len(usual.kinds) + int(strange.sum())
    ranked = _ranked(kind, share, size, n + 1)
    own = np.flatnonzero(decision == n)
    differing = own[np.any([ranked.rows[how][own] for how in How], axis=0)]
    missing = np.setdiff1d(ranked.hardly_missing, here)
    at = differing - own[0] if len(own) else differing
    total = np.bincount(kind, share, size)
    query, key = usual.texts(missing)
    table = pd.DataFrame(
        {
            "query": [*this["query"].take(at).to_pylist(), *query],
            "key": [*this["key"].take(at).to_pylist(), *key],
            "how": [next(how.value for how in How if ranked.rows[how][row]) for row in differing]
            + [How.LESS.value] * len(missing),
            "count": np.concatenate([this["count"].to_numpy()[at], np.zeros(len(missing), np.int64)]),
            "share": np.concatenate([share[differing], np.zeros(len(missing))]),
            "usual": np.concatenate([total[kind[differing]] - share[differing], total[missing]]) / n,
            "decisions": np.bincount(kind, minlength=size)[np.concatenate([kind[differing], missing])],
        }
    )
    table["decisions"] -= table["share"] > 0
    table.insert(6, "factor", table["share"] / table["usual"].where(table["how"] != How.NEW.value))
    table = table.assign(known=table["how"] != How.NEW.value, change=(table["share"] - table["usual"]).abs())
    table = table.sort_values(["known", "change", "query", "key"], ascending=[True, False, True, True], ignore_index=True)
    return Differences(
        table=table.drop(columns=["known", "change"]),
        others=n,
        new_share=float(table.loc[table["how"] == How.NEW.value, "share"].sum()),
        ordinary={how: _ordinary(ranked, how, kind, decision, n) for how in How},
    )


@dataclass(frozen=True, slots=True)
class _Ranked:
    """Per row, bool [R], whether its kind is new, more or less in its decision; and the kinds that nearly every decision
    has."""

    rows: Mapping[How, NDArray[np.bool_]]
    hardly_missing: NDArray[np.int64]


def _ranked(kind: NDArray[np.int64], share: NDArray[np.float64], size: int, decisions: int) -> _Ranked:
    """Compare each row (share > 0 of one of ``size`` kinds) with the same kind in all other decisions, 0 where they lack it."""
    order = np.lexsort((share, kind))
    present, total = np.bincount(kind, minlength=size), np.bincount(kind, share, size)
    start = (np.cumsum(present) - present)[kind[order]]
    # Runs of equal shares: "as high as" and "as low as" count equal shares too.
    edge = np.flatnonzero(np.diff(kind[order], prepend=-1) | (np.diff(share[order], prepend=-1) != 0))
    run = np.repeat(np.arange(len(edge)), np.diff(edge, append=len(order)))
    as_high, as_low = np.empty(len(order), np.int64), np.empty(len(order), np.int64)
    as_high[order] = start + present[kind[order]] - edge[run] - 1
    as_low[order] = np.append(edge, len(order))[run + 1] - start - 1
    as_low += decisions - present[kind]
    rest = (total[kind] - share) / (decisions - 1)
    allowed = max(0, int((1 - CONFIDENCE) * decisions + 1e-9) - 1)
    judged = decisions > MIN_OTHERS
    new = present[kind] == 1
    rows = {
        How.NEW: new,
        How.MORE: judged & ~new & (as_high <= allowed) & (share >= FACTOR * rest),
        How.LESS: judged & (as_low <= allowed) & (share * FACTOR <= rest),
    }
    lacking = decisions - present
    return _Ranked(rows, np.flatnonzero(judged & (lacking > 0) & (lacking - 1 <= allowed)))


def _ordinary(ranked: _Ranked, how: How, kind: NDArray[np.int64], decision: NDArray[np.int64], n: int) -> float:
    counts = np.bincount(decision[ranked.rows[how]], minlength=n + 1)
    if how is How.LESS:
        counts += len(ranked.hardly_missing) - np.bincount(decision[np.isin(kind, ranked.hardly_missing)], minlength=n + 1)
    return float(np.median(counts[:n]))


def _of_sides(usual: Usual, size: int) -> tuple[list[int], list[NDArray[np.int64]], NDArray[np.float64], NDArray[np.float64]]:
    """Return for normal and faulty the number of decisions, and per kind how many have it, mean share and variance (NaN where
    there are too few)."""
    counts, inside = [], []
    means, variances = np.full((2, size), np.nan), np.full((2, size), np.nan)
    for side in (0, 1):
        n = int((usual.faulty == side).sum())
        rows = usual.faulty[usual.decision] == side
        kind, share = usual.kind[rows], usual.share[rows]
        present = np.bincount(kind, minlength=size)
        counts.append(n)
        inside.append(present)
        if n:
            means[side] = np.bincount(kind, share, size) / n
        if n > 1:
            # Computed from the deviations: the difference of two sums of squares would be lost in rounding.
            squares = np.bincount(kind, (share - means[side][kind]) ** 2, size) + (n - present) * means[side] ** 2
            variances[side] = squares / (n - 1)
    return counts, inside, means, variances
