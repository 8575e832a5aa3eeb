"""What the Selection page computed, kept for every session."""

from __future__ import annotations

import streamlit as st
from plotly.graph_objects import Figure

from dashboard.features.selection.views.distance_map import Distances
from dashboard.features.selection.views.event_sum import EventSum
from dashboard.features.selection.views.event_templates import EventTemplates
from dashboard.features.selection.views.overview import HeadOverview
from dashboard.features.selection.views.pair_filter import Facets, PairFilter
from dashboard.features.selection.views.region import Region
from dashboard.features.selection.views.template_map import Kinds
from dashboard.service.common.result_cache import ResultCache
from dashboard.views.viewport import Viewport


@st.cache_resource(show_spinner=False)
def overviews() -> ResultCache[tuple[str, str, bool], tuple[list[HeadOverview], Figure]]:
    """All heads at a glance, by decision, language and darkness: half a megabyte each."""
    return ResultCache(64)


@st.cache_resource(show_spinner=False)
def regions() -> ResultCache[tuple[str, int, int, Viewport, PairFilter], Region]:
    """What lies in the parts of maps that were looked at, by decision, layer, head, viewport and filter: 0.25 MB each."""
    return ResultCache(128)


@st.cache_resource(show_spinner=False)
def distances() -> ResultCache[tuple[str, int, int, Viewport, PairFilter], Distances]:
    """The same pairs by effect and distance: 0.05 MB each."""
    return ResultCache(128)


@st.cache_resource(show_spinner=False)
def kinds() -> ResultCache[tuple[str, int, int, Viewport, PairFilter], Kinds]:
    """The same pairs by the templates of effect and cause: 0.01 MB each."""
    return ResultCache(128)


@st.cache_resource(show_spinner=False)
def templates() -> ResultCache[str, EventTemplates]:
    """The frequent templates of logs, by decision: two bytes a line."""
    return ResultCache(64)


@st.cache_resource(show_spinner=False)
def event_sums() -> ResultCache[tuple[str, tuple[int, ...]], EventSum]:
    """Sums over lines that were chosen together, by decision and events."""
    return ResultCache(128)


@st.cache_resource(show_spinner=False)
def facets() -> ResultCache[str, Facets]:
    """Levels, stations and times to choose from, by decision."""
    return ResultCache(64)
