"""The hold policy: which decisions are held for a person, which are released, and which released decisions are reviewed anyway.

Held decisions fail closed: a held decision may not be used until as many people as the team's policy asks for have approved it.
Of the others a random share is reviewed as well, without being held: only such a control stream shows what the reasons miss.
The draw is made from the decision's random id: nobody can choose it, and an auditor can repeat it. A person who runs a file
again to be drawn differently leaves a decision in the record each time.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from audit import Gate, ReviewPolicy
from audit.operation.observations import TRIAL
from dashboard.texts import ENGLISH
from sparsemix import Decision, SelectionTrace

CLOSE_TO_THRESHOLD = 0.2

FAULT, UNFAMILIAR, UNCERTIFIED, LOW_CONFIDENCE = "fault", "unfamiliar_input", "uncertified", "low_confidence"
FLAGGED_PAIRS, DISAGREEMENT, DRIFT = "flagged_pairs", "explanations_disagree", "drift"
NOT_PUT_TO_USE, NOT_VOUCHED, LEARNED_FROM = "weights_not_put_to_use", "rate_not_vouched", "lines_learned_from"
RANDOM_CONTROL, NOT_SAMPLED = "random_control", "not_sampled"
ROUTES = (
    *(FAULT, UNFAMILIAR, UNCERTIFIED, LOW_CONFIDENCE, FLAGGED_PAIRS, DISAGREEMENT, DRIFT, NOT_PUT_TO_USE, NOT_VOUCHED),
    *(LEARNED_FROM, TRIAL, RANDOM_CONTROL, NOT_SAMPLED),
)


@dataclass(frozen=True, slots=True)
class Routing:
    """Where a decision goes: the gate, all reasons to hold it, its route (the first reason), the probability that it is
    reviewed, how many reviews it needs, and the text of the policy that says so."""

    gate: Gate
    reasons: tuple[str, ...]
    route: str
    inclusion_probability: float
    required_reviews: int
    policy: str


def route(
    decision: Decision, trace: SelectionTrace, id: str, team: ReviewPolicy, circumstances: Collection[str] = ()
) -> Routing:
    """Apply the policy to one decision. ``circumstances``: the reasons to hold it that its run alone does not tell.

    ``FLAGGED_PAIRS``: it rests on a kind of pair that a reviewer called wrong before; ``DISAGREEMENT``: the explanations of one
    of its most probable events contradict each other; ``DRIFT``: what is selected on its source has drifted from its reference;
    ``NOT_PUT_TO_USE``: nobody with the right to do so has put its weights to use (held like any other decision, and due: the
    person who submitted the log waits for it); ``NOT_VOUCHED``: too few normal sequences were held out to vouch for the rate of
    false alarms that was asked for; ``LEARNED_FROM``: most of its lines are among those that its weights learned from;
    ``TRIAL``: its source is not rolled out.
    """
    certified = all(trace.certified_share(layer) >= 1.0 for layer in range(len(trace.heads)))
    applies = {
        FAULT: decision.label == "fault",
        UNFAMILIAR: decision.unfamiliar,
        UNCERTIFIED: not certified,
        LOW_CONFIDENCE: abs(decision.sequence_probability - decision.sequence_threshold) < CLOSE_TO_THRESHOLD,
        # A trial comes last, so that the route says so only where nothing else holds the decision.
        **{
            reason: reason in circumstances
            for reason in (FLAGGED_PAIRS, DISAGREEMENT, DRIFT, NOT_PUT_TO_USE, NOT_VOUCHED, LEARNED_FROM, TRIAL)
        },
    }
    reasons = tuple(reason for reason, true in applies.items() if true)
    policy = text(decision, team)
    if reasons:
        return Routing(Gate.HELD, reasons, reasons[0], 1.0, team.overlap, policy)
    if drawn(id, team.sampling_share):
        return Routing(Gate.RELEASED, (), RANDOM_CONTROL, team.sampling_share, team.overlap, policy)
    return Routing(Gate.RELEASED, (), NOT_SAMPLED, team.sampling_share, 0, policy)


def text(decision: Decision, team: ReviewPolicy) -> str:
    """Return the policy with its numbers, as it is recorded with every decision."""
    return ENGLISH["identity.policy_9"].format(
        threshold=f"{decision.sequence_threshold:.2f}",
        floor=f"{decision.familiarity_floor:.0%}",
        close=CLOSE_TO_THRESHOLD,
        overlap=team.overlap,
        share=f"{team.sampling_share:.0%}",
    )


def drawn(id: str, share: float) -> bool:
    """Return whether a decision is in the random control stream: the 48 leading bits of its random id lie below the share."""
    return int(id[:12], 16) / 16**12 < share
