"""The lines beside the map: a table of them, marks on the map for the lines chosen there, and the chosen lines taken together.

A mark on the map is a cross where the chosen line is the effect, an x where it is the cause.

Of several chosen lines, a pair lies *among* them when both its ends do; it comes *in* when only its effect does (they looked at
another line), and goes *out* when only its cause does (another line looked at them). A line's pair with itself is among them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray

from dashboard.features.analyse.selection.views.pair_filter import EventTemplates, PairFilter
from dashboard.features.analyse.selection.views.region import Region
from dashboard.views.pair_map import Axes, Say, Viewport, distance_class
from dashboard.views.pairs import strongest_places
from dashboard.views.times import clock
from sparsemix.encoding.sequence import TokenSequence
from sparsemix.trace.selection_trace import HeadSelection, SelectionTrace

MAX_LINES = 200
# Lines before and after each end of a pair: all of them, around both ends, are seen without scrolling.
AROUND = 3
MAX_MARKS = 500
# More marks than this are drawn small: large ones would hide each other.
_MANY = 60
# Visible on both ends of the colour scale, in light and dark, and different from the rings of an attribution.
COLOUR = "#d81b60"
WAYS = ("among", "in", "out")
MAX_PARTNERS = 100


def lines_around(length: int, query: int, key: int) -> NDArray[np.int64]:
    """Return the events around both ends of a pair, ascending."""
    near = np.arange(-AROUND, AROUND + 1)
    events = np.unique(np.concatenate([query + near, key + near]))
    return events[(events >= 0) & (events < length)]


def lines_in_view(selection: HeadSelection, region: Region, most: int = MAX_LINES) -> tuple[NDArray[np.int64], int]:
    """Return the events in view, ascending, and their number. Of more than ``most`` events only those of the strongest pairs
    are returned; the number counts all."""
    (q0, q1), (k0, k1) = region.viewport.query, region.viewport.key
    count = q1 - q0 + k1 - k0 - max(0, min(q1, k1) - max(q0, k0))
    if count <= most:
        return np.union1d(np.arange(q0, q1), np.arange(k0, k1)), count
    query, place = region.top_others
    ends = np.stack([query, selection.key_index[place].astype(np.int64)], axis=1).ravel()
    # Pairs lie in order of strength: an event's first place among their ends is that of its strongest pair.
    unique_ends, first = np.unique(ends, return_index=True)
    return np.sort(unique_ends[np.argsort(first)][:most]), count


def line_table(
    sequence: TokenSequence, selection: HeadSelection, events: NDArray[np.int64], pair: tuple[int, int] | None, say: Say
) -> pd.DataFrame:
    """Return a row an event: ``mark`` (its role in the chosen pair, "⋮" after lines left out), ``line``, ``time`` where
    there are any, ``text``, and in how many pairs of this head it is the effect (``as_effect``) or the cause (``as_cause``)."""
    rows = [sequence.events[i] for i in events]
    jump = np.concatenate([[False], np.diff(events) > 1]) if len(events) else np.zeros(0, np.bool_)
    marks = ["⋮" if after else "" for after in jump]
    for name, event in zip(("effect", "cause"), pair or (), strict=False):
        for place in np.flatnonzero(events == event):
            words = say(f"selection.lines.{name}")
            marks[place] = f"{marks[place]} {words}".strip() if marks[place] in ("", "⋮") else f"{marks[place]} + {words}"
    table = pd.DataFrame(
        {
            "mark": marks,
            "line": [event.line for event in rows],
            "time": ["" if event.time is None else clock(event.time) for event in rows],
            "text": [event.message for event in rows],
            "as_effect": np.diff(selection.query_ptr)[events],
            "as_cause": np.bincount(selection.key_index, minlength=selection.length)[events],
        }
    )
    return table if any(event.time is not None for event in rows) else table.drop(columns="time")


def chosen_events(events: Sequence[int], rows: Sequence[int]) -> tuple[int, ...]:
    """Return the events of some rows of the table, ascending; rows that are not there choose nothing."""
    return tuple(sorted(int(events[row]) for row in rows if 0 <= row < len(events)))


def pairs_of_lines(selection: HeadSelection, lines: Sequence[int]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return query and place of all pairs of a head with one of these events as effect or cause, int64 [P] each, in stored
    order."""
    chosen = np.zeros(selection.length, np.bool_)
    chosen[list(lines)] = True
    rows = [np.arange(selection.query_ptr[line], selection.query_ptr[line + 1]) for line in lines]
    place = np.unique(np.concatenate([np.zeros(0, np.int64), *rows, np.flatnonzero(chosen[selection.key_index])]))
    return np.searchsorted(selection.query_ptr, place, "right") - 1, place


def pairs_in_view(
    lines: Sequence[int],
    selection: HeadSelection,
    viewport: Viewport,
    pair_filter: PairFilter,
    events: NDArray[np.bool_] | None,
    templates: EventTemplates | None,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the strongest ``MAX_MARKS`` of the lines' pairs that lie in view and pass the filter, as query and place."""
    query, place = pairs_of_lines(selection, lines)
    key = selection.key_index[place]
    (q0, q1), (k0, k1) = viewport.query, viewport.key
    passing = (query >= q0) & (query < q1) & (key >= k0) & (key < k1)
    if pair_filter.active:
        passing &= pair_filter.pairs(selection, query, place, events, templates)
    return strongest_places(selection, query[passing], place[passing], MAX_MARKS)


def line_marks(
    axes: Axes, query: NDArray[np.int64], key: NDArray[np.int64], lines: Sequence[int], templates: EventTemplates | None
) -> go.Scattergl:
    """Return the marks of pairs, given by their events, on the axes shown. They take no clicks, so that what lies under
    them does."""
    x, y = (key, query) if axes == "lines" else (-distance_class(query - key), query)
    if axes == "templates" and templates is not None:
        x, y = templates.code[key].astype(np.int64), templates.code[query].astype(np.int64)
    effect = np.isin(query, list(lines))
    # Where many pairs share a cell, one mark of each kind is enough.
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


def ring(query: int, key: int) -> go.Scattergl:
    """Return a ring around one pair, which takes no clicks."""
    marker = {"symbol": "circle-open", "size": 22, "color": COLOUR, "line": {"width": 3}}
    return go.Scattergl(x=[key], y=[query], mode="markers", marker=marker, hoverinfo="skip", showlegend=False)


@dataclass(frozen=True, slots=True)
class EventSum:
    """Several lines taken together. ``heads``: a row a head with ``layer``, ``head`` (from 0), the pairs ``among``, ``in``,
    ``out`` and the sums of their weights ``weight_among``, ``weight_in``, ``weight_out``. ``partners``: other lines, the
    heaviest first, with ``event`` (from 0), ``line``, ``text``, ``pairs``, and ``weight``, the sum of ``weight_in`` (the other
    line is the cause) and ``weight_out`` (it is the effect). ``others``: how many other lines there are, also beyond the
    table."""

    heads: pd.DataFrame
    partners: pd.DataFrame
    others: int


def event_sum(sequence: TokenSequence, trace: SelectionTrace, lines: Sequence[int]) -> EventSum:
    """Sum over these events; some hundredths of a second for six million pairs."""
    chosen = np.zeros(trace.length, np.bool_)
    chosen[list(lines)] = True
    rows: list[dict[str, float]] = []
    weights, pairs = np.zeros((2, trace.length)), np.zeros(trace.length, np.int64)
    for layer, head, selection in trace:
        query, place = pairs_of_lines(selection, lines)
        key, weight = selection.key_index[place], selection.weight[place].astype(np.float64)
        effect, cause = chosen[query], chosen[key]
        ways = dict(zip(WAYS, (effect & cause, effect & ~cause, cause & ~effect), strict=True))
        rows.append(
            {
                "layer": layer,
                "head": head,
                **{way: int(mask.sum()) for way, mask in ways.items()},
                **{f"weight_{way}": float(weight[mask].sum()) for way, mask in ways.items()},
            }
        )
        for side, way, other in ((0, ways["in"], key), (1, ways["out"], query)):
            weights[side] += np.bincount(other[way], weight[way], minlength=trace.length)
            pairs += np.bincount(other[way], minlength=trace.length)
    return EventSum(pd.DataFrame(rows), _partner_table(sequence, weights, pairs), int((pairs > 0).sum()))


def _partner_table(sequence: TokenSequence, weights: np.ndarray, pairs: np.ndarray) -> pd.DataFrame:
    total = weights.sum(0)
    partners = np.flatnonzero(pairs)
    partners = partners[np.lexsort((partners, -total[partners]))][:MAX_PARTNERS]
    events = [sequence.events[i] for i in partners]
    return pd.DataFrame(
        {
            "event": partners,
            "line": [event.line for event in events],
            "text": [event.text for event in events],
            "pairs": pairs[partners],
            "weight": total[partners],
            "weight_in": weights[0][partners],
            "weight_out": weights[1][partners],
        }
    )
