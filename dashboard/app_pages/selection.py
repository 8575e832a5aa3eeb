"""Selection: which pairs of lines every layer and head used, why, and what carried a line's score."""

from __future__ import annotations

import streamlit as st

from audit import DecisionSummary, NotFound, Tampered
from dashboard import resources, session
from dashboard.components import failures, pair_explorer, pair_influence
from dashboard.texts import Texts
from dashboard.views import decisions, verdict

RECENT = 50


def named(t: Texts) -> DecisionSummary | None:
    """The decision that the address names; says so when the record holds none of that name."""
    wanted = session.decision_id() or st.query_params.get("decision")
    if not wanted:
        return None
    try:
        return session.access().summary(wanted)
    except NotFound:
        st.warning(t("selection.unknown", id=wanted), icon=":material/search_off:")
        return None


def choose(t: Texts) -> str | None:
    """The id of the decision to look at."""
    recent = decisions.recent(session.access(), RECENT)
    current = named(t)
    known = {summary.decision.id: summary for summary in recent}
    if current:
        known.setdefault(current.decision.id, current)
    if not known:
        st.info(t("selection.empty"), icon=":material/info:")
        return None
    return st.selectbox(
        t("selection.decision"),
        list(known),
        index=list(known).index(current.decision.id) if current else None,
        format_func=lambda id: item(t, known[id]),
        placeholder=t.plain("selection.decision_choose"),
        # A new key whenever the decision is chosen elsewhere, or the box would keep its own.
        key=f"selection_decision_{current.decision.id if current else None}",
    )


def item(t: Texts, summary: DecisionSummary) -> str:
    """A decision in one line."""
    decision = summary.decision
    return t.plain(
        "selection.decision_item",
        name=decision.input_name,
        label=t.plain("blind.short") if summary.blind else verdict.label(decision, t),
        score="–" if summary.blind else f"{decision.score:.0%}",
        when=verdict.moment(decision.started_at),
    )


t = session.texts()
st.title(t("selection.title"), anchor=False)
st.caption(t("selection.lead"))
if chosen := choose(t):
    session.choose_decision(chosen)
    try:
        loaded = resources.loaded(session.access(), chosen)
    except Tampered as error:
        # Caught here, so that another decision can still be chosen.
        failures.show(error, t)
    else:
        if loaded.summary.blind:
            st.info(t("blind.hidden"), icon=":material/visibility_off:")
        else:
            pair_explorer.explore(t, loaded)
            st.divider()
            pair_influence.influence(t, loaded)
