"""What one visitor looks at on the Selection page: layer, head, the way into the map, and the chosen pair.

The chosen pair also stands in the address (``&pair=layer-head-query-key``), so that it can be passed on as a link.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import count

import streamlit as st

from dashboard.pipeline import LoadedDecision
from dashboard.views.pair_detail import PairId, pair_detail
from dashboard.views.verdict import carrying_pairs, suspects
from dashboard.views.viewport import Viewport
from sparsemix import TraceError

_PAIR = re.compile(r"(\d{1,3})-(\d{1,3})-(\d{1,7})-(\d{1,7})")
_serial = count()


@dataclass(slots=True)
class View:
    """``stack``: the way from the whole log to the view shown; ``serial`` changes with it, so that widgets start afresh."""

    decision: str
    layer: int
    head: int
    stack: list[Viewport]
    pair: PairId | None = None
    unknown_pair: bool = False
    serial: int = field(default_factory=_serial.__next__)

    @property
    def viewport(self) -> Viewport:
        return self.stack[-1]

    def open(self, viewport: Viewport) -> None:
        """Look closer, keeping the way back."""
        if viewport != self.viewport:
            self.stack.append(viewport)
        self.serial = next(_serial)

    def back_to(self, depth: int) -> None:
        """Return to a step of the way; 0 is the whole log."""
        del self.stack[depth + 1 :]
        self.serial = next(_serial)

    def choose_head(self, layer: int, head: int) -> None:
        """Show another head over the same lines."""
        self.layer, self.head = layer, head
        self.choose(None)
        self.serial = next(_serial)

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
    return view


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
    view.layer, view.head, view.pair, view.unknown_pair = layer, head, (layer, head, query, key), False
    length = len(loaded.sequence)
    view.stack = [Viewport.whole(length)]
    view.open(Viewport.around(length, query, key))
