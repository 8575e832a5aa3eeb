"""The log's text coloured by one attribution method, with its delta and faithfulness. Quick methods are computed at once; slow
ones wait for a click."""

from __future__ import annotations

import streamlit as st

from dashboard.service.common.worker import Progress
from dashboard.service.decide.explanation import ScoredAttribution, scored
from dashboard.service.decide.pipeline import LoadedDecision
from dashboard.shared import cache, failures, jobs
from dashboard.shared.jobs import Slot
from dashboard.texts import Texts
from dashboard.views.explanation import method_name
from dashboard.views.overlay import as_html, passage
from sparsemix import Rerun
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


def method_overlay(t: Texts, loaded: LoadedDecision, target: int, rerun: Rerun) -> None:
    """Show the choice of a method and its overlay."""
    method = st.selectbox(
        t("explain.method"),
        METHODS,
        index=METHODS.index(FROZEN),
        format_func=lambda name: method_name(name, t),
        help=t("explain.method_help"),
        key="explain_method",
    )
    cached, key = cache.attributions(), (loaded.summary.decision.id, rerun.model.weights_sha256, target, str(method))
    scores = cached.get(key)
    if scores is None and method in QUICK:
        with failures.contained(t):
            scores = scored(rerun, target, method)
            cached.put(key, scores)
    if scores is not None:
        _scored(t, loaded, scores)
        return
    slot = Slot("influence", f"{loaded.summary.decision.id}_{target}_{method}")

    def work(progress: Progress) -> None:
        cached.put(key, scored(rerun, target, method, progress))

    jobs.button(slot, t("explain.method.compute"), work, key="explain_compute", icon=":material/format_color_text:")
    failures.show_deferred(t)
    jobs.watch(slot, t)


def _scored(t: Texts, loaded: LoadedDecision, scores: ScoredAttribution) -> None:
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
