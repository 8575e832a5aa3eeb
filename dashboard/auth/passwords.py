"""How a new password is chosen: two fields, and what is wrong with what was typed."""

from __future__ import annotations

import streamlit as st

from audit.people.passwords import SHORTEST_PASSWORD
from dashboard.texts import Texts


def password_fields(t: Texts, purpose: str) -> tuple[str, str]:
    """Show the two password fields and return their values; ``purpose`` names their keys."""
    label = t("account.new", n=SHORTEST_PASSWORD)
    new = st.text_input(label, type="password", key=f"{purpose}_password", autocomplete="new-password")
    repeat = st.text_input(t("account.repeat"), type="password", key=f"{purpose}_repeat", autocomplete="new-password")
    return new or "", repeat or ""


def password_problem(t: Texts, new: str, repeat: str, login: str = "") -> str | None:
    """Say what is wrong with this password, in words; None when nothing is."""
    if not new or not repeat:
        return t("password.missing")
    if len(new) < SHORTEST_PASSWORD:
        return t("password.short", n=SHORTEST_PASSWORD)
    if login.strip() and login.strip().casefold() in new.casefold():
        return t("password.has_login")
    return t("password.differs") if new != repeat else None


def refused(t: Texts, new: str) -> str:
    """Say why the record did not take this password."""
    return t("password.has_login") if len(new) >= SHORTEST_PASSWORD else t("password.short", n=SHORTEST_PASSWORD)
