"""The log's text, coloured by what carried one line's score; computed beside the page when asked for, and kept."""

from __future__ import annotations

import streamlit as st

from dashboard import resources
from dashboard.components import failures, jobs
from dashboard.components.jobs import Slot
from dashboard.pipeline import LoadedDecision
from dashboard.texts import Texts
from dashboard.views.overlay import as_html, passage
from dashboard.views.verdict import suspects
from dashboard.worker import Progress
from sparsemix import Attribution, Rerun, SparseMixModel, WeightsError, integrated_gradients

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
    # Above the row, for the button's state depends on the choice that is made in it.
    picked = f"selection_target_{decision.id}"
    target = st.session_state.get(picked, next(iter(probability), None))
    slot = Slot("influence", f"{decision.id}_{target}")
    kept = (decision.id, model.weights_sha256, target)
    result = None if target is None else resources.attributions().get(kept)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.selectbox(
            t("selection.text.event_choose"),
            list(probability),
            format_func=lambda event: _item(t, loaded, event, probability[event]),
            key=picked,
        )
        st.button(
            t("selection.text.compute"),
            key="selection_compute",
            icon=":material/format_color_text:",
            disabled=target is None or jobs.under_way(slot) or result is not None,
            on_click=_start,
            args=(slot, model, loaded, target),
        )
    failures.show_kept(t)
    if result is None:
        jobs.watch(slot, t)
    else:
        _show(t, loaded, result)


def _start(slot: Slot, model: SparseMixModel, loaded: LoadedDecision, target: int) -> None:
    """Hand the work to the worker. What it needs is fetched here: a thread has no session."""
    kept, decision = resources.attributions(), loaded.summary.decision.id

    def work(progress: Progress) -> None:
        found = integrated_gradients(Rerun(model, loaded.sequence, loaded.trace), target, progress=progress)
        kept.put((decision, model.weights_sha256, target), found)

    with failures.kept():
        jobs.start(slot, work)


def _show(t: Texts, loaded: LoadedDecision, result: Attribution) -> None:
    st.caption(t("selection.text.legend", reached=f"{len(result.events):,}", events=f"{len(loaded.sequence):,}"))
    st.html(as_html(passage(loaded.sequence, result), t.plain))
    st.caption(
        t(
            "selection.text.converged" if result.converged else "selection.text.not_converged",
            delta=f"{abs(result.delta or 0.0):.4f}",
            total=f"{abs(result.logit - result.baseline_logit):.2f}",
            steps=result.steps,
        )
    )


def _item(t: Texts, loaded: LoadedDecision, event: int, probability: float) -> str:
    text = loaded.sequence.events[event].text
    short = text if len(text) <= _SHORT else text[: _SHORT - 1] + "…"
    line = loaded.sequence.events[event].line
    return t.plain("selection.text.event_item", line=line, probability=f"{probability:.0%}", text=short)
