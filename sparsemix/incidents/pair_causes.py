"""What led to a line that the weights flag: a selected pair counts as a cause only where three things hold.

It came before, by the clock of its own source; without the pair the line's logit falls by at least half; and the earlier line
is no sink that lines of all sorts are read with: at most one in twenty reads it. Every other pair is read *with* the line,
and no cause.

Axis letters: N events.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sparsemix.distinct import distinct
from sparsemix.explain.attribution import EventPair, edges
from sparsemix.explain.intervention import Intervention
from sparsemix.explain.rerun import Rerun
from sparsemix.incidents.incident import Cause, came_before
from sparsemix.trace.selection_trace import SelectionTrace

LEAST_EFFECT, MOST_READERS = 0.5, 0.05
"""Logits by which a line's logit falls without a cause; share of lines that read a sink."""
_TRIED, _TOLD = 6, 3


def selections(trace: SelectionTrace) -> NDArray[np.int64]:
    """Return how often each event is selected, in all heads together [N]."""
    counts = (np.bincount(head.key_index, minlength=trace.length) for layer in trace.heads for head in layer)
    return np.asarray(sum(counts))


def _readers(trace: SelectionTrace, event: int) -> int:
    """Return how many other events read an event, in any head."""
    heads = [head for layer in trace.heads for head in layer]
    places = [np.flatnonzero(head.key_index == event) for head in heads]
    query = [np.searchsorted(head.query_ptr, place, "right") - 1 for head, place in zip(heads, places, strict=True)]
    return int((distinct(np.concatenate(query)) != event).sum())


def pair_causes(rerun: Rerun, events: Sequence[int], selected: NDArray[np.int64]) -> list[tuple[Cause, ...]]:
    """Return what led to each of some flagged events, the largest effect first; ``selected``: see `selections`."""
    trace, tried, most = rerun.trace, list[EventPair](), MOST_READERS * rerun.trace.length
    for event in events:
        for edge in [edge for edge in edges(trace, event) if edge.query == event][:_TRIED]:
            # Readers are counted where an event is selected so often that there may be too many.
            sink = selected[edge.key] > most and _readers(trace, edge.key) > most
            if not sink and came_before(rerun.sequence, edge.key, event):
                tried.append(edge)
    without = rerun.logits_under((Intervention.without(edge.pairs), edge.query) for edge in tried)
    found: dict[int, list[Cause]] = {event: [] for event in events}
    for edge, logit in zip(tried, without, strict=True):
        effect = float(rerun.logits[edge.query]) - logit
        if effect >= LEAST_EFFECT:
            found[edge.query].append(Cause(edge.key, "pair", "", effect))
    return [tuple(sorted(found[event], key=lambda cause: -cause.effect)[:_TOLD]) for event in events]
