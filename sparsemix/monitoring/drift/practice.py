"""What was practised: what a model selects in the data that it learned from, and what it selects elsewhere and never there.

practised = practised_of(model, sequences)
unpractised(practised, profiles)               # kinds of pairs that only these profiles have
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from sparsemix.encoding.sequence import TokenSequence
from sparsemix.model.model import SparseMixModel
from sparsemix.monitoring.drift.profile import SelectionProfile, profile_of

MOST_SEQUENCES = 64
MOST_EVENTS = 50_000


@dataclass(frozen=True, slots=True)
class Unpractised:
    """A kind of pair that was never practised: in how many profiles it stands, and its largest share."""

    effect: str
    cause: str
    profiles: int
    share: float


def practised_of(
    model: SparseMixModel,
    sequences: Sequence[TokenSequence],
    told: Callable[[float], None] = lambda _share: None,
) -> SelectionProfile | None:
    """The selections on at most 64 of the sequences, evenly chosen, and 50,000 events; None without any, or of a model that
    selects every pair. ``told`` hears the share done, and may raise to stop it."""
    if model.config.attention != "entmax15":
        return None
    step = max(1, -(-len(sequences) // MOST_SEQUENCES))
    chosen, events = sequences[::step], 0
    profiles: list[SelectionProfile] = []
    for place, sequence in enumerate(chosen):
        if events + len(sequence) > MOST_EVENTS and profiles:
            break
        told(place / len(chosen))
        profiles.append(profile_of(sequence, model.run_with_trace(sequence)))
        events += len(sequence)
    return SelectionProfile.merged(profiles) if profiles else None


def unpractised(practised: SelectionProfile, profiles: Iterable[SelectionProfile]) -> list[Unpractised]:
    """The heaviest kinds of the profiles that were surely never practised, those in most profiles first."""
    found: dict[tuple[str, str], tuple[int, float]] = {}
    for profile in profiles:
        for kind in profile.named:
            if not practised.may_have(kind.effect, kind.cause):
                times, share = found.get((kind.effect, kind.cause), (0, 0.0))
                found[kind.effect, kind.cause] = (times + 1, max(share, kind.share))
    rows = [Unpractised(effect, cause, times, share) for (effect, cause), (times, share) in found.items()]
    return sorted(rows, key=lambda one: (-one.profiles, -one.share, one.effect, one.cause))
