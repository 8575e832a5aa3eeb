"""How far a profile lies from a reference: one number for each statistic, 0 where they are the same.

Evidence against "nothing has changed", one statistic at a time.

Each new score's rank among all earlier ones is a conformal p-value. With ties broken by lot, these are independent and uniform
as long as the scores are exchangeable, whatever their distribution (Vovk, Nouretdinov, Gammerman 2003, "Testing exchangeability
on-line", theorem 1). Against that one bets: ``bet(p) = e * p ** (e - 1)`` has mean 1 under a uniform p and pays when p is small
(their power martingale). Bets that begin at every moment are summed, the Shiryaev-Roberts procedure::

    R_n = (1 + R_{n-1}) * bet(p_n)

R_n - n is a martingale while nothing changes, so that R first reaches a level A after A scores or more on average, and within m
scores with a probability of at most m / A (Doob); the same holds for averages of several R, whatever hangs together (Shin,
Ramdas, Rinaldo 2024, "E-detectors: a nonparametric framework for sequential change detection"). Here ties count as higher, by
no lot: p is never smaller for it, no bet pays more, and a statistic that never moves gathers no evidence. When the change began
is estimated where Page's cumulative sum of the same bets was last at its start (Page 1954, "Continuous inspection schemes").
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

_RARE = 1e-4  # added to every share: a kind that the reference lacks would weigh without end
_STEPS = 16  # bins an octave: neighbours differ by 4 %
_LOWEST = 2.0**-20


@dataclass(frozen=True, slots=True, eq=False)
class Reference:
    """What is usual: the means of ``count`` profiles' vectors, by name, and which kinds of pairs they had (``marks``)."""

    count: int
    vectors: dict[str, NDArray[np.float64]]
    marks: NDArray[np.bool_]

    @classmethod
    def of(cls, profile: SelectionProfile) -> Reference:
        """A reference of one profile."""
        return cls(1, dict(profile.vectors), profile.marks)

    def fits(self, profile: SelectionProfile) -> bool:
        """Whether the profile is of a network like that of the reference."""
        return all(profile.vectors[name].shape == self.vectors[name].shape for name in VECTORS)

    def with_one_more(self, profile: SelectionProfile) -> Reference:
        """The means with one more profile; all count the same."""
        share = 1 / (self.count + 1)
        means = {
            name: np.array([rounded(x) for x in (1 - share) * self.vectors[name] + share * profile.vectors[name]])
            for name in VECTORS
        }
        return Reference(self.count + 1, means, self.marks | profile.marks)

    def distances(self, profile: SelectionProfile) -> dict[str, float]:
        """By statistic: of the distributions of kinds of pairs Pearson's chi-square divergence; ``new``: the share of the
        profile's kinds that the reference never had; of all others the mean absolute difference."""
        mine, theirs = profile.vectors, self.vectors
        found = {name: float(np.abs(mine[name] - theirs[name]).mean()) for name in VECTORS}
        found["kinds"] = float(((mine["kinds"] - theirs["kinds"]) ** 2 / (theirs["kinds"] + _RARE)).sum())
        found[NEW] = float((profile.marks & ~self.marks).sum() / max(1, int(profile.marks.sum())))
        return found

    def payload(self) -> dict[str, object]:
        """Plain JSON types."""
        vectors = {name: vector.tolist() for name, vector in self.vectors.items()}
        return {"count": self.count, "vectors": vectors, "marks": packed(self.marks)}

    @classmethod
    def from_payload(cls, payload: dict[str, object]) -> Reference:
        """Read what ``payload`` gave. Raises KeyError, TypeError, ValueError or zlib.error on anything else."""
        vectors = {name: np.array(payload["vectors"][name], np.float64) for name in VECTORS}  # type: ignore[index]
        return cls(int(payload["count"]), vectors, unpacked(str(payload["marks"])))  # type: ignore[call-overload]


def bin_of(distance: float) -> int:
    """Distances as whole numbers, in steps of 4 %, so that many of them take little room; 0: as good as none."""
    return 0 if distance <= _LOWEST else 1 + round(_STEPS * float(np.log2(distance / _LOWEST)))


# A wager on scores far out, which pays fast, and one on scores that are only often high.
EXPONENTS = (0.2, 0.5)


Number = TypeVar("Number", float, NDArray[Any])


@dataclass(frozen=True, slots=True)
class Evidence:
    """What one statistic has gathered: ``counts``, how many scores fell into each bin; ``bets``, R of every exponent;
    ``sum``, Page's; ``since``, the number of the score at which that began (from 1)."""

    counts: Mapping[int, int]
    bets: tuple[float, ...] = (0.0,) * len(EXPONENTS)
    sum: float = 1.0
    since: int = 1

    @property
    def scores(self) -> int:
        """How many scores there are."""
        return sum(self.counts.values())

    @property
    def level(self) -> float:
        """The mean of R over the exponents."""
        return sum(self.bets) / len(self.bets)

    def p_value(self, bin: int) -> float:
        """The p-value of a new score: the share of all scores, itself included, that are at least as high."""
        return (1 + sum(count for other, count in self.counts.items() if other >= bin)) / (1 + self.scores)

    def taken(self, bin: int, p: float) -> Evidence:
        """With one more score, whose p-value was ``p``."""
        won = [bet(p, exponent) for exponent in EXPONENTS]
        # What was lost before is forgotten: a new sum begins here.
        begins = self.sum < 1.0
        return Evidence(
            counts={**self.counts, bin: self.counts.get(bin, 0) + 1},
            bets=tuple(wagered(before, p, exponent) for before, exponent in zip(self.bets, EXPONENTS, strict=True)),
            sum=max(1.0, self.sum) * sum(won) / len(won),
            since=self.scores + 1 if begins else self.since,
        )


def bet(p: Number, exponent: float) -> Number:
    """What a wager of 1 comes to at a p-value in (0, 1]; 1 on average where these are uniform."""
    found: Number = exponent * p ** (exponent - 1.0)
    return found


def wagered(before: Number, p: Number, exponent: float) -> Number:
    """R after one more p-value, of one source or of many at once."""
    found: Number = (1.0 + before) * bet(p, exponent)
    return found
