"""Tables and figures on a page, with the files that they can be taken away as; every table and figure of the app is shown here.

One small button stands under each table and figure, behind it the formats. A file is made when somebody asks for it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import pandas as pd
import streamlit as st
from pandas.io.formats.style import Styler
from plotly.graph_objects import Figure
from streamlit.delta_generator import DeltaGenerator

from dashboard.shared.callbacks import newest
from dashboard.texts import Texts
from dashboard.views.files import FORMATS, to_html

Thing = TypeVar("Thing")
FOLDER = Path(__file__).parent
# The visitor's browser makes the pictures: the server may have no browser, and no network to fetch one.
_PICTURES = st.components.v2.component(
    "figure_pictures",
    html='<button data-format="png"></button><button data-format="svg"></button><p role="alert"></p>',
    css=(FOLDER / "pictures.css").read_text(encoding="utf-8"),
    js=(FOLDER / "pictures.js").read_text(encoding="utf-8"),
)
# Plotly's own messages and button names -> the text that replaces them.
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


def _table_downloads(t: Texts, table: pd.DataFrame | Callable[[], pd.DataFrame], stem: str, what: str, key: str) -> None:
    """Offer a table as files called ``stem``; ``what``: the table's name in words."""
    with _popover(t, what, key):
        for ending, (kind, convert) in FORMATS.items():
            _save(t, partial(_made, table, convert), f"{stem}.{ending}", kind, f"{key}_{ending}")


def _figure_downloads(t: Texts, figure: Figure | Callable[[], Figure], stem: str, what: str, key: str, chart_key: str) -> None:
    """Offer a figure as files called ``stem``; ``chart_key``: the key of the chart, or of a container that holds no other
    chart."""
    dark = st.context.theme.type == "dark"
    with _popover(t, what, key):
        words = {name: t.plain(f"download.{name}") for name in ("png", "svg", "failed")}
        _PICTURES(key=f"{key}_pictures", data={"chart": chart_key, "stem": stem, "words": words})
        _save(t, partial(_made, figure, partial(to_html, dark=dark)), f"{stem}.html", "text/html", f"{key}_html")


def _popover(t: Texts, what: str, key: str) -> DeltaGenerator:
    # The style sheet shows the icon alone; the name is for people who hear the page, the help for people who see it.
    label = t("download.title", what=what)
    return st.popover(label, icon=":material/download:", type="tertiary", help=label, key=f"download_{key}")


def _save(t: Texts, make: Callable[[], bytes], name: str, kind: str, key: str) -> None:
    label = t(f"download.{name.rpartition('.')[2]}")
    st.download_button(label, make, name, kind, key=key, on_click="ignore", width="stretch")


def _made(thing: Thing | Callable[[], Thing], convert: Callable[[Thing], bytes]) -> bytes:
    return convert(thing() if callable(thing) else thing)


def table(
    t: Texts,
    table: pd.DataFrame | Styler,
    name: str,
    *,
    key: str | None = None,
    about: str = "",
    whole: Callable[[], pd.DataFrame] | None = None,
    placeholder: str = "–",
    **options: Any,
) -> Any:
    """Show a table; the files hold the columns that it shows, with the values that it is given.

    ``name``: names the table's text (``download.name.NAME``), its files and, without a ``key``, the widget; ``about``: sets
    its files apart from those of other tables of this name; ``whole``: what the files hold instead, where the page shows only a
    part; ``placeholder``: stands where a value is missing. ``options`` go to ``st.dataframe``, whose answer is returned.
    """
    key = key or name
    if callable(options.get("on_select")):
        options["on_select"] = newest(f"table_{name}", key, options["on_select"])
    order = options.get("column_order")
    with st.container(key=f"table_{key}", gap=None, width=options.get("width", "stretch")):
        answer = st.dataframe(table, key=key, hide_index=True, placeholder=placeholder, **options)
        plain = table.data if isinstance(table, Styler) else table  # type: ignore[attr-defined]  # in no stub
        shown = plain if order is None else plain[list(order)]
        stem = "-".join([name.replace("_", "-"), *filter(None, [about])])
        _table_downloads(t, whole or shown, stem, t.plain(f"download.name.{name}"), key)
    return answer


def figure(
    t: Texts, figure: Figure, name: str, *, key: str, about: str = "", config: dict[str, Any] | None = None, **options: Any
) -> Any:
    """Show a figure. ``name``, ``about``: as for ``table``.

    ``options`` go to ``st.plotly_chart``, whose answer is returned. The bar of buttons can be hidden by the style sheet,
    not by ``config``: pictures are made through it.
    """
    words = {english: t.plain(text) for english, text in PLOTLY.items()}
    settings = {"displaylogo": False, "locale": t.language, "locales": {t.language: {"dictionary": words}}}
    around = f"figure_{key}"
    if callable(options.get("on_select")):
        options["on_select"] = newest(f"figure_{name}", key, options["on_select"])
    with st.container(key=around, gap=None):
        answer = st.plotly_chart(figure, key=key, config=settings | (config or {}), **options)
        stem = "-".join([name.replace("_", "-"), *filter(None, [about])])
        _figure_downloads(t, figure, stem, t.plain(f"download.name.{name}"), key, around)
    return answer
