"""Choosing a decision: in a list of the recent ones, or by a row of a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from audit import DecisionSummary
from dashboard.shared import display, navigation, session
from dashboard.texts import Texts
from dashboard.views import decisions, verdict

RECENT = 50
QUEUE_ROWS = 12
QUEUE_HEIGHT = 460
_NUMBER_WIDTH = 125


def recent() -> dict[str, DecisionSummary]:
    """Return the last decisions by their ids, newest first."""
    return {summary.decision.id: summary for summary in decisions.recent(session.access(), RECENT)}


def item(t: Texts, summary: DecisionSummary) -> str:
    """Describe a decision in one line."""
    decision = summary.decision
    return t.plain(
        "selection.decision_item",
        name=decision.input_name,
        label=t.plain("blind.short") if summary.blind else verdict.label(decision, t),
        score="–" if summary.blind else f"{decision.score:.0%}",
        when=verdict.moment(decision.started_at),
    )


def choose_in_table(table: pd.DataFrame, summaries: Sequence[DecisionSummary | None], key: str, t: Texts) -> None:
    """Show a table with a decision, or none, for each row: one chosen row opens its decision, two can be compared."""
    ids = [None if summary is None else summary.decision.id for summary in summaries]
    state = display.table(
        t,
        table,
        "decisions",
        key=key,
        height="content",
        on_select=lambda: _open_row(key, ids),
        selection_mode="multi-row",
        column_config=_columns(t),
    )
    chosen = [summary for row in state.selection.rows if row < len(summaries) and (summary := summaries[row]) is not None]
    if sum(summary is not None for summary in summaries) > 1:
        _compare(chosen, t)


def plain_table(table: pd.DataFrame, t: Texts) -> None:
    """Show the same table as long as there is nothing to choose."""
    display.table(t, table, "files", height="content", column_config=_columns(t))


def _columns(t: Texts) -> dict[str, Any]:
    number = st.column_config.NumberColumn
    return {
        t.plain("decisions.events"): number(format="localized"),
        t.plain("decisions.probability"): number(format="%.1f%%", width=_NUMBER_WIDTH, help=t.plain("glossary.probability")),
        t.plain("word.state"): st.column_config.TextColumn(help=t.plain("glossary.gate")),
        t.plain("decisions.familiar"): st.column_config.TextColumn(help=t.plain("glossary.familiarity")),
        t.plain("decisions.flagged"): number(format="localized", width=_NUMBER_WIDTH),
    }


def _compare(chosen: Sequence[DecisionSummary], t: Texts) -> None:
    if len(chosen) != 2:
        st.caption(t("compare.choose_two"))
    elif any(summary.blind for summary in chosen):
        st.caption(t("compare.blind"))
    else:
        first, second = (summary.decision for summary in chosen)
        words = t("compare.two", first=first.input_name, second=second.input_name)
        address = {"decision": first.id, "section": "compare", "other": second.id}
        navigation.link("explain", words, address, icon=":material/compare_arrows:")


def queue_table(summaries: Sequence[DecisionSummary], now: str, t: Texts) -> None:
    """Show decisions in a narrow column; a click on a row opens it."""
    if not summaries:
        st.caption(t("review.queue_empty"))
        return
    percent = st.column_config.NumberColumn(format="%.0f%%", width=85)
    ids = [summary.decision.id for summary in summaries]
    display.table(
        t,
        decisions.queue_table(summaries, now, t),
        "queue",
        height=QUEUE_HEIGHT if len(summaries) > QUEUE_ROWS else "content",
        # The list may have grown by the time of the click: the rows counted are those that were shown.
        choose=lambda row: session.choose_decision(ids[row]),
        column_config={
            t.plain("word.state"): st.column_config.TextColumn(width=70),
            t.plain("word.time"): st.column_config.DatetimeColumn(format="MM-DD HH:mm", width=95),
            t.plain("word.due"): st.column_config.TextColumn(width=105),
            t.plain("decisions.probability"): percent,
        },
    )


def _open_row(key: str, ids: Sequence[str | None]) -> None:
    rows = st.session_state[key].selection.rows
    if len(rows) == 1 and rows[0] < len(ids):
        session.choose_decision(ids[rows[0]])
