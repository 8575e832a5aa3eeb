"""The whole explanation of one event's verdict, each part with the measure of how far to believe it.

rerun = Rerun(model, sequence, run.trace)
explanation = explain(rerun, run.decision, event)
explanation.agreement.verdict, explanation.effects[0].effect.effect
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from sparsemix.encoding.sequence import TokenSequence
from sparsemix.errors import ExplanationError
from sparsemix.explain.agreement import Agreement, agreement
from sparsemix.explain.attribution import Attribution
from sparsemix.explain.effects import DEFAULT_MOST, PAIR_EFFECT, PairEffect, by_event, pair_effects, sigmoid
from sparsemix.explain.faithfulness import CONTROLS, Faithfulness, Presence, control_ranking, score
from sparsemix.explain.integrated import FREE, FROZEN
from sparsemix.explain.intervention import check_event
from sparsemix.explain.methods import QUICK, attribute, check_methods
from sparsemix.explain.pair_logit import Why, why
from sparsemix.explain.perturbation import SHAPLEY
from sparsemix.explain.rerun import Rerun
from sparsemix.model.decision import Decision
from sparsemix.model.model import Progress

# Pairs that are taken apart (why), the strongest first.
_TAKEN_APART = 3
_LISTED = 50


@dataclass(frozen=True, slots=True)
class Explanation:
    """Explanation of the logit of event ``target``.

    ``effects``: the pairs by the size of their effect; ``whys``: the strongest taken apart; ``attributions`` by method;
    ``scores``: faithfulness by method, and by control; ``agreement``: whether the views tell the same story.
    """

    target: int
    logit: float
    probability: float
    effects: tuple[PairEffect, ...]
    whys: tuple[Why, ...]
    attributions: dict[str, Attribution]
    scores: dict[str, Faithfulness]
    agreement: Agreement


def default_target(decision: Decision) -> int:
    """The event to explain when none is named: the most probable one."""
    return int(np.argmax(decision.event_probability))


def explain(
    rerun: Rerun,
    target: int,
    methods: tuple[str, ...] = QUICK,
    most: int = DEFAULT_MOST,
    progress: Progress | None = None,
) -> Explanation:
    """Explain one event by several methods, and score them beside their controls.

    Pair effects and integrated gradients are always there, for the agreement stands on them. Raises ConfigError for an unknown
    method, ExplanationError for an unknown event or values that are not finite, and whatever ``progress`` raises.
    """
    check_methods(methods)
    check_event(rerun.trace, target)
    wanted = tuple(dict.fromkeys((PAIR_EFFECT, FROZEN, *methods)))
    stages = len(wanted) + 1

    def part(number: int) -> Progress | None:
        if progress is None:
            return None
        return lambda share, stage: progress((number + share) / stages, stage)

    effects = pair_effects(rerun, target, most, part(0))
    attributions = {PAIR_EFFECT: by_event(rerun, target, effects)}
    for number, name in enumerate(wanted[1:], start=1):
        if progress is not None:
            progress(number / stages, name)
        attributions[name] = attribute(rerun, target, name, part(number))
    if progress is not None:
        progress(len(wanted) / stages, "scores")
    presence = Presence(rerun, target)
    scores = {name: score(presence, found.ranking().tolist()) for name, found in attributions.items()}
    scores |= {control: score(presence, control_ranking(rerun.trace, target, control)) for control in CONTROLS}
    logit = float(rerun.logits[target])
    return Explanation(
        target,
        logit,
        sigmoid(logit),
        tuple(effects),
        tuple(why(rerun, found.edge.pairs[0]) for found in effects[:_TAKEN_APART]),
        attributions,
        scores,
        agreement(rerun.trace, attributions[FROZEN], effects),
    )


def as_json(rerun: Rerun, explanation: Explanation) -> dict[str, Any]:
    """JSON-able: events by index with line and text, effects, parts, values (the 50 largest of each method), scores."""
    events = rerun.sequence.events

    def event(index: int) -> dict[str, Any]:
        return {"event": index, "line": events[index].line, "text": events[index].text}

    def attribution(found: Attribution) -> dict[str, Any]:
        order = np.argsort(-np.abs(found.value), kind="stable")[:_LISTED]
        return {
            "values": [event(int(found.events[place])) | {"value": float(found.value[place])} for place in order],
            "events_reached": len(found.events),
            "delta": found.delta,
            "relative_delta": found.relative_delta,
            "converged": found.converged,
            "steps": found.steps if found.method in (FROZEN, FREE) else None,
            "samples": found.steps if found.method == SHAPLEY else None,
        }

    return {
        **event(explanation.target),
        "logit": explanation.logit,
        "probability": explanation.probability,
        "agreement": asdict(explanation.agreement)
        | {"sentence": explanation.agreement.sentence(lambda index: events[index].line)},
        "pair_effects": [
            {
                "query": event(found.edge.query),
                "key": event(found.edge.key),
                "weight": found.edge.weight,
                "heads": [{"layer": pair.layer, "head": pair.head} for pair in found.edge.pairs],
                **asdict(found.effect),
            }
            for found in explanation.effects
        ],
        "why": [asdict(found) for found in explanation.whys],
        "methods": {name: attribution(found) for name, found in explanation.attributions.items()},
        "scores": {name: asdict(found) for name, found in explanation.scores.items()},
        "weights_sha256": rerun.model.weights_sha256,
        "input_sha256": rerun.sequence.sha256,
    }


def event_of_line(sequence: TokenSequence, line: int) -> int:
    """The event that begins at a line of the file, from 1. Raises ExplanationError when none does."""
    for index, event in enumerate(sequence.events):
        if event.line == line:
            return index
    first, last = sequence.events[0].line, sequence.events[-1].line
    if not first <= line <= last:
        raise ExplanationError(f"there is no line {line}: events begin at lines {first:,} to {last:,}")
    raise ExplanationError(f"no event begins at line {line}: it is empty, was skipped, or belongs to the event before it")
