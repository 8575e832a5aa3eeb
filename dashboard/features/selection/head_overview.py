"""All heads at a glance, above the map of one of them; a click on one opens its map."""

from __future__ import annotations

from typing import Any

import streamlit as st
from plotly.graph_objects import Figure

from dashboard.features.selection import cache as selection_cache
from dashboard.features.selection import pair_view
from dashboard.features.selection.views.overview import HeadOverview, overview, overview_figure
from dashboard.service.decide.pipeline import LoadedDecision
from dashboard.shared import figures
from dashboard.texts import Texts


def head_overview(t: Texts, loaded: LoadedDecision) -> None:
    """The small maps and how to read them."""
    view = pair_view.current(loaded)
    heads, figure = _found(t, loaded)
    with st.expander(t("overview.title"), icon=":material/grid_view:", expanded=view.pair is None, key="overview"):
        st.caption(t("overview.lead"))
        key = f"overview_{view.decision}_{view.layer}_{view.head}"

        def choose() -> None:
            points: Any = st.session_state[key].selection.points
            if points:
                marker = points[0]["customdata"]
                one = heads[int(marker[0] if isinstance(marker, list) else marker)]
                view.choose_head(one.layer, one.head)

        figures.show(
            t,
            figure,
            "heads",
            key=key,
            about=view.decision[:8],
            on_select=choose,
            selection_mode=["points"],
            config={"doubleClick": False},
            alt=t.plain("overview.alt", heads=len(heads), pairs=sum(one.pairs for one in heads)),
        )


def _found(t: Texts, loaded: LoadedDecision) -> tuple[list[HeadOverview], Figure]:
    """The heads and their figure, which takes longer to build than the heads to count; kept for everybody."""
    dark = st.context.theme.type == "dark"

    def make() -> tuple[list[HeadOverview], Figure]:
        heads = overview(loaded.trace)
        return heads, overview_figure(heads, t.plain, dark=dark)

    return selection_cache.overviews().get_or_make((loaded.summary.decision.id, t.language, dark), make)
