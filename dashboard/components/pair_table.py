"""A table of pairs, with the same columns, words and units wherever it stands."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from dashboard.texts import Texts


def pair_table(t: Texts, table: pd.DataFrame, **options: Any) -> None:
    """Pairs as rows, with the page's words and units; shows the columns that the table has."""
    number = st.column_config.NumberColumn

    def name(column: str) -> str:
        return t.plain(f"selection.table.{column}")

    columns = {
        "query_line": number(name("query_line"), format="localized", width="small"),
        "query_text": st.column_config.TextColumn(name("query_text"), width="large"),
        "key_line": number(name("key_line"), format="localized", width="small"),
        "key_text": st.column_config.TextColumn(name("key_text"), width="large"),
        "weight": st.column_config.ProgressColumn(name("weight"), format="%.3f", min_value=0.0, max_value=1.0, width="small"),
        "margin": number(name("margin"), format="%+.3f", width="small"),
        "logit": number(name("logit"), format="%.3f", width="small"),
        "distance": number(name("distance"), format="localized", width="small"),
        "route": st.column_config.TextColumn(name("route"), width="small"),
        "mark": st.column_config.TextColumn(name("mark"), width="small"),
    }
    order = [column for column in columns if column in table.columns]
    st.dataframe(table, hide_index=True, column_config=columns, column_order=order, **options)
