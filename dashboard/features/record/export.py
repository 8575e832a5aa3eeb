"""Exports: the bundle for an outsider, the log as JSON lines or CSV, and checkpoints. Every export is recorded."""

from __future__ import annotations

from functools import partial

import streamlit as st

from audit import Access, Action, AuditError
from audit.export.export import SignedHead, sign_head
from dashboard.report import exports
from dashboard.service.common.worker import Progress
from dashboard.shared import cache, checkpoint_thread, display, failures, jobs
from dashboard.shared.jobs import Slot
from dashboard.texts import Texts
from dashboard.views.record import checkpoint_table

BUNDLE = Slot("bundle")
CHECKPOINT = Slot("checkpoint")
_SHOWN = 50


def show(access: Access, t: Texts) -> None:
    """Show buttons for people who may export. A click makes the file and records the export; showing the buttons does
    neither."""
    if not access.can(Action.EXPORT):
        st.caption(t("export.not_allowed"))
        return
    st.caption(t("export.lead"))
    with st.container(horizontal=True):
        make = st.button(t("export.bundle"), key="bundle", icon=":material/inventory_2:", help=t("export.bundle_help"))
        for ending, kind, sign in (("jsonl", "application/jsonl", "download"), ("csv", "text/csv", "table")):
            file, name = partial(exports.export_log, access, ending), f"sparsemix-record.{ending}"
            icon = f":material/{sign}:"
            display.download(t(f"export.{ending}"), file, name, kind, f"export_{ending}", icon=icon)
    if make:
        key, folder = checkpoint_thread.key_path(), checkpoint_thread.folder()

        def work(progress: Progress) -> exports.Bundle:
            return exports.make_bundle(access, key, folder, progress)

        with failures.contained(t):
            jobs.start(BUNDLE, work)
    done = jobs.watch(BUNDLE, t)
    if done is not None:
        st.success(t("export.bundle_ready", n=done.result.signed.head.size), icon=":material/inventory_2:")
        file, kind = done.result.read, "application/zip"
        display.download("sparsemix-record.zip", file, "sparsemix-record.zip", kind, "export_bundle")


def checkpoints(access: Access, t: Texts) -> None:
    """Show where checkpoints lie, the last ones, and a button to sign one now."""
    st.caption(t("checkpoints.lead", folder=str(checkpoint_thread.folder())))
    try:
        files = checkpoint_thread.signed_files(_SHOWN)
    except AuditError as error:
        failures.show(error, t)
        files = []
    for undone in checkpoint_thread.keeper().not_done:
        st.warning(t("checkpoints.not_done", text=undone), icon=":material/cloud_off:")
    for passed in checkpoint_thread.keeper().passed_over:
        st.warning(t("checkpoints.passed_over", text=passed), icon=":material/gpp_maybe:")
    problem = checkpoint_thread.keeper().problem
    if problem is not None:
        st.error(t("checkpoints.problem", text=str(problem)), icon=":material/gpp_bad:")
    if files:
        display.table(t, checkpoint_table(files, t), "checkpoints", height="content")
    else:
        st.caption(t("checkpoints.none"))
    if not access.can(Action.CHECKPOINT):
        return
    if st.button(t("export.checkpoint"), key="checkpoint", icon=":material/key:", help=t("export.checkpoint_help")):
        _sign(access, t)
    done = jobs.watch(CHECKPOINT, t)
    if done is not None:
        _take_away(access, done.result, t)


def _sign(access: Access, t: Texts) -> None:
    access.require(Action.CHECKPOINT)
    store, path = cache.store(), checkpoint_thread.key_path()

    def work(progress: Progress) -> SignedHead:
        return sign_head(store, path, progress=exports.verification_progress(progress))

    with failures.contained(t):
        jobs.start(CHECKPOINT, work)


def _take_away(access: Access, signed: SignedHead, t: Texts) -> None:
    st.success(t("export.signed", n=signed.head.size), icon=":material/key:")
    with st.container(horizontal=True):
        if access.can(Action.EXPORT):
            note = partial(exports.export_checkpoint, access, signed)
            display.download(t("export.note"), note, "sparsemix.checkpoint", "text/plain", "export_note")
        # The key says nothing about the log: downloading it is not an export.
        key = signed.verifier_key + "\n"
        display.download(t("export.public_key"), key, "sparsemix.checkpoint.pub", "text/plain", "export_public_key")
