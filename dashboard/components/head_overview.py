"""All heads at a glance, above the map of one of them; a click on one opens its map."""

from __future__ import annotations

from typing import Any

import streamlit as st

from dashboard import resources
from dashboard.components import pair_view
from dashboard.pipeline import LoadedDecision
from dashboard.texts import Texts
from dashboard.views.overview import HeadOverview, overview, overview_figure

_CONFIG = {"displayModeBar": False, "doubleClick": False}


def head_overview(t: Texts, loaded: LoadedDecision) -> None:
    """The small maps and how to read them."""
    view = pair_view.current(loaded)
    heads = _heads(loaded)
    with st.expander(t("overview.title"), icon=":material/grid_view:", expanded=True, key="overview"):
        st.caption(t("overview.lead"))
        key = f"overview_{view.decision}_{view.layer}_{view.head}"

        def choose() -> None:
            points: Any = st.session_state[key].selection.points
            if points:
                marker = points[0]["customdata"]
                one = heads[int(marker[0] if isinstance(marker, list) else marker)]
                view.choose_head(one.layer, one.head)

        st.plotly_chart(
            overview_figure(
                heads, len(loaded.sequence), (view.layer, view.head), t.plain, dark=st.context.theme.type == "dark"
            ),
            key=key,
            on_select=choose,
            selection_mode=["points"],
            config=_CONFIG,
            alt=t.plain("overview.alt", heads=len(heads), pairs=sum(one.pairs for one in heads)),
        )


def _heads(loaded: LoadedDecision) -> list[HeadOverview]:
    id, kept = loaded.summary.decision.id, resources.overviews()
    found = kept.get(id)
    if found is None:
        found = overview(loaded.trace)
        kept.put(id, found)
    return found
