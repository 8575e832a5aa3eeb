"""Explanations that can be checked: what mattered for an event's logit, and how far to believe it.

    from sparsemix.explain import Rerun, explain
    explanation = explain(Rerun(model, sequence, run.trace), event)
    explanation.agreement.verdict, explanation.effects[0].effect.effect

| Module | Contents |
|---|---|
| ``explanation`` | the whole explanation of one event, and whether its views agree |
| ``intervention``, ``rerun`` | a decision run again, exactly, only where something changes |
| ``effects`` | pairs and events, by what changes without them |
| ``methods`` | every attribution method by its name: of ``integrated``, ``perturbation``, ``attribution`` |
| ``faithfulness``, ``randomisation`` | scores: how far to believe an explanation |
| ``pair_logit`` | a pair's logit taken apart |
| ``comparison`` | a sequence edited, and two runs side by side |
"""

from sparsemix.explain.attribution import Attribution
from sparsemix.explain.comparison import Comparison, Edit, compare, counterfactual, edited, match
from sparsemix.explain.effects import Effect, EventEffect, PairEffect, event_effect, pair_effects, set_effect
from sparsemix.explain.explanation import Explanation, MethodAgreement, as_json, explain
from sparsemix.explain.faithfulness import Faithfulness
from sparsemix.explain.integrated import integrated_gradients
from sparsemix.explain.intervention import Intervention, Outcome, Pair
from sparsemix.explain.methods import METHODS, QUICK, attribute
from sparsemix.explain.pair_logit import Why, why
from sparsemix.explain.randomisation import Randomisation, randomisation_curve
from sparsemix.explain.rerun import Rerun

__all__ = [
    "METHODS",
    "QUICK",
    "Attribution",
    "Comparison",
    "Edit",
    "Effect",
    "EventEffect",
    "Explanation",
    "Faithfulness",
    "Intervention",
    "MethodAgreement",
    "Outcome",
    "Pair",
    "PairEffect",
    "Randomisation",
    "Rerun",
    "Why",
    "as_json",
    "attribute",
    "compare",
    "counterfactual",
    "edited",
    "event_effect",
    "explain",
    "integrated_gradients",
    "match",
    "pair_effects",
    "randomisation_curve",
    "set_effect",
    "why",
]
