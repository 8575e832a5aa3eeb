"""A figure on a page, with the files that it can be taken away as; every figure of the app is shown by this."""

from __future__ import annotations

from typing import Any

import streamlit as st
from plotly.graph_objects import Figure

from dashboard.shared.callbacks import newest
from dashboard.shared.downloads import figure_downloads
from dashboard.texts import Texts

# What Plotly says by itself, of pictures and on its buttons -> our text for it.
PLOTLY = {
    "Preparing image - this may take a few seconds": "download.preparing",
    "Image download succeeded": "download.made",
    "Sorry, there was a problem downloading your image!": "download.failed",
    "Download plot": "download.picture",
    "Download plot as a PNG": "download.png",
    "Zoom": "figure.zoom",
    "Pan": "figure.pan",
    "Box Select": "figure.box",
    "Lasso Select": "figure.lasso",
    "Zoom in": "figure.zoom_in",
    "Zoom out": "figure.zoom_out",
    "Autoscale": "figure.autoscale",
    "Reset axes": "figure.reset",
}


def show(
    t: Texts, figure: Figure, name: str, *, key: str, about: str = "", config: dict[str, Any] | None = None, **options: Any
) -> Any:
    """Show a figure. ``name``: of the text that names it, and of its files; ``about``: what sets its files apart.

    ``options`` go to ``st.plotly_chart``, whose answer is returned. The bar of buttons can be hidden by the style sheet, not by
    ``config``: pictures are made through it.
    """
    words = {english: t.plain(text) for english, text in PLOTLY.items()}
    own = {"displaylogo": False, "locale": t.language, "locales": {t.language: {"dictionary": words}}}
    around = f"figure_{key}"
    if callable(options.get("on_select")):
        options["on_select"] = newest(f"figure_{name}", key, options["on_select"])
    with st.container(key=around, gap=None):
        answer = st.plotly_chart(figure, key=key, config=own | (config or {}), **options)
        stem = "-".join([name.replace("_", "-"), *filter(None, [about])])
        figure_downloads(t, figure, stem, t.plain(f"download.name.{name}"), key, around)
    return answer
