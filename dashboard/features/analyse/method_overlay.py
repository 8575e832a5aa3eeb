"""The log's text coloured by one attribution method, with its delta and faithfulness. Quick methods are computed at once; slow
ones wait for a click."""

from __future__ import annotations

import streamlit as st

from dashboard.service.common.worker import Progress
from dashboard.service.decide.explanation import ScoredAttribution, rerun_of, scored
from dashboard.service.decide.pipeline import LoadedDecision
from dashboard.shared import cache, failures, jobs
from dashboard.shared.jobs import Slot
from dashboard.texts import Texts
from dashboard.views.explanation import method_name
from dashboard.views.overlay import as_html, passage
from sparsemix import Rerun, SparseMixModel
from sparsemix.explain.attribution import ROLLOUT, WEIGHT
from sparsemix.explain.integrated import FREE, FROZEN
from sparsemix.explain.methods import METHODS, QUICK
from sparsemix.explain.perturbation import ABLATION_TEMPLATES, ABLATION_WINDOWS, SHAPLEY

# Of the four scores of faithfulness: a method that beats the controls in fewer orders the lines no better than chance.
_BETTER = 2
_UNITS = {
    ROLLOUT: "explain.unit.share",
    WEIGHT: "explain.unit.share",
    ABLATION_TEMPLATES: "explain.unit.group",
    ABLATION_WINDOWS: "explain.unit.group",
    SHAPLEY: "explain.unit.shapley",
}
# (whether the contributions add up to the score, whether the method integrates in steps) -> the text that says so.
_SUMS = {
    (True, True): "selection.text.converged",
    (False, True): "selection.text.not_converged",
    (True, False): "selection.text.adds_up",
    (False, False): "selection.text.adds_up_not",
}


def method_overlay(t: Texts, loaded: LoadedDecision, target: int, rerun: Rerun, place: str) -> None:
    """Show the overlay where the run is at hand: quick methods are computed at once. ``place``: begins the widgets' keys."""
    method = choose_method(t, place)
    key = (loaded.summary.decision.id, rerun.model.weights_sha256, target, method)
    scores = cache.attributions().get(key)
    if scores is None and method in QUICK:
        with failures.contained(t):
            scores = scored(rerun, target, method)
            cache.attributions().put(key, scores)
    if scores is not None:
        show_scored(t, loaded, scores)
    else:
        compute(t, loaded, rerun.model, target, method, place)


def choose_method(t: Texts, place: str) -> str:
    """Return the method to show."""
    chosen = st.selectbox(
        t("explain.method"),
        METHODS,
        index=METHODS.index(FROZEN),
        format_func=lambda name: method_name(name, t),
        help=t("explain.method_help"),
        key=f"{place}_method",
    )
    return str(chosen)


def slot_of(loaded: LoadedDecision, target: int | None, method: str) -> Slot:
    """Return where the work on a line by a method runs."""
    return Slot("influence", f"{loaded.summary.decision.id}_{target}_{method}")


def compute(t: Texts, loaded: LoadedDecision, model: SparseMixModel, target: int, method: str, place: str) -> None:
    """Show the button that has a method computed in the background, its progress, and how it ended."""
    slot = slot_of(loaded, target, method)
    compute_button(t, loaded, model, target, method, place, disabled=False)
    failures.show_deferred(t)
    jobs.watch(slot, t)


def compute_button(
    t: Texts, loaded: LoadedDecision, model: SparseMixModel, target: int | None, method: str, place: str, *, disabled: bool
) -> None:
    """Show the button that starts the work, once."""
    cached, reruns, decision = cache.attributions(), cache.reruns(), loaded.summary.decision.id
    event = -1 if target is None else target

    def work(progress: Progress) -> None:
        rerun = rerun_of(reruns, model, loaded, progress)
        cached.put((decision, model.weights_sha256, event, method), scored(rerun, event, method, progress))

    jobs.button(
        slot_of(loaded, target, method),
        t("explain.method.compute"),
        work,
        key=f"{place}_compute",
        icon=":material/format_color_text:",
        disabled=disabled or target is None,
    )


def show_scored(t: Texts, loaded: LoadedDecision, scores: ScoredAttribution) -> None:
    """Show faithfulness and delta in words, then the text."""
    attribution = scores.attribution
    better = scores.beats >= _BETTER

    def number(value: float) -> str:
        return f"{value:.2f}".replace("-", "−")

    with st.container(horizontal=True, vertical_alignment="center"):
        st.badge(
            t("explain.faith.beats", n=scores.beats),
            color="green" if better else "orange",
            icon=":material/verified:" if better else ":material/help:",
        )
        words = [
            t(
                "explain.faith",
                fall=number(scores.score.comprehensiveness_logit),
                random=number(scores.random.comprehensiveness_logit),
                gap=number(scores.score.sufficiency_logit),
            )
        ]
        if attribution.method in _UNITS:
            words.append(t(_UNITS[attribution.method]))
        if attribution.tried is not None:
            words.append(t("explain.unit.tried", tried=attribution.tried[0], groups=attribution.tried[1]))
        if attribution.delta is not None:
            words.append(
                t(
                    _SUMS[attribution.converged, attribution.method in (FROZEN, FREE)],
                    delta=f"{abs(attribution.delta):.4f}",
                    total=f"{abs(attribution.logit - attribution.baseline_logit):.2f}",
                    steps=attribution.steps,
                )
            )
        st.caption(" ".join(words))
    if attribution.method not in (ROLLOUT, WEIGHT):
        st.caption(t("selection.text.legend", reached=f"{len(attribution.events):,}", events=f"{len(loaded.sequence):,}"))
    st.html(as_html(passage(loaded.sequence, attribution), t.plain))
