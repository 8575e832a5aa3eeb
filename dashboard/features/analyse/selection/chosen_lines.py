"""The lines beside the map, where a chosen pair's two ends stand out, and the sum over the lines that are chosen there.

The pairs of the chosen lines are marked on the map. The sum says how many pairs and how much weight the lines have in every
head, and with which other lines they share most.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st
from pandas.io.formats.style import Styler

from dashboard.features.analyse.selection.pair_view import View
from dashboard.features.analyse.selection.pairs_in_view import region_in_view, selection_in_view
from dashboard.features.analyse.selection.views.chosen_lines import (
    AROUND,
    MAX_LINES,
    WAYS,
    EventSum,
    chosen_events,
    event_sum,
    line_table,
    lines_around,
    lines_in_view,
)
from dashboard.service.common.result_cache import ResultCache
from dashboard.service.decide.pipeline import LoadedDecision
from dashboard.shared import display
from dashboard.texts import Texts

_ROWS = 4 * AROUND + 3  # both ends of a pair with the lines around them, and the header
# Pale enough for the text on light and dark.
_EFFECT, _CAUSE = "rgba(217, 119, 6, 0.22)", "rgba(37, 99, 235, 0.22)"
_READABLE = 5_000  # lines
_ROW = 33  # pixels, at the theme's font size
# Widths in pixels: all columns are seen on a narrow screen.
_NUMBERS, _WEIGHTS = 105, 145
_PARTNERS_HEIGHT = 300  # pixels


def text_panel(t: Texts, loaded: LoadedDecision, view: View) -> None:
    """Show the lines, say which lines they are, and let the visitor choose among them."""
    selection, pair = selection_in_view(loaded, view), view.pair
    view.address_lines()
    _title(t, view)
    if pair is not None:
        events, words = lines_around(len(loaded.sequence), *pair[2:]), t("selection.lines.around", lines=AROUND)
    else:
        if _too_many(view) and not st.toggle(t("selection.lines.anyway"), key="selection_lines_anyway"):
            st.caption(t("selection.lines.closer"))
            return
        events, all_lines = lines_in_view(selection, region_in_view(loaded, view))
        whole = len(events) == all_lines
        words = t("selection.lines.all" if whole else "selection.lines.some", shown=len(events), lines=all_lines)
    # Chosen lines stay in sight: otherwise they could not be removed from the choice.
    events = np.union1d(events, np.array(view.lines, np.int64))
    st.caption(words)
    table = line_table(loaded.sequence, selection, events, pair[2:] if pair else None, t.plain)
    rows = np.flatnonzero(np.isin(events, view.lines)).tolist()
    key = f"selection_lines_{view.decision}_{view.number('lines', events.tobytes())}"

    def choose() -> None:
        state: Any = st.session_state[key]
        view.choose_lines(chosen_events(events.tolist(), state.selection.rows)[:MAX_LINES])

    display.table(
        t,
        table if pair is None else _tinted(table, t),
        "lines_in_view",
        key=key,
        about=view.decision[:8],
        height=_ROW * min(len(table) + 1, _ROWS) + 2,
        on_select=choose,
        selection_mode="multi-row",
        selection_default={"selection": {"rows": rows}},
        column_config=_columns(t),
    )


def _title(t: Texts, view: View) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.header(t("selection.axes.lines"), anchor=False, width="stretch")
        if view.pair is not None:
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


def _columns(t: Texts) -> dict[str, Any]:
    column = st.column_config
    return {
        "mark": column.TextColumn(t.plain("selection.lines.mark"), width=95),
        "line": column.NumberColumn(t.plain("word.line"), format="localized", width=65),
        "time": column.TextColumn(t.plain("word.time"), width=145),
        "text": column.TextColumn(t.plain("selection.text.event"), width=370),
        "as_effect": column.NumberColumn(
            t.plain("selection.sum.as_effect"), help=t("selection.lines.as_effect_help"), format="localized", width=85
        ),
        "as_cause": column.NumberColumn(
            t.plain("selection.sum.as_cause"), help=t("selection.lines.as_cause_help"), format="localized", width=85
        ),
    }


def _too_many(view: View) -> bool:
    """Return whether the lines in view are too many to read and would only hold up the map; chosen lines are always shown."""
    return not view.lines and view.viewport.query[1] - view.viewport.query[0] > _READABLE


def _tinted(table: pd.DataFrame, t: Texts) -> Styler:
    """Tint the chosen pair's rows; the words in them say the same."""
    tints = {t.plain("selection.lines.effect"): _EFFECT, t.plain("selection.lines.cause"): _CAUSE}

    def tint(row: pd.Series) -> list[str]:
        tint_colour = next((colour for words, colour in tints.items() if words in row["mark"]), "")
        return [f"background-color: {tint_colour}" if tint_colour else ""] * len(row)

    return table.style.apply(tint, axis=1)


def chosen_sum(t: Texts, loaded: LoadedDecision, view: View) -> None:
    """Show the sum over the chosen lines; nothing where no line is chosen."""
    if not view.lines:
        return
    total = _sum(loaded, view)
    with st.container(border=True, key="event_sum"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{t('selection.sum.title', lines=len(view.lines))}**", width="stretch", help=t("selection.sum.help"))
            st.button(
                t("selection.sum.only"),
                key="selection_sum_only",
                icon=":material/filter_alt:",
                on_click=view.set_filter,
                args=(replace(view.pair_filter, lines=view.lines),),
            )
        for column, way in zip(st.columns(3), WAYS, strict=True):
            pairs, weight = int(total.heads[way].sum()), float(total.heads[f"weight_{way}"].sum())
            column.metric(t(f"selection.sum.{way}"), f"{pairs:,}", help=t(f"selection.sum.{way}_help"))
            column.caption(t("selection.sum.weight_of", weight=f"{weight:,.2f}"))
        _head_table(t, view, total)
        _partner_table(t, loaded, view, total)


def _sum(loaded: LoadedDecision, view: View) -> EventSum:
    key = view.decision, view.lines
    return _kept_event_sums().get_or_make(key, lambda: event_sum(loaded.sequence, loaded.trace, view.lines))


def _head_table(t: Texts, view: View, total: EventSum) -> None:
    st.markdown(t("selection.sum.heads"))
    table = total.heads.copy()
    table[["layer", "head"]] += 1
    number = st.column_config.NumberColumn
    config = {name: number(t.heading("selection", name), width=55) for name in ("layer", "head")}
    for way in WAYS:
        words = t.plain(f"selection.sum.{way}")
        config[way] = number(words, format="localized", width=_NUMBERS)
        config[f"weight_{way}"] = number(t.plain("selection.sum.weight_column", way=words), format="%.2f", width=_WEIGHTS)
    order = ["layer", "head", *(f"weight_{way}" for way in WAYS), *WAYS]
    about, key = view.decision[:8], "selection_sum_heads"
    display.table(
        t, table, "sum_heads", key=key, about=about, whole=lambda: total.heads, column_config=config, column_order=order
    )


def _partner_table(t: Texts, loaded: LoadedDecision, view: View, total: EventSum) -> None:
    st.markdown(t("selection.sum.partners", shown=len(total.partners), lines=total.others))
    number = st.column_config.NumberColumn
    config = {
        "line": number(t.plain("word.line"), format="localized", width=70),
        "text": st.column_config.TextColumn(t.plain("selection.text.event"), width=420),
        "weight": number(t.plain("word.weight"), format="%.2f", width=75),
        "weight_in": number(t.plain("selection.sum.as_cause"), format="%.2f", width=_NUMBERS),
        "weight_out": number(t.plain("selection.sum.as_effect"), format="%.2f", width=_NUMBERS),
        "pairs": number(t.plain("selection.map.pairs"), format="localized", width=75),
    }
    # Without the time stamp: the column would show little else.
    table = total.partners.assign(text=[loaded.sequence.events[i].message for i in total.partners.event])
    display.table(
        t,
        table,
        "sum_partners",
        key="selection_sum_partners",
        about=view.decision[:8],
        whole=lambda: total.partners,
        height=_PARTNERS_HEIGHT if len(table) > len(total.heads) else "content",
        column_config=config,
        column_order=list(config),
    )


@st.cache_resource(show_spinner=False)
def _kept_event_sums() -> ResultCache[tuple[str, tuple[int, ...]], EventSum]:
    """Return the cache of sums over chosen lines, by decision and events."""
    return ResultCache(128)
