"""Explanations of a recorded decision on request: its weights, its run kept for interventions, scored attributions. No
streamlit here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from audit import DecisionRecord, NotFound
from dashboard.service.common.result_cache import ResultCache
from dashboard.service.decide.pipeline import LoadedDecision, RecordReader
from sparsemix import Rerun, SparseMixModel, WeightsError
from sparsemix.explain.attribution import Attribution
from sparsemix.explain.explanation import Explanation
from sparsemix.explain.faithfulness import CONTROLS, Faithfulness, Presence, control_ranking, score
from sparsemix.explain.methods import attribute
from sparsemix.model.run import Progress, unheard

Reruns = ResultCache[tuple[str, str], Rerun]
"""By decision and hash of the weights."""
Explanations = ResultCache[tuple[str, str, int], Explanation]
"""By decision, hash of the weights, event."""
_BETTER = (("comprehensiveness_logit", 1), ("sufficiency_logit", -1), ("deletion", -1), ("insertion", 1))
"""Scores that are compared, with the direction that is better: 1 larger, -1 smaller."""


@dataclass(frozen=True, slots=True)
class ScoredAttribution:
    """An attribution with its faithfulness (``score``), that of as many events in random order (``random``), and the number of
    the four scores in which it beats every control (``beats``)."""

    attribution: Attribution
    score: Faithfulness
    random: Faithfulness
    beats: int


def beaten(score: Faithfulness, controls: Iterable[Faithfulness]) -> int:
    """Return in how many of the four scores (comprehensiveness, sufficiency, deletion, insertion) all controls are worse."""
    controls = list(controls)
    return sum(
        all(sign * (getattr(score, name) - getattr(control, name)) > 0 for control in controls) for name, sign in _BETTER
    )


def model_of(store: RecordReader, decision: DecisionRecord, current: SparseMixModel | None) -> SparseMixModel:
    """Return the weights that a decision was made with: those loaded now, or else those that were stored with it.

    Raises `WeightsError` when the weights are gone or damaged.
    """
    if current is not None and current.weights_sha256 == decision.weights_sha256:
        return current
    if decision.weights_blob is None:
        raise WeightsError("it was made with other weights than those loaded now, and they were not stored with it")
    try:
        model = SparseMixModel.from_bytes(store.blob(decision.weights_blob))
    except NotFound as error:
        raise WeightsError("the weights that it was made with were removed from the record") from error
    if model.weights_sha256 != decision.weights_sha256:
        raise WeightsError("the stored weights are not those that the decision names")
    return model


def rerun_of(reruns: Reruns, model: SparseMixModel, loaded: LoadedDecision, progress: Progress | None = None) -> Rerun:
    """Return the decision's run for interventions, from ``reruns`` or computed and put there; ``progress`` may raise to stop
    before it is computed."""
    key = (loaded.summary.decision.id, model.weights_sha256)
    rerun = reruns.get(key)
    if rerun is None:
        if progress is not None:
            progress(0.0, "prepare")
        rerun = Rerun(model, loaded.sequence, loaded.trace)
        reruns.put(key, rerun)
    return rerun


def scored(rerun: Rerun, target: int, method: str, progress: Progress = unheard) -> ScoredAttribution:
    """Attribute by one method, and score how faithful the attribution is."""
    attribution = attribute(rerun, target, method, progress)
    presence = Presence(rerun, target)
    own = score(presence, attribution.ranking().tolist())
    controls = {name: score(presence, control_ranking(rerun.trace, target, name)) for name in CONTROLS}
    return ScoredAttribution(attribution, own, controls["random"], beaten(own, controls.values()))


def scored_parts(explanation: Explanation) -> list[ScoredAttribution]:
    """Return the attributions of an explanation with their scores, as `scored` makes each."""
    scores, controls = explanation.scores, [explanation.scores[name] for name in CONTROLS]
    return [
        ScoredAttribution(attribution, scores[name], scores["random"], beaten(scores[name], controls))
        for name, attribution in explanation.attributions.items()
    ]
