"""The figures of the panel Selection: the map of one head's pairs, what a box or a click on it opens, and all heads at a
glance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import streamlit as st
from plotly.graph_objects import Figure

from dashboard.features.analyse.selection.pair_view import View
from dashboard.features.analyse.selection.pairs_in_view import (
    distances_in_view,
    kinds_in_view,
    region_in_view,
    selection_in_view,
)
from dashboard.features.analyse.selection.views.heatmap import clicked, largest_weight, pair_map, ring, rings
from dashboard.features.analyse.selection.views.map_axes import (
    boxed_classes,
    clicked_distance,
    clicked_templates,
    distance_map,
    template_map,
)
from dashboard.features.analyse.selection.views.overview import HeadOverview, head_words, overview, overview_figure
from dashboard.service.common.result_cache import ResultCache
from dashboard.service.decide.pipeline import LoadedDecision
from dashboard.shared import display
from dashboard.texts import Texts
from dashboard.views.pair_map import AXES, SHOWN, Viewport
from sparsemix import Attribution

_CONFIG = {
    # Plotly's own zoom would show the same coarse cells, only larger.
    "modeBarButtonsToRemove": ["zoom2d", "pan2d", "zoomIn2d", "zoomOut2d", "autoScale2d", "resetScale2d", "lasso2d"],
    "doubleClick": False,
}


def choose_axes(t: Texts, view: View) -> None:
    """Show the choice of axes and of what the cells show."""
    for name, options, now in (("axes", AXES, view.look.axes), ("cells", SHOWN, view.look.cells)):
        key = f"selection_{name}_{view.number(name, now)}"
        st.segmented_control(
            t(f"selection.{name}"),
            options,
            default=now,
            required=True,
            format_func=lambda option, name=name: t.plain(f"selection.{name}.{option}"),
            help=t("selection.axes_help") if name == "axes" else None,
            key=key,
            on_change=_chosen,
            args=(view, name, key),
        )


def _chosen(view: View, name: str, key: str) -> None:
    view.change(**{name: st.session_state[key]})


def pair_chart(t: Texts, loaded: LoadedDecision, view: View, attribution: Attribution | None) -> None:
    """Show the map with rings around the chosen pair and those of an attribution, and say how to use it."""
    region, axes = region_in_view(loaded, view), view.look.axes
    figure = _figure(t, loaded, view)
    if axes == "lines" and attribution is not None:
        overlay = rings(loaded.trace, view.layer, view.head, attribution, view.viewport)
        figure.add_traces([] if overlay is None else [overlay])
    if axes == "lines" and view.pair is not None and view.pair[:2] == (view.layer, view.head):
        figure.add_traces([ring(*view.pair[2:])] if view.viewport.holds(*view.pair[2:]) else [])
    key = f"selection_map_{view.decision}_{view.serial}"
    display.figure(
        t,
        figure,
        "map",
        key=key,
        about=f"{view.decision[:8]}-layer{view.layer + 1}-head{view.head + 1}",
        on_select=partial(_selected, view, loaded, key),
        # Templates have no neighbours that a box could hold.
        selection_mode=["points"] if axes == "templates" else ["points", "box"],
        config=_CONFIG,
        alt=t.plain("selection.map.alt", pairs=f"{region.pairs:,}", axes=t.plain(f"selection.axes.{axes}")),
    )
    st.caption(t(f"selection.map.hint_{axes}") if region.pairs else t("selection.map.none"))


def _figure(t: Texts, loaded: LoadedDecision, view: View) -> Figure:
    dark, look, selection = st.context.theme.type == "dark", view.look, selection_in_view(loaded, view)
    if look.axes == "lines":
        return pair_map(loaded.sequence, selection, region_in_view(loaded, view), t.plain, shown=look.cells, dark=dark)
    top = largest_weight(selection)
    if look.axes == "distance":
        distances = distances_in_view(loaded, view)
        return distance_map(loaded.sequence, distances, t.plain, top=top, shown=look.cells, dark=dark)
    return template_map(kinds_in_view(loaded, view), t.plain, top=top, shown=look.cells, dark=dark)


def _selected(view: View, loaded: LoadedDecision, key: str) -> None:
    """Open what a box holds; open a clicked cell, or choose a clicked pair."""
    event: Any = st.session_state[key].selection
    open_part = {"lines": _lines, "distance": _distance, "templates": _templates}[view.look.axes]
    if event.box:
        open_part(loaded, view, event.box[0], 0)
    elif event.points:
        open_part(loaded, view, None, int(display.marker(event.points[0])))


def _lines(loaded: LoadedDecision, view: View, box: Mapping[str, Sequence[float]] | None, marker: int) -> None:
    length = len(loaded.sequence)
    if box is not None:
        view.open(Viewport.of_box(length, box))
        return
    target = clicked(selection_in_view(loaded, view), region_in_view(loaded, view), marker)
    if isinstance(target, Viewport):
        view.open(Viewport.of_events(length, target.query, target.key))
    else:
        view.choose((view.layer, view.head, *target))


def _distance(loaded: LoadedDecision, view: View, box: Mapping[str, Sequence[float]] | None, marker: int) -> None:
    distances, length = distances_in_view(loaded, view), len(loaded.sequence)
    if box is not None:
        viewport, classes = Viewport.of_box_rows(length, box["y"], view.viewport.key), boxed_classes(distances, box["x"])
    else:
        queries, classes = clicked_distance(distances, marker)
        viewport = Viewport.of_events(length, queries, view.viewport.key)
    view.open(viewport, replace(view.pair_filter, distances=classes))


def _templates(loaded: LoadedDecision, view: View, _box: Mapping[str, Sequence[float]] | None, marker: int) -> None:
    templates = clicked_templates(kinds_in_view(loaded, view), marker)
    view.change(pair_filter=replace(view.pair_filter, templates=templates), axes="lines")


def choose_head(t: Texts, loaded: LoadedDecision, view: View) -> None:
    """Show a box with all heads and what is known of each."""
    heads, _ = _overview(t, loaded)
    numbers = [(head.layer, head.head) for head in heads]
    # Callbacks change the view; the box only mirrors it, because a link or a click can choose a head too.
    st.session_state["selection_head"] = numbers.index((view.layer, view.head))
    st.selectbox(
        t("selection.head"),
        range(len(heads)),
        format_func=lambda place: head_words(heads[place], t.plain),
        label_visibility="collapsed",
        key="selection_head",
        on_change=lambda: view.choose_head(*numbers[st.session_state["selection_head"]]),
    )


def head_overview(t: Texts, loaded: LoadedDecision, view: View) -> None:
    """Show the small maps of all heads and how to read them."""
    heads, figure = _overview(t, loaded)
    key = f"overview_{view.decision}_{view.layer}_{view.head}"

    def choose() -> None:
        points: Any = st.session_state[key].selection.points
        if points:
            chosen = heads[int(display.marker(points[0]))]
            view.choose_head(chosen.layer, chosen.head)

    alt = t.plain("overview.alt", heads=len(heads), pairs=sum(head.pairs for head in heads))
    options: dict[str, Any] = {"selection_mode": ["points"], "config": {"doubleClick": False}, "alt": alt}
    display.figure(t, figure, "heads", key=key, about=view.decision[:8], on_select=choose, **options)
    st.caption(t("overview.lead"), help=t("selection.heads_help"))


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
