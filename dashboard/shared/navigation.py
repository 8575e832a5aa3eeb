"""The ways through the app: its pages, the sections of a page, and what stands where there is nothing to show, with the one
next step."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import Any, TypeVar

import streamlit as st

from dashboard.texts import Texts

PAGES = {
    name: f"features/{folder}/page.py"
    for name, folder in {
        "analyse": "analyse",
        "selection": "selection",
        "explain": "explain",
        "review": "review",
        "record": "record",
        "data": "training",
        "monitor": "monitor",
        "team": "team",
    }.items()
}
"""From a page's name to its file, relative to the app's entry, as Streamlit wants it."""
S = TypeVar("S", bound=StrEnum)
ICONS = {
    "analyse": ":material/upload_file:",
    "selection": ":material/scatter_plot:",
    "explain": ":material/science:",
    "review": ":material/rate_review:",
    "record": ":material/lock:",
    "data": ":material/model_training:",
}


def choose_section(key: str, offered: Sequence[S], name: Callable[[S], str], t: Texts) -> S:
    """Return the chosen section, at first the first that is offered; ``name``: returns what a visitor reads for a section."""
    if st.session_state.get(key) not in offered:
        st.session_state[key] = offered[0]
    label = t("word.section")
    chosen = st.segmented_control(label, offered, format_func=name, key=key, required=True, label_visibility="collapsed")
    return chosen or offered[0]


def link(page: str, label: str, address: Mapping[str, str] | None = None, *, icon: str | None = None, **options: Any) -> None:
    """Show a link to a page; ``address``: its query. ``options`` go to ``st.page_link``."""
    st.page_link(PAGES[page], label=label, icon=icon or ICONS[page], query_params=address or None, **options)


def empty_state(t: Texts, sentence: str, *, icon: str, page: str | None = None, decision: str | None = None) -> None:
    """Say in the middle of the page that there is nothing. ``page``: where the next step is, on ``decision`` if given."""
    with st.container(border=True, horizontal_alignment="center"):
        st.markdown(f":gray[{icon}]", width="content")
        st.markdown(sentence, text_alignment="center")
        if page is not None:
            words = "queue" if page == "review" and decision is None else page
            link(page, t(f"link.{words}"), {"decision": decision} if decision else None)
