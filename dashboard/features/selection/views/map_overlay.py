"""An attribution over the map: rings around the pairs that led to one event, as large as their key's contribution."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from dashboard.views.viewport import Viewport
from sparsemix import Attribution, SelectionTrace
from sparsemix.explain.rollout import edges

# Colours as in the coloured text; the shape says the same to whoever does not tell them apart.
TOWARDS, AWAY = "#d97706", "#2563eb"
_SHAPES = "circle-open", "diamond-open"
_LEAST, _LARGEST = 9.0, 26.0


def rings(trace: SelectionTrace, layer: int, head: int, attribution: Attribution, viewport: Viewport) -> go.Scattergl | None:
    """Rings for the pairs of one head in the receptive field of the attribution's target; None where the view holds none.

    Orange circles where the contribution of the key pushed towards fault, blue diamonds where away. They take no clicks: what
    lies under them does.
    """
    value = dict(zip(attribution.events.tolist(), attribution.value.tolist(), strict=True))
    (q0, q1), (k0, k1) = viewport.query, viewport.key
    found = [
        (edge.query, edge.key, value.get(edge.key, 0.0))
        for edge in edges(trace, attribution.target)
        if q0 <= edge.query < q1 and k0 <= edge.key < k1 and any((p.layer, p.head) == (layer, head) for p in edge.pairs)
    ]
    if not found:
        return None
    query, key, size = (np.array(column) for column in zip(*found, strict=True))
    largest = max((abs(v) for v in value.values()), default=0.0) or 1.0
    return go.Scattergl(
        x=key,
        y=query,
        mode="markers",
        marker={
            "symbol": np.where(size >= 0, *_SHAPES).tolist(),
            "size": _LEAST + (_LARGEST - _LEAST) * np.sqrt(np.abs(size) / largest),
            "color": np.where(size >= 0, TOWARDS, AWAY).tolist(),
            "line": {"width": 2.5},
        },
        hoverinfo="skip",
        showlegend=False,
    )
