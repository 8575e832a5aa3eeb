"""Rings on the map: the pairs through which one line was reached, by an attribution method. Work begins when it is chosen."""

from __future__ import annotations

import streamlit as st

from dashboard.service.common.worker import Progress
from dashboard.service.decide.explanation import ScoredAttribution, rerun_of, scored
from dashboard.service.decide.pipeline import LoadedDecision
from dashboard.shared import cache, jobs, session
from dashboard.shared.decision import log_choice
from dashboard.shared.jobs import Slot
from dashboard.texts import Texts
from dashboard.views.explanation import method_name
from dashboard.views.verdict import suspects
from sparsemix import SparseMixModel, WeightsError
from sparsemix.explain.attribution import ROLLOUT, WEIGHT
from sparsemix.explain.methods import METHODS

_NONE = "none"


def choose_method(t: Texts) -> str | None:
    """Return the method whose rings are shown; None for no rings."""
    chosen = st.selectbox(
        t("selection.rings"),
        (_NONE, *METHODS),
        format_func=lambda name: t.plain("log.no_colour") if name == _NONE else method_name(name, t),
        key="selection_rings",
    )
    return None if chosen == _NONE else chosen


def attribution_of(t: Texts, loaded: LoadedDecision, method: str) -> ScoredAttribution | None:
    """Return the attribution of the line that is chosen in the log, or of the most suspicious one; None while it is computed,
    and where it cannot be."""
    decision = loaded.summary.decision
    event, _ = log_choice.follow_events(loaded)
    target = next((one.index for one in suspects(decision, 1)), None) if event is None else event
    if target is None:
        return None
    try:
        model = cache.model_of(session.access(), decision)
    except WeightsError as error:
        st.info(t("explain.no_model", error=str(error)), icon=":material/model_training:")
        return None
    found = cache.attributions().get((decision.id, model.weights_sha256, target, method))
    if found is None:
        _compute(t, loaded, model, target, method)
    else:
        st.caption(" ".join(_words(t, loaded, found)))
    return found


def _words(t: Texts, loaded: LoadedDecision, found: ScoredAttribution) -> list[str]:
    """Say what the rings are, and how far they can be believed."""
    attribution = found.attribution
    share = attribution.method in (ROLLOUT, WEIGHT)
    return [
        t("selection.map.rings", line=loaded.sequence.events[attribution.target].line),
        t("log.overlay_share" if share else "log.overlay"),
        *([] if attribution.delta is None else [t("log.overlay_delta", delta=f"{abs(attribution.delta):.3f}")]),
        t("log.overlay_beats", beats=found.beats),
    ]


def _compute(t: Texts, loaded: LoadedDecision, model: SparseMixModel, target: int, method: str) -> None:
    """Begin the work at once; a button begins again what was cancelled or failed."""
    cached, reruns, decision = cache.attributions(), cache.reruns(), loaded.summary.decision.id
    slot = Slot("influence", f"{decision}_{target}_{method}", loaded.size)

    def work(progress: Progress) -> None:
        rerun = rerun_of(reruns, model, loaded, progress)
        cached.put((decision, model.weights_sha256, target, method), scored(rerun, target, method, progress))

    jobs.begin(slot, t, work, key="selection_compute")
