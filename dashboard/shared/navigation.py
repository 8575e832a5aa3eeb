"""The ways through the app: its pages, the sections of a page, and what stands where there is nothing to show, with the one
next step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, TypeVar

import streamlit as st

from dashboard.texts import Texts

_NAMES = ("analyse", "selection", "explain", "review", "record", "data", "monitor", "team")
PAGES = {name: f"features/{'training' if name == 'data' else name}/page.py" for name in _NAMES}
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


def choose_section(page: str, offered: Sequence[S], t: Texts) -> S | None:
    """Show a page's title and sections; return the chosen section, at first the first that is offered, None for none."""
    st.title(t(f"{page}.page"), anchor=False)
    st.caption(t(f"{page}.lead"))
    if not offered:
        empty_state(t, t(f"{page}.denied"), icon=":material/block:")
        return None
    key = f"{page}_section"
    if st.session_state.get(key) not in offered:
        st.session_state[key] = offered[0]
    chosen = st.segmented_control(
        t("word.section"),
        offered,
        format_func=lambda section: t.plain(f"{page}.{section.value}"),
        key=key,
        required=True,
        label_visibility="collapsed",
    )
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
