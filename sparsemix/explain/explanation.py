"""The whole explanation of one event's verdict, each part with a measure of how far to believe it.

rerun = Rerun(model, sequence, run.trace)
explanation = explain(rerun, event)
explanation.agreement.verdict, explanation.effects[0].effect.effect
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from sparsemix.encoding.sequence import TokenSequence
from sparsemix.errors import ExplanationError
from sparsemix.explain.agreement import MethodAgreement, agreement
from sparsemix.explain.attribution import Attribution, edge_count
from sparsemix.explain.effects import DEFAULT_MOST, PAIR_EFFECT, PairEffect, by_event, pair_effects, sigmoid
from sparsemix.explain.faithfulness import CONTROLS, Faithfulness, Presence, control_ranking, score
from sparsemix.explain.integrated import FREE, FROZEN
from sparsemix.explain.intervention import check_event
from sparsemix.explain.methods import QUICK, attribute, check_methods
from sparsemix.explain.pair_logit import Why, why
from sparsemix.explain.perturbation import SHAPLEY
from sparsemix.explain.rerun import Rerun
from sparsemix.model.decision import Decision
from sparsemix.model.model import Progress, unheard

# Pairs that are taken apart (why), the strongest first.
_TAKEN_APART = 3
_LISTED = 50


@dataclass(frozen=True, slots=True)
class Explanation:
    """Explanation of the logit of event ``target``.

    ``effects``: the pairs by the size of their effect, those of ``pairs`` in the receptive field that carry most; ``whys``: the
    strongest taken apart; ``attributions`` by method; ``scores``: faithfulness by method, and by control; ``agreement``:
    whether the methods name the same events.
    """

    target: int
    logit: float
    probability: float
    effects: tuple[PairEffect, ...]
    pairs: int
    whys: tuple[Why, ...]
    attributions: dict[str, Attribution]
    scores: dict[str, Faithfulness]
    agreement: MethodAgreement


def default_target(decision: Decision) -> int:
    """Return the event to explain when the caller names none: the event with the highest probability."""
    return int(np.argmax(decision.event_probability))


def explain(
    rerun: Rerun,
    target: int,
    methods: tuple[str, ...] = QUICK,
    most: int = DEFAULT_MOST,
    progress: Progress = unheard,
) -> Explanation:
    """Explain one event by several methods, and score the methods beside their controls.

    Pair effects and integrated gradients are always computed, because the agreement compares them. Raises ``ConfigError`` when
    a method is unknown, ``ExplanationError`` when there is no such event or values are not finite, and any error that
    ``progress`` raises.
    """
    check_methods(methods)
    check_event(rerun.trace, target)
    names = tuple(dict.fromkeys((PAIR_EFFECT, FROZEN, *methods)))
    stages = len(names) + 1

    def part(number: int) -> Progress:
        return lambda share, stage: progress((number + share) / stages, stage)

    effects = pair_effects(rerun, target, most, part(0))
    attributions = {PAIR_EFFECT: by_event(rerun, target, effects)}
    for number, name in enumerate(names[1:], start=1):
        progress(number / stages, name)
        attributions[name] = attribute(rerun, target, name, part(number))
    scores: dict[str, Faithfulness] = {}

    def step() -> None:
        progress((len(names) + len(scores) / (len(names) + len(CONTROLS))) / stages, "scores")

    presence = Presence(rerun, target, step=step)
    for name, result in attributions.items():
        scores[name] = score(presence, result.ranking().tolist())
    for control in CONTROLS:
        scores[control] = score(presence, control_ranking(rerun.trace, target, control))
    logit = float(rerun.logits[target])
    return Explanation(
        target,
        logit,
        sigmoid(logit),
        tuple(effects),
        edge_count(rerun.trace, target),
        tuple(why(rerun, result.edge.pairs[0]) for result in effects[:_TAKEN_APART]),
        attributions,
        scores,
        agreement(rerun.trace, attributions[FROZEN], effects),
    )


def as_json(rerun: Rerun, explanation: Explanation) -> dict[str, Any]:
    """Return the explanation as JSON types: events by index with line and text, effects, parts, values (the 50 largest of each
    method), scores."""
    events = rerun.sequence.events

    def event(index: int) -> dict[str, Any]:
        return {"event": index, "line": events[index].line, "text": events[index].text}

    def attribution(result: Attribution) -> dict[str, Any]:
        order = np.argsort(-np.abs(result.value), kind="stable")[:_LISTED]
        return {
            "values": [event(int(result.events[place])) | {"value": float(result.value[place])} for place in order],
            "events_reached": len(result.events),
            "delta": result.delta,
            "relative_delta": result.relative_delta,
            "converged": result.converged,
            "steps": result.steps if result.method in (FROZEN, FREE) else None,
            "samples": result.steps if result.method == SHAPLEY else None,
            "groups": result.groups,
            "groups_left_out": result.steps if result.groups is not None else None,
        }

    return {
        **event(explanation.target),
        "logit": explanation.logit,
        "probability": explanation.probability,
        "agreement": asdict(explanation.agreement)
        | {"sentence": explanation.agreement.sentence(lambda index: events[index].line)},
        "pair_effects": [
            {
                "query": event(result.edge.query),
                "key": event(result.edge.key),
                "weight": result.edge.weight,
                "heads": [{"layer": pair.layer, "head": pair.head} for pair in result.edge.pairs],
                **asdict(result.effect),
            }
            for result in explanation.effects
        ],
        "pairs_in_field": explanation.pairs,
        "why": [asdict(result) for result in explanation.whys],
        "methods": {name: attribution(result) for name, result in explanation.attributions.items()},
        "scores": {name: asdict(result) for name, result in explanation.scores.items()},
        "weights_sha256": rerun.model.weights_sha256,
        "input_sha256": rerun.sequence.sha256,
    }


def event_of_line(sequence: TokenSequence, line: int) -> int:
    """Return the event that begins at a line of the file, from 1.

    Raises ``ExplanationError`` when no event begins there.
    """
    for index, event in enumerate(sequence.events):
        if event.line == line:
            return index
    lines = [event.line for event in sequence.events]
    first, last = min(lines), max(lines)
    if not first <= line <= last:
        raise ExplanationError(f"there is no line {line}: events begin at lines {first:,} to {last:,}")
    raise ExplanationError(f"no event begins at line {line}: it is empty, was skipped, or belongs to the event before it")
