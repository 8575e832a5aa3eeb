"""How many keys the heads that match identifiers select in the logs of training, by the length of a file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import count, takewhile

import numpy as np
import torch

from sparsemix.encoding.hashing import HashedEvents
from sparsemix.judges import Judges, Labelled
from sparsemix.judges.usual_selection import UsualSelection
from sparsemix.model.event_batch import EventBatch
from sparsemix.model.network import Network
from sparsemix.training.own_data.batches import Source

# Lengths of the windows, beside the longest source; how many of each length, and events of these together, beside the first.
_SHORTEST, _LONGER = 64, 4
_WINDOWS, _EVENTS = 16, 2**15


def with_usual_selection(network: Network, sources: Sequence[Source]) -> Judges:
    """Return the judge of a trained network with the keys an event that heads which match identifiers select in windows of the
    ``sources``; the judge itself where it matches none."""
    judge = network.judge
    if not isinstance(judge, Labelled) or not judge.entities:
        return judge
    longest = max(map(len, sources))
    shorter = takewhile(lambda length: length < longest, (_SHORTEST * _LONGER**power for power in count()))
    usual = []
    for length in (*shorter, longest):
        found = [_selected(network, window) for window in _windows(sources, length)]
        least, most = (tuple(edge(found, 0).tolist()) for edge in (np.min, np.max))
        usual.append(UsualSelection(length, least, most))
    return replace(judge, selected=tuple(usual))


def _windows(sources: Sequence[Source], length: int) -> list[HashedEvents]:
    """Return windows of this length, spread over the sources that are as long."""
    long = [source for source in sources if len(source) >= length]
    starts = np.cumsum([0, *(len(source) - length + 1 for source in long)])
    windows_of_length = int(np.clip(_EVENTS // length, 1, _WINDOWS))
    windows = []
    for place in np.linspace(0, starts[-1] - 1, windows_of_length).round().astype(int).tolist():
        number = int(np.searchsorted(starts, place, "right")) - 1
        start = place - int(starts[number])
        windows.append(long[number].hashed.by_itself(start, start + length))
    return windows


@torch.no_grad()
def _selected(network: Network, window: HashedEvents) -> list[float]:
    """Return the keys an event that each head of the first layer selects [H]."""
    batch, layer = EventBatch.of([window]), network.stack[0]
    _, statistics = layer.attention(layer.norm(network.embed(batch)), matches=batch.matches)
    return [round(one, 4) for one in statistics.selected.tolist()]
