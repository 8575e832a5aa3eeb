"""SourceWatch: the state of one source, from decision to decision, small enough to be recorded with each of them.

The first 20 profiles are averaged into the reference. Every later profile is compared with the reference: its distance is a
score for each statistic, and scores are compared with earlier scores (see below).

- Guarantee: as long as the profiles of a source are exchangeable, that is, come in no particular order, the probability of an
  alarm within m decisions is at most m / 50,000.
- No guarantee: a reference that lacks a weekend, a shift or a recipe may take it for a change.
- Delay: how soon a change is noticed depends on the number of earlier scores. A change that shows in every decision, in one
  statistic, takes 22 decisions after 60 earlier ones, 14 after 80, 9 after 120 and 6 after 220 (medians).

An alarm stays until somebody accepts a new reference; the evidence is not changed meanwhile, so that later decisions can still
be compared with the usual ones.

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

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sparsemix.errors import TraceError
from sparsemix.monitoring.drift.profile import VECTORS, SelectionProfile, packed, rounded, unpacked

NEW = "new"
STATISTICS = (*VECTORS, NEW)

_RARE = 1e-4  # added to every share: a kind that the reference lacks would otherwise have an infinite weight
_STEPS = 16  # bins an octave: neighbours differ by 4 %
_LOWEST = 2.0**-20
# A bet on extreme scores, which pays fast, and a bet on scores that are often moderately high.
EXPONENTS = (0.2, 0.5)


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


def bet(p: Any, exponent: float) -> Any:
    """Return the payoff of a bet of 1 at a p-value in (0, 1], or at many; 1 on average where p-values are uniform."""
    return exponent * p ** (exponent - 1.0)


def wagered(before: Any, p: Any, exponent: float) -> Any:
    """Return R after one more p-value, of one source or of many sources at once."""
    return (1.0 + before) * bet(p, exponent)


REFERENCE = 20  # decisions that are averaged
ENOUGH = 80  # after so many decisions, a change that shows in every decision is noticed within about fifteen
RUN_LENGTH = 50_000.0  # decisions between false alarms, on average at least


@dataclass(frozen=True, slots=True)
class Alarm:
    """A change of a source: the decision at which it was ``found``, the decision ``since`` which it probably lasts (both
    counted from the reference's first, which is 1), and its statistics, the clearest first."""

    found: int
    since: int
    statistics: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SourceWatch:
    """The state of a source after its last decision.

    ``seen``: decisions since the ``reference`` began, which averages the first 20 of them; ``evidence``, and the last
    decision's ``distance`` and ``p``-value, by statistic, empty while the reference is being collected.
    """

    seen: int
    reference: Reference
    evidence: Mapping[str, ChangeEvidence] = field(default_factory=dict)
    distance: Mapping[str, float] = field(default_factory=dict)
    p: Mapping[str, float] = field(default_factory=dict)
    alarm: Alarm | None = None

    @property
    def level(self) -> float:
        """Return the evidence of all statistics together; ``RUN_LENGTH`` and more is an alarm."""
        return sum(one.level for one in self.evidence.values()) / len(STATISTICS)

    @property
    def enough(self) -> bool:
        """Return whether there are enough decisions for a change to be noticed soon."""
        return self.seen >= ENOUGH

    @classmethod
    def begin(cls, profile: SelectionProfile) -> SourceWatch:
        """Begin a new reference with the profile of its first decision."""
        return cls(1, Reference.of(profile))

    def step(self, profile: SelectionProfile) -> SourceWatch:
        """Return the state after one more decision. Raises ``TraceError`` when the profile is of another network."""
        if not self.reference.fits(profile):
            raise TraceError("the profile is of another network than the reference: begin a new one")
        if self.seen < REFERENCE:
            return SourceWatch(self.seen + 1, self.reference.with_one_more(profile))
        distance = self.reference.distances(profile)
        before = self.evidence or {name: ChangeEvidence({}) for name in STATISTICS}
        bins = {name: bin_of(distance[name]) for name in STATISTICS}
        p = {name: before[name].p_value(bins[name]) for name in STATISTICS}
        state = SourceWatch(
            seen=self.seen + 1,
            reference=self.reference,
            evidence=before if self.alarm else {name: before[name].taken(bins[name], p[name]) for name in STATISTICS},
            distance={name: rounded(distance[name]) for name in STATISTICS},
            p={name: rounded(p[name]) for name in STATISTICS},
            alarm=self.alarm,
        )
        return state if state.alarm or state.level < RUN_LENGTH else replace(state, alarm=state._found())

    def _found(self) -> Alarm:
        """Return the alarm, with the statistics that alone reach a hundredth of the level, or the highest statistic."""
        order = sorted(STATISTICS, key=lambda name: -self.evidence[name].level)
        what = [name for name in order if self.evidence[name].level >= RUN_LENGTH * len(STATISTICS) / 100] or order[:1]
        return Alarm(self.seen, REFERENCE + self.evidence[what[0]].since, tuple(what))

    def payload(self) -> dict[str, object]:
        """Return the state as JSON types."""
        return {
            "seen": self.seen,
            "reference": self.reference.payload(),
            "evidence": {
                name: {
                    "counts": [[bin, one.counts[bin]] for bin in sorted(one.counts)],
                    "bets": [rounded(bet) for bet in one.bets],
                    "sum": rounded(one.sum),
                    "since": one.since,
                }
                for name, one in self.evidence.items()
            },
            "distance": dict(self.distance),
            "p": dict(self.p),
            "level": rounded(self.level),
            "alarm": None
            if self.alarm is None
            else {"found": self.alarm.found, "since": self.alarm.since, "statistics": list(self.alarm.statistics)},
        }

    @classmethod
    def from_payload(cls, payload: object) -> SourceWatch:
        """Read a ``payload``. Raises ``TraceError`` when it is anything else."""
        try:
            return _read(payload)
        except (KeyError, TypeError, ValueError, AttributeError, zlib.error) as error:
            raise TraceError(f"this is not a state of a source: {error}") from error


def _read(payload: Any) -> SourceWatch:
    evidence = {
        name: ChangeEvidence(
            {int(bin): int(count) for bin, count in row["counts"]},
            tuple(float(bet) for bet in row["bets"]),
            float(row["sum"]),
            int(row["since"]),
        )
        for name, row in payload["evidence"].items()
    }
    if set(evidence) not in (set(), set(STATISTICS)) or any(len(row.bets) != len(EXPONENTS) for row in evidence.values()):
        raise ValueError("it was made with other statistics or bets")
    alarm = payload["alarm"]
    return SourceWatch(
        seen=int(payload["seen"]),
        reference=Reference.from_payload(payload["reference"]),
        evidence=evidence,
        distance={name: float(value) for name, value in payload["distance"].items()},
        p={name: float(value) for name, value in payload["p"].items()},
        alarm=None if alarm is None else Alarm(int(alarm["found"]), int(alarm["since"]), tuple(alarm["statistics"])),
    )
