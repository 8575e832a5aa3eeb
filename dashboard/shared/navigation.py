"""The ways through the app: its pages, the sections of a page, and what stands where there is nothing to show, with the one
next step."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import streamlit as st

from dashboard.texts import Texts

_NAMES = ("analyse", "review", "record", "data", "monitor", "team")
PAGES = {name: f"features/{'training' if name == 'data' else name}/page.py" for name in _NAMES}
"""From a page's name to its file, relative to the app's entry, as Streamlit wants it."""
PANELS = ("about", "selection", "explain", "record")
"""What stands below a decision's log on Analyse, one at a time: ``&panel=`` names it, the first by its absence."""
_IN_VIEW = (Path(__file__).parent / "in_view.js").read_text(encoding="utf-8")
S = TypeVar("S", bound=str)
ICONS = {
    "analyse": ":material/upload_file:",
    "selection": ":material/scatter_plot:",
    "explain": ":material/science:",
    "review": ":material/rate_review:",
    "record": ":material/lock:",
    "data": ":material/model_training:",
}


def choose_section(page: str, offered: Sequence[S], t: Texts) -> S | None:
    """Show a page's title and sections; return the chosen section, None where none is offered."""
    st.title(t(f"{page}.page"), anchor=False)
    st.caption(t(f"{page}.lead"))
    if not offered:
        empty_state(t, t(f"{page}.denied"), icon=":material/block:")
        return None
    return sections(page, offered, t, words=lambda section: t.plain(f"{page}.{section}"))


def sections(page: str, offered: Sequence[S], t: Texts, *, words: Callable[[S], str], asked_for: str | None = None) -> S:
    """Show the sections of a page and name the chosen one in the address: as a link says, or something that just happened
    (``asked_for``), else as it was last, else the first. ``words``: a section's name on the page."""
    key, kept = f"{page}_section", f"{page}_section_last"
    last = st.session_state.get(kept)
    # The address still names the section of the last run; only another section comes from a link.
    named = asked_for or st.query_params.get("section")
    linked = next((section for section in offered if section == named), None)
    if linked is not None and linked != last:
        st.session_state[key] = linked
    elif st.session_state.get(key) not in offered:
        st.session_state[key] = last if last in offered else offered[0]
    picked = st.segmented_control(
        t("word.section"), offered, required=True, format_func=words, label_visibility="collapsed", key=key
    )
    section: S = picked or offered[0]
    st.query_params["section"] = st.session_state[kept] = section
    return section


def link(page: str, label: str, address: Mapping[str, str] | None = None, *, icon: str | None = None, **options: Any) -> None:
    """Show a link to a page, or to a panel; ``address``: its query. ``options`` go to ``st.page_link``."""
    query = {**(address or {}), **({} if page in PAGES else {"panel": page})}
    st.page_link(
        PAGES.get(page, PAGES["analyse"]), label=label, icon=icon or ICONS[page], query_params=query or None, **options
    )


def decision_links(decision: str, chosen: Mapping[str, str], t: Texts) -> None:
    """Show links to the log of a decision and to its panels; ``chosen``: its line and pair, as addresses name them."""
    address = {"decision": decision, **chosen}
    link("analyse", t("link.log"), address, icon=":material/article:")
    for panel in PANELS[1:]:
        link("analyse", t(f"{panel}.page"), {**address, "panel": panel}, icon=ICONS[panel])


def scroll_here(once: str) -> None:
    """Bring this place of the page into view, once for each ``once``."""
    show = st.components.v2.component("sparsemix_in_view", js=_IN_VIEW)
    show(key=f"in_view_{once}", data={"once": once})


def empty_state(t: Texts, sentence: str, *, icon: str, page: str | None = None) -> None:
    """Say in the middle of the page that there is nothing. ``page``: where the next step is."""
    with st.container(border=True, horizontal_alignment="center"):
        st.markdown(f":gray[{icon}]", width="content")
        st.markdown(sentence, text_alignment="center")
        if page is not None:
            link(page, t("link.queue" if page == "review" else "link.analyse"))
