"""The map of the selected pairs, its controls, and the table of the pairs in view."""

from __future__ import annotations

from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import resources, session
from dashboard.components import pair_panel, pair_view
from dashboard.components.pair_influence import OVERLAY
from dashboard.components.pair_search import region_in_view, search, strongest_in_view
from dashboard.components.pair_table import pair_table
from dashboard.components.pair_view import View
from dashboard.pipeline import LoadedDecision
from dashboard.texts import Texts
from dashboard.views.heatmap import clicked, pair_map
from dashboard.views.map_overlay import rings
from dashboard.views.pair_detail import head_facts
from dashboard.views.pair_files import to_csv, to_json_lines
from dashboard.views.pairs import pair_rows
from dashboard.views.viewport import Viewport

MAX_EXPORT = 100_000
_CONFIG = {
    "displaylogo": False,
    # Plotly's own zoom would show the same coarse cells, only larger.
    "modeBarButtonsToRemove": ["zoom2d", "pan2d", "zoomIn2d", "zoomOut2d", "autoScale2d", "resetScale2d", "lasso2d"],
    "toImageButtonOptions": {"format": "svg", "filename": "selected-pairs"},
    "doubleClick": False,
}


@st.fragment
def explore(t: Texts, loaded: LoadedDecision) -> None:
    """Map beside its controls, then the pairs in view, then the chosen pair."""
    view = pair_view.current(loaded)
    with st.container(key="split_map"):
        map_side, control_side = st.columns([5, 3], gap="large")
    with control_side:
        _heads(t, loaded, view)
        search(t, loaded, view)
        _region(t, loaded, view)
    with map_side:
        _map(t, loaded, view)
    _table(t, loaded, view)
    pair_panel.pair(t, loaded, view)


def _heads(t: Texts, loaded: LoadedDecision, view: View) -> None:
    layers, heads = loaded.trace.heads, loaded.trace.heads[view.layer]
    # Callbacks change the view; the widgets only mirror it, for a link can choose a head too.
    st.session_state["selection_layer"], st.session_state["selection_head"] = view.layer, view.head
    with st.container(horizontal=True):
        for key, label, size in (
            ("selection_layer", t("selection.layer"), len(layers)),
            ("selection_head", t("selection.head"), len(heads)),
        ):
            st.segmented_control(
                label, range(size), format_func=lambda i: str(i + 1), key=key, on_change=_choose_head, args=(view, loaded)
            )
    facts = head_facts(loaded.trace, view.layer)
    facts["head"] += 1
    facts[["certified", "anchor"]] *= 100
    share = partial(st.column_config.NumberColumn, format="%.1f %%")
    st.dataframe(
        facts,
        hide_index=True,
        column_config={
            "head": st.column_config.NumberColumn(t.plain("selection.head"), width="small"),
            "pairs": st.column_config.NumberColumn(t.plain("selection.facts.pairs"), format="localized"),
            "per_query": st.column_config.NumberColumn(t.plain("selection.facts.per_query"), format="%.1f"),
            "certified": share(t.plain("selection.facts.certified")),
            "anchor": share(t.plain("selection.facts.anchor")),
        },
    )
    st.caption(t("selection.heads_help"))


def _choose_head(view: View, loaded: LoadedDecision) -> None:
    # A second click on the chosen one gives None: nothing changes then.
    layer, head = st.session_state["selection_layer"], st.session_state["selection_head"]
    layer = view.layer if layer is None else layer
    head = view.head if head is None else head
    view.choose_head(layer, min(head, len(loaded.trace.heads[layer]) - 1))


def _region(t: Texts, loaded: LoadedDecision, view: View) -> None:
    (q0, q1), (k0, k1) = view.viewport.lines(loaded.sequence)
    least, most = loaded.sequence.events[0].line, loaded.sequence.events[-1].line
    with st.form(f"selection_region_{view.serial}", border=True):
        st.markdown(f"**{t('selection.region.title')}**")
        keys = [f"selection_{side}_{end}_{view.serial}" for side in ("effect", "cause") for end in ("from", "to")]
        for column, key, value in zip(st.columns(2) + st.columns(2), keys, (q0, q1, k0, k1), strict=True):
            _, side, end, _ = key.split("_")
            column.number_input(t(f"selection.region.{side}_{end}"), least, most, value, key=key)

        def show() -> None:
            first, last, cause_first, cause_last = (int(st.session_state[key]) for key in keys)
            view.open(Viewport.of_lines(loaded.sequence, (first, last), (cause_first, cause_last)))

        st.form_submit_button(t("selection.region.show"), width="stretch", on_click=show)


def _map(t: Texts, loaded: LoadedDecision, view: View) -> None:
    st.subheader(t("selection.map.title", layer=view.layer + 1, head=view.head + 1), anchor=False)
    _way(t, loaded, view)
    selection = loaded.trace.heads[view.layer][view.head]
    region = region_in_view(loaded, view)
    figure = pair_map(loaded.sequence, selection, region, t.plain, dark=st.context.theme.type == "dark")
    overlay = _overlay(loaded, view)
    if overlay is not None:
        figure.add_trace(overlay)
    key = f"selection_map_{view.decision}_{view.serial}"
    st.plotly_chart(
        figure,
        key=key,
        on_select=partial(_selected, view, loaded, key),
        selection_mode=["points", "box"],
        config=_CONFIG,
        alt=t.plain("selection.map.alt", pairs=f"{region.pairs:,}"),
    )
    st.caption(t("selection.map.hint") if region.pairs else t("selection.map.none"))
    if overlay is not None:
        st.caption(t("selection.map.rings"))


def _overlay(loaded: LoadedDecision, view: View) -> Any:
    """Rings of the attribution that the text below shows, if there is one."""
    shown = st.session_state.get(OVERLAY)
    if shown is None or shown[0] != view.decision:
        return None
    found = resources.attributions().get(shown)
    return None if found is None else rings(loaded.trace, view.layer, view.head, found.attribution, view.viewport)


def _way(t: Texts, loaded: LoadedDecision, view: View) -> None:
    """The way from the whole log to this view; each step is a button back to it."""
    depth = len(view.stack) - 1
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        back = partial(st.button, disabled=depth == 0, type="secondary")
        back(
            t("selection.region.back"),
            icon=":material/arrow_back:",
            key="selection_back",
            on_click=view.back_to,
            args=(depth - 1,),
        )
        back(
            t("selection.region.reset"), icon=":material/zoom_out_map:", key="selection_reset", on_click=view.back_to, args=(0,)
        )
        for step in range(max(1, depth - 1), depth + 1):
            (q0, q1), (k0, k1) = view.stack[step].lines(loaded.sequence)
            words = t("selection.region.view", q0=q0, q1=q1, k0=k0, k1=k1)
            key = f"selection_step_{step}_{view.serial}"
            st.button(words, key=key, type="tertiary", disabled=step == depth, on_click=view.back_to, args=(step,))


def _selected(view: View, loaded: LoadedDecision, key: str) -> None:
    """A box opens its lines, a click opens a cell or chooses a pair."""
    event: Any = st.session_state[key].selection
    if event.box:
        view.open(Viewport.of_box(len(loaded.sequence), event.box[0]))
    elif event.points:
        marker = event.points[0]["customdata"]
        selection = loaded.trace.heads[view.layer][view.head]
        found = clicked(selection, region_in_view(loaded, view), int(marker[0] if isinstance(marker, list) else marker))
        if isinstance(found, Viewport):
            view.open(Viewport.of_box(len(loaded.sequence), {"x": found.key, "y": found.query}))
        else:
            view.choose((view.layer, view.head, *found))


def _table(t: Texts, loaded: LoadedDecision, view: View) -> None:
    region = region_in_view(loaded, view)
    # The table's own toolbar opens right above it and would cover the button.
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.subheader(t("selection.table.title"), anchor=False, width="stretch")
        _exports(t, loaded, view)
    if not region.pairs:
        st.caption(t("selection.map.none"))
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        # A line's pair with itself is often its strongest and would fill the table, though it explains little.
        own = st.toggle(t("selection.table.own"), key="selection_own", help=t("selection.table.own_help"))
        count = region.pairs if own else region.others
        selection, top = loaded.trace.heads[view.layer][view.head], region.top if own else region.top_others
        table = pair_rows(loaded.sequence, view.layer, view.head, selection, *top)
        words = "selection.table.all" if count == len(table) else "selection.table.some"
        st.caption(t(words, count=f"{count:,}", shown=f"{len(table):,}"))
    ids = [tuple(row) for row in table[["layer", "head", "query", "key"]].to_numpy().tolist()]
    marks = session.marks()
    given = [marks.get((view.decision, *id)) for id in ids]
    if any(given):
        table["mark"] = [t.plain(f"pair_verdict.{mark}") if mark else "" for mark in given]
    for side in ("query", "key"):
        # Without the time stamp, or the columns would show little else; the panel below shows lines in full.
        table[f"{side}_text"] = [loaded.sequence.events[i].message for i in table[side]]
    table["route"] = [t.plain(f"selection.route.{route}") for route in table["route"]]
    key = f"selection_pairs_{view.decision}_{view.serial}_{own}"

    def choose() -> None:
        rows = st.session_state[key].selection.rows
        if rows:
            view.choose(ids[rows[0]])

    pair_table(t, table, key=key, on_select=choose, selection_mode="single-row", most=10)


def _exports(t: Texts, loaded: LoadedDecision, view: View) -> None:
    """Files are made when they are asked for: a region may hold a million pairs."""
    layer, head = view.layer, view.head
    dark = st.context.theme.type == "dark"

    def pairs() -> pd.DataFrame:
        return strongest_in_view(loaded, view, MAX_EXPORT)

    def html() -> bytes:
        figure = pair_map(loaded.sequence, loaded.trace.heads[layer][head], region_in_view(loaded, view), t.plain, dark=dark)
        figure.update_layout(template="plotly_dark" if dark else "plotly_white")
        # The library goes along: a plant's network may not reach the outside.
        return str(figure.to_html(include_plotlyjs=True, full_html=True)).encode()

    stem = f"pairs-{view.decision[:8]}-layer{layer}-head{head}"
    with st.popover(t("selection.export.title"), icon=":material/download:"):
        save = partial(st.download_button, on_click="ignore", width="stretch")
        save(t("selection.export.csv"), lambda: to_csv(pairs()), f"{stem}.csv", "text/csv")
        save(t("selection.export.json"), lambda: to_json_lines(pairs()), f"{stem}.jsonl", "application/jsonl")
        save(t("selection.export.html"), html, f"{stem}.html", "text/html")
        st.caption(t("selection.export.note", count=f"{MAX_EXPORT:,}"))
