"""Kinds of pairs that a model selects and never selected in training."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sparsemix.monitoring.drift import SelectionProfile


@dataclass(frozen=True, slots=True)
class NewKind:
    """A kind of pair that did not occur in training: in how many profiles it occurs, and its largest share."""

    effect: str
    cause: str
    profiles: int
    share: float


def new_kinds(practised: SelectionProfile, profiles: Iterable[SelectionProfile]) -> list[NewKind]:
    """Return the heaviest kinds of the profiles that certainly did not occur in training, those in most profiles first."""
    occurrences: dict[tuple[str, str], tuple[int, float]] = {}
    for profile in profiles:
        for kind in profile.named:
            if not practised.may_have(kind.effect, kind.cause):
                times, share = occurrences.get((kind.effect, kind.cause), (0, 0.0))
                occurrences[kind.effect, kind.cause] = (times + 1, max(share, kind.share))
    rows = [NewKind(effect, cause, times, share) for (effect, cause), (times, share) in occurrences.items()]
    return sorted(rows, key=lambda row: (-row.profiles, -row.share, row.effect, row.cause))
