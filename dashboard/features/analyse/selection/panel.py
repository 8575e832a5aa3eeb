"""Selection: which pairs of lines every layer and head used: all heads at a glance, the map of one, its pairs as a list."""

from __future__ import annotations

from typing import Any

import streamlit as st

from dashboard.features.analyse.selection import pair_view, rings
from dashboard.features.analyse.selection.maps import choose_axes, choose_head, head_overview, pair_chart
from dashboard.features.analyse.selection.pair_filter_form import filter_form
from dashboard.features.analyse.selection.pair_view import View
from dashboard.features.analyse.selection.pairs_in_view import region_in_view, strongest_in_view
from dashboard.service.decide.pipeline import LoadedDecision
from dashboard.shared.decision import log_choice
from dashboard.shared.decision.pairs import pair_table
from dashboard.shared.fragments import fragment
from dashboard.texts import Texts
from dashboard.views.pairs import pair_rows
from dashboard.views.wording import by_itself

MAX_EXPORT = 100_000
_ROWS = 6  # shown before the list scrolls


def show(t: Texts, loaded: LoadedDecision) -> None:
    """Show the panel."""
    if by_itself(loaded.summary.decision):
        st.caption(t("itself.selection"))
    explore(t, loaded)


@fragment()
def explore(t: Texts, loaded: LoadedDecision) -> None:
    """Show the controls, the map beside the heads, and the pairs in view. A chosen pair is chosen in the log too."""
    view = pair_view.current(loaded)
    if view.pair is not None and view.untold:
        view.untold = False
        log_choice.choose(loaded, *view.pair[2:])
        st.rerun(scope="app")
    if view.unknown_pair:
        st.warning(t("selection.pair.unknown"), icon=":material/link_off:")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        choose_axes(t, view)
        method = rings.choose_method(t)
    _way(t, loaded, view)
    scored = None if method is None else rings.attribution_of(t, loaded, method)
    with st.container(key="split_map"):
        map_side, head_side = st.columns([5, 3], gap="medium")
    with map_side:
        pair_chart(t, loaded, view, None if scored is None else scored.attribution)
    with head_side:
        head_overview(t, loaded, view)
    _pairs(t, loaded, view)


def _way(t: Texts, loaded: LoadedDecision, view: View) -> None:
    """Show the head, a button back to the previous view, the way from the whole log to this part, and the filter."""
    depth = len(view.look.way) - 1
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        choose_head(t, loaded, view)
        back, reset = t("selection.region.back"), t("selection.region.reset")
        st.button(back, icon=":material/arrow_back:", key="selection_back", disabled=not view.past, on_click=view.undo)
        whole: dict[str, Any] = {"disabled": depth == 0, "on_click": view.back_to, "args": (0,)}
        st.button(reset, icon=":material/zoom_out_map:", key="selection_reset", **whole)
        for step in range(max(1, depth - 1), depth + 1):
            (q0, q1), (k0, k1) = view.look.way[step].lines(loaded.sequence)
            words = t("selection.region.view", q0=q0, q1=q1, k0=k0, k1=k1)
            options: dict[str, Any] = {"type": "tertiary", "disabled": step == depth, "on_click": view.back_to, "args": (step,)}
            st.button(words, key=f"selection_step_{step}_{view.serial}", **options)
        filter_form(t, loaded, view)


def _pairs(t: Texts, loaded: LoadedDecision, view: View) -> None:
    """List the strongest pairs in view; a line's pair with itself, often its strongest, explains little and is left out, and
    the list says so."""
    region = region_in_view(loaded, view)
    if not region.others:
        return
    table = pair_rows(loaded.sequence, view.layer, view.head, loaded.trace.heads[view.layer][view.head], *region.top)
    own = region.pairs - region.others
    said = t("selection.table.some", count=region.others, shown=len(table))
    st.caption(f"{said} {t('selection.table.own', own=own, all=region.pairs)}" if own else said)
    ids = [tuple(row) for row in table[["layer", "head", "query", "key"]].to_numpy().tolist()]
    for side in ("query", "key"):
        # Without the time stamp: the columns would show little else.
        table[f"{side}_text"] = [loaded.sequence.events[i].message for i in table[side]]
    table["route"] = [t.plain(f"selection.route.{route}") for route in table["route"]]
    pair_table(
        t,
        table,
        "pairs_in_view",
        key=f"selection_pairs_{view.decision}_{view.serial}",
        about=f"{view.decision[:8]}-layer{view.layer + 1}-head{view.head + 1}",
        # Made when it is asked for: a region may hold a million pairs.
        whole=lambda: strongest_in_view(loaded, view, MAX_EXPORT),
        choose=lambda row: view.choose(ids[row]),
        most=_ROWS,
    )
