"""The log's text, coloured by what carried one line's score; computed when asked for and kept."""

from __future__ import annotations

import streamlit as st

from dashboard import resources
from dashboard.pipeline import LoadedDecision
from dashboard.texts import Texts
from dashboard.views.overlay import as_html, passage
from dashboard.views.verdict import suspects
from sparsemix import Attribution, WeightsError, integrated_gradients

MAX_EVENTS = 200
_SHORT = 80


@st.fragment
def influence(t: Texts, loaded: LoadedDecision) -> None:
    """Choose a line, compute, read."""
    st.subheader(t("selection.text.title"), anchor=False)
    st.caption(t("selection.text.lead"))
    decision = loaded.summary.decision
    try:
        model = resources.model()
    except WeightsError as error:
        st.error(t("selection.text.no_model", error=str(error)), icon=":material/error:")
        return
    if model.weights_sha256 != decision.weights_sha256:
        st.info(t("selection.text.other_model"), icon=":material/info:")
        return
    probability = {event.index: event.probability for event in suspects(decision, MAX_EVENTS)}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        target = st.selectbox(
            t("selection.text.event_choose"),
            list(probability),
            format_func=lambda event: _item(t, loaded, event, probability[event]),
            key=f"selection_target_{decision.id}",
        )
        asked = st.button(t("selection.text.compute"), key="selection_compute", icon=":material/format_color_text:")
    key = f"selection_influence_{decision.id}"
    if asked:
        st.session_state[key] = target
    if target is None or st.session_state.get(key) != target:
        return
    with st.spinner(t("selection.text.working")):
        result = _attribution(decision.id, model.weights_sha256, target, loaded)
    st.caption(t("selection.text.legend", reached=f"{len(result.events):,}", events=f"{len(loaded.sequence):,}"))
    st.html(as_html(passage(loaded.sequence, result), t.plain))
    st.caption(
        t(
            "selection.text.converged" if result.converged else "selection.text.not_converged",
            delta=f"{abs(result.delta):.4f}",
            total=f"{abs(result.logit - result.baseline_logit):.2f}",
            steps=result.steps,
        )
    )


@st.cache_resource(show_spinner=False, max_entries=64)
def _attribution(decision_id: str, weights: str, target: int, _loaded: LoadedDecision) -> Attribution:  # noqa: ARG001 - the key
    return integrated_gradients(resources.model(), _loaded.sequence, _loaded.trace, target)


def _item(t: Texts, loaded: LoadedDecision, event: int, probability: float) -> str:
    text = loaded.sequence.events[event].text
    short = text if len(text) <= _SHORT else text[: _SHORT - 1] + "…"
    line = loaded.sequence.events[event].line
    return t.plain("selection.text.event_item", line=line, probability=f"{probability:.0%}", text=short)
