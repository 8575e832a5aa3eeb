"""What one visitor looks at on the Selection page: layer, head, the way into the map, and the chosen pair.

It also stands in the address, so that it can be passed on as a link: ``&head=layer-head&region=first-last-first-last``
(queries, then keys, in events, the last not included), ``&pair=layer-head-query-key``, all from 0, and ``&filter=`` as JSON.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from itertools import count

import streamlit as st

from dashboard.pipeline import LoadedDecision
from dashboard.views.pair_detail import PairId, pair_detail
from dashboard.views.pair_filter import BadPattern, PairFilter
from dashboard.views.region import EVERYTHING
from dashboard.views.verdict import carrying_pairs, suspects
from dashboard.views.viewport import Viewport
from sparsemix import TraceError

_PAIR = re.compile(r"(\d{1,3})-(\d{1,3})-(\d{1,7})-(\d{1,7})")
_HEAD = re.compile(r"(\d{1,3})-(\d{1,3})")
_REGION = re.compile(r"(\d{1,7})-(\d{1,7})-(\d{1,7})-(\d{1,7})")
_MAX_FILTER = 2_000
_serial = count()


@dataclass(slots=True)
class View:
    """``stack``: the way from the whole log to the view shown; ``serial`` changes with it, so that widgets start afresh."""

    decision: str
    layer: int
    head: int
    stack: list[Viewport]
    pair: PairId | None = None
    wanted: PairFilter = EVERYTHING
    unknown_pair: bool = False
    serial: int = field(default_factory=_serial.__next__)

    @property
    def viewport(self) -> Viewport:
        return self.stack[-1]

    def open(self, viewport: Viewport) -> None:
        """Look closer, keeping the way back."""
        if viewport != self.viewport:
            self.stack.append(viewport)
        self._changed()

    def back_to(self, depth: int) -> None:
        """Return to a step of the way; 0 is the whole log."""
        del self.stack[depth + 1 :]
        self._changed()

    def choose_head(self, layer: int, head: int) -> None:
        """Show another head over the same lines."""
        self.layer, self.head = layer, head
        self.choose(None)
        self._changed()

    def want(self, wanted: PairFilter) -> None:
        """Show these pairs only."""
        self.wanted = wanted
        self._changed()

    def _changed(self) -> None:
        """Widgets start afresh, and the address follows."""
        self.serial = next(_serial)
        st.query_params["head"] = f"{self.layer}-{self.head}"
        if len(self.stack) > 1:
            st.query_params["region"] = "-".join(map(str, (*self.viewport.query, *self.viewport.key)))
        else:
            st.query_params.pop("region", None)
        if self.wanted.active:
            st.query_params["filter"] = json.dumps(self.wanted.values, ensure_ascii=False, separators=(",", ":"))
        else:
            st.query_params.pop("filter", None)

    def choose(self, pair: PairId | None) -> None:
        """Show a pair's detail and name it in the address."""
        self.pair, self.unknown_pair = pair, False
        if pair:
            st.query_params["pair"] = "-".join(map(str, pair))
        else:
            st.query_params.pop("pair", None)


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
    view = View(loaded.summary.decision.id, 0, 0, [Viewport.whole(len(loaded.sequence))])
    strongest = carrying_pairs(loaded, suspects(loaded.summary.decision, 1), per_event=1)
    if len(strongest):
        view.layer, view.head = int(strongest.layer.iloc[0]), int(strongest["head"].iloc[0])
    _open_address(view, loaded)
    return view


def _open_address(view: View, loaded: LoadedDecision) -> None:
    """The head and the region that a link names; what does not fit this decision is left alone."""
    head = _HEAD.fullmatch(st.query_params.get("head", ""))
    if head:
        layer, number = int(head[1]), int(head[2])
        if layer < len(loaded.trace.heads) and number < len(loaded.trace.heads[layer]):
            view.layer, view.head = layer, number
    region = _REGION.fullmatch(st.query_params.get("region", ""))
    if region:
        q0, q1, k0, k1 = (int(edge) for edge in region.groups())
        if q0 < q1 <= len(loaded.sequence) and k0 < k1 <= len(loaded.sequence):
            view.stack.append(Viewport((q0, q1), (k0, k1)))
    view.wanted = _named_filter(loaded)


def _named_filter(loaded: LoadedDecision) -> PairFilter:
    """What a link asks for; everything where it asks for nothing that can be understood."""
    text = st.query_params.get("filter", "")
    try:
        wanted = PairFilter.of(json.loads(text)) if len(text) < _MAX_FILTER else EVERYTHING
        wanted.events(loaded.sequence)
    except (ValueError, RecursionError, BadPattern):
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
    inside = len(view.stack) > 1 and view.viewport.holds(query, key) and (view.layer, view.head) == (layer, head)
    view.layer, view.head, view.pair, view.unknown_pair = layer, head, (layer, head, query, key), False
    if inside:
        return
    length = len(loaded.sequence)
    view.stack = [Viewport.whole(length)]
    view.open(Viewport.around(length, query, key))
