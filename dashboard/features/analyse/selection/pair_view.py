"""What one visitor looks at in the panel Selection: layer, head, the way into the map, its axes, a filter, and the chosen pair.

The view also stands in the address, so that it can be passed on as a link: ``&head=layer-head``,
``&region=first-last-first-last`` (the events of the queries, then of the keys; the last is not included),
``&pair=layer-head-query-key``, ``&axes=`` and ``&cells=`` by name, and ``&filter=`` as JSON. All numbers begin at 0.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any

import streamlit as st

from dashboard.features.analyse.selection.views.pair_filter import EVERYTHING, PairFilter
from dashboard.service.decide.pipeline import LoadedDecision
from dashboard.shared.session import put_in_address
from dashboard.views.pair_map import AXES, SHOWN, Axes, Shown, Viewport
from dashboard.views.verdict import carrying_pairs, suspects
from sparsemix import SelectionTrace

_PAIR = re.compile(r"(\d{1,3})-(\d{1,3})-(\d{1,7})-(\d{1,7})")
_HEAD = re.compile(r"(\d{1,3})-(\d{1,3})")
_REGION = re.compile(r"(\d{1,7})-(\d{1,7})-(\d{1,7})-(\d{1,7})")
_MAX_FILTER = 4_000
_MAX_PAST = 50
_serial = count()
PairId = tuple[int, int, int, int]
"""Layer, head, query, key; all from 0."""


@dataclass(frozen=True, slots=True)
class Look:
    """What the map shows: the head, the ``way`` from the whole log to the part in view, the filter of pairs, the axes, and
    what the cells show."""

    layer: int
    head: int
    way: tuple[Viewport, ...]
    pair_filter: PairFilter = EVERYTHING
    axes: Axes = "lines"
    cells: Shown = "weight"


@dataclass(slots=True)
class View:
    """One visitor's view of a decision. ``look``: what is shown; ``past``: earlier looks, the last one last; ``pair``: the
    chosen one, which the log is still to show where it is ``untold``. Widgets have a number in their keys, so that they start
    afresh when it changes: ``serial`` changes whenever the look may have changed, a number in ``numbers`` only when the value
    beside it does."""

    decision: str
    look: Look
    past: list[Look] = field(default_factory=list)
    pair: PairId | None = None
    untold: bool = False
    unknown_pair: bool = False
    numbers: dict[str, tuple[object, int]] = field(default_factory=dict)
    serial: int = field(default_factory=_serial.__next__)

    @property
    def layer(self) -> int:
        return self.look.layer

    @property
    def head(self) -> int:
        return self.look.head

    @property
    def pair_filter(self) -> PairFilter:
        return self.look.pair_filter

    @property
    def viewport(self) -> Viewport:
        return self.look.way[-1]

    def open(self, viewport: Viewport, pair_filter: PairFilter | None = None) -> None:
        """Look closer, keeping the way back; with another filter, if one is given."""
        way = self.look.way if viewport == self.viewport else (*self.look.way, viewport)
        self.change(way=way, pair_filter=self.pair_filter if pair_filter is None else pair_filter)

    def back_to(self, depth: int) -> None:
        """Return to a step of the way; 0 is the whole log."""
        self.change(way=self.look.way[: depth + 1])

    def choose_head(self, layer: int, head: int) -> None:
        """Show another head over the same lines."""
        self.choose(None)
        self.change(layer=layer, head=head)

    def set_filter(self, pair_filter: PairFilter) -> None:
        """Show only the pairs that this filter lets through."""
        self.change(pair_filter=pair_filter)

    def change(self, **parts: Any) -> None:
        """Change parts of the ``Look``."""
        look = replace(self.look, **parts)
        if look != self.look:
            self.past = [*self.past, self.look][-_MAX_PAST:]
            self.look = look
        self._changed()

    def undo(self) -> None:
        """Show what was shown before the last change."""
        if self.past:
            self.look = self.past.pop()
            if self.pair and self.pair[:2] != (self.layer, self.head):
                self.choose(None)
        self._changed()

    def _changed(self) -> None:
        """Give widgets new keys, so that they start afresh, and write the view into the address."""
        self.serial = next(_serial)
        look = self.look
        filter_json = json.dumps(look.pair_filter.values, ensure_ascii=False, separators=(",", ":"))
        for name, value in {
            "head": f"{look.layer}-{look.head}",
            "region": "-".join(map(str, (*self.viewport.query, *self.viewport.key))) if len(look.way) > 1 else "",
            "axes": "" if look.axes == AXES[0] else look.axes,
            "cells": "" if look.cells == SHOWN[0] else look.cells,
            "filter": filter_json if look.pair_filter.active else "",
        }.items():
            put_in_address(name, value)

    def choose(self, pair: PairId | None) -> None:
        """Mark a pair, name it in the address, and have the log choose it."""
        self.pair, self.untold, self.unknown_pair = pair, pair is not None, False
        put_in_address("pair", "-".join(map(str, pair)) if pair else "")

    def number(self, name: str, shown: object) -> int:
        """Return the number of the part of the page that shows this value; it changes with the value. The browser keeps a
        part that keeps its number: to build the part anew would take longer than to draw the map."""
        if name not in self.numbers or self.numbers[name][0] != shown:
            self.numbers[name] = (shown, next(_serial))
        return self.numbers[name][1]


def current(loaded: LoadedDecision) -> View:
    """Return the visitor's view of this decision; a new view starts where the evidence is strongest, or at the address's
    pair."""
    view = st.session_state.get("selection_view")
    if not isinstance(view, View) or view.decision != loaded.summary.decision.id:
        view = st.session_state["selection_view"] = _start(loaded)
    named = st.query_params.get("pair")
    if named and (view.pair is None or named != "-".join(map(str, view.pair))):
        _open_named(view, loaded, named)
    return view


def _start(loaded: LoadedDecision) -> View:
    look = Look(0, 0, (Viewport.whole(len(loaded.sequence)),))
    strongest = carrying_pairs(loaded, suspects(loaded.summary.decision, 1), per_event=1)
    if len(strongest):
        look = replace(look, layer=int(strongest.layer.iloc[0]), head=int(strongest["head"].iloc[0]))
    shown = _addressed(look, loaded)
    # The way back from a part that a link names leads to the whole log.
    past = [replace(shown, way=shown.way[:1])] if len(shown.way) > 1 else []
    return View(loaded.summary.decision.id, shown, past)


def _addressed(look: Look, loaded: LoadedDecision) -> Look:
    """Return the look that a link names; what does not fit this decision is ignored."""
    head_match = _HEAD.fullmatch(st.query_params.get("head", ""))
    if head_match:
        layer, number = int(head_match[1]), int(head_match[2])
        if layer < len(loaded.trace.heads) and number < len(loaded.trace.heads[layer]):
            look = replace(look, layer=layer, head=number)
    region_match = _REGION.fullmatch(st.query_params.get("region", ""))
    if region_match:
        q0, q1, k0, k1 = (int(edge) for edge in region_match.groups())
        if q0 < q1 <= len(loaded.sequence) and k0 < k1 <= len(loaded.sequence):
            look = replace(look, way=(*look.way, Viewport((q0, q1), (k0, k1))))
    axes, cells = st.query_params.get("axes"), st.query_params.get("cells")
    return replace(
        look,
        pair_filter=_named_filter(),
        axes=next((known for known in AXES if known == axes), AXES[0]),
        cells=next((known for known in SHOWN if known == cells), SHOWN[0]),
    )


def _named_filter() -> PairFilter:
    """Return the filter that a link names; ``EVERYTHING`` where it names none, or one that cannot be read."""
    text = st.query_params.get("filter", "")
    try:
        return PairFilter.of(json.loads(text)) if len(text) < _MAX_FILTER else EVERYTHING
    except (ValueError, RecursionError):
        return EVERYTHING


def _open_named(view: View, loaded: LoadedDecision, named: str) -> None:
    match = _PAIR.fullmatch(named)
    layer, head, query, key = (int(part) for part in match.groups()) if match else (-1, -1, -1, -1)
    if not _selected(loaded.trace, layer, head, query, key):
        view.choose(None)
        view.unknown_pair = True
        return
    inside = len(view.look.way) > 1 and view.viewport.holds(query, key) and (view.layer, view.head) == (layer, head)
    view.pair, view.unknown_pair = (layer, head, query, key), False
    if inside:
        return
    length = len(loaded.sequence)
    view.change(layer=layer, head=head, way=(Viewport.whole(length), Viewport.around(length, query, key)))


def _selected(trace: SelectionTrace, layer: int, head: int, query: int, key: int) -> bool:
    if not (0 <= layer < len(trace.heads) and 0 <= head < len(trace.heads[layer]) and 0 <= query < trace.length):
        return False
    selection = trace.heads[layer][head]
    return key in selection.key_index[selection.pairs_of(query)]
