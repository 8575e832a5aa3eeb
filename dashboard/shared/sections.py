"""A page's sections, of which one is shown: the choice among those that a visitor is offered, remembered for the visit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import TypeVar

import streamlit as st

S = TypeVar("S", bound=StrEnum)


def choose(key: str, offered: Sequence[S], label: str, name: Callable[[S], str]) -> S:
    """The section that is chosen, to begin with the first that is offered; ``name``: what a visitor reads for one."""
    if st.session_state.get(key) not in offered:
        st.session_state[key] = offered[0]
    chosen = st.segmented_control(label, offered, format_func=name, key=key, required=True, label_visibility="collapsed")
    return chosen or offered[0]
