"""The pairs that a review takes along: those marked in the log, and those that the model should have selected."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from audit import PairReview, PairVerdict
from dashboard.service.decide.pipeline import LoadedDecision
from dashboard.service.decide.review_record import ReviewProblem, missing_pair
from dashboard.shared import failures, session
from dashboard.texts import Texts
from dashboard.views import verdict


def show(loaded: LoadedDecision, t: Texts) -> None:
    """Show the marked pairs behind a button, and the fields for a pair that the model did not select."""
    id = loaded.summary.decision.id
    marked = session.marked(id)
    with st.popover(t("pairs.marked", n=len(marked)), icon=":material/checklist:", key="marked_pairs"):
        for number, pair in enumerate(marked):
            with st.container(horizontal=True, vertical_alignment="center"):
                st.text(verdict.opinion_text(pair, loaded, t))
                place = (id, pair.layer, pair.head, pair.query, pair.key)
                words = t("missing.remove")
                st.button(words, key=f"unmark_{number}", type="tertiary", on_click=session.mark, args=(place, None))
        st.caption(t("pairs.lead"))
        with st.container(horizontal=True, vertical_alignment="bottom"):
            st.number_input(t("missing.effect"), min_value=1, step=1, value=None, key=f"effect_{id}")
            st.number_input(t("missing.cause"), min_value=1, step=1, value=None, key=f"cause_{id}")
            st.button(t("missing.add"), key="missing_add", icon=":material/add:", on_click=_add, args=(loaded,))
        problem = st.session_state.pop("missing_problem", None)
        if problem is not None:
            failures.show(problem, t)


def listed(pairs: Sequence[PairReview], loaded: LoadedDecision, t: Texts) -> None:
    """Show a review's opinions, one line for each pair."""
    if pairs:
        with st.expander(t("history.pairs", n=len(pairs))):
            for pair in pairs:
                st.text(verdict.opinion_text(pair, loaded, t))


def _add(loaded: LoadedDecision) -> None:
    id = loaded.summary.decision.id
    effect, cause = st.session_state.get(f"effect_{id}"), st.session_state.get(f"cause_{id}")
    try:
        if effect is None or cause is None:
            raise ReviewProblem("no_lines")
        pair = missing_pair(loaded, int(effect), int(cause))
    except ReviewProblem as problem:
        st.session_state["missing_problem"] = problem
    else:
        st.session_state[f"effect_{id}"] = st.session_state[f"cause_{id}"] = None
        session.mark((id, None, None, pair.query, pair.key), PairVerdict.MISSING)
