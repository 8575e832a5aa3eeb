"""The log's text, coloured by what carried one line's score: a method, its delta and faithfulness, computed when asked for."""

from __future__ import annotations

import streamlit as st

from dashboard.features.analyse.method_overlay import choose_method, compute_button, show_scored, slot_of
from dashboard.service.decide.pipeline import LoadedDecision
from dashboard.shared import cache, failures, jobs, navigation, session
from dashboard.shared.fragments import fragment
from dashboard.texts import Texts
from dashboard.views.verdict import shortened, suspects
from dashboard.views.wording import worded
from sparsemix import WeightsError

MAX_EVENTS = 200
# Where the session remembers which attribution the page shows, by its key in `cache.attributions`.
OVERLAY = "selection_overlay"
_SHORT = 80


@fragment()
def influence(t: Texts, loaded: LoadedDecision) -> None:
    """Let the visitor choose a line and a method, have it computed, and show the result."""
    st.header(t("selection.text.title"), anchor=False)
    st.caption(t("selection.text.lead"))
    decision = loaded.summary.decision
    try:
        model = cache.model_of(session.access(), decision)
    except WeightsError as error:
        navigation.empty_state(t, t("explain.no_model", error=str(error)), icon=":material/model_training:")
        return
    probability = {event.index: event.probability for event in suspects(decision, MAX_EVENTS)}
    # Read before the row is drawn: the button's state depends on the choices that are made in it.
    target = st.session_state.get(f"selection_target_{decision.id}", next(iter(probability), None))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.selectbox(
            t("explain.line"),
            list(probability),
            format_func=lambda event: _item(t, loaded, event, probability[event]),
            key=f"selection_target_{decision.id}",
        )
        method = choose_method(t, "selection")
        key = (decision.id, model.weights_sha256, -1 if target is None else int(target), method)
        result = cache.attributions().get(key)
        compute_button(t, loaded, model, target, method, "selection", disabled=result is not None)
    overlay = None if result is None else key
    if st.session_state.get(OVERLAY) != overlay:
        # The map above must show the same attribution, or none, but it was drawn before this choice was known.
        st.session_state[OVERLAY] = overlay
        st.rerun()
    failures.show_deferred(t)
    if result is None:
        jobs.watch(slot_of(loaded, target, method), t)
        return
    show_scored(t, loaded, result)


def _item(t: Texts, loaded: LoadedDecision, event: int, probability: float) -> str:
    line, text = loaded.sequence.events[event].line, shortened(loaded.sequence.events[event].text, _SHORT)
    words = worded(loaded.summary.decision, t)
    return words.plain("selection.text.event_item", line=line, probability=f"{probability:.0%}", text=text)
