"""What explanations in the app stand on, without streamlit: the weights of a decision, its run kept for interventions,
scores."""

from __future__ import annotations

from dataclasses import dataclass

from audit import DecisionRecord, NotFound
from dashboard.service.common.result_cache import ResultCache
from dashboard.service.decide.pipeline import LoadedDecision, Reader
from sparsemix import Rerun, SparseMixModel, WeightsError
from sparsemix.explain.attribution import Attribution
from sparsemix.explain.faithfulness import CONTROLS, control_ranking
from sparsemix.explain.explanation import Explanation
from sparsemix.explain.faithfulness import Faithfulness, Presence, beaten, score
from sparsemix.explain.methods import attribute
from sparsemix.model.model import Progress

Reruns = ResultCache[tuple[str, str], Rerun]
"""By decision and hash of the weights."""
Explanations = ResultCache[tuple[str, str, int], Explanation]
"""By decision, hash of the weights, event."""


@dataclass(frozen=True, slots=True)
class Scored:
    """An attribution with its faithfulness, that of as many events in random order, and in how many of the four scores it
    beats every control."""

    attribution: Attribution
    score: Faithfulness
    random: Faithfulness
    beats: int


def model_of(store: Reader, decision: DecisionRecord, current: SparseMixModel | None) -> SparseMixModel:
    """The weights that a decision was made with: those loaded now, or else those that were stored with it.

    Raises WeightsError when they are gone or damaged.
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


def rerun_of(kept: Reruns, model: SparseMixModel, loaded: LoadedDecision, progress: Progress | None = None) -> Rerun:
    """The decision's run, kept for interventions; ``progress`` may raise to stop before it is."""
    key = (loaded.summary.decision.id, model.weights_sha256)
    found = kept.get(key)
    if found is None:
        if progress is not None:
            progress(0.0, "prepare")
        found = Rerun(model, loaded.sequence, loaded.trace)
        kept.put(key, found)
    return found


def scored(rerun: Rerun, target: int, method: str, progress: Progress | None = None) -> Scored:
    """An attribution by one method, and how far to believe it."""
    found = attribute(rerun, target, method, progress)
    presence = Presence(rerun, target)
    own = score(presence, found.ranking().tolist())
    controls = {name: score(presence, control_ranking(rerun.trace, target, name)) for name in CONTROLS}
    return Scored(found, own, controls["random"], beaten(own, controls.values()))
