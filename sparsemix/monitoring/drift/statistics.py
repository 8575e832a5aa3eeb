"""How far a profile lies from a reference: one number for each statistic, 0 where they are the same."""

from __future__ import annotations

from dataclasses import dataclass

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
