"""Nothing here yet: one look on every page for what is empty or closed, with a sentence and the one next action."""

from __future__ import annotations

import streamlit as st

from dashboard.shared.routes import PAGES
from dashboard.texts import Texts

_ICONS = {
    "analyse": ":material/upload_file:",
    "selection": ":material/scatter_plot:",
    "review": ":material/rate_review:",
    "queue": ":material/rate_review:",
}


def nothing(t: Texts, sentence: str, *, icon: str, page: str | None = None, decision: str | None = None) -> None:
    """Say it in the middle of the page. ``page``: where the next action is, on ``decision`` if given."""
    link = "queue" if page == "review" and decision is None else page
    with st.container(border=True, horizontal_alignment="center"):
        st.markdown(f":gray[{icon}]", width="content")
        st.markdown(sentence, text_alignment="center")
        if page is not None and link is not None:
            st.page_link(
                PAGES[page],
                label=t(f"link.{link}"),
                icon=_ICONS[link],
                width="content",
                query_params={"decision": decision} if decision else None,
            )
