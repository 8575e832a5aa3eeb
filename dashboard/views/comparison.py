"""Two runs side by side, as tables."""

from __future__ import annotations

import pandas as pd

from dashboard.views.verdict import one_line
from sparsemix import TokenSequence
from sparsemix.explain.comparison import Comparison

# Below a twentieth of a percentage point nobody sees a change.
LEAST = 5e-4


def event_changes(comparison: Comparison, first: TokenSequence, second: TokenSequence, most: int = 20) -> pd.DataFrame:
    """Events whose probability changed most, and by at least ``LEAST``: ``first_line``, ``second_line`` (of either file),
    ``before``, ``after`` (percent) and ``text``; what is missing in one of the runs is empty there."""
    rows = []
    for change in [one for one in comparison.events if one.size >= LEAST][:most]:
        event = first.events[change.event] if change.event is not None else None
        other = second.events[change.other] if change.other is not None else None
        shown = other or event
        rows.append(
            {
                "first_line": None if event is None else event.line,
                "second_line": None if other is None else other.line,
                "before": None if change.first is None else 100.0 * change.first,
                "after": None if change.second is None else 100.0 * change.second,
                "text": "" if shown is None else one_line(shown.message),
            }
        )
    columns = ["first_line", "second_line", "before", "after", "text"]
    return pd.DataFrame(rows, columns=columns).astype({"first_line": "Int64", "second_line": "Int64"})


def layer_changes(comparison: Comparison) -> pd.DataFrame:
    """A row a layer: ``layer`` from 1, pairs in ``both``, ``only_first``, ``only_second``, and ``kept`` (percent)."""
    return pd.DataFrame(
        [
            {
                "layer": number + 1,
                "both": layer.both,
                "only_first": layer.only_first,
                "only_second": layer.only_second,
                "kept": 100.0 * layer.kept,
            }
            for number, layer in enumerate(comparison.layers)
        ],
        columns=["layer", "both", "only_first", "only_second", "kept"],
    )
