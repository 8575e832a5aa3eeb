"""The figures of the panel Selection: all heads at a glance, a click on one opens its map; and the map of one head's pairs."""

from __future__ import annotations

from functools import partial
from typing import Any

import streamlit as st
from plotly.graph_objects import Figure

from dashboard.features.analyse.selection import map_axes, pair_view
from dashboard.features.analyse.selection.pair_influence import OVERLAY
from dashboard.features.analyse.selection.pair_view import View
from dashboard.features.analyse.selection.pairs_in_view import region_in_view
from dashboard.features.analyse.selection.views.chosen_lines import ring
from dashboard.features.analyse.selection.views.heatmap import rings
from dashboard.features.analyse.selection.views.overview import HeadOverview, overview, overview_figure
from dashboard.service.common.result_cache import ResultCache
from dashboard.service.decide.pipeline import LoadedDecision
from dashboard.shared import cache, display
from dashboard.texts import Texts

_CONFIG = {
    # Plotly's own zoom would show the same coarse cells, only larger.
    "modeBarButtonsToRemove": ["zoom2d", "pan2d", "zoomIn2d", "zoomOut2d", "autoScale2d", "resetScale2d", "lasso2d"],
    "doubleClick": False,
}


def pair_chart(t: Texts, loaded: LoadedDecision, view: View) -> None:
    """Show the title, the way to the part in view, the axes and the map, and say how to read the map."""
    st.header(t("selection.map.title", layer=view.layer + 1, head=view.head + 1), anchor=False)
    _way(t, loaded, view)
    map_axes.choose_axes(t, view)
    region = region_in_view(loaded, view)
    figure = map_axes.figure_in_view(t, loaded, view)
    overlay = _overlay(loaded, view)
    if overlay is not None:
        figure.add_trace(overlay)
    ringed = _chosen(view)
    if ringed is not None:
        figure.add_trace(ring(*ringed))
    marked = map_axes.add_marks(figure, loaded, view)
    key = f"selection_map_{view.decision}_{view.serial}"
    display.figure(
        t,
        figure,
        "map",
        key=key,
        about=f"{view.decision[:8]}-layer{view.layer + 1}-head{view.head + 1}",
        on_select=partial(_selected, view, loaded, key),
        selection_mode=map_axes.selection_modes(view),
        config=_CONFIG,
        alt=t.plain(f"selection.map.alt_{view.look.axes}", pairs=f"{region.pairs:,}"),
    )
    st.caption(t(f"selection.map.hint_{view.look.axes}") if region.pairs else t("selection.map.none"))
    if region.pairs and region.bins is None and (view.look.axes, view.look.cells) == ("lines", "count"):
        st.caption(t("selection.cells.single"))
    if ringed is not None:
        st.caption(t("selection.map.chosen"))
    if overlay is not None:
        st.caption(t("selection.map.rings"))
    if view.lines:
        st.caption(t("selection.map.marks", lines=len(view.lines), pairs=marked))


def _overlay(loaded: LoadedDecision, view: View) -> Any:
    """Return rings for the attribution that the text below shows; None where there is none."""
    attribution_key = st.session_state.get(OVERLAY)
    if attribution_key is None or attribution_key[0] != view.decision or view.look.axes != "lines":
        return None
    scored = cache.attributions().get(attribution_key)
    return None if scored is None else rings(loaded.trace, view.layer, view.head, scored.attribution, view.viewport)


def _chosen(view: View) -> tuple[int, int] | None:
    """Return effect and cause of the chosen pair where the map shows its place."""
    if view.pair is None or view.look.axes != "lines" or view.pair[:2] != (view.layer, view.head):
        return None
    query, key = view.pair[2:]
    return (query, key) if view.viewport.holds(query, key) else None


def _way(t: Texts, loaded: LoadedDecision, view: View) -> None:
    """Show a button back to the previous view, and the steps from the whole log to this part, each as a button back to that
    step."""
    way = view.look.way
    depth = len(way) - 1
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.button(
            t("selection.region.back"),
            icon=":material/arrow_back:",
            key="selection_back",
            help=t("selection.region.back_help"),
            disabled=not view.past,
            on_click=view.undo,
        )
        st.button(
            t("selection.region.reset"),
            icon=":material/zoom_out_map:",
            key="selection_reset",
            disabled=depth == 0,
            on_click=view.back_to,
            args=(0,),
        )
        for step in range(max(1, depth - 1), depth + 1):
            (q0, q1), (k0, k1) = way[step].lines(loaded.sequence)
            words = t("selection.region.view", q0=q0, q1=q1, k0=k0, k1=k1)
            key = f"selection_step_{step}_{view.serial}"
            st.button(words, key=key, type="tertiary", disabled=step == depth, on_click=view.back_to, args=(step,))


def _selected(view: View, loaded: LoadedDecision, key: str) -> None:
    """Open what a box holds; open a clicked cell, or choose a clicked pair."""
    event: Any = st.session_state[key].selection
    if event.box:
        map_axes.opened(loaded, view, event.box[0], 0)
    elif event.points:
        map_axes.opened(loaded, view, None, int(display.marker(event.points[0])))


def head_overview(t: Texts, loaded: LoadedDecision) -> None:
    """Show the small maps of all heads and how to read them."""
    view = pair_view.current(loaded)
    heads, figure = _overview(t, loaded)
    with st.expander(t("overview.title"), icon=":material/grid_view:", expanded=view.pair is None, key="overview"):
        st.caption(t("overview.lead"))
        key = f"overview_{view.decision}_{view.layer}_{view.head}"

        def choose() -> None:
            points: Any = st.session_state[key].selection.points
            if points:
                chosen = heads[int(display.marker(points[0]))]
                view.choose_head(chosen.layer, chosen.head)

        display.figure(
            t,
            figure,
            "heads",
            key=key,
            about=view.decision[:8],
            on_select=choose,
            selection_mode=["points"],
            config={"doubleClick": False},
            alt=t.plain("overview.alt", heads=len(heads), pairs=sum(head.pairs for head in heads)),
        )


def _overview(t: Texts, loaded: LoadedDecision) -> tuple[list[HeadOverview], Figure]:
    """Return the heads and their figure, kept for all visitors, because the figure takes long to build."""
    dark = st.context.theme.type == "dark"

    def make() -> tuple[list[HeadOverview], Figure]:
        heads = overview(loaded.trace)
        return heads, overview_figure(heads, t.plain, dark=dark)

    return _kept_overviews().get_or_make((loaded.summary.decision.id, t.language, dark), make)


@st.cache_resource(show_spinner=False)
def _kept_overviews() -> ResultCache[tuple[str, str, bool], tuple[list[HeadOverview], Figure]]:
    """Return the cache of overviews by decision, language and darkness: half a megabyte each."""
    return ResultCache(64)
