"""What surrounds every page: what the browser is told in every run, and the weights, in the sidebar."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from audit import AuditError, RegisteredWeights
from dashboard.shared import cache, navigation, session
from dashboard.texts import Texts, literal
from dashboard.views import wording
from sparsemix import WeightsError

# Streamlit has words of its own that no option changes; style.css shows these in their place.
_WORDS = ("upload", "drop", "enter", "ctrl_enter")
_SCRIPT = (Path(__file__).parent / "page.js").read_text(encoding="utf-8")


def page_language(t: Texts) -> None:
    """Tell the browser the page's language, for screen readers and for ``style.css``, and to keep it once it was chosen. Call
    once in every run; nothing is shown."""
    tell = st.components.v2.component("sparsemix_page_language", js=_SCRIPT)
    words = {name: t.plain(f"shell.word.{name}") for name in _WORDS}
    keep = session.LANGUAGE_COOKIE if session.LANGUAGE_COOKIE in st.session_state else None
    tell(key="page_language", data={"language": t.language, "words": words, "keep": keep})


def weights(t: Texts, decision: str | None) -> None:
    """Show the weights that made the ``decision``, if one is open and they are not those in use, and the weights in use; each
    with a link to their card where they are registered."""
    try:
        registered = cache.store().weights()
    except AuditError:
        registered = []
    used = _in_use()
    made = None if decision is None else _made_by(decision)
    if made is not None and made != used:
        st.caption(t("shell.decided_by", name=wording.weights_name(made, registered, t)))
        _card(made, registered, t)
    st.caption(t("shell.no_model") if used is None else t("shell.model", id=wording.short_hash(used)))
    _card(used, registered, t)


def _in_use() -> str | None:
    try:
        return cache.model().weights_sha256
    except (WeightsError, AuditError):
        return None


def _made_by(decision: str) -> str | None:
    try:
        return session.access().decision(decision).weights_sha256
    except AuditError:
        return None  # no such decision, or none that this person may see: the page says so


def _card(sha256: str | None, registered: Sequence[RegisteredWeights], t: Texts) -> None:
    if sha256 is not None and any(one.sha256 == sha256 for one in registered):
        name, address = wording.weights_name(sha256, registered, t), wording.short_hash(sha256)
        navigation.link("data", literal(name), {"section": "weights", "weights": address})
