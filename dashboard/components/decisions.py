"""Lists of decisions to choose from."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from audit import Access, DecisionSummary
from dashboard import session
from dashboard.components import tables
from dashboard.texts import Texts
from dashboard.views import decisions

RECENT = 10
QUEUE_ROWS = 12
QUEUE_HEIGHT = 460


def recent(access: Access, t: Texts) -> None:
    """The last decisions; a click on a row opens one."""
    st.header(t("decisions.recent"), anchor=False)
    summaries = decisions.recent(access, RECENT)
    if not summaries:
        st.caption(t("decisions.none"))
        return
    percent = st.column_config.NumberColumn(format="%.1f %%", width="small", help=t.plain("glossary.probability"))
    _remember("recent", summaries)
    tables.show(
        t,
        decisions.table(summaries, t),
        "recent_decisions",
        key="recent",
        on_select=lambda: _open("recent"),
        selection_mode="single-row",
        column_config={
            t.plain("decisions.probability"): percent,
            t.plain("decisions.gate"): st.column_config.TextColumn(help=t.plain("glossary.gate")),
        },
    )


def queue(summaries: Sequence[DecisionSummary], now: str, t: Texts) -> None:
    """Decisions in a narrow column; a click on a row opens one."""
    if not summaries:
        st.caption(t("review.queue_empty"))
        return
    percent = st.column_config.NumberColumn(format="%.0f %%", width=60)
    _remember("queue", summaries)
    tables.show(
        t,
        decisions.queue_table(summaries, now, t),
        "queue",
        height=QUEUE_HEIGHT if len(summaries) > QUEUE_ROWS else "content",
        on_select=lambda: _open("queue"),
        selection_mode="single-row",
        column_config={
            t.plain("decisions.gate"): st.column_config.TextColumn(width=70),
            t.plain("decisions.due"): st.column_config.TextColumn(width=105),
            t.plain("decisions.short_probability"): percent,
        },
    )


def _remember(key: str, summaries: Sequence[DecisionSummary]) -> None:
    # The list may have grown by the time of the click: the rows counted are those that were shown.
    st.session_state[f"{key}_ids"] = [summary.decision.id for summary in summaries]


def _open(key: str) -> None:
    rows = st.session_state[key].selection.rows
    if rows:
        session.choose_decision(st.session_state[f"{key}_ids"][rows[0]])
