"""What is known of one pair and of one head, as numbers for the page to put into words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sparsemix.encoding.entities import EntityType, shared_identifiers
from sparsemix.encoding.sequence import Event, TokenSequence
from sparsemix.errors import TraceError
from sparsemix.trace.selection_trace import Route, SelectionTrace

PairId = tuple[int, int, int, int]
"""Layer, head, query, key; all from 0."""


@dataclass(frozen=True, slots=True)
class PairDetail:
    """One selected pair.

    ``distance_lines`` > 0 when the key stands before the query, None in another source; ``seconds`` from key to query, None
    without times.
    ``anchor_weight``: share of the query that went to no pair; ``selected``: pairs of the query in this head; ``shared``:
    identifiers that both events hold.
    """

    id: PairId
    query: Event
    key: Event
    weight: float
    logit: float
    margin: float
    threshold: float
    route: str
    certified: bool
    anchor_weight: float
    selected: int
    distance_lines: int | None
    seconds: float | None
    shared: tuple[str, ...]

    @property
    def itself(self) -> bool:
        """Return whether the event was selected for itself."""
        return self.id[2] == self.id[3]


def pair_detail(sequence: TokenSequence, trace: SelectionTrace, id: PairId, types: Sequence[EntityType] = ()) -> PairDetail:
    """Look a pair up; ``types``: the identifiers that the weights know. Raises `TraceError` when the head did not select it."""
    layer, head, query, key = id
    if not (0 <= layer < len(trace.heads) and 0 <= head < len(trace.heads[layer]) and 0 <= query < trace.length):
        raise TraceError("the pair lies outside the trace")
    selection = trace.heads[layer][head]
    pairs = selection.pairs_of(query)
    places = np.flatnonzero(selection.key_index[pairs] == key)
    if not len(places):
        raise TraceError("the pair was not selected")
    place = pairs.start + int(places[0])
    effect, cause = sequence.events[query], sequence.events[key]
    lines, seconds = sequence.from_to(key, query)
    logit, threshold = float(selection.logit[place]), float(selection.threshold[query])
    return PairDetail(
        id=id,
        query=effect,
        key=cause,
        weight=float(selection.weight[place]),
        logit=logit,
        margin=logit / 2 - threshold,
        threshold=threshold,
        route=Route(selection.route[place]).name.lower(),
        certified=bool(selection.certified[query]),
        anchor_weight=float(selection.anchor_weight[query]),
        selected=pairs.stop - pairs.start,
        distance_lines=lines,
        seconds=seconds,
        shared=tuple(shared_identifiers(effect.message, cause.message, types)),
    )


def head_facts(trace: SelectionTrace, layer: int) -> pd.DataFrame:
    """Return a row a head: ``head``, ``pairs``, ``per_query`` (mean pairs a query), ``certified`` and ``anchor`` (shares 0
    to 1)."""
    rows = [
        (number, len(head.key_index), len(head.key_index) / head.length, head.certified.mean(), head.anchor_weight.mean())
        for number, head in enumerate(trace.heads[layer])
    ]
    return pd.DataFrame(rows, columns=["head", "pairs", "per_query", "certified", "anchor"])
