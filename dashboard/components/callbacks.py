"""Callbacks of widgets whose key changes with what they show.

Streamlit never forgets the callback of a widget that is gone, and with it would keep every table and every decision that
somebody looked at, as long as their session lasts.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import streamlit as st

_NEWEST = "newest_callbacks"


def newest(name: str, act: Callable[[], object]) -> Callable[[], None]:
    """A callback that does what ``act`` does. The session holds ``act`` only until another one of this ``name`` takes its
    place, as the widget that it belonged to is gone by then."""
    st.session_state.setdefault(_NEWEST, {})[name] = act
    return partial(_call, name)


def _call(name: str) -> None:
    st.session_state[_NEWEST][name]()
