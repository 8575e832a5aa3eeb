"""Which part of Data & training is shown: as a link says, as something that just happened asks for, or as it was last."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from dashboard.texts import Texts

_KEY, _LAST, _NEXT = "data_section", "data_section_last", "data_section_next"


def chosen(t: Texts, offered: Sequence[str]) -> str:
    """The part that is chosen among those that this person is offered, the first of them unless told otherwise."""
    last = st.session_state.get(_LAST)
    # What the address still says from the last run is no link.
    named = st.session_state.pop(_NEXT, None) or st.query_params.get("section")
    if named in offered and named != last:
        st.session_state[_KEY] = named
    elif st.session_state.get(_KEY) not in offered:
        st.session_state[_KEY] = last if last in offered else offered[0]
    found = st.segmented_control(
        t("data.section"),
        offered,
        required=True,
        format_func=lambda name: t.plain(f"data.section_{name}"),
        label_visibility="collapsed",
        key=_KEY,
    )
    section = found or offered[0]
    st.query_params["section"] = st.session_state[_LAST] = section
    return section


def go_on_with(section: str) -> None:
    """Show this part in the next run."""
    st.session_state[_NEXT] = section
