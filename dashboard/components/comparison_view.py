"""Two runs side by side: verdicts, the lines that changed most, the selections."""

from __future__ import annotations

import streamlit as st

from dashboard.texts import Texts
from dashboard.views.comparison import event_changes, layer_changes
from sparsemix import TokenSequence
from sparsemix.explain.comparison import Comparison


def comparison_view(t: Texts, comparison: Comparison, first: TokenSequence, second: TokenSequence, *, second_name: str) -> None:
    """``second_name``: what the second run is, in words."""
    columns = st.columns(2)
    for column, name, run in (
        (columns[0], t("compare.before"), comparison.first),
        (columns[1], second_name, comparison.second),
    ):
        decision = run.decision
        flagged = t("compare.flagged", n=len(decision.flagged))
        label = f"{t.plain(f'label.{decision.label}')} · {t.plain('unit.percent', x=decision.sequence_probability)}"
        column.metric(name, label, flagged, delta_color="off", delta_arrow="off")
    if comparison.flipped:
        st.warning(t("compare.flips"), icon=":material/swap_horiz:")
    else:
        st.info(t("compare.same"), icon=":material/drag_handle:")
    with st.container(key="split_comparison"):
        events, layers = st.columns([5, 3], gap="large")
    with events:
        st.markdown(f"**{t('compare.events')}**")
        _events(t, comparison, first, second)
    with layers:
        st.markdown(f"**{t('compare.layers')}**")
        _layers(t, comparison)


def _events(t: Texts, comparison: Comparison, first: TokenSequence, second: TokenSequence) -> None:
    table = event_changes(comparison, first, second)
    if not len(table):
        st.caption(t("compare.events_none"))
        return
    number = st.column_config.NumberColumn
    st.dataframe(
        table,
        hide_index=True,
        placeholder="–",
        column_config={
            "first_line": number(t.plain("compare.first_line"), format="localized", width=85),
            "second_line": number(t.plain("compare.second_line"), format="localized", width=85),
            "before": number(t.plain("compare.before_percent"), format="%.1f %%", width=80),
            "after": number(t.plain("compare.after_percent"), format="%.1f %%", width=80),
            "text": st.column_config.TextColumn(t.plain("compare.text"), width=360),
        },
    )


def _layers(t: Texts, comparison: Comparison) -> None:
    table = layer_changes(comparison)
    if not len(table):
        st.caption(t("compare.layers_none"))
        return
    number = st.column_config.NumberColumn
    columns = {
        name: number(t.plain(f"compare.{name}"), format="localized") for name in ("layer", "both", "only_first", "only_second")
    }
    columns["kept"] = number(t.plain("compare.kept"), format="%.1f %%")
    st.dataframe(table, hide_index=True, column_config=columns)
