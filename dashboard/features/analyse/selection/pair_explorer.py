"""The map of the selected pairs, its controls, the lines and the table of the pairs in view."""

from __future__ import annotations

from functools import partial

import streamlit as st

from dashboard.features.analyse.selection import pair_panel, pair_view
from dashboard.features.analyse.selection.chosen_lines import chosen_sum, text_panel
from dashboard.features.analyse.selection.maps import pair_chart
from dashboard.features.analyse.selection.pair_search import search
from dashboard.features.analyse.selection.pair_view import View
from dashboard.features.analyse.selection.pairs_in_view import region_in_view, strongest_in_view
from dashboard.features.analyse.selection.views.pair_detail import head_facts
from dashboard.service.decide.pipeline import LoadedDecision
from dashboard.shared import display, session
from dashboard.shared.callbacks import newest
from dashboard.shared.decision.pairs import pair_table
from dashboard.shared.fragments import fragment
from dashboard.texts import Texts
from dashboard.views.pair_map import Viewport
from dashboard.views.pairs import pair_rows

MAX_EXPORT = 100_000


@fragment()
def explore(t: Texts, loaded: LoadedDecision) -> None:
    """Show the map beside its controls, then lines and pairs in view, then the chosen pair."""
    view = pair_view.current(loaded)
    with st.container(key="split_map"):
        map_side, control_side = st.columns([5, 3], gap="large")
    with control_side:
        _heads(t, loaded, view)
        search(t, loaded, view)
        _region(t, loaded, view)
    with map_side:
        pair_chart(t, loaded, view)
    text_panel(t, loaded, view)
    chosen_sum(t, loaded, view)
    _table(t, loaded, view)
    pair_panel.pair(t, loaded, view)


def _heads(t: Texts, loaded: LoadedDecision, view: View) -> None:
    layers, heads = loaded.trace.heads, loaded.trace.heads[view.layer]
    # Callbacks change the view; the widgets only mirror it, because a link can choose a head too.
    st.session_state["selection_layer"], st.session_state["selection_head"] = view.layer, view.head
    with st.container(horizontal=True):
        for key, label, size in (
            ("selection_layer", t("word.layer"), len(layers)),
            ("selection_head", t("selection.head"), len(heads)),
        ):
            st.segmented_control(
                label, range(size), format_func=lambda i: str(i + 1), key=key, on_change=_choose_head, args=(view, loaded)
            )
    facts = head_facts(loaded.trace, view.layer)
    facts["head"] += 1
    facts[["certified", "anchor"]] *= 100
    share = partial(st.column_config.NumberColumn, format="%.1f%%")
    display.table(
        t,
        facts,
        "head_facts",
        about=f"{view.decision[:8]}-layer{view.layer + 1}",
        column_config={
            "head": st.column_config.NumberColumn(t.plain("selection.head"), width="small"),
            "pairs": st.column_config.NumberColumn(t.plain("selection.map.pairs"), format="localized"),
            "per_query": st.column_config.NumberColumn(t.plain("selection.facts.per_query"), format="%.1f"),
            "certified": share(t.plain("selection.facts.certified")),
            "anchor": share(t.plain("selection.facts.anchor")),
        },
    )
    st.caption(t("selection.heads_help"))


def _choose_head(view: View, loaded: LoadedDecision) -> None:
    # A second click on the chosen layer or head gives None: nothing changes then.
    layer, head = st.session_state["selection_layer"], st.session_state["selection_head"]
    layer = view.layer if layer is None else layer
    head = view.head if head is None else head
    view.choose_head(layer, min(head, len(loaded.trace.heads[layer]) - 1))


def _region(t: Texts, loaded: LoadedDecision, view: View) -> None:
    (q0, q1), (k0, k1) = view.viewport.lines(loaded.sequence)
    least, most = loaded.sequence.events[0].line, loaded.sequence.events[-1].line
    number = view.number("region", view.viewport)
    with st.form(f"selection_region_{number}", border=True):
        st.markdown(f"**{t('selection.region.title')}**")
        keys = [f"selection_{side}_{end}_{number}" for side in ("effect", "cause") for end in ("from", "to")]
        for column, key, value in zip(st.columns(2) + st.columns(2), keys, (q0, q1, k0, k1), strict=True):
            _, side, end, _ = key.split("_")
            column.number_input(t(f"selection.region.{side}_{end}"), least, most, value, key=key)

        def show() -> None:
            first, last, cause_first, cause_last = (int(st.session_state[key]) for key in keys)
            view.open(Viewport.of_lines(loaded.sequence, (first, last), (cause_first, cause_last)))

        st.form_submit_button(t("selection.region.show"), width="stretch", on_click=newest("region", "region", show))


def _table(t: Texts, loaded: LoadedDecision, view: View) -> None:
    region = region_in_view(loaded, view)
    st.header(t("selection.table.title"), anchor=False)
    if not region.pairs:
        st.caption(t("selection.map.none"))
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        # A line's pair with itself is often its strongest and would fill the table, though it explains little.
        with_own = st.toggle(t("selection.table.own"), key="selection_own", help=t("selection.table.own_help"))
        count = region.pairs if with_own else region.others
        selection, top = loaded.trace.heads[view.layer][view.head], region.top if with_own else region.top_others
        table = pair_rows(loaded.sequence, view.layer, view.head, selection, *top)
        words = "selection.table.all" if count == len(table) else "selection.table.some"
        st.caption(t(words, count=f"{count:,}", shown=f"{len(table):,}"))
    ids = [tuple(row) for row in table[["layer", "head", "query", "key"]].to_numpy().tolist()]
    marks = session.marks()
    opinions = [marks.get((view.decision, *id)) for id in ids]
    if any(opinions):
        table["mark"] = [t.plain(f"pair_verdict.{mark}") if mark else "" for mark in opinions]
    for side in ("query", "key"):
        # Without the time stamp: the columns would show little else. The panel below shows lines in full.
        table[f"{side}_text"] = [loaded.sequence.events[i].message for i in table[side]]
    table["route"] = [t.plain(f"selection.route.{route}") for route in table["route"]]
    pair_table(
        t,
        table,
        "pairs_in_view",
        key=f"selection_pairs_{view.decision}_{view.serial}_{with_own}",
        about=f"{view.decision[:8]}-layer{view.layer + 1}-head{view.head + 1}",
        # Made when it is asked for: a region may hold a million pairs.
        whole=lambda: strongest_in_view(loaded, view, MAX_EXPORT),
        choose=lambda row: view.choose(ids[row]),
        most=10,
    )
