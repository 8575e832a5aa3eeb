"""Statistics of drift: how far a profile lies from a reference, and the evidence that a statistic has changed.

A distance is one number for each statistic, 0 where profile and reference are the same. Distances are the scores of the test.

Evidence against "nothing has changed" is gathered for one statistic at a time. Each new score's rank among all earlier scores
is a conformal p-value. With ties broken at random, these are independent and uniform as long as the scores are exchangeable,
whatever their distribution (Vovk, Nouretdinov, Gammerman 2003, "Testing exchangeability on-line", theorem 1). The detector bets
against that: ``bet(p) = e * p ** (e - 1)`` has mean 1 under a uniform p and pays when p is small (their power martingale). Bets
that begin at every moment are summed, the Shiryaev-Roberts procedure::

    R_n = (1 + R_{n-1}) * bet(p_n)

R_n - n is a martingale while nothing changes, so R first reaches a level A after A scores or more on average, and within m
scores with a probability of at most m / A (Doob). The same holds for averages of several R, however they depend on each other
(Shin, Ramdas, Rinaldo 2024, "E-detectors: a nonparametric framework for sequential change detection"). Here ties count as
higher and are not broken at random: p never gets smaller by that, no bet pays more, and a statistic that never moves gathers no
evidence. The beginning of a change is estimated as the place where Page's cumulative sum of the same bets last started (Page
1954, "Continuous inspection schemes").
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from sparsemix.monitoring.drift.profile import VECTORS, SelectionProfile, packed, rounded, unpacked

NEW = "new"
STATISTICS = (*VECTORS, NEW)

_RARE = 1e-4  # added to every share: a kind that the reference lacks would otherwise have an infinite weight
_STEPS = 16  # bins an octave: neighbours differ by 4 %
_LOWEST = 2.0**-20
# A bet on extreme scores, which pays fast, and a bet on scores that are often moderately high.
EXPONENTS = (0.2, 0.5)
Number = TypeVar("Number", float, NDArray[Any])


@dataclass(frozen=True, slots=True, eq=False)
class Reference:
    """The usual selection: the means of ``count`` profiles' vectors, by name, and the kinds of pairs they had (``marks``)."""

    count: int
    vectors: dict[str, NDArray[np.float64]]
    marks: NDArray[np.bool_]

    @classmethod
    def of(cls, profile: SelectionProfile) -> Reference:
        """Return a reference of one profile."""
        return cls(1, dict(profile.vectors), profile.marks)

    def fits(self, profile: SelectionProfile) -> bool:
        """Return whether the profile's network has the shape of the reference's network."""
        return all(profile.vectors[name].shape == self.vectors[name].shape for name in VECTORS)

    def with_one_more(self, profile: SelectionProfile) -> Reference:
        """Return the reference with one more profile; all profiles count the same."""
        share = 1 / (self.count + 1)
        means = {
            name: np.array([rounded(x) for x in (1 - share) * self.vectors[name] + share * profile.vectors[name]])
            for name in VECTORS
        }
        return Reference(self.count + 1, means, self.marks | profile.marks)

    def distances(self, profile: SelectionProfile) -> dict[str, float]:
        """Return the distances by statistic.

        ``kinds``: Pearson's chi-square divergence of the distributions of kinds of pairs; ``new``: the share of the profile's
        kinds that the reference never had; all others: the mean absolute difference.
        """
        own, usual = profile.vectors, self.vectors
        distance = {name: float(np.abs(own[name] - usual[name]).mean()) for name in VECTORS}
        distance["kinds"] = float(((own["kinds"] - usual["kinds"]) ** 2 / (usual["kinds"] + _RARE)).sum())
        distance[NEW] = float((profile.marks & ~self.marks).sum() / max(1, int(profile.marks.sum())))
        return distance

    def payload(self) -> dict[str, object]:
        """Return the reference as JSON types."""
        vectors = {name: vector.tolist() for name, vector in self.vectors.items()}
        return {"count": self.count, "vectors": vectors, "marks": packed(self.marks)}

    @classmethod
    def from_payload(cls, payload: dict[str, object]) -> Reference:
        """Read a ``payload``. Raises ``KeyError``, ``TypeError``, ``ValueError``, ``zlib.error`` when it is anything else."""
        vectors = {name: np.array(payload["vectors"][name], np.float64) for name in VECTORS}  # type: ignore[index]
        return cls(int(payload["count"]), vectors, unpacked(str(payload["marks"])))  # type: ignore[call-overload]


def bin_of(distance: float) -> int:
    """Return the bin of a distance, in steps of 4 %, so that many distances take little room; bin 0: practically 0."""
    return 0 if distance <= _LOWEST else 1 + round(_STEPS * float(np.log2(distance / _LOWEST)))


@dataclass(frozen=True, slots=True)
class ChangeEvidence:
    """The evidence of one statistic: ``counts``, how many scores fell into each bin; ``bets``, R of every exponent; ``sum``,
    Page's cumulative sum; ``since``, the number of the score at which that sum began (from 1)."""

    counts: Mapping[int, int]
    bets: tuple[float, ...] = (0.0,) * len(EXPONENTS)
    sum: float = 1.0
    since: int = 1

    @property
    def scores(self) -> int:
        """Return the number of scores."""
        return sum(self.counts.values())

    @property
    def level(self) -> float:
        """Return the mean of R over the exponents."""
        return sum(self.bets) / len(self.bets)

    def p_value(self, bin: int) -> float:
        """Return the p-value of a new score: the share of all scores, the new one included, that are at least as high."""
        return (1 + sum(count for other, count in self.counts.items() if other >= bin)) / (1 + self.scores)

    def taken(self, bin: int, p: float) -> ChangeEvidence:
        """Return the evidence with one more score, whose p-value was ``p``."""
        won = [bet(p, exponent) for exponent in EXPONENTS]
        # Earlier losses are forgotten: a new sum begins here.
        begins = self.sum < 1.0
        return ChangeEvidence(
            counts={**self.counts, bin: self.counts.get(bin, 0) + 1},
            bets=tuple(wagered(before, p, exponent) for before, exponent in zip(self.bets, EXPONENTS, strict=True)),
            sum=max(1.0, self.sum) * sum(won) / len(won),
            since=self.scores + 1 if begins else self.since,
        )


def bet(p: Number, exponent: float) -> Number:
    """Return the payoff of a bet of 1 at a p-value in (0, 1]; 1 on average where p-values are uniform."""
    payoff: Number = exponent * p ** (exponent - 1.0)
    return payoff


def wagered(before: Number, p: Number, exponent: float) -> Number:
    """Return R after one more p-value, of one source or of many sources at once."""
    total: Number = (1.0 + before) * bet(p, exponent)
    return total
