"""Tells the browser which language the page speaks: for voices that read it aloud, and for ``style.css``."""

from __future__ import annotations

import json

import streamlit as st

from dashboard.texts import Texts

_SCRIPT = "export default function ({ data }) { document.documentElement.lang = data.language; }"
# Streamlit has words of its own that no option changes; style.css shows these in their place.
_WORDS = ("upload", "drop", "enter", "ctrl_enter")


def show(t: Texts) -> None:
    """Once in every run; nothing of it is to be seen."""
    words = "".join(f"--word-{name}: {json.dumps(t.plain(f'shell.word.{name}'), ensure_ascii=False)};" for name in _WORDS)
    st.html(f"<style>:root {{ {words} }}</style>")
    setter = st.components.v2.component("sparsemix_language", js=_SCRIPT)
    setter(key="page_language", data={"language": t.language})
