"""Tells the browser which language the page speaks: for voices that read it aloud, and for ``style.css``."""

from __future__ import annotations

import streamlit as st

from dashboard.texts import Texts

# Streamlit has words of its own that no option changes; style.css shows these in their place.
_WORDS = ("upload", "drop", "enter", "ctrl_enter")
_SCRIPT = """
export default function ({ data }) {
  const page = document.documentElement;
  page.lang = data.language;
  for (const [name, word] of Object.entries(data.words)) page.style.setProperty(`--word-${name}`, JSON.stringify(word));
}
"""


def show(t: Texts) -> None:
    """Once in every run; nothing of it is to be seen."""
    tell = st.components.v2.component("sparsemix_page_language", js=_SCRIPT)
    words = {name: t.plain(f"shell.word.{name}") for name in _WORDS}
    tell(key="page_language", data={"language": t.language, "words": words})
