"""The lines chosen in the text taken together: how many pairs, how much weight in every head, with which other lines most."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from dashboard.features.selection import cache as selection_cache
from dashboard.features.selection.pair_view import View
from dashboard.features.selection.views.event_sum import WAYS, EventSum, event_sum
from dashboard.service.decide.pipeline import LoadedDecision
from dashboard.shared import tables
from dashboard.texts import Texts

# Pixels: all columns are seen on a narrow screen.
_NUMBERS, _WEIGHTS = 105, 145
_ROWS_HIGH = 300


def chosen_sum(t: Texts, loaded: LoadedDecision, view: View) -> None:
    """The sum over the chosen lines; nothing where none is chosen."""
    if not view.lines:
        return
    found = _kept(loaded, view)
    with st.container(border=True, key="event_sum"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{t('selection.sum.title', lines=len(view.lines))}**", width="stretch", help=t("selection.sum.help"))
            st.button(
                t("selection.sum.only"),
                key="selection_sum_only",
                icon=":material/filter_alt:",
                on_click=view.want,
                args=(replace(view.wanted, lines=view.lines),),
            )
        for column, way in zip(st.columns(3), WAYS, strict=True):
            pairs, weight = int(found.heads[way].sum()), float(found.heads[f"weight_{way}"].sum())
            column.metric(t(f"selection.sum.{way}"), f"{pairs:,}", help=t(f"selection.sum.{way}_help"))
            column.caption(t("selection.sum.weight_of", weight=f"{weight:,.2f}"))
        _heads(t, view, found)
        _partners(t, loaded, view, found)


def _kept(loaded: LoadedDecision, view: View) -> EventSum:
    key = view.decision, view.lines
    return selection_cache.event_sums().get_or_make(key, lambda: event_sum(loaded.sequence, loaded.trace, view.lines))


def _heads(t: Texts, view: View, found: EventSum) -> None:
    st.markdown(t("selection.sum.heads"))
    table = found.heads.copy()
    table[["layer", "head"]] += 1
    number = st.column_config.NumberColumn
    config = {name: number(t.plain(f"selection.{name}"), width=55) for name in ("layer", "head")}
    for way in WAYS:
        words = t.plain(f"selection.sum.{way}")
        config[way] = number(words, format="localized", width=_NUMBERS)
        config[f"weight_{way}"] = number(t.plain("selection.sum.weight_column", way=words), format="%.2f", width=_WEIGHTS)
    order = ["layer", "head", *(f"weight_{way}" for way in WAYS), *WAYS]
    about, key = view.decision[:8], "selection_sum_heads"
    tables.show(
        t, table, "sum_heads", key=key, about=about, whole=lambda: found.heads, column_config=config, column_order=order
    )


def _partners(t: Texts, loaded: LoadedDecision, view: View, found: EventSum) -> None:
    st.markdown(t("selection.sum.partners", shown=len(found.partners), lines=found.others))
    number = st.column_config.NumberColumn
    config = {
        "line": number(t.plain("selection.lines.line"), format="localized", width=70),
        "text": st.column_config.TextColumn(t.plain("selection.lines.text"), width=420),
        "weight": number(t.plain("selection.table.weight"), format="%.2f", width=75),
        "weight_in": number(t.plain("selection.sum.as_cause"), format="%.2f", width=_NUMBERS),
        "weight_out": number(t.plain("selection.sum.as_effect"), format="%.2f", width=_NUMBERS),
        "pairs": number(t.plain("selection.map.pairs"), format="localized", width=75),
    }
    # Without the time stamp, or the column would show little else.
    table = found.partners.assign(text=[loaded.sequence.events[i].message for i in found.partners.event])
    tables.show(
        t,
        table,
        "sum_partners",
        key="selection_sum_partners",
        about=view.decision[:8],
        whole=lambda: found.partners,
        height=_ROWS_HIGH if len(table) > len(found.heads) else "content",
        column_config=config,
        column_order=list(config),
    )
