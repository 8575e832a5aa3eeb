"""The log on the Record page: its head, its entries, its verification and its exports."""

from __future__ import annotations

from functools import partial

import streamlit as st

from audit import Head
from dashboard import exports, resources, session
from dashboard.components import jobs
from dashboard.components.jobs import Slot
from dashboard.texts import Texts
from dashboard.views import record
from dashboard.worker import Progress

VERIFY = Slot("verify")
CHECKPOINT = Slot("checkpoint")


def head(found: Head, t: Texts) -> None:
    """Where the log ends."""
    columns = st.columns([1, 2, 2])
    columns[0].metric(t("record.size"), t("record.entries_n", n=found.size))
    columns[1].metric(t("record.root"), f"{found.root[:16]}…", help=t("record.root_help"))
    columns[2].metric(t("record.last"), f"{found.last_hash[:16]}…" if found.size else "–", help=t("record.last_help"))


def verification(t: Texts) -> None:
    """Verify the log, and what came out."""
    if st.button(t("record.verify"), key="verify", type="primary", icon=":material/verified_user:"):
        _verify()
    done = jobs.watch(VERIFY, t)
    if done is not None:
        report = done.result
        show = st.success if report.ok else st.error
        show(record.verification_text(report, t), icon=":material/verified:" if report.ok else ":material/gpp_bad:")


def entries(found: Head, t: Texts) -> None:
    """One page of entries, newest first."""
    if not found.size:
        st.caption(t("record.empty"))
        return
    pages = record.page_count(found.size)
    number = st.pagination(pages, key="log_page") if pages > 1 else 1
    st.dataframe(record.entry_table(record.page(resources.store(), found.size, number), t), hide_index=True, key="log")


def downloads(t: Texts) -> None:
    """The log as files. A click makes the file and records the export; showing the buttons does neither."""
    store, actor = resources.store(), session.caller()
    with st.container(horizontal=True):
        st.download_button(
            t("export.jsonl"),
            partial(exports.export_log, store, actor, "jsonl"),
            "sparsemix-record.jsonl",
            "application/jsonl",
            key="export_jsonl",
            icon=":material/download:",
            on_click="ignore",
        )
        st.download_button(
            t("export.csv"),
            partial(exports.export_log, store, actor, "csv"),
            "sparsemix-record.csv",
            "text/csv",
            key="export_csv",
            icon=":material/table:",
            on_click="ignore",
        )
        sign = st.button(t("export.checkpoint"), key="checkpoint", icon=":material/key:", help=t("export.checkpoint_help"))
    if sign:
        _sign()
    done = jobs.watch(CHECKPOINT, t)
    if done is not None:
        signed = done.result
        st.success(t("export.signed", n=signed.head.size), icon=":material/key:")
        with st.container(horizontal=True):
            st.download_button(
                t("export.note"),
                partial(exports.export_checkpoint, store, actor, signed),
                "sparsemix.checkpoint",
                "text/plain",
                key="export_note",
                icon=":material/download:",
                on_click="ignore",
            )
            # The key tells nothing of the log: taking it is no export.
            st.download_button(
                t("export.public_key"),
                signed.public_key,
                "sparsemix.checkpoint.pub",
                "text/plain",
                key="export_public_key",
                icon=":material/download:",
                on_click="ignore",
            )


def _verify() -> None:
    store = resources.store()
    jobs.start(VERIFY, lambda progress: store.verify(exports.verification_progress(progress)))


def _sign() -> None:
    store, path = resources.store(), resources.record_path()

    def work(progress: Progress) -> exports.SignedCheckpoint:
        return exports.signed_checkpoint(store, path.with_name(f"{path.name}.key"), progress)

    jobs.start(CHECKPOINT, work)
