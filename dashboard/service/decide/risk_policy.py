"""Risk policy: which decisions wait for a person, which are released, and which released ones are looked at anyway.

Held decisions fail closed: until as many people as the team's policy asks for have approved one, it is not to be used. Of the
others a random share is reviewed all the same, without being held: only such a control stream shows what the reasons miss.
The draw is made from the decision's random id: nobody can choose it, and an auditor can repeat it. Whoever runs a file again to
be drawn differently leaves a decision in the record each time.
"""

from __future__ import annotations

from dataclasses import dataclass

from audit import Gate, ReviewPolicy
from audit.operation.observations import TRIAL
from sparsemix import Decision, SelectionTrace

CLOSE_TO_THRESHOLD = 0.2

FAULT, UNFAMILIAR, UNCERTIFIED, LOW_CONFIDENCE = "fault", "unfamiliar_input", "uncertified", "low_confidence"
FLAGGED_PAIRS, DISAGREEMENT, DRIFT = "flagged_pairs", "explanations_disagree", "drift"
NOT_PUT_TO_USE = "weights_not_put_to_use"
RANDOM_CONTROL, NOT_SAMPLED = "random_control", "not_sampled"
ROUTES = (
    *(FAULT, UNFAMILIAR, UNCERTIFIED, LOW_CONFIDENCE, FLAGGED_PAIRS, DISAGREEMENT, DRIFT, NOT_PUT_TO_USE, TRIAL),
    *(RANDOM_CONTROL, NOT_SAMPLED),
)


@dataclass(frozen=True, slots=True)
class Routing:
    """Where a decision goes: the gate, all reasons to hold it, the first of them, how likely it was to be looked at, and by
    how many people it is to be reviewed."""

    gate: Gate
    reasons: tuple[str, ...]
    route: str
    inclusion_probability: float
    required_reviews: int


def route(
    decision: Decision,
    trace: SelectionTrace,
    id: str,
    team: ReviewPolicy,
    *,
    flagged_pairs: bool = False,
    disagreement: bool = False,
    drift: bool = False,
    not_put_to_use: bool = False,
    trial: bool = False,
) -> Routing:
    """Apply the policy to one decision; ``flagged_pairs``: it rests on a kind of pair that a reviewer called wrong before;
    ``disagreement``: one of its most probable events has explanations that contradict each other; ``drift``: what is selected
    on its source is no longer what was usual there; ``not_put_to_use``: nobody who may has put its weights to use; ``trial``:
    its source is not rolled out."""
    certified = all(trace.certified_share(layer) >= 1.0 for layer in range(len(trace.heads)))
    found = {
        FAULT: decision.label == "fault",
        UNFAMILIAR: decision.unfamiliar,
        UNCERTIFIED: not certified,
        LOW_CONFIDENCE: abs(decision.sequence_probability - decision.sequence_threshold) < CLOSE_TO_THRESHOLD,
        FLAGGED_PAIRS: flagged_pairs,
        DISAGREEMENT: disagreement,
        DRIFT: drift,
        # Held like any other, and due: whoever submitted the log waits for it, which is no trial that a plan provides for.
        NOT_PUT_TO_USE: not_put_to_use,
        # The last: what is a trial and nothing else is told by its route.
        TRIAL: trial,
    }
    reasons = tuple(name for name, applies in found.items() if applies)
    if reasons:
        return Routing(Gate.HELD, reasons, reasons[0], 1.0, team.overlap)
    if drawn(id, team.sampling_share):
        return Routing(Gate.RELEASED, (), RANDOM_CONTROL, team.sampling_share, team.overlap)
    return Routing(Gate.RELEASED, (), NOT_SAMPLED, team.sampling_share, 0)


def text(decision: Decision, team: ReviewPolicy) -> str:
    """The policy with its numbers, as it is recorded with every decision."""
    return (
        f"risk-policy-6: held when the label is fault (probability from {decision.sequence_threshold:.2f} on), when fewer than "
        f"{decision.familiarity_floor:.0%} of the words are known, when a layer is not certified completely, when the "
        f"probability lies within {CLOSE_TO_THRESHOLD} of the threshold, when it rests on a kind of pair that a reviewer "
        "flagged, when selection, attribution and effect disagree about its most probable faulty event, when what is selected "
        "on its source has drifted from its reference, when nobody who may has put its weights to use, or when its source is "
        "not rolled out; "
        f"{team.overlap} independent reviews; of the others {team.sampling_share:.0%} are reviewed as random "
        "control, drawn by the decision's id"
    )


def drawn(id: str, share: float) -> bool:
    """Whether a decision is in the random control stream: the 48 leading bits of its random id below the share."""
    return int(id[:12], 16) / 16**12 < share
