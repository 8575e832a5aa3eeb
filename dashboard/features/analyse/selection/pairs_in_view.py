"""The pairs that a view shows, found once for everybody who looks there: as a region, by distance, by template, as rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from dashboard.features.analyse.selection.pair_view import View
from dashboard.features.analyse.selection.views.map_axes import Distances, Kinds, distances_of, kinds_of
from dashboard.features.analyse.selection.views.pair_filter import (
    EventTemplates,
    PairFilter,
    event_templates,
    levels_and_stations,
)
from dashboard.features.analyse.selection.views.region import Region, filtered_places, region_of
from dashboard.service.common.result_cache import ResultCache
from dashboard.service.decide.pipeline import LoadedDecision
from dashboard.views.pair_map import Viewport
from dashboard.views.pairs import pair_rows, strongest_places
from sparsemix import TokenSequence
from sparsemix.trace.selection_trace import HeadSelection

Found = TypeVar("Found")


def selection_in_view(loaded: LoadedDecision, view: View) -> HeadSelection:
    """Return all pairs of the head shown."""
    return loaded.trace.heads[view.layer][view.head]


def region_in_view(loaded: LoadedDecision, view: View) -> Region:
    """Return the pairs in view that pass the filter, as a region."""
    return _found("region", view, lambda: region_of(*_part(loaded, view)))


def distances_in_view(loaded: LoadedDecision, view: View) -> Distances:
    """Return the same pairs by effect and distance."""
    return _found("distances", view, lambda: distances_of(view.viewport, *_filtered(loaded, view)))


def kinds_in_view(loaded: LoadedDecision, view: View) -> Kinds:
    """Return the same pairs by the templates of effect and cause."""
    return _found("kinds", view, lambda: kinds_of(_templates_of(loaded), *_filtered(loaded, view)))


def strongest_in_view(loaded: LoadedDecision, view: View, most: int) -> pd.DataFrame:
    """Return the strongest pairs in view that pass the filter, as rows."""
    selection, places = selection_in_view(loaded, view), filtered_places(*_part(loaded, view))
    return pair_rows(loaded.sequence, view.layer, view.head, selection, *strongest_places(selection, *places, most))


def choices_of(loaded: LoadedDecision) -> tuple[str, ...]:
    """Return the levels and stations that lines can be told apart by."""
    key = "choices", loaded.summary.decision.id
    choices: tuple[str, ...] = _kept().get_or_make(key, lambda: levels_and_stations(loaded.sequence))
    return choices


def _found(what: str, view: View, make: Callable[[], Found]) -> Found:
    """Return what was found of a part of a map, or find it now."""
    key = what, view.decision, view.layer, view.head, view.viewport, view.pair_filter
    found: Found = _kept().get_or_make(key, make)
    return found


def _filtered(loaded: LoadedDecision, view: View) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float32]]:
    """Return query, key and weight of the pairs in view that pass the filter."""
    selection = selection_in_view(loaded, view)
    query, place = filtered_places(*_part(loaded, view))
    return query, selection.key_index[place], selection.weight[place]


def _part(
    loaded: LoadedDecision, view: View
) -> tuple[TokenSequence, HeadSelection, Viewport, PairFilter, EventTemplates | None]:
    """Return the lines, the pairs of the head, the part in view, its filter, and the templates that the filter looks at."""
    templates = _templates_of(loaded) if view.pair_filter.templates else None
    return loaded.sequence, selection_in_view(loaded, view), view.viewport, view.pair_filter, templates


def _templates_of(loaded: LoadedDecision) -> EventTemplates:
    found: EventTemplates = _kept().get_or_make(
        ("templates", loaded.summary.decision.id), lambda: event_templates(loaded.sequence)
    )
    return found


@st.cache_resource(show_spinner=False)
def _kept() -> ResultCache[tuple[object, ...], Any]:
    """Return the cache of what was found: at most 0.25 MB for a part of a map, two bytes a line for the templates of a log."""
    return ResultCache(256)
