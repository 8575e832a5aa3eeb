"""Faithfulness: how far an explanation can be believed. Scores of a ranking of events, each a test that the ranking can fail.

With p the probability of the class that the model predicts for the target and S the first events of a ranking of the receptive
field's other events (the target itself always stays):

- comprehensiveness p(x) - p(x without S), sufficiency p(x) - p(S only), each the mean over the first 1, 5, 10, 20 and 50 %
  (AOPC); DeYoung et al. 2020, "ERASER" (arXiv 1911.03429). Large is good for the first, small for the second.
- deletion, insertion: area under p as events leave, come in, one by one (Petsiuk et al. 2018, arXiv 1806.07421). Small is good
  for the first, large for the second. Where the field is so large that this would take too long, they leave in ten equal steps.

"Without" means that the neutral event replaces the event while the selection stays frozen.

An explanation is worth something only if its scores beat those of its controls (``CONTROLS``), rankings that know nothing of
what the model did:

- ``random``: the receptive field's other events in random order.
- ``matched``: for each of these events, a random event of the sequence at about the same distance on the same side: matched for
  count and distance. Most lie outside the field and have no effect at all.
- ``uniform``: as many events drawn from the whole sequence: uniform selection.
- ``position``: the other events of the whole sequence, the nearest before the target first. In some sets of human rationales,
  position alone beats learned explanations.

Axis letters: B batch, C counts, K events of the receptive field.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray

from sparsemix.explain.attribution import frozen_field
from sparsemix.explain.effects import sigmoid
from sparsemix.explain.intervention import check_event
from sparsemix.explain.rerun import Rerun
from sparsemix.model.receptive_field import NEUTRAL, reach
from sparsemix.trace.selection_trace import SelectionTrace

Control = Literal["random", "matched", "uniform", "position"]
CONTROLS: tuple[Control, ...] = ("random", "matched", "uniform", "position")
# An event within this share of the distance counts as equally far.
_NEARBY = 0.25

SHARES = (0.01, 0.05, 0.10, 0.20, 0.50)
# Steps in which the events of very large fields leave and come in; a field is very large where one ranking's scores would take
# longer than this share of a method's time (there are some ten rankings).
_STEPS = 10
_PART = 8


@dataclass(frozen=True, slots=True)
class Faithfulness:
    """Scores of one ranking, in probability; ``comprehensiveness_logit`` and ``sufficiency_logit`` are the same in logits of
    the predicted class, which do not saturate: a fault of probability 0.9999 may lose half of its logit and stay a fault.
    ``steps``: in how many steps the events left for deletion and came in for insertion; fewer than ``others``, the number of
    events besides the target, for very large fields."""

    comprehensiveness: float
    sufficiency: float
    comprehensiveness_logit: float
    sufficiency_logit: float
    deletion: float
    insertion: float
    steps: int = 0
    others: int = 0


class Presence:
    """The probability of the predicted class of ``target`` as a function of which events of its field are there."""

    def __init__(self, rerun: Rerun, target: int, step: Callable[[], None] = lambda: None) -> None:
        """Prepare the receptive field; ``step`` is called before every piece of work and may raise to stop it. Raises
        ``ExplanationError`` when there is no such event.

        ``steps``: in how many steps deletion and insertion remove and add the other events: one by one where there is time.
        """
        self._target = target
        self._field = frozen_field(rerun, target, step)
        self.events = self._field.events
        others = len(self.events) - 1
        few = 2 * others <= self._field.affordable // _PART
        self.steps = others if few else min(others, _STEPS)
        self._sign = 1.0 if sigmoid(float(rerun.logits[target])) >= rerun.model.config.event_threshold else -1.0

    def logits(self, there: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Return the logits [B] with the events ``there`` bool [B, K] present and the neutral event in place of the others."""
        # Many rows are the same: rankings start and end alike, and controls name events that are not in the field.
        _, first, place = np.unique(np.packbits(there, axis=1), axis=0, return_index=True, return_inverse=True)
        distinct = there[first]
        ids = torch.from_numpy(np.where(distinct, np.arange(1, len(self.events) + 1), NEUTRAL))
        return np.asarray(self._field.logits(ids).numpy()[place.ravel()])

    def of_class(self, there: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Return the logits of the predicted class [B]."""
        return self._sign * self.logits(there)

    def masks(self, ranking: Sequence[int], counts: Sequence[int], keep: bool) -> NDArray[np.bool_]:
        """Return masks bool [C, K] without the first ``counts`` events of a ranking, or with only these and the target."""
        place = {event: number for number, event in enumerate(self.events.tolist())}
        # Events outside the field change nothing: controls may name some.
        order = [place.get(event, -1) for event in ranking]
        masks = np.full((len(counts), len(self.events)), not keep)
        for row, count in zip(masks, counts, strict=True):
            row[[p for p in order[:count] if p >= 0]] = keep
        masks[:, place[self._target]] = True
        return masks


def score(presence: Presence, ranking: Sequence[int]) -> Faithfulness:
    """Return the scores of a ranking of events, best first; events that it leaves out come last.

    All scores are 0 when the receptive field holds the target alone.
    """
    others = len(presence.events) - 1
    if others < 1:
        return Faithfulness(0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    counts = [max(1, math.ceil(share * others)) for share in SHARES]
    curve = [round(step * others / presence.steps) for step in range(presence.steps + 1)]
    masks = [
        np.ones((1, len(presence.events)), np.bool_),
        *(presence.masks(ranking, counted, keep=keep) for counted in (counts, curve) for keep in (False, True)),
    ]
    ends = np.cumsum([len(part) for part in masks])[:-1]
    logits = presence.of_class(np.concatenate(masks))
    whole, without, only, deleted, inserted = np.split(np.array([sigmoid(logit) for logit in logits.tolist()]), ends)
    whole_logit, without_logit, only_logit, _, _ = np.split(logits, ends)
    return Faithfulness(
        float((whole - without).mean()),
        float((whole - only).mean()),
        float((whole_logit - without_logit).mean()),
        float((whole_logit - only_logit).mean()),
        _area(deleted, curve),
        _area(inserted, curve),
        presence.steps,
        others,
    )


def _area(curve: NDArray[np.float64], counts: Sequence[int]) -> float:
    """Return the area under a curve at some counts of events, of all of them 1, by the trapezoidal rule."""
    return float(np.diff(counts) @ (curve[1:] + curve[:-1]) / (2.0 * counts[-1]))


def control_ranking(trace: SelectionTrace, target: int, control: Control, seed: int = 0) -> list[int]:
    """Return a control's ranking of as many events as the field of ``target`` has other events.

    Raises ``ExplanationError`` when there is no such event.
    """
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
    room = max(1, round(_NEARBY * distance))
    side = 1 if event > target else -1
    nearest = max(1, distance - room)
    # At the sequence's edge there may be no other event as far away.
    farthest = min(distance + room, length - 1 - target if side > 0 else target)
    places = farthest - nearest
    if places < 1:
        return event
    far = nearest + int(rng.integers(places))
    return target + side * (far + 1 if far >= distance else far)
