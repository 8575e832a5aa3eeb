"""The lines beside the map: a chosen pair's two ends stand out; the pairs of lines chosen here are marked on the map."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import streamlit as st
from pandas.io.formats.style import Styler

from dashboard.features.selection.pair_view import View
from dashboard.features.selection.pairs_in_view import region_in_view, selection_in_view
from dashboard.features.selection.views.text_panel import (
    AROUND,
    MAX_LINES,
    chosen_events,
    line_table,
    lines_around,
    lines_in_view,
)
from dashboard.service.decide.pipeline import LoadedDecision
from dashboard.shared import tables
from dashboard.texts import Texts

_ROWS = 4 * AROUND + 3  # both ends of a pair with what is around them, and the header
# Pale enough for the text on light and dark.
_EFFECT, _CAUSE = "rgba(217, 119, 6, 0.22)", "rgba(37, 99, 235, 0.22)"
_READABLE = 5_000  # lines
_ROW = 33  # pixels, at the theme's font size


def text_panel(t: Texts, loaded: LoadedDecision, view: View) -> None:
    """The lines, what they are, and the choice among them."""
    selection, pair = selection_in_view(loaded, view), view.pair
    view.address_lines()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.header(t("selection.lines.title"), anchor=False, width="stretch")
        if pair is not None:
            st.button(
                t("selection.lines.in_view"),
                key="selection_lines_in_view",
                icon=":material/view_list:",
                on_click=view.choose,
                args=(None,),
            )
        if view.lines:
            st.button(
                t("selection.lines.none"), key="selection_lines_none", icon=":material/deselect:", on_click=view.choose_lines
            )
    if pair is not None:
        events, words = lines_around(len(loaded.sequence), *pair[2:]), t("selection.lines.around", lines=AROUND)
    else:
        if _too_many(view) and not st.toggle(t("selection.lines.anyway"), key="selection_lines_anyway"):
            st.caption(t("selection.lines.closer"))
            return
        events, all_lines = lines_in_view(selection, region_in_view(loaded, view))
        whole = len(events) == all_lines
        words = t("selection.lines.all" if whole else "selection.lines.some", shown=len(events), lines=all_lines)
    # Chosen lines stay in sight, or they could not be taken out of the choice again.
    events = np.union1d(events, np.array(view.lines, np.int64))
    st.caption(words)
    table = line_table(loaded.sequence, selection, events, pair[2:] if pair else None, t.plain)
    rows = np.flatnonzero(np.isin(events, view.lines)).tolist()
    key = f"selection_lines_{view.decision}_{view.number('lines', events.tobytes())}"

    def choose() -> None:
        state: Any = st.session_state[key]
        view.choose_lines(chosen_events(events.tolist(), state.selection.rows)[:MAX_LINES])

    column = st.column_config
    tables.show(
        t,
        table if pair is None else _tinted(table, t),
        "lines_in_view",
        key=key,
        about=view.decision[:8],
        height=_ROW * min(len(table) + 1, _ROWS) + 2,
        on_select=choose,
        selection_mode="multi-row",
        selection_default={"selection": {"rows": rows}},
        column_config={
            "mark": column.TextColumn(t.plain("selection.lines.mark"), width=95),
            "line": column.NumberColumn(t.plain("selection.lines.line"), format="localized", width=65),
            "time": column.TextColumn(t.plain("selection.lines.time"), width=145),
            "text": column.TextColumn(t.plain("selection.lines.text"), width=370),
            "as_effect": column.NumberColumn(
                t.plain("selection.lines.as_effect"), help=t("selection.lines.as_effect_help"), format="localized", width=85
            ),
            "as_cause": column.NumberColumn(
                t.plain("selection.lines.as_cause"), help=t("selection.lines.as_cause_help"), format="localized", width=85
            ),
        },
    )


def _too_many(view: View) -> bool:
    """Whether the lines in view are too many to be read, and would only hold up the map; chosen ones are shown always."""
    return not view.lines and view.viewport.query[1] - view.viewport.query[0] > _READABLE


def _tinted(table: pd.DataFrame, t: Texts) -> Styler:
    """The chosen pair's rows stand out by colour too; the words in them say the same."""
    tints = {t.plain("selection.lines.effect"): _EFFECT, t.plain("selection.lines.cause"): _CAUSE}

    def tint(row: pd.Series) -> list[str]:
        found = next((colour for words, colour in tints.items() if words in row["mark"]), "")
        return [f"background-color: {found}" if found else ""] * len(row)

    return table.style.apply(tint, axis=1)
