"""Tables and figures on a page, with the files that they can be taken away as; every table and figure of the app is shown here.

One small button stands under each table and figure, behind it the formats. A file is made when somebody asks for it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Literal, TypeVar

import pandas as pd
import streamlit as st
from pandas.io.formats.style import Styler
from plotly.graph_objects import Figure
from streamlit.delta_generator import DeltaGenerator

from dashboard.shared.callbacks import newest
from dashboard.texts import Texts
from dashboard.views.files import FORMATS, to_html
from dashboard.views.markup_in_figures import harmless
from dashboard.views.usual import header_width

Thing = TypeVar("Thing")
ROW = 33
"""Pixels of a table's row, and of its header, at the theme's font size."""
FOLDER = Path(__file__).parent
# The visitor's browser makes the pictures: the server may have no browser, and no network to fetch one.
_PICTURES = st.components.v2.component(
    "figure_pictures",
    html='<button data-format="png"></button><button data-format="svg"></button><p role="alert"></p>',
    css=(FOLDER / "pictures.css").read_text(encoding="utf-8"),
    js=(FOLDER / "pictures.js").read_text(encoding="utf-8"),
)
# Plotly's own messages -> the text that replaces them.
PLOTLY = {
    "Preparing image - this may take a few seconds": "download.preparing",
    "Image download succeeded": "download.made",
    "Sorry, there was a problem downloading your image!": "download.failed",
}


def _table_downloads(t: Texts, table: pd.DataFrame | Callable[[], pd.DataFrame], stem: str, key: str) -> None:
    """Offer a table as files called ``stem``."""
    with _popover(t, stem, key):
        for ending, (kind, convert) in FORMATS.items():
            _save(t, partial(_made, table, convert), f"{stem}.{ending}", kind, f"{key}_{ending}")


def _figure_downloads(t: Texts, figure: Figure | Callable[[], Figure], stem: str, key: str, chart_key: str) -> None:
    """Offer a figure as files called ``stem``; ``chart_key``: the key of the chart, or of a container that holds no other
    chart."""
    dark = st.context.theme.type == "dark"
    with _popover(t, stem, key):
        words = {name: t.plain(f"download.{name}") for name in ("png", "svg", "failed")}
        _PICTURES(key=f"{key}_pictures", data={"chart": chart_key, "stem": stem, "words": words})
        _save(t, partial(_made, figure, partial(to_html, dark=dark)), f"{stem}.html", "text/html", f"{key}_html")


def _popover(t: Texts, stem: str, key: str) -> DeltaGenerator:
    # The style sheet shows the icon alone; the name is for people who hear the page, the help for people who see it.
    label = t("download.title", what=stem)
    return st.popover(label, icon=":material/download:", type="tertiary", help=label, key=f"download_{key}")


def _save(t: Texts, make: Callable[[], bytes], name: str, kind: str, key: str) -> None:
    label = t(f"download.{name.rpartition('.')[2]}")
    st.download_button(label, make, name, kind, key=key, on_click="ignore", width="stretch")


def _made(thing: Thing | Callable[[], Thing], convert: Callable[[Thing], bytes]) -> bytes:
    return convert(thing() if callable(thing) else thing)


def download(
    label: str,
    made: bytes | str | Callable[[], bytes | str],
    name: str,
    kind: str,
    key: str,
    *,
    icon: str = ":material/download:",
    **options: Any,
) -> None:
    """Show a button that gives a file called ``name`` of a media type (``kind``). ``options`` go to ``st.download_button``."""
    st.download_button(label, made, name, kind, key=key, icon=icon, on_click="ignore", **options)


def save_json(label: str, content: Callable[[], object], name: str, key: str) -> None:
    """Show a button that gives what ``content`` returns as a JSON file, made when it is asked for."""
    download(label, lambda: json.dumps(content(), ensure_ascii=False, indent=2).encode(), name, "application/json", key)


def metric(label: str, value: str | int, below: str, *, help: str | None = None) -> None:
    """Show a value with words below it, which say neither that it rose nor that it fell."""
    st.metric(label, value, below, delta_color="off", delta_arrow="off", help=help)


def height(rows: int, most: int) -> int | Literal["content"]:
    """Return the height of a table in pixels, so that it scrolls from more than ``most`` rows on."""
    return "content" if rows <= most else ROW * (most + 1) + 2


def columns(
    labels: Mapping[str, str],
    formats: Mapping[str, str] | None = None,
    texts: Mapping[str, int] | None = None,
    checks: Collection[str] = (),
    helps: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Return the columns of a table with these ``labels``, each as wide as its label at least.

    They hold numbers in these ``formats``, or else as the reader's language writes them; ``texts`` are as wide as said, in
    pixels; ``checks`` hold yes or no; ``helps``: what is said of a column.
    """
    shown: dict[str, Any] = {}
    for name, label in labels.items():
        width, help = max(header_width(label), (texts or {}).get(name, 0)), (helps or {}).get(name)
        if name in (texts or {}):
            shown[name] = st.column_config.TextColumn(label, width=width, help=help)
        elif name in checks:
            shown[name] = st.column_config.CheckboxColumn(label, width=width, help=help)
        else:
            number_format = (formats or {}).get(name, "localized")
            shown[name] = st.column_config.NumberColumn(label, format=number_format, width=width, help=help)
    return shown


def table(
    t: Texts,
    table: pd.DataFrame | Styler,
    name: str,
    *,
    key: str | None = None,
    about: str = "",
    whole: Callable[[], pd.DataFrame] | None = None,
    placeholder: str = "–",
    choose: Callable[[int], object] | None = None,
    **options: Any,
) -> Any:
    """Show a table; the files hold the columns that it shows, with the values that it is given.

    ``name``: names the table's files and, without a ``key``, the widget; ``about``: sets its files apart from those of other
    tables of this name; ``whole``: what the files hold instead, where the page shows only a part; ``placeholder``: stands
    where a value is missing; ``choose``: called with the place of a row that is clicked.
    ``options`` go to ``st.dataframe``, whose answer is returned.
    """
    key = key or name
    if choose is not None:
        options |= {"on_select": partial(clicked, key, choose), "selection_mode": "single-row"}
    if callable(options.get("on_select")):
        options["on_select"] = newest(f"table_{name}", key, options["on_select"])
    order = options.get("column_order")
    with st.container(key=f"table_{key}", gap=None, width=options.get("width", "stretch")):
        answer = st.dataframe(table, key=key, hide_index=True, placeholder=placeholder, **options)
        plain = table.data if isinstance(table, Styler) else table  # type: ignore[attr-defined]  # in no stub
        shown = plain if order is None else plain[list(order)]
        stem = "-".join([name.replace("_", "-"), *filter(None, [about])])
        _table_downloads(t, whole or shown, stem, key)
    return answer


def clicked(key: str, choose: Callable[[int], object]) -> None:
    """Call ``choose`` with the place of the row that is chosen in the table with this key."""
    rows = st.session_state[key].selection.rows
    if rows:
        choose(rows[0])


def marker(point: Mapping[str, Any]) -> Any:
    """Return the ``customdata`` of a point that was clicked; the browser may send it in a list. None where it has none."""
    held = point.get("customdata")
    return held[0] if isinstance(held, list) else held


def figure(
    t: Texts, figure: Figure, name: str, *, key: str, about: str = "", config: dict[str, Any] | None = None, **options: Any
) -> Any:
    """Show a figure. ``name``, ``about``: as for ``table``.

    ``options`` go to ``st.plotly_chart``, whose answer is returned. The bar of buttons is hidden by the style sheet, not
    by ``config``: pictures are made through it.
    """
    figure = harmless(figure)
    words = {english: t.plain(text) for english, text in PLOTLY.items()}
    settings = {"displaylogo": False, "locale": t.language, "locales": {t.language: {"dictionary": words}}}
    around = f"figure_{key}"
    if callable(options.get("on_select")):
        options["on_select"] = newest(f"figure_{name}", key, options["on_select"])
    with st.container(key=around, gap=None):
        answer = st.plotly_chart(figure, key=key, config=settings | (config or {}), **options)
        stem = "-".join([name.replace("_", "-"), *filter(None, [about])])
        _figure_downloads(t, figure, stem, key, around)
    return answer
