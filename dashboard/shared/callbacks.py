"""Callbacks of widgets whose key changes with what they show.

Streamlit never forgets the callback of a widget that is gone, and with it would keep every table and every decision that
somebody looked at, as long as their session lasts.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from functools import partial

import streamlit as st

_NEWEST = "newest_callbacks"
# As many of a name may stand on one page.
_MOST = 4


def newest(name: str, key: str, act: Callable[[], object]) -> Callable[[], None]:
    """A callback that does what ``act`` does, of the widget ``key``. The session holds ``act`` until four others of this
    ``name`` have been asked for since: the widget that it belonged to is gone by then."""
    kept: OrderedDict[str, Callable[[], object]] = st.session_state.setdefault(_NEWEST, {}).setdefault(name, OrderedDict())
    kept[key] = act
    kept.move_to_end(key)
    while len(kept) > _MOST:
        kept.popitem(last=False)
    return partial(_call, name, key)


def _call(name: str, key: str) -> None:
    st.session_state[_NEWEST][name][key]()
