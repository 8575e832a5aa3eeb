"""The log on the Record page: its head, its entries, and the files that have no decision yet, each with the reason."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from audit import Access, Head
from audit.intake.inputs import MOST_SHOWN, InputFailure
from dashboard.shared import display, navigation
from dashboard.texts import Texts
from dashboard.views import record


def head(end: Head, t: Texts) -> None:
    """Show where the log ends."""
    columns = st.columns([1, 2, 2])
    columns[0].metric(t("checkpoints.size"), t("word.count", n=end.size))
    columns[1].metric(t("checkpoints.root"), f"{end.root[:16]}…", help=t("record.root_help"))
    columns[2].metric(t("record.last"), f"{end.last_hash[:16]}…" if end.size else "–", help=t("record.last_help"))


def entries(access: Access, end: Head, t: Texts) -> None:
    """Show one page of entries, newest first."""
    if not end.size:
        navigation.empty_state(t, t("record.empty"), icon=":material/inbox:", page="analyse")
        return
    pages = record.page_count(end.size)
    number = st.pagination(pages, key="log_page") if pages > 1 else 1
    table = record.entry_table(record.page(access, end.size, number), access.names(), t)
    display.table(t, table, "entries", key="log")


def undecided(access: Access, t: Texts) -> None:
    """Show the newest files without a decision, windows of watched logs apart; nothing where there are none."""
    files, windows = access.failures.undecided(), access.failures.undecided(windows=True)
    if not files and not windows:
        return
    st.header(t("undecided.title"), anchor=False)
    if files:
        _table(files, "undecided", t("undecided.lead"), access, t)
    if windows:
        _table(windows, "undecided_windows", t("undecided.windows"), access, t)


def _table(failures: Sequence[InputFailure], name: str, lead: str, access: Access, t: Texts) -> None:
    st.caption(lead)
    display.table(t, record.undecided_table(failures, access.names(), t), name)
    if len(failures) == MOST_SHOWN:
        st.caption(t("undecided.newest", n=MOST_SHOWN))
