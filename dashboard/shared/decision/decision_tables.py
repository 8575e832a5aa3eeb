"""Lists of decisions to choose from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from audit import DecisionSummary
from dashboard.shared import session, tables
from dashboard.shared.routes import PAGES
from dashboard.texts import Texts
from dashboard.views import decisions

QUEUE_ROWS = 12
QUEUE_HEIGHT = 460
_NUMBER_WIDTH = 125


def choose(table: pd.DataFrame, summaries: Sequence[DecisionSummary | None], key: str, t: Texts) -> None:
    """A table with a decision, or none, for each row: one chosen row opens its decision, two can be compared."""
    ids = [None if summary is None else summary.decision.id for summary in summaries]
    state = tables.show(
        t,
        table,
        "decisions",
        key=key,
        height="content",
        on_select=lambda: _open_row(key, ids),
        selection_mode="multi-row",
        column_config=_columns(t),
    )
    chosen = [found for row in state.selection.rows if row < len(summaries) and (found := summaries[row]) is not None]
    if sum(one is not None for one in summaries) > 1:
        _compare(chosen, t)


def plain(table: pd.DataFrame, t: Texts) -> None:
    """The same table as long as there is nothing to choose."""
    tables.show(t, table, "files", height="content", column_config=_columns(t))


def _columns(t: Texts) -> dict[str, Any]:
    number = st.column_config.NumberColumn
    return {
        t.plain("decisions.events"): number(format="localized"),
        t.plain("decisions.probability"): number(format="%.1f %%", width=_NUMBER_WIDTH, help=t.plain("glossary.probability")),
        t.plain("decisions.gate"): st.column_config.TextColumn(help=t.plain("glossary.gate")),
        t.plain("decisions.familiar"): st.column_config.TextColumn(help=t.plain("glossary.familiarity")),
        t.plain("decisions.flagged"): number(format="localized", width=_NUMBER_WIDTH),
    }


def _compare(chosen: Sequence[DecisionSummary], t: Texts) -> None:
    if len(chosen) != 2:
        st.caption(t("compare.choose_two" if len(chosen) < 2 else "compare.only_two"))
    elif any(one.blind for one in chosen):
        st.caption(t("compare.blind"))
    else:
        first, second = (one.decision for one in chosen)
        st.page_link(
            PAGES["explain"],
            label=t("compare.two", first=first.input_name, second=second.input_name),
            icon=":material/compare_arrows:",
            query_params={"decision": first.id, "section": "compare", "other": second.id},
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


def _open_row(key: str, ids: Sequence[str | None]) -> None:
    rows = st.session_state[key].selection.rows
    if len(rows) == 1 and rows[0] < len(ids):
        session.choose_decision(ids[rows[0]])


def _remember(key: str, summaries: Sequence[DecisionSummary]) -> None:
    # The list may have grown by the time of the click: the rows counted are those that were shown.
    st.session_state[f"{key}_ids"] = [summary.decision.id for summary in summaries]


def _open(key: str) -> None:
    rows = st.session_state[key].selection.rows
    if rows:
        session.choose_decision(st.session_state[f"{key}_ids"][rows[0]])
