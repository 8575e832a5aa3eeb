"""The map on the axes that were chosen, what its cells show, and what a box or a click on it opens."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal

import streamlit as st
from plotly.graph_objects import Figure

from dashboard.features.analyse.selection.pair_view import View
from dashboard.features.analyse.selection.pairs_in_view import (
    chosen_in_view,
    distances_in_view,
    kinds_in_view,
    region_in_view,
    selection_in_view,
    templates_of,
)
from dashboard.features.analyse.selection.views.chosen_lines import line_marks
from dashboard.features.analyse.selection.views.heatmap import clicked, largest_weight, pair_map
from dashboard.features.analyse.selection.views.map_axes import (
    boxed_classes,
    clicked_distance,
    clicked_templates,
    distance_map,
    template_map,
)
from dashboard.service.decide.pipeline import LoadedDecision
from dashboard.texts import Texts
from dashboard.views.pair_map import AXES, SHOWN, Viewport


def choose_axes(t: Texts, view: View) -> None:
    """Show the choice of axes and of what the cells show."""
    with st.container(horizontal=True, gap="large"):
        for name, options, now in (("axes", AXES, view.look.axes), ("cells", SHOWN, view.look.cells)):
            st.segmented_control(
                t(f"selection.{name}"),
                options,
                default=now,
                required=True,
                format_func=lambda option, name=name: t.plain(f"selection.{name}.{option}"),
                help=t(f"selection.{name}_help"),
                key=f"selection_{name}_{view.number(name, getattr(view.look, name))}",
                on_change=_choose,
                args=(view, name, f"selection_{name}_{view.number(name, getattr(view.look, name))}"),
            )


def _choose(view: View, name: str, key: str) -> None:
    view.change(**{name: st.session_state[key]})


def figure_in_view(t: Texts, loaded: LoadedDecision, view: View) -> Figure:
    """Return the map's figure on the chosen axes."""
    dark, look, selection = st.context.theme.type == "dark", view.look, selection_in_view(loaded, view)
    if look.axes == "lines":
        return pair_map(loaded.sequence, selection, region_in_view(loaded, view), t.plain, shown=look.cells, dark=dark)
    top = largest_weight(selection)
    if look.axes == "distance":
        distances = distances_in_view(loaded, view)
        return distance_map(loaded.sequence, distances, t.plain, top=top, shown=look.cells, dark=dark)
    return template_map(kinds_in_view(loaded, view), t.plain, top=top, shown=look.cells, dark=dark)


def add_marks(figure: Figure, loaded: LoadedDecision, view: View) -> int:
    """Mark the pairs of the lines chosen in the text, and return how many there are."""
    if not view.lines:
        return 0
    query, key = chosen_in_view(loaded, view)
    axes = view.look.axes
    figure.add_trace(line_marks(axes, query, key, view.lines, templates_of(loaded) if axes == "templates" else None))
    return len(query)


def selection_modes(view: View) -> list[Literal["points", "box"]]:
    """Return what can be chosen on these axes: templates have no neighbours that a box could hold."""
    return ["points"] if view.look.axes == "templates" else ["points", "box"]


def opened(loaded: LoadedDecision, view: View, box: Mapping[str, Sequence[float]] | None, marker: int) -> None:
    """Open what a box or a clicked marker holds, on the map as it is shown."""
    {"lines": _lines, "distance": _distance, "templates": _templates}[view.look.axes](loaded, view, box, marker)


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
