"""Marks over the map: the pairs that chosen lines take part in, a cross where the line is the effect, an x where the cause."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from dashboard.features.selection.views.event_templates import EventTemplates
from dashboard.features.selection.views.pair_filter import PairFilter
from dashboard.views.cells import Axes
from dashboard.views.distances import distance_class
from dashboard.views.pairs import strongest_places
from dashboard.views.viewport import Viewport
from sparsemix.trace.selection_trace import HeadSelection

MAX_MARKS = 500
# Of more marks than these, large ones would hide each other.
_MANY = 60
# Seen on both ends of the colour scale, on bright and dark, and unlike the rings of an attribution.
COLOUR = "#d81b60"


def pairs_of_lines(selection: HeadSelection, lines: Sequence[int]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Query and place of all pairs of a head with one of these events as effect or cause, int64 [P] each, in stored order."""
    chosen = np.zeros(selection.length, np.bool_)
    chosen[list(lines)] = True
    rows = [np.arange(selection.query_ptr[line], selection.query_ptr[line + 1]) for line in lines]
    place = np.unique(np.concatenate([np.zeros(0, np.int64), *rows, np.flatnonzero(chosen[selection.key_index])]))
    return np.searchsorted(selection.query_ptr, place, "right") - 1, place


def pairs_in_view(
    selection: HeadSelection,
    lines: Sequence[int],
    viewport: Viewport,
    wanted: PairFilter,
    events: NDArray[np.bool_] | None,
    templates: EventTemplates | None,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Of those the ones in view that are wanted, the strongest ``MAX_MARKS``."""
    query, place = pairs_of_lines(selection, lines)
    key = selection.key_index[place]
    (q0, q1), (k0, k1) = viewport.query, viewport.key
    kept = (query >= q0) & (query < q1) & (key >= k0) & (key < k1)
    if wanted.active:
        found = np.ones(selection.length, np.bool_) if events is None else events
        kept &= wanted.pairs(selection, query, place, found, templates)
    return strongest_places(selection, query[kept], place[kept], MAX_MARKS)


def line_marks(
    axes: Axes, query: NDArray[np.int64], key: NDArray[np.int64], lines: Sequence[int], templates: EventTemplates | None
) -> go.Scattergl:
    """The marks of pairs, given by their events, on the axes shown. They take no clicks: what lies under them does."""
    x, y = (key, query) if axes == "lines" else (-distance_class(query - key), query)
    if axes == "templates" and templates is not None:
        x, y = templates.code[key].astype(np.int64), templates.code[query].astype(np.int64)
    effect = np.isin(query, list(lines))
    # Where many pairs share a cell, one mark of each kind says it.
    at = np.unique(np.stack([x, y, effect]).astype(np.int64), axis=1)
    return go.Scattergl(
        x=at[0],
        y=at[1],
        mode="markers",
        marker={
            "symbol": np.where(at[2] > 0, "cross-thin", "x-thin").tolist(),
            "size": 7 if len(at[0]) > _MANY else 11,
            "color": COLOUR,
            "line": {"width": 1 if len(at[0]) > _MANY else 2, "color": COLOUR},
        },
        hoverinfo="skip",
        showlegend=False,
    )
