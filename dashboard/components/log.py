"""The log on the Record page: its head, its verification, its entries."""

from __future__ import annotations

import streamlit as st

from audit import Access, Head
from dashboard import exports
from dashboard.components import jobs
from dashboard.components.jobs import Slot
from dashboard.texts import Texts
from dashboard.views import record

VERIFY = Slot("verify")


def head(found: Head, t: Texts) -> None:
    """Where the log ends."""
    columns = st.columns([1, 2, 2])
    columns[0].metric(t("record.size"), t("record.entries_n", n=found.size))
    columns[1].metric(t("record.root"), f"{found.root[:16]}…", help=t("record.root_help"))
    columns[2].metric(t("record.last"), f"{found.last_hash[:16]}…" if found.size else "–", help=t("record.last_help"))


def verification(access: Access, found: Head, t: Texts) -> None:
    """Verify the log, what came out, and the way to the first bad entry."""
    if st.button(t("record.verify"), key="verify", type="primary", icon=":material/verified_user:"):
        jobs.start(VERIFY, lambda progress: access.verify(exports.verification_progress(progress)))
    done = jobs.watch(VERIFY, t)
    if done is None:
        return
    report = done.result
    show = st.success if report.ok else st.error
    show(record.verification_text(report, t), icon=":material/verified:" if report.ok else ":material/gpp_bad:")
    for warning in report.warnings:
        st.warning(t("verify.warning", text=warning), icon=":material/warning:")
    if report.problem_seq is not None and found.size:
        page = record.page_of(found.size, report.problem_seq)
        st.button(
            t("verify.show", n=report.problem_seq),
            key="show_problem",
            icon=":material/arrow_downward:",
            on_click=st.session_state.update,
            args=({"log_page": page},),
        )


def entries(access: Access, found: Head, t: Texts) -> None:
    """One page of entries, newest first."""
    if not found.size:
        st.caption(t("record.empty"))
        return
    pages = record.page_count(found.size)
    number = st.pagination(pages, key="log_page") if pages > 1 else 1
    table = record.entry_table(record.page(access, found.size, number), access.names(), t)
    st.dataframe(table, hide_index=True, key="log")
