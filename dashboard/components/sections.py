"""A page's sections, of which one is shown: the choice among those that a visitor is offered, remembered for the visit."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import TypeVar

import streamlit as st

from dashboard.texts import Texts

S = TypeVar("S", bound=StrEnum)


def choose(topic: str, offered: Sequence[S], t: Texts) -> S:
    """The section that is chosen, to begin with the first that is offered; ``topic``: what the page's texts begin with."""
    key = f"{topic}_section"
    if st.session_state.get(key) not in offered:
        st.session_state[key] = offered[0]
    chosen = st.segmented_control(
        t(f"{topic}.section"),
        offered,
        format_func=lambda section: t.plain(f"{topic}.{section.value}"),
        key=key,
        required=True,
        label_visibility="collapsed",
    )
    return chosen or offered[0]
