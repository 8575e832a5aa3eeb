"""A table on a page, with the files that it can be taken away as; every table of the app is shown by this."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import streamlit as st
from pandas.io.formats.style import Styler

from dashboard.shared.callbacks import newest
from dashboard.shared.downloads import table_downloads
from dashboard.texts import Texts


def show(
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

    ``name``: of the text that names the table, of its files and, without a ``key``, of the widget; ``about``: sets its files
    apart from those of other tables of this name; ``whole``: what they hold instead, where the page shows only a part;
    ``placeholder``: stands where a value is missing. ``options`` go to ``st.dataframe``, whose answer is returned.
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
        table_downloads(t, whole or shown, stem, t.plain(f"download.name.{name}"), key)
    return answer
