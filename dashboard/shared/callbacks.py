"""Callbacks of widgets whose key changes with what they show.

Streamlit never forgets the callback of a widget that is gone. Each callback would keep its table or decision in memory as long
as the session lasts.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from functools import partial

import streamlit as st

_NEWEST = "newest_callbacks"
# At most so many widgets of one name stand on a page.
_MOST = 4


def newest(name: str, key: str, act: Callable[[], object]) -> Callable[[], None]:
    """Return a callback that calls ``act``, for the widget ``key``. The session holds ``act`` until four other callbacks of
    this ``name`` have been asked for: by then its widget is gone."""
    callbacks: OrderedDict[str, Callable[[], object]] = st.session_state.setdefault(_NEWEST, {}).setdefault(name, OrderedDict())
    callbacks[key] = act
    callbacks.move_to_end(key)
    while len(callbacks) > _MOST:
        callbacks.popitem(last=False)
    return partial(_call, name, key)


def _call(name: str, key: str) -> None:
    st.session_state[_NEWEST][name][key]()
