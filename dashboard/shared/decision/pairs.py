"""A pair of events, the same on every page: as rows of a table with the same columns, words and units, and a person's opinion
on it."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from audit import PairVerdict
from dashboard.shared import display, session
from dashboard.texts import Texts

OPINIONS = (PairVerdict.RELEVANT, PairVerdict.SPURIOUS)


def pair_table(t: Texts, table: pd.DataFrame, name: str, *, most: int, **options: Any) -> None:
    """Show pairs as rows, with the page's words and units; show the columns that the table has, ``most`` rows without
    scrolling.

    ``name``, ``options``: as in ``display.table``.
    """
    number = st.column_config.NumberColumn

    def label(column: str) -> str:
        return t.heading("selection.table", column)

    columns = {
        "query_line": number(label("query_line"), format="localized", width=70, help=t.plain("glossary.pair")),
        "key_line": number(label("key_line"), format="localized", width=70, help=t.plain("glossary.pair")),
        "weight": st.column_config.ProgressColumn(
            label("weight"), format="%.3f", min_value=0.0, max_value=1.0, width=110, help=t.plain("glossary.weight")
        ),
        "margin": number(label("margin"), format="%+.3f", width=75, help=t.plain("glossary.margin")),
        "distance": number(label("distance"), format="localized", width=75),
        "query_text": st.column_config.TextColumn(label("query_text"), width=290),
        "key_text": st.column_config.TextColumn(label("key_text"), width=290),
        "logit": number(label("logit"), format="%.3f", width=75, help=t.plain("glossary.logit")),
        "route": st.column_config.TextColumn(label("route"), width=80),
    }
    order = [column for column in columns if column in table.columns]
    options |= {"height": display.height(len(table), most), "column_config": columns, "column_order": order}
    display.table(t, table, name, **options)


def opinion(pair: tuple[str, int, int, int, int], label: str, t: Texts, **options: Any) -> PairVerdict | None:
    """Return a person's opinion on this pair of this decision: relevant, spurious or none. The session keeps it until a
    review takes it along."""
    key = "opinion_" + "_".join(map(str, pair))

    def keep() -> None:
        session.mark(pair, st.session_state[key])

    # The session's opinion outlives the control and may have been changed on another page; the control only mirrors it.
    marked = session.marks().get(pair)
    st.session_state[key] = None if marked is None else PairVerdict(marked)
    chosen: PairVerdict | None = st.segmented_control(
        label,
        OPINIONS,
        format_func=lambda value: t.plain(f"pair_verdict.{value.value}"),
        key=key,
        on_change=keep,
        **options,
    )
    return chosen
