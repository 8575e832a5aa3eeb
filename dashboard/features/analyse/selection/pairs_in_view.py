"""The pairs that a view shows, found once for everybody who looks there: as a region, by distance, by template, as rows."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from dashboard.features.analyse.selection.pair_view import View
from dashboard.features.analyse.selection.views.chosen_lines import pairs_in_view
from dashboard.features.analyse.selection.views.map_axes import Distances, Kinds, distances_of, kinds_of
from dashboard.features.analyse.selection.views.pair_filter import EventTemplates, PairFilter, event_templates
from dashboard.features.analyse.selection.views.region import Region, filtered_places, region_of
from dashboard.service.common.result_cache import ResultCache
from dashboard.service.decide.pipeline import LoadedDecision
from dashboard.views.pair_map import Viewport
from dashboard.views.pairs import pair_rows, strongest_places
from sparsemix.trace.selection_trace import HeadSelection


def selection_in_view(loaded: LoadedDecision, view: View) -> HeadSelection:
    """Return all pairs of the head shown."""
    return loaded.trace.heads[view.layer][view.head]


def region_in_view(loaded: LoadedDecision, view: View) -> Region:
    """Return the pairs in view that pass the filter, as a region."""

    def make() -> Region:
        return region_of(*_part(loaded, view))

    return _kept_regions().get_or_make(_shown(view), make)


def distances_in_view(loaded: LoadedDecision, view: View) -> Distances:
    """Return the same pairs by effect and distance."""

    def make() -> Distances:
        query, key, weight = _filtered(loaded, view)
        return distances_of(view.viewport, query, key, weight)

    return _kept_distances().get_or_make(_shown(view), make)


def kinds_in_view(loaded: LoadedDecision, view: View) -> Kinds:
    """Return the same pairs by the templates of effect and cause."""
    return _kept_kinds().get_or_make(_shown(view), lambda: kinds_of(templates_of(loaded), *_filtered(loaded, view)))


def templates_of(loaded: LoadedDecision) -> EventTemplates:
    """Return the frequent templates of the log."""
    return _kept_templates().get_or_make(loaded.summary.decision.id, lambda: event_templates(loaded.sequence))


def strongest_in_view(loaded: LoadedDecision, view: View, most: int) -> pd.DataFrame:
    """Return the strongest pairs in view that pass the filter, as rows."""
    selection = selection_in_view(loaded, view)
    return pair_rows(
        loaded.sequence, view.layer, view.head, selection, *strongest_places(selection, *_places(loaded, view), most)
    )


def chosen_in_view(loaded: LoadedDecision, view: View) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return query and key of the strongest pairs in view that pass the filter and that the chosen lines take part in."""
    query, place = pairs_in_view(view.lines, *_part(loaded, view))
    return query, selection_in_view(loaded, view).key_index[place].astype(np.int64)


def _shown(view: View) -> tuple[str, int, int, Viewport, PairFilter]:
    """Return the key of the caches below: what tells one part of a map from all others."""
    return view.decision, view.layer, view.head, view.viewport, view.pair_filter


def _filtered(loaded: LoadedDecision, view: View) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float32]]:
    """Return query, key and weight of the pairs in view that pass the filter."""
    selection = selection_in_view(loaded, view)
    query, place = _places(loaded, view)
    return query, selection.key_index[place], selection.weight[place]


def _places(loaded: LoadedDecision, view: View) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    return filtered_places(*_part(loaded, view))


def _part(
    loaded: LoadedDecision, view: View
) -> tuple[HeadSelection, Viewport, PairFilter, NDArray[np.bool_] | None, EventTemplates | None]:
    """Return the pairs of the head, the part in view, its filter, and the events and templates that the filter looks at."""
    pair_filter = view.pair_filter
    events = pair_filter.events(loaded.sequence) if pair_filter.about_events else None
    templates = templates_of(loaded) if pair_filter.templates else None
    return selection_in_view(loaded, view), view.viewport, pair_filter, events, templates


@st.cache_resource(show_spinner=False)
def _kept_regions() -> ResultCache[tuple[str, int, int, Viewport, PairFilter], Region]:
    """Return the cache of regions, by decision, layer, head, viewport and filter: 0.25 MB each."""
    return ResultCache(128)


@st.cache_resource(show_spinner=False)
def _kept_distances() -> ResultCache[tuple[str, int, int, Viewport, PairFilter], Distances]:
    """Return the cache of the same pairs by effect and distance: 0.05 MB each."""
    return ResultCache(128)


@st.cache_resource(show_spinner=False)
def _kept_kinds() -> ResultCache[tuple[str, int, int, Viewport, PairFilter], Kinds]:
    """Return the cache of the same pairs by the templates of effect and cause: 0.01 MB each."""
    return ResultCache(128)


@st.cache_resource(show_spinner=False)
def _kept_templates() -> ResultCache[str, EventTemplates]:
    """Return the cache of the frequent templates of logs, by decision: two bytes a line."""
    return ResultCache(64)
