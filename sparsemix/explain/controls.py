"""What an explanation has to beat: rankings that know nothing of what the model did.

- ``random``: the receptive field's other events in random order.
- ``matched``: for every one of them, a random event of the sequence at about the same distance on the same side: matched for
  count and distance. Most lie outside the field and have no effect at all.
- ``uniform``: as many events drawn from the whole sequence: uniform selection.
- ``position``: the other events of the whole sequence, the nearest before the target first. In some sets of human rationales,
  position alone beats learned explanations.
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from sparsemix.explain.intervention import check_event
from sparsemix.model.receptive_field import reach
from sparsemix.trace.selection_trace import SelectionTrace

Control = Literal["random", "matched", "uniform", "position"]
CONTROLS: tuple[Control, ...] = ("random", "matched", "uniform", "position")
# An event within this share of the distance counts as equally far.
_NEARBY = 0.25


def control_ranking(trace: SelectionTrace, target: int, control: Control, seed: int = 0) -> list[int]:
    """A ranking of as many events as the field of ``target`` has others. Raises ExplanationError for an unknown event."""
    check_event(trace, target)
    rng = np.random.default_rng([seed, target])
    others = [event for event in reach(trace, target).tolist() if event != target]
    if control == "random":
        return [others[place] for place in rng.permutation(len(others))]
    if control == "matched":
        return [_matched(rng, trace.length, target, others[place]) for place in rng.permutation(len(others))]
    if control == "uniform":
        pool = np.delete(np.arange(trace.length), target)
        return [int(event) for event in rng.choice(pool, size=len(others), replace=False)]
    before = range(target - 1, -1, -1)
    after = range(target + 1, trace.length)
    return [*before, *after][: len(others)]


def _matched(rng: np.random.Generator, length: int, target: int, event: int) -> int:
    distance = abs(target - event)
    reach_ = max(1, round(_NEARBY * distance))
    side = 1 if event > target else -1
    places = [
        target + side * far
        for far in range(max(1, distance - reach_), distance + reach_ + 1)
        if far != distance and 0 <= target + side * far < length
    ]
    # At the sequence's edge there may be no other event as far away.
    return int(rng.choice(places)) if places else event
