"""Which decision a page speaks of: the address names it, or a list of the recent ones."""

from __future__ import annotations

import streamlit as st

from audit import DecisionSummary, NotFound, Tampered
from dashboard.service.decide.pipeline import LoadedDecision
from dashboard.shared import cache, empty_state, failures, session
from dashboard.texts import Texts
from dashboard.views import decisions, verdict

RECENT = 50


def choose(t: Texts, page: str) -> str | None:
    """The id of the decision to look at; ``page`` keeps the boxes of different pages apart."""
    known = recent()
    current = _named(t, in_empty=not known)
    if current:
        known.setdefault(current.decision.id, current)
    if not known:
        empty_state.nothing(t, t("selection.empty"), icon=":material/inbox:", page="analyse")
        return None
    return st.selectbox(
        t("selection.decision"),
        list(known),
        index=list(known).index(current.decision.id) if current else None,
        format_func=lambda id: item(t, known[id]),
        placeholder=t.plain("selection.decision_choose"),
        # A new key whenever the decision is chosen elsewhere, or the box would keep its own.
        key=f"{page}_decision_{current.decision.id if current else None}",
    )


def opened(t: Texts, page: str) -> LoadedDecision | None:
    """The decision to look at, with its evidence; None where there is none to show, which is said."""
    chosen = choose(t, page)
    if not chosen:
        return None
    session.choose_decision(chosen)
    try:
        found = cache.loaded(session.access(), chosen)
    except Tampered as error:
        # Caught here, so that another decision can still be chosen.
        failures.show(error, t)
        return None
    if found.summary.blind:
        empty_state.nothing(t, t("blind.hidden"), icon=":material/visibility_off:", page="review", decision=chosen)
        return None
    return found


def recent() -> dict[str, DecisionSummary]:
    """The last decisions by their ids, newest first."""
    return {summary.decision.id: summary for summary in decisions.recent(session.access(), RECENT)}


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


def _named(t: Texts, *, in_empty: bool) -> DecisionSummary | None:
    """The decision that the address names; says so when the record holds none of that name."""
    wanted = session.decision_id() or st.query_params.get("decision")
    if not wanted:
        return None
    try:
        return session.access().summary(wanted)
    except NotFound:
        st.warning(t("selection.unknown_empty" if in_empty else "selection.unknown", id=wanted), icon=":material/search_off:")
        return None
