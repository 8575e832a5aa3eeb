"""Risk policy: which decisions wait for a person, which are released, and which released ones are looked at anyway.

Held decisions fail closed: until a person has approved one, it is not to be used. Of the released ones a random tenth is
marked as a control, chosen by the input's hash, so that nobody can choose which, and so that the same file falls the same way.
"""

from __future__ import annotations

from dataclasses import dataclass

from audit import Gate
from sparsemix import Decision, SelectionTrace

CLOSE_TO_THRESHOLD = 0.2
CONTROL_SHARE = 0.1

FAULT, UNFAMILIAR, UNCERTIFIED, LOW_CONFIDENCE = "fault", "unfamiliar_input", "uncertified", "low_confidence"
RANDOM_CONTROL, NOT_SAMPLED = "random_control", "not_sampled"
ROUTES = (FAULT, UNFAMILIAR, UNCERTIFIED, LOW_CONFIDENCE, RANDOM_CONTROL, NOT_SAMPLED)


@dataclass(frozen=True, slots=True)
class Routing:
    """Where a decision goes: the gate, all reasons to hold it, the first of them, and how likely it was to be looked at."""

    gate: Gate
    reasons: tuple[str, ...]
    route: str
    inclusion_probability: float


def route(decision: Decision, trace: SelectionTrace, input_sha256: str) -> Routing:
    """Apply the policy to one decision."""
    certified = all(trace.certified_share(layer) >= 1.0 for layer in range(len(trace.heads)))
    found = {
        FAULT: decision.label == "fault",
        UNFAMILIAR: decision.unfamiliar,
        UNCERTIFIED: not certified,
        LOW_CONFIDENCE: abs(decision.sequence_probability - decision.sequence_threshold) < CLOSE_TO_THRESHOLD,
    }
    reasons = tuple(name for name, applies in found.items() if applies)
    if reasons:
        return Routing(Gate.HELD, reasons, reasons[0], 1.0)
    drawn = RANDOM_CONTROL if _drawn(input_sha256) else NOT_SAMPLED
    return Routing(Gate.RELEASED, (), drawn, CONTROL_SHARE)


def text(decision: Decision) -> str:
    """The policy with its numbers, as it is recorded with every decision."""
    return (
        f"risk-policy-1: held when the label is fault (probability from {decision.sequence_threshold:.2f} on), when fewer than "
        f"{decision.familiarity_floor:.0%} of the words are known, when a layer is not certified completely, or when the "
        f"probability lies within {CLOSE_TO_THRESHOLD} of the threshold; else released, and {CONTROL_SHARE:.0%} of these are "
        "marked as random control by the hash of the input"
    )


def _drawn(input_sha256: str) -> bool:
    return int(input_sha256[:16], 16) / 16**16 < CONTROL_SHARE
