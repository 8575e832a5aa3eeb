"""Agreement of selection, attribution and effect on one event.

Three views of the receptive field's other events: how much weight reached the target from each (rollout), how much each
contributed to the logit (integrated gradients), and how much changes without its pairs (effect). The effect is the reference,
because it intervenes; where the other views differ from it, a person should look.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from sparsemix.explain.attribution import Attribution, rollout
from sparsemix.explain.effects import PairEffect, sigmoid
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

    ``verdict``: "agree" when all three name the same event first; "partly" when the event with the largest effect is among the
    first three of both others; "disagree" when it is not, or when attribution has it pull the other way; "alone" when no other
    event had an effect of half a logit: the event was judged by itself. ``probability``: the target's;
    ``probability_without``: without the strongest pair that leads to the first event, None where there is no pair.
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
        target, first = (f"line {line_of(event)}" for event in (self.target, (*self.top_effect, self.target)[0]))
        text = {
            "agree": f"Selection, attribution and effect agree on {target}: {first} mattered most.",
            "partly": f"For {target}, {first} had the largest effect, and the other views have it among their first {TOP}.",
            "disagree": f"The views of {target} disagree: {first} had the largest effect, others say otherwise. Look closely.",
            "alone": f"No other line had an effect of {LEAST_EFFECT} logits on {target}: it was judged by itself.",
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
