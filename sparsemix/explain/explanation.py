"""The whole explanation of one event's verdict, each part with a measure of how far to believe it.

rerun = Rerun(model, sequence, run.trace)
explanation = explain(rerun, event)
explanation.agreement.verdict, explanation.effects[0].effect.effect

Selection, attribution and effect agree or not (``MethodAgreement``). Three views of the receptive field's other events: how
much weight reached the target from each (rollout), how much each contributed to the logit (integrated gradients), and how much
changes without its pairs (effect). The effect is the reference, because it intervenes; where the other views differ from it, a
person should look.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from sparsemix.encoding.sequence import TokenSequence
from sparsemix.errors import ExplanationError
from sparsemix.explain.attribution import Attribution, edge_count, rollout
from sparsemix.explain.effects import DEFAULT_MOST, PAIR_EFFECT, PairEffect, by_event, pair_effects, sigmoid
from sparsemix.explain.faithfulness import CONTROLS, Faithfulness, Presence, control_ranking, score
from sparsemix.explain.integrated import FREE, FROZEN
from sparsemix.explain.intervention import check_event
from sparsemix.explain.methods import QUICK, attribute, check_methods
from sparsemix.explain.pair_logit import Why, why
from sparsemix.explain.perturbation import SHAPLEY
from sparsemix.explain.rerun import Rerun
from sparsemix.model.decision import Decision
from sparsemix.model.run import Progress, unheard
from sparsemix.trace.selection_trace import SelectionTrace

Verdict = Literal["agree", "partly", "disagree", "alone"]
TOP = 3
# Effects below this, in logits, count as no change of the model's decision.
LEAST_EFFECT = 0.5
# A pair whose direct effect is this many times its effect had a substitute.
_SUBSTITUTE = 4.0


@dataclass(frozen=True, slots=True)
class MethodAgreement:
    """How far the three views agree.

    ``verdict``: "agree" when all three name the same event first; "partly" when the event with the largest effect (the largest
    direct effect, where there is a substitute) is among the first three of both others; "disagree" when it is not, or when
    attribution has it pull the other way; "alone" when no other event had an effect of half a logit. ``probability``: the
    target's; ``probability_without``: without the strongest pair that leads to the first event, None where there is no pair.
    ``substitute``: the strongest pair carried at least four times what its removal changed, so another event would have said
    the same. ``selection_rank`` and ``attribution_rank``: Spearman rank correlation with the effect, None for fewer than three
    events. ``top_effect``, ``top_selection``, ``top_attribution``: the first events, best first.
    """

    verdict: Verdict
    target: int
    probability: float
    probability_without: float | None
    substitute: bool
    selection_rank: float | None
    attribution_rank: float | None
    top_effect: tuple[int, ...]
    top_selection: tuple[int, ...]
    top_attribution: tuple[int, ...]

    def sentence(self, line_of: Callable[[int], int]) -> str:
        """Return the verdict in words for a reviewer; ``line_of``: the line number of an event."""
        target, first = (f"line {line_of(event):,}" for event in (self.target, (*self.top_effect, self.target)[0]))
        text = {
            "agree": f"Selection, attribution and effect agree on {target}: {first} mattered most.",
            "partly": f"For {target}, {first} mattered most, and the other views have it among their first {TOP}.",
            "disagree": f"The views of {target} disagree: {first} mattered most in one, others say otherwise. Look closely.",
            "alone": f"No other line alone had an effect of {LEAST_EFFECT} logits or more on {target}.",
        }[self.verdict]
        if self.verdict != "alone" and self.probability_without is not None:
            before, after = f"{self.probability:.1%}", f"{self.probability_without:.1%}"
            change = f"stays at {before}" if before == after else f"goes from {before} to {after}"
            text += f" Without its strongest pair, the probability there {change}."
        return text + (" Another line would have said the same in its place." if self.substitute else "")


def agreement(trace: SelectionTrace, attribution: Attribution, effects: Sequence[PairEffect]) -> MethodAgreement:
    """Compare the views of ``attribution.target``; ``effects``: all of its pair effects."""
    weight = rollout(trace, attribution.target)
    events = np.array(sorted(set(attribution.events.tolist()) - {attribution.target}), dtype=np.int64)
    effect, direct = (_by_key(events, effects, name) for name in ("effect", "direct"))
    selected = weight.dense(trace.length)[events]
    attributed = np.abs(attribution.dense(trace.length)[events])
    tops = [_top(events, values) for values in (effect, selected, attributed)]
    strongest = max(effects, key=lambda e: abs(e.effect.direct), default=None)
    substitute = strongest is not None and abs(strongest.effect.direct) > max(_SUBSTITUTE * strongest.effect.size, LEAST_EFFECT)
    judged = direct if substitute else effect
    verdict: Verdict
    if not len(events) or judged.max(initial=0.0) < LEAST_EFFECT:
        verdict = "alone"
    else:
        first = _top(events, judged)
        tops[0] = first
        if all(top[0] == first[0] for top in tops):
            verdict = "agree"
        else:
            verdict = "partly" if all(first[0] in top for top in tops) else "disagree"
    leading = [row.effect for row in effects if tops[0] and row.edge.key == tops[0][0]]
    probability, without = sigmoid(attribution.logit), None
    if leading:
        largest = max(leading, key=lambda row: abs(row.direct if substitute else row.effect))
        without = probability - largest.probability
        pulls = float(attribution.dense(trace.length)[tops[0][0]])
        if verdict != "alone" and abs(pulls) >= LEAST_EFFECT and pulls * (largest.direct if substitute else largest.effect) < 0:
            verdict = "disagree"
    return MethodAgreement(
        verdict, attribution.target, probability, without, substitute, _rank(selected, judged), _rank(attributed, judged), *tops
    )


def _by_key(events: NDArray[np.int64], effects: Sequence[PairEffect], name: str) -> NDArray[np.float64]:
    """Return the largest size of an effect among the pairs that lead to each event [K]."""
    sizes: dict[int, float] = {}
    for row in effects:
        sizes[row.edge.key] = max(sizes.get(row.edge.key, 0.0), abs(getattr(row.effect, name)))
    return np.array([sizes.get(event, 0.0) for event in events.tolist()])


def _top(events: NDArray[np.int64], values: NDArray[np.float64] | NDArray[np.float32]) -> tuple[int, ...]:
    return tuple(int(events[place]) for place in np.argsort(-values, kind="stable")[:TOP])


def _rank(values: NDArray[np.float32], reference: NDArray[np.float64]) -> float | None:
    from scipy.stats import spearmanr  # noqa: PLC0415 - slow to load

    if len(values) < 3 or np.ptp(values) == 0.0 or np.ptp(reference) == 0.0:
        return None
    return float(spearmanr(values, reference).statistic)


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
    """Explain one event by several methods, and score the methods beside their controls; without ``methods`` nothing is scored.

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

    if methods:
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
        raise ExplanationError(f"there is no line {line:,}: events begin at lines {first:,} to {last:,}")
    raise ExplanationError(f"no event begins at line {line:,}: it is empty, was skipped, or belongs to the event before it")
