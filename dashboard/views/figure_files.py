"""A figure as a page of its own: one HTML file, with everything in it that it needs to be looked at offline."""

from __future__ import annotations

import plotly.io
from plotly.graph_objects import Figure


def to_html(figure: Figure, *, dark: bool) -> bytes:
    """The figure as it can be zoomed and hovered over, on a light or dark ground; the figure given stays as it is."""
    # The page gives charts its own colours in the browser; a file has only those of a template.
    template = "plotly_dark" if dark else "plotly_white"
    own = Figure(figure).update_layout(template=template)
    # The library goes along: a plant's network may not reach the outside.
    page = str(own.to_html(include_plotlyjs=True, full_html=True))
    ground = plotly.io.templates[template].layout.paper_bgcolor
    return page.replace("<body>", f'<body style="background: {ground}">', 1).encode()
