"""SourceWatch: the state of one source, from decision to decision, small enough to be recorded with each of them.

The first 20 profiles are averaged into the reference. Every later profile is compared with the reference: its distance is a
score for each statistic, and scores are compared with earlier scores (``statistics``).

- Guarantee: as long as the profiles of a source are exchangeable, that is, come in no particular order, the probability of an
  alarm within m decisions is at most m / 50,000.
- No guarantee: a reference that lacks a weekend, a shift or a recipe may take it for a change.
- Delay: how soon a change is noticed depends on the number of earlier scores. A change that shows in every decision, in one
  statistic, takes 22 decisions after 60 earlier ones, 14 after 80, 9 after 120 and 6 after 220 (medians).

An alarm stays until somebody accepts a new reference; the evidence is not changed meanwhile, so that later decisions can still
be compared with the usual ones.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sparsemix.errors import TraceError
from sparsemix.monitoring.drift.profile import SelectionProfile, rounded
from sparsemix.monitoring.drift.statistics import EXPONENTS, STATISTICS, ChangeEvidence, Reference, bin_of

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
