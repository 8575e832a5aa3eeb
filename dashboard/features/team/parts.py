"""What accounts and programs share: a table with one chosen row, and a secret that is shown once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pandas as pd
import streamlit as st

from audit import AuditError
from dashboard.shared import display, failures
from dashboard.texts import Texts


@contextmanager
def refusals(t: Texts, *expected: type[AuditError]) -> Iterator[None]:
    """Show why an action inside is refused: because somebody was faster, or what was typed does not do (``expected``)."""
    with failures.contained(t):
        try:
            yield
        except expected as error:
            st.error(t("keys.refused", text=str(error)))


def choose_row(table: pd.DataFrame, name: str, ids: list[str], kept: str, t: Texts) -> None:
    """Show a table; the session keeps the id of the chosen row under ``kept``, None where no row is chosen."""
    chosen = st.session_state.get(kept)
    # A new table for every order of the rows: otherwise the marked row would stay in place and name another id.
    key = f"{name}_{hash(tuple(ids))}"

    def choose() -> None:
        rows = st.session_state[key].selection.rows
        st.session_state[kept] = ids[rows[0]] if rows else None

    display.table(
        t,
        table,
        name,
        key=key,
        on_select=choose,
        selection_mode="single-row",
        selection_default={"selection": {"rows": [ids.index(chosen)] if chosen in ids else []}},
    )


def show_once(kept: str, words: str, t: Texts, *, noted: str) -> None:
    """Show the secret of a name that the session keeps under ``kept``, until the person has noted it; ``noted``: the button's
    key."""
    fresh: tuple[str, str] | None = st.session_state.get(kept)
    if fresh is None:
        return
    name, secret = fresh
    with st.container(border=True, key=f"{kept}_box"):
        st.markdown(t(words, name=name))
        st.code(secret, language=None)
        forget = st.session_state.pop
        st.button(t("accounts.password_done"), key=noted, icon=":material/check:", on_click=forget, args=(kept, None))
