"""Estimates: shares and quantiles with intervals from decisions sampled with known probabilities, and times by length.

Decisions fall into strata: held decisions, all of which are to be reviewed, and decisions of which only a random share is. A
stratum's share is estimated from its drawn items, each weighted by one over its probability of being drawn (Hajek 1971;
Horvitz and Thompson 1952), and counts by the stratum's size, which is known (post-stratification: Holt and Smith 1979). Items
that were drawn and are not judged yet are taken to be like the judged ones.

Intervals hold 95 % of the posterior under Jeffreys' prior in every stratum, with Kish's effective number of items (Kish 1965)
in place of their number where weights differ. With one stratum this is Jeffreys' interval, whose coverage is close to its
nominal value also for few items and for shares near 0 and 1 (Brown, Cai and DasGupta 2001, "Interval estimation for a binomial
proportion"). Intervals are about the process that goes on, not only about the decisions that happened to be made. In
simulations they held the truth in 92 to 97 of 100 cases.

    times = time_by_length([200, 4_000, 9_000], [1.2, 2.0, 3.1])   # None: the lengths are too alike
    times.seconds(20_000)
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from audit.errors import InvalidRecord
from audit.records import validation as v
from audit.review.agreement import Statistic

DRAWS = 4_000
MOST_UNSEEN = 0.05
"""Share of all decisions that may lie in strata without a judged item; above it a share is undefined."""
LEAST = 10
"""Decisions below which there is no time by length."""
APART = 2.0
"""How many times as long the long decisions have to be as the short ones (quantiles 0.9 and 0.1)."""
_JEFFREYS = 0.5
_ROUNDING = 1e-9
_TAIL = (2.5, 97.5)
_Z = NormalDist().inv_cdf(_TAIL[1] / 100)


@dataclass(frozen=True, slots=True)
class SampledItem:
    """A decision that was drawn and judged: its probability of being drawn, whether it counts, whether it is a hit."""

    probability: float
    counts: bool
    hit: bool

    def __post_init__(self) -> None:
        if v.number("probability", self.probability, most=1.0) <= 0.0:
            raise InvalidRecord("a decision that was drawn had a probability above 0")


@dataclass(frozen=True, slots=True)
class Stratum:
    """A group of `size` decisions, of which `items` were drawn and judged.

    `hits`: whether the group can hold a hit; where it cannot, the prior supposes none.
    """

    size: int
    items: Sequence[SampledItem]
    hits: bool = True


@dataclass(frozen=True, slots=True)
class TimeByLength:
    """The time of a decision: ``constant`` seconds, and ``per_event`` seconds an event; fitted to so many ``decisions`` of
    ``shortest`` to ``longest`` events."""

    constant: float
    per_event: float
    decisions: int
    shortest: int
    longest: int

    def seconds(self, events: float) -> float:
        """Return how many seconds a decision on so many events takes."""
        return self.constant + self.per_event * events


def share(strata: Sequence[Stratum], *, seed: int = 0) -> Statistic:
    """Return the share of hits among all decisions that count, 0 to 1; `items`: how many that count were judged.

    Undefined when none that counts was judged, or when more than MOST_UNSEEN of the decisions lie in strata without a judged
    item. Up to that share, decisions in such strata widen the interval: they may be anything. `seed` draws the posterior.
    """
    filled = [stratum for stratum in strata if stratum.size]
    total = sum(stratum.size for stratum in filled)
    seen = [stratum for stratum in filled if stratum.items]
    counted = sum(item.counts for stratum in seen for item in stratum.items)
    unseen = total - sum(stratum.size for stratum in seen)
    if not counted or unseen > MOST_UNSEEN * total:
        return Statistic(None, None, None, counted)
    sums = np.array([_weighed(stratum) * stratum.size for stratum in seen]).sum(axis=0)
    value = float(sums[0] / (sums[0] + sums[1]))
    generator = np.random.default_rng(v.whole("seed", seed))
    hits, misses = np.zeros(DRAWS), np.zeros(DRAWS)
    # Where every item counts, the prior must not suppose decisions that do not count.
    everything = all(item.counts for stratum in seen for item in stratum.items)
    # How many decisions fall into each stratum is as random as their outcome.
    sizes = generator.dirichlet(np.array([stratum.size for stratum in filled]) + _JEFFREYS, size=DRAWS)
    for stratum, size in zip(filled, sizes.T, strict=True):
        drawn = _posterior(stratum, everything, generator)
        hits += size * drawn[:, 0]
        misses += size * drawn[:, 1]
    low, high = np.percentile(hits / (hits + misses), _TAIL)
    none, all_hit = sums[0] == 0, sums[1] == 0
    return Statistic(value, 0.0 if none else min(float(low), value), 1.0 if all_hit else max(float(high), value), counted)


def quantile(values: Sequence[float], level: float) -> Statistic:
    """Return the quantile at `level` (0 to 1) of the values and its interval by order statistics.

    The interval is free of assumptions on the distribution (Conover 1999, "Practical nonparametric statistics", 3.2); where it
    would reach beyond the largest or smallest value it ends there. Undefined without values.
    """
    v.number("level", level, least=0.0, most=1.0)
    if not values:
        return Statistic(None, None, None, 0)
    ordered = sorted(values)
    n = len(ordered)
    half = _Z * math.sqrt(n * level * (1 - level))
    low = min(max(math.floor(n * level - half) - 1, 0), n - 1)
    high = min(max(math.ceil(n * level + half), 0), n - 1)
    value = float(np.quantile(ordered, level))
    return Statistic(value, min(ordered[low], value), max(ordered[high], value), n)


def censored_quantile(spans: Sequence[float], ended: Sequence[bool], level: float) -> Statistic:
    """Return the quantile at `level` of spans of which some have not `ended` yet: such a span is a lower bound.

    The estimate is the product-limit estimate (Kaplan and Meier 1958) with Greenwood's variance; the interval is where the
    log-log interval of the curve holds 1 - `level` (Brookmeyer and Crowley 1982). The value is undefined as long as the curve
    has not fallen to 1 - `level`, and so is the upper end of its interval. The estimate supposes that spans that go on are like
    spans that ended. `items`: how many ended.
    """
    v.number("level", level, least=0.0, most=1.0)
    times, done = np.asarray(spans, dtype=np.float64), np.asarray(ended, dtype=bool)
    value, low, high = None, None, None
    left, spread = 1.0, 0.0
    for time in np.unique(times[done]):
        # A span that was censored at this moment was at risk until then.
        at_risk, now = int((times >= time).sum()), int((done & (times == time)).sum())
        left *= 1 - now / at_risk
        if left > 0:
            spread += now / at_risk / (at_risk - now)
            shift = math.exp(_Z * math.sqrt(spread) / -math.log(left))
            lower, upper = left**shift, left ** (1 / shift)
        else:
            lower = upper = 0.0
        goal = 1 - level + _ROUNDING
        low = float(time) if low is None and lower <= goal else low
        value = float(time) if value is None and left <= goal else value
        high = float(time) if high is None and upper <= goal else high
    if value is None or high is None:  # half an interval is never shown
        low = high = None
    return Statistic(value, low, high, int(done.sum()))


def mean(values: Sequence[float]) -> Statistic:
    """Return the mean and its interval by the normal approximation; without an interval for one value, undefined for none."""
    if not values:
        return Statistic(None, None, None, 0)
    array = np.asarray(values, dtype=np.float64)
    value = float(array.mean())
    if len(array) == 1:
        return Statistic(value, None, None, 1)
    half = _Z * float(array.std(ddof=1)) / math.sqrt(len(array))
    return Statistic(value, value - half, value + half, len(array))


def time_by_length(events: Sequence[int], seconds: Sequence[float]) -> TimeByLength | None:
    """Fit the time of a decision by its number of events; None where the decisions are too few, or too alike in length.

    Least squares with neither term below 0 (Lawson and Hanson 1974).
    """
    if len(events) < LEAST:
        return None
    from scipy.optimize import nnls  # noqa: PLC0415 - its import takes longer than most commands

    n, t = np.asarray(events, dtype=np.float64), np.asarray(seconds, dtype=np.float64)
    short, long = np.quantile(n, [0.1, 0.9])
    if long < APART * short or long <= 0:
        return None
    constant, per_event = nnls(np.column_stack((np.ones(len(n)), n)), t)[0]
    return TimeByLength(float(constant), float(per_event), len(n), int(n.min()), int(n.max()))


def _weighed(stratum: Stratum) -> np.ndarray:
    """Return the shares [hit, counts without being a hit] of a stratum, each item weighted by one over its probability."""
    weights = np.array([1 / item.probability for item in stratum.items])
    kinds = np.array([[item.counts and item.hit, item.counts and not item.hit] for item in stratum.items], dtype=np.float64)
    shares: np.ndarray = weights @ kinds / weights.sum()
    return shares


def _posterior(stratum: Stratum, everything: bool, generator: np.random.Generator) -> np.ndarray:
    """Draw [DRAWS, 3] a stratum's shares: hit, counts without being a hit, does not count."""
    shares, effective = np.zeros(2), 0.0
    if stratum.items:
        weights = np.array([1 / item.probability for item in stratum.items])
        effective = float(weights.sum() ** 2 / (weights**2).sum())
        shares = _weighed(stratum)
    counts = [effective * share for share in (*shares, max(0.0, 1 - shares.sum()))]
    possible = [stratum.hits or shares[0] > 0, True, not everything]
    drawn = np.zeros((DRAWS, len(counts)))
    drawn[:, possible] = generator.dirichlet(np.array(counts)[possible] + _JEFFREYS, size=DRAWS)
    return drawn
