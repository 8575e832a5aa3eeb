"""What the pairs of a line change: its probability without each of them, the verdict without one, and what an attribution
method gives each line."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from dashboard.service.decide.explanation import ScoredAttribution
from sparsemix import Rerun
from sparsemix.errors import ExplanationError
from sparsemix.explain.attribution import ROLLOUT, WEIGHT, EventPair, edges
from sparsemix.explain.effects import sigmoid
from sparsemix.explain.intervention import Intervention, check_event

MOST_TRIED = 12
"""Pairs of a line that are taken out one after the other, the one that carries most first."""
MOST_COLOURED = 500
"""Lines that are coloured by an attribution, the largest contributions first."""


def pair_changes(rerun: Rerun, event: int) -> dict[str, object]:
    """Return the probability of a line, and what it would be without each of its pairs, by the other event; ``logits``: by how
    much its score would fall. Raises `ExplanationError` where there is no such event."""
    check_event(rerun.trace, event)
    logit = float(rerun.logits[event])
    before = sigmoid(logit)
    changes = {}
    for edge in _own(rerun, event)[:MOST_TRIED]:
        without = rerun(Intervention.without(edge.pairs), event).of(event, rerun.logits)
        changes[str(edge.key)] = {"before": before, "after": sigmoid(without), "logits": logit - without}
    return {"event": event, "probability": before, "effects": changes}


def verdict_without(rerun: Rerun, event: int, key: int) -> dict[str, object]:
    """Return what is decided, and what would be decided without a pair in any head. Raises `ExplanationError` where the event
    did not read the other one."""
    check_event(rerun.trace, event)
    edge = next((edge for edge in _own(rerun, event) if edge.key == key), None)
    if edge is None:
        raise ExplanationError(f"event {event} did not read event {key}")
    after = rerun(Intervention.without(edge.pairs)).logits(rerun.logits)
    return {"before": _verdict(rerun, rerun.logits, event), "after": _verdict(rerun, after, event)}


def coloured(result: ScoredAttribution) -> dict[str, object]:
    """Return what each line contributed to a line's score, or with ``share`` what share of the weight it has, and how far to
    believe it: ``delta`` where contributions are to add up, in how many of the four scores of faithfulness the method ``beats``
    its controls."""
    attribution = result.attribution
    largest = np.argsort(-np.abs(attribution.value), kind="stable")[:MOST_COLOURED]
    return {
        "method": attribution.method,
        "events": [[int(attribution.events[place]), float(attribution.value[place])] for place in largest],
        "share": attribution.method in (ROLLOUT, WEIGHT),
        "delta": attribution.delta,
        "beats": result.beats,
    }


def _own(rerun: Rerun, event: int) -> list[EventPair]:
    return [edge for edge in edges(rerun.trace, event) if edge.query == event]


def _verdict(rerun: Rerun, logits: NDArray[np.float64], event: int) -> dict[str, object]:
    label, score = rerun.model.verdict(torch.from_numpy(logits), rerun.following)
    return {"label": label, "score": score, "probability": sigmoid(float(logits[event]))}
