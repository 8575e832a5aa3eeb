"""The hold policy: which decisions are held for a person, which are released, and which released decisions are reviewed anyway.

Held decisions fail closed: a held decision may not be used until as many people as the team's policy asks for have approved it.
Of the others a random share is reviewed as well, without being held: only such a control stream shows what the reasons miss.
The draw is made from the decision's random id: nobody can choose it, and an auditor can repeat it. A person who runs a file
again to be drawn differently leaves a decision in the record each time.

A kind of line, or of pair, is the text of the event, or of both, without what changes from line to line, so that it is
recognised in another log. Numbers, times and codes become ``#``: "ST03 pressure=4.5 bar" and "ST01 pressure=4.9
bar" are one kind of event.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import sha256

import numpy as np

from audit import Gate, ReviewPolicy
from audit.operation.observations import TRIAL
from sparsemix import Decision, Run, SelectionTrace, TokenSequence

CLOSE_TO_THRESHOLD = 0.2

FAULT, UNFAMILIAR, UNCERTIFIED, LOW_CONFIDENCE = "fault", "unfamiliar_input", "uncertified", "low_confidence"
FLAGGED_PAIRS, DISAGREEMENT, DRIFT = "flagged_pairs", "explanations_disagree", "drift"
NOT_PUT_TO_USE = "weights_not_put_to_use"
RANDOM_CONTROL, NOT_SAMPLED = "random_control", "not_sampled"
ROUTES = (
    *(FAULT, UNFAMILIAR, UNCERTIFIED, LOW_CONFIDENCE, FLAGGED_PAIRS, DISAGREEMENT, DRIFT, NOT_PUT_TO_USE, TRIAL),
    *(RANDOM_CONTROL, NOT_SAMPLED),
)
_CHANGING = re.compile(r"[0-9]+(?:[.:,][0-9]+)*")
_EVENTS = 20  # events of a decision whose pairs are looked up
_PAIRS = 2  # strongest pairs of each event: those that a reviewer is shown


@dataclass(frozen=True, slots=True)
class Circumstances:
    """Reasons to hold a decision that its run alone does not tell.

    ``flagged_pairs``: it rests on a kind of pair that a reviewer called wrong before; ``disagreement``: the explanations of one
    of its most probable events contradict each other; ``drift``: what is selected on its source has drifted from its reference;
    ``not_put_to_use``: nobody with the right to do so has put its weights to use; ``trial``: its source is not rolled out.
    """

    flagged_pairs: bool = False
    disagreement: bool = False
    drift: bool = False
    not_put_to_use: bool = False
    trial: bool = False


@dataclass(frozen=True, slots=True)
class Routing:
    """Where a decision goes: the gate, all reasons to hold it, its route (the first reason), the probability that it is
    reviewed, and how many reviews it needs."""

    gate: Gate
    reasons: tuple[str, ...]
    route: str
    inclusion_probability: float
    required_reviews: int


_NONE = Circumstances()


def route(
    decision: Decision, trace: SelectionTrace, id: str, team: ReviewPolicy, circumstances: Circumstances = _NONE
) -> Routing:
    """Apply the policy to one decision."""
    certified = all(trace.certified_share(layer) >= 1.0 for layer in range(len(trace.heads)))
    applies = {
        FAULT: decision.label == "fault",
        UNFAMILIAR: decision.unfamiliar,
        UNCERTIFIED: not certified,
        LOW_CONFIDENCE: abs(decision.sequence_probability - decision.sequence_threshold) < CLOSE_TO_THRESHOLD,
        FLAGGED_PAIRS: circumstances.flagged_pairs,
        DISAGREEMENT: circumstances.disagreement,
        DRIFT: circumstances.drift,
        # Held like any other decision, and due: the person who submitted the log waits for it. It is no trial of a roll-out
        # plan.
        NOT_PUT_TO_USE: circumstances.not_put_to_use,
        # Last, so that the route says "trial" only where nothing else holds the decision.
        TRIAL: circumstances.trial,
    }
    reasons = tuple(reason for reason, true in applies.items() if true)
    if reasons:
        return Routing(Gate.HELD, reasons, reasons[0], 1.0, team.overlap)
    if drawn(id, team.sampling_share):
        return Routing(Gate.RELEASED, (), RANDOM_CONTROL, team.sampling_share, team.overlap)
    return Routing(Gate.RELEASED, (), NOT_SAMPLED, team.sampling_share, 0)


def text(decision: Decision, team: ReviewPolicy) -> str:
    """Return the policy with its numbers, as it is recorded with every decision."""
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
    """Return whether a decision is in the random control stream: the 48 leading bits of its random id lie below the share."""
    return int(id[:12], 16) / 16**12 < share


def signature(*texts: str) -> str:
    """Return the kind of a line, or of a pair (effect, cause), as 32 hexadecimal digits."""
    kinds = "\n".join(" ".join(_CHANGING.sub("#", text).split()) for text in texts)
    return sha256(kinds.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def signatures_of(sequence: TokenSequence, run: Run) -> set[str]:
    """Return the kinds of pairs that carried a decision: the strongest pairs of its most probable events."""
    probability = run.decision.event_probability
    signatures: set[str] = set()
    for event in np.argsort(-probability, kind="stable")[:_EVENTS]:
        pairs: list[tuple[float, int]] = []
        for _, _, head in run.trace:
            own = head.pairs_of(int(event))
            pairs += zip(head.weight[own].tolist(), head.key_index[own].tolist(), strict=True)
        for _, cause in sorted(pairs, reverse=True)[:_PAIRS]:
            if cause != event:
                signatures.add(signature(sequence.events[int(event)].text, sequence.events[cause].text))
    return signatures
