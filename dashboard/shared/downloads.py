"""Tables and figures to take away: one small button, behind it the formats; files are made when they are asked for."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

import pandas as pd
import streamlit as st
from plotly.graph_objects import Figure
from streamlit.delta_generator import DeltaGenerator

from dashboard.texts import Texts
from dashboard.views.figure_files import to_html
from dashboard.views.table_files import FORMATS

Thing = TypeVar("Thing")
FOLDER = Path(__file__).parent
# The visitor's browser makes the pictures: the server may have none, and no network to fetch one.
_PICTURES = st.components.v2.component(
    "figure_pictures",
    html='<button data-format="png"></button><button data-format="svg"></button><p role="alert"></p>',
    css=(FOLDER / "pictures.css").read_text(encoding="utf-8"),
    js=(FOLDER / "pictures.js").read_text(encoding="utf-8"),
)


def table_downloads(t: Texts, table: pd.DataFrame | Callable[[], pd.DataFrame], stem: str, what: str, key: str) -> None:
    """Offer a table as files called ``stem``; ``what``: the table's name in words."""
    with _popover(t, what, key):
        for ending, (kind, convert) in FORMATS.items():
            _save(t, partial(_made, table, convert), f"{stem}.{ending}", kind, f"{key}_{ending}")


def figure_downloads(t: Texts, figure: Figure | Callable[[], Figure], stem: str, what: str, key: str, chart_key: str) -> None:
    """Offer a figure as files called ``stem``; ``chart_key``: of the chart, or of a container that holds no other one."""
    dark = st.context.theme.type == "dark"
    with _popover(t, what, key):
        words = {name: t.plain(f"download.{name}") for name in ("png", "svg", "failed")}
        _PICTURES(key=f"{key}_pictures", data={"chart": chart_key, "stem": stem, "words": words})
        _save(t, partial(_made, figure, partial(to_html, dark=dark)), f"{stem}.html", "text/html", f"{key}_html")


def _popover(t: Texts, what: str, key: str) -> DeltaGenerator:
    # The style sheet shows the icon alone; the name is for those who hear it, the help for those who see it.
    label = t("download.title", what=what)
    return st.popover(label, icon=":material/download:", type="tertiary", help=label, key=f"download_{key}")


def _save(t: Texts, make: Callable[[], bytes], name: str, kind: str, key: str) -> None:
    label = t(f"download.{name.rpartition('.')[2]}")
    st.download_button(label, make, name, kind, key=key, on_click="ignore", width="stretch")


def _made(thing: Thing | Callable[[], Thing], convert: Callable[[Thing], bytes]) -> bytes:
    return convert(thing() if callable(thing) else thing)
