"""What came of learning from reviews: what changed, how far what people marked can be told from chance, and pair by pair."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from dashboard.features.training.views import feedback
from dashboard.service.training.training import Trained
from dashboard.shared import tables
from dashboard.shared.routes import PAGES
from dashboard.texts import Texts

_TABLE = "feedback_pairs"


def show(trained: Trained, t: Texts) -> None:
    """The account of new weights that nobody has kept yet."""
    show_changes(trained.card, "new", t)
    pairs = feedback.changed_first(trained.pairs or [])
    table = feedback.pairs(pairs, t)
    if not len(table):
        return
    st.markdown(t("feedback.pairs", n=len(table)))
    event = tables.show(
        t,
        table,
        _TABLE,
        on_select="rerun",
        selection_mode="single-row",
        column_config={
            t.plain("feedback.decision"): None,
            t.plain("feedback.relevant_share"): st.column_config.NumberColumn(
                format="%.0f %%", help=t("feedback.relevant_share_help")
            ),
        },
    )
    chosen = next((pairs[row] for row in event.selection.rows if row < len(pairs)), None)
    if chosen is not None:
        st.page_link(
            PAGES["selection"],
            label=t("link.selection"),
            icon=":material/scatter_plot:",
            query_params={"decision": chosen["decision"], "lines": f"{chosen['query']}-{chosen['key']}"},
        )
    else:
        st.caption(t("feedback.choose"))


def show_changes(card: Mapping[str, Any], key: str, t: Texts) -> None:
    """What a card of weights that learned from reviews says: from what, how sure that was, and what changed."""
    st.caption("  \n".join([feedback.source(card, t), feedback.judge(card, t)]))
    table = feedback.changes(card, t)
    if not len(table):
        return
    numbers = {name: st.column_config.NumberColumn(format="localized") for name in table.columns[1:]}
    tables.show(t, table, "feedback_changes", key=f"changes_{key}", about=key, height="content", column_config=numbers)
    st.caption(t("feedback.changes_note"))
    held = card.get(feedback.PARTS[1])
    if not (isinstance(held, Mapping) and held.get("decisions")):
        st.caption(t("feedback.none_held_out"))
