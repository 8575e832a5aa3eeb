"""What one visitor looks at on the Selection page: layer, head, the way into the map, its axes, a filter, and the chosen pair.

It also stands in the address, so that it can be passed on as a link: ``&head=layer-head&region=first-last-first-last``
(queries, then keys, in events, the last not included), ``&pair=layer-head-query-key``, all from 0, ``&axes=`` and ``&cells=``
by name, ``&filter=`` as JSON, and ``&lines=`` chosen in the text as events.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any

import streamlit as st

from dashboard.features.selection.views.chosen_lines import MAX_LINES
from dashboard.features.selection.views.pair_detail import PairId, pair_detail
from dashboard.features.selection.views.pair_filter import BadPattern, BadTimes, PairFilter
from dashboard.features.selection.views.region import EVERYTHING
from dashboard.service.decide.pipeline import LoadedDecision
from dashboard.views.cells import AXES, SHOWN, Axes, Shown
from dashboard.views.verdict import carrying_pairs, suspects
from dashboard.views.viewport import Viewport
from sparsemix import TraceError

_PAIR = re.compile(r"(\d{1,3})-(\d{1,3})-(\d{1,7})-(\d{1,7})")
_HEAD = re.compile(r"(\d{1,3})-(\d{1,3})")
_REGION = re.compile(r"(\d{1,7})-(\d{1,7})-(\d{1,7})-(\d{1,7})")
_LINES = re.compile(r"\d{1,7}(-\d{1,7}){0,999}")
_MAX_FILTER = 4_000
_MAX_PAST = 50
_serial = count()


@dataclass(frozen=True, slots=True)
class Look:
    """What the map shows: which head's pairs, the ``way`` from the whole log to the part in view, which of the pairs there, on
    which axes, and what its cells show."""

    layer: int
    head: int
    way: tuple[Viewport, ...]
    wanted: PairFilter = EVERYTHING
    axes: Axes = "lines"
    cells: Shown = "weight"


@dataclass(slots=True)
class View:
    """``look``: what is shown; ``past``: what was shown before, the last one last; ``lines``: the events chosen in the text;
    ``serial`` changes with every look, ``numbers`` with what they stand for alone, so that widgets start afresh."""

    decision: str
    look: Look
    past: list[Look] = field(default_factory=list)
    pair: PairId | None = None
    lines: tuple[int, ...] = ()
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
    def wanted(self) -> PairFilter:
        return self.look.wanted

    @property
    def viewport(self) -> Viewport:
        return self.look.way[-1]

    def open(self, viewport: Viewport, wanted: PairFilter | None = None) -> None:
        """Look closer, keeping the way back; there at other pairs, if one says so."""
        way = self.look.way if viewport == self.viewport else (*self.look.way, viewport)
        self.change(way=way, wanted=self.wanted if wanted is None else wanted)

    def back_to(self, depth: int) -> None:
        """Return to a step of the way; 0 is the whole log."""
        self.change(way=self.look.way[: depth + 1])

    def choose_head(self, layer: int, head: int) -> None:
        """Show another head over the same lines."""
        self.choose(None)
        self.change(layer=layer, head=head)

    def want(self, wanted: PairFilter) -> None:
        """Show these pairs only."""
        self.change(wanted=wanted)

    def change(self, **parts: Any) -> None:
        """Show something else: parts of ``Look``."""
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
        """Widgets start afresh, and the address follows."""
        self.serial = next(_serial)
        look = self.look
        wanted = json.dumps(look.wanted.values, ensure_ascii=False, separators=(",", ":"))
        for name, value in {
            "head": f"{look.layer}-{look.head}",
            "region": "-".join(map(str, (*self.viewport.query, *self.viewport.key))) if len(look.way) > 1 else "",
            "axes": "" if look.axes == AXES[0] else look.axes,
            "cells": "" if look.cells == SHOWN[0] else look.cells,
            "filter": wanted if look.wanted.active else "",
        }.items():
            _name(name, value)

    def choose(self, pair: PairId | None) -> None:
        """Show a pair's detail and name it in the address."""
        self.pair, self.unknown_pair = pair, False
        _name("pair", "-".join(map(str, pair)) if pair else "")

    def choose_lines(self, lines: tuple[int, ...] = ()) -> None:
        """Mark the pairs of these events."""
        self.lines = lines

    def address_lines(self) -> None:
        """See to it that the address names the chosen lines."""
        named = "-".join(map(str, self.lines))
        if st.query_params.get("lines", "") != named:
            _name("lines", named)

    def number(self, name: str, shown: object) -> int:
        """A number for the part of the page that shows this: another one whenever it changes. A part that stays the same is not
        built anew in the browser, which takes it longer than the map."""
        if name not in self.numbers or self.numbers[name][0] != shown:
            self.numbers[name] = (shown, next(_serial))
        return self.numbers[name][1]


def _name(parameter: str, value: str) -> None:
    """Write it into the address; nothing takes it out."""
    if value:
        st.query_params[parameter] = value
    else:
        st.query_params.pop(parameter, None)


def current(loaded: LoadedDecision) -> View:
    """The visitor's view of this decision; a new one starts where the evidence is strongest, or at the address's pair."""
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
    # From a part that a link names one comes back to the whole log.
    past = [replace(shown, way=shown.way[:1])] if len(shown.way) > 1 else []
    return View(loaded.summary.decision.id, shown, past, lines=_named_lines(loaded))


def _named_lines(loaded: LoadedDecision) -> tuple[int, ...]:
    named = st.query_params.get("lines", "")
    found = sorted({int(event) for event in named.split("-")}) if _LINES.fullmatch(named) else []
    return tuple(event for event in found if event < len(loaded.sequence))[:MAX_LINES]


def _addressed(look: Look, loaded: LoadedDecision) -> Look:
    """What a link names instead; what does not fit this decision is left alone."""
    head = _HEAD.fullmatch(st.query_params.get("head", ""))
    if head:
        layer, number = int(head[1]), int(head[2])
        if layer < len(loaded.trace.heads) and number < len(loaded.trace.heads[layer]):
            look = replace(look, layer=layer, head=number)
    region = _REGION.fullmatch(st.query_params.get("region", ""))
    if region:
        q0, q1, k0, k1 = (int(edge) for edge in region.groups())
        if q0 < q1 <= len(loaded.sequence) and k0 < k1 <= len(loaded.sequence):
            look = replace(look, way=(*look.way, Viewport((q0, q1), (k0, k1))))
    axes, cells = st.query_params.get("axes"), st.query_params.get("cells")
    return replace(
        look,
        wanted=_named_filter(loaded),
        axes=next((known for known in AXES if known == axes), AXES[0]),
        cells=next((known for known in SHOWN if known == cells), SHOWN[0]),
    )


def _named_filter(loaded: LoadedDecision) -> PairFilter:
    """What a link asks for; everything where it asks for nothing that can be understood."""
    text = st.query_params.get("filter", "")
    try:
        wanted = PairFilter.of(json.loads(text)) if len(text) < _MAX_FILTER else EVERYTHING
        wanted.events(loaded.sequence)
    except (ValueError, RecursionError, BadPattern, BadTimes):
        return EVERYTHING
    return wanted


def _open_named(view: View, loaded: LoadedDecision, named: str) -> None:
    found = _PAIR.fullmatch(named)
    try:
        if not found:
            raise TraceError("not a pair")
        layer, head, query, key = (int(part) for part in found.groups())
        pair_detail(loaded.sequence, loaded.trace, (layer, head, query, key))
    except TraceError:
        view.choose(None)
        view.unknown_pair = True
        return
    inside = len(view.look.way) > 1 and view.viewport.holds(query, key) and (view.layer, view.head) == (layer, head)
    view.pair, view.unknown_pair = (layer, head, query, key), False
    if inside:
        return
    length = len(loaded.sequence)
    view.change(layer=layer, head=head, way=(Viewport.whole(length), Viewport.around(length, query, key)))
