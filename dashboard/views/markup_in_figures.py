"""The one way of text into figures: Plotly shows `<a href>` in any text, such as a station's name, as a link."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
from plotly.graph_objects import Figure

# Lines end with <br>, and hover texts with <extra>; nothing else of this program's own is markup.
_FOREIGN = re.compile(r"<(?!/?(?:br|extra)>)")


def harmless(figure: Figure) -> Figure:
    """Return a figure in which all other markup is shown as it is written; the same figure where there is none."""
    content = figure.to_plotly_json()
    escaped = _escaped(content)
    return figure if escaped is content else Figure(escaped)


def _escaped(value: Any) -> Any:
    """Return a value with escaped texts, itself where nothing changes."""
    if isinstance(value, str):
        return _FOREIGN.sub("&lt;", value) if "<" in value else value
    if isinstance(value, np.ndarray):
        return value if value.dtype.kind not in "OU" else _like(value, value.tolist(), np.array)
    if isinstance(value, dict):
        items = {name: _escaped(one) for name, one in value.items()}
        return items if any(items[name] is not value[name] for name in value) else value
    return _like(value, value, type(value)) if isinstance(value, list | tuple) else value


def _like(value: Any, members: Any, make: Any) -> Any:
    escaped = [_escaped(one) for one in members]
    return make(escaped) if any(one is not old for one, old in zip(escaped, members, strict=True)) else value
