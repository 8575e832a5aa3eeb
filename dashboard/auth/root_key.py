"""The fingerprint of the record's root key, shown once to the administrator whose key it is, to be written down."""

from __future__ import annotations

import streamlit as st

from dashboard.texts import Texts

_FRESH = "fresh_root_key"


def note(fingerprint: str | None) -> None:
    """Keep a new root key's fingerprint until its owner has written it down; None: nobody signs in this record."""
    if fingerprint is not None:
        st.session_state[_FRESH] = fingerprint


def show(t: Texts) -> None:
    """Show it above the page."""
    fingerprint = st.session_state.get(_FRESH)
    if fingerprint is None:
        return
    with st.container(border=True, key="fresh_root_key_box"):
        st.markdown(t("root_key.fresh"))
        st.code(fingerprint, language=None, width="content")
        st.button(
            t("root_key.noted"),
            key="root_key_noted",
            icon=":material/check:",
            on_click=lambda: st.session_state.pop(_FRESH, None),
        )
