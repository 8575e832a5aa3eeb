"""What leaves the house: the bundle for an outsider, and the log as lines or table. Every one is recorded."""

from __future__ import annotations

from functools import partial

import streamlit as st

from audit import Access, Action
from dashboard.report import exports
from dashboard.service.common.worker import Progress
from dashboard.shared import checkpoint_thread, failures, jobs
from dashboard.shared.jobs import Slot
from dashboard.texts import Texts

BUNDLE = Slot("bundle")


def show(access: Access, t: Texts) -> None:
    """Buttons for those who may; a click makes the file and records the export, showing the buttons does neither."""
    if not access.can(Action.EXPORT):
        st.caption(t("export.not_allowed"))
        return
    st.caption(t("export.lead"))
    with st.container(horizontal=True):
        make = st.button(t("export.bundle"), key="bundle", icon=":material/inventory_2:", help=t("export.bundle_help"))
        for file, name, kind, icon in (
            ("jsonl", "sparsemix-record.jsonl", "application/jsonl", ":material/download:"),
            ("csv", "sparsemix-record.csv", "text/csv", ":material/table:"),
        ):
            st.download_button(
                t(f"export.{file}"),
                partial(exports.export_log, access, file),
                name,
                kind,
                key=f"export_{file}",
                icon=icon,
                on_click="ignore",
            )
    if make:
        key, folder = checkpoint_thread.key_path(), checkpoint_thread.folder()

        def work(progress: Progress) -> exports.Bundle:
            return exports.make_bundle(access, key, folder, progress)

        with failures.contained(t):
            jobs.start(BUNDLE, work)
    done = jobs.watch(BUNDLE, t)
    if done is not None:
        st.success(t("export.bundle_ready", n=done.result.signed.head.size), icon=":material/inventory_2:")
        st.download_button(
            t("export.bundle_take"),
            done.result.read,
            "sparsemix-record.zip",
            "application/zip",
            key="export_bundle",
            icon=":material/download:",
            on_click="ignore",
        )
