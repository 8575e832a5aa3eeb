"""Choosing a password: two fields that must agree, and what is wrong with a choice."""

from __future__ import annotations

import streamlit as st

from audit.people.sessions import SHORTEST_PASSWORD
from dashboard.texts import Texts


def twice(t: Texts, purpose: str) -> tuple[str, str]:
    """The two fields; ``purpose`` (set_up, account) names their texts and keys."""
    labels = {"set_up": ("set_up.password", "set_up.repeat"), "account": ("account.new", "account.repeat")}[purpose]
    new = st.text_input(
        t(labels[0], n=SHORTEST_PASSWORD), type="password", key=f"{purpose}_password", autocomplete="new-password"
    )
    repeat = st.text_input(t(labels[1]), type="password", key=f"{purpose}_repeat", autocomplete="new-password")
    return new or "", repeat or ""


def problem(t: Texts, new: str, repeat: str, login: str = "") -> str | None:
    """What is wrong with this choice, in words; None when nothing is."""
    if not new or not repeat:
        return t("password.missing")
    if len(new) < SHORTEST_PASSWORD:
        return t("password.short", n=SHORTEST_PASSWORD)
    if login.strip() and login.strip().casefold() in new.casefold():
        return t("password.has_login")
    return t("password.differs") if new != repeat else None
