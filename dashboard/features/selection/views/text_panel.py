"""The lines beside the map: those around the chosen pair, or of the part in view, and how many pairs each takes part in."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dashboard.features.selection.views.region import Region
from dashboard.views.cells import Say
from dashboard.views.times import clock
from sparsemix.encoding.sequence import TokenSequence
from sparsemix.trace.selection_trace import HeadSelection

MAX_LINES = 200
# Lines around each end of a pair: with both ends as many as are seen without scrolling.
AROUND = 3


def lines_around(length: int, query: int, key: int) -> NDArray[np.int64]:
    """The events around both ends of a pair, ascending."""
    near = np.arange(-AROUND, AROUND + 1)
    found = np.unique(np.concatenate([query + near, key + near]))
    return found[(found >= 0) & (found < length)]


def lines_in_view(selection: HeadSelection, region: Region, most: int = MAX_LINES) -> tuple[NDArray[np.int64], int]:
    """The events in view, ascending, and how many lie there in all: where they are too many, those of the strongest pairs."""
    (q0, q1), (k0, k1) = region.viewport.query, region.viewport.key
    count = q1 - q0 + k1 - k0 - max(0, min(q1, k1) - max(q0, k0))
    if count <= most:
        return np.union1d(np.arange(q0, q1), np.arange(k0, k1)), count
    query, place = region.top_others
    ends = np.stack([query, selection.key_index[place].astype(np.int64)], axis=1).ravel()
    # As they first appear among the pairs, the strongest first.
    found, first = np.unique(ends, return_index=True)
    return np.sort(found[np.argsort(first)][:most]), count


def line_table(
    sequence: TokenSequence, selection: HeadSelection, events: NDArray[np.int64], pair: tuple[int, int] | None, say: Say
) -> pd.DataFrame:
    """A row an event: ``mark`` (what it is in the chosen pair, "⋮" after lines left out), ``line``, ``time`` where there are
    any, ``text``, and in this head the pairs ``as_effect`` and ``as_cause``."""
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
    """The events of some rows of the table, ascending; rows that are not there choose nothing."""
    return tuple(sorted(int(events[row]) for row in rows if 0 <= row < len(events)))
