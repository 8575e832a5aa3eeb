"""Verification on the Record page: against a checkpoint, with the result, and a link to the first bad entry."""

from __future__ import annotations

from typing import NamedTuple

import streamlit as st

from audit import Access, AuditError, Checkpoint, Head, VerificationReport
from dashboard.report import exports
from dashboard.service.common.worker import Progress
from dashboard.shared import checkpoint_thread, failures, jobs
from dashboard.shared.jobs import Slot
from dashboard.texts import Texts
from dashboard.views import record

VERIFY = Slot("verify")
_LARGEST = 64 * 1024  # bytes of a checkpoint or a key


class _Outcome(NamedTuple):
    """The result, the checkpoint that the log was compared with, and why the newest one on this machine could not be used."""

    report: VerificationReport
    checkpoint: Checkpoint | None
    unusable: AuditError | None


def show(access: Access, head: Head, t: Texts) -> None:
    """Show the button, a field for a checkpoint from elsewhere to compare with, and the result."""
    started = st.button(t("record.verify"), key="verify", type="primary", icon=":material/verified_user:")
    with st.expander(t("verify.elsewhere"), icon=":material/key:"):
        st.caption(t("verify.elsewhere_lead"))
        left, right = st.columns(2)
        note = left.file_uploader(t("export.note"), key="verify_note")
        key = right.file_uploader(t("export.public_key"), key="verify_key", help=t("verify.key_help"))
    if started:
        if any(file is not None and file.size > _LARGEST for file in (note, key)):
            st.error(t("verify.too_large"), icon=":material/error:")
            return
        try:
            signed = (
                None if note is None else checkpoint_thread.opened(note.getvalue(), None if key is None else key.getvalue())
            )
        except AuditError as error:
            failures.show(error, t)
            return
        signed, unusable = (signed, None) if signed is not None else _own()
        _start(access, signed, unusable, t)
    done = jobs.watch(VERIFY, t)
    if done is not None:
        _result(done.result, head, t)


def _own() -> tuple[Checkpoint | None, AuditError | None]:
    """Return the newest of this record's own checkpoints, or why it cannot be used: the entries are verified all the same."""
    try:
        return checkpoint_thread.newest(), None
    except AuditError as error:
        return None, error


def _start(access: Access, signed: Checkpoint | None, unusable: AuditError | None, t: Texts) -> None:
    def work(progress: Progress) -> _Outcome:
        return _Outcome(access.verify(exports.verification_progress(progress), signed), signed, unusable)

    with failures.contained(t):
        jobs.start(VERIFY, work)


def _result(verified: _Outcome, head: Head, t: Texts) -> None:
    report = verified.report
    show_result = st.success if report.ok else st.error
    show_result(record.verification_text(report, t), icon=":material/verified:" if report.ok else ":material/gpp_bad:")
    if verified.unusable is not None:
        # A log that was cut or rewritten together with its checkpoint is shown as green above, so the reader must see this.
        failures.show(verified.unusable, t)
        st.caption(t("verify.unusable"))
    elif report.ok:
        st.caption(t("verify.alone") if verified.checkpoint is None else t("verify.against", n=verified.checkpoint.size))
    for warning in report.warnings:
        st.warning(t("verify.warning", text=warning), icon=":material/warning:")
    if report.problem_seq is not None and head.size:
        page = record.page_of(head.size, report.problem_seq)
        st.button(
            t("verify.show", n=report.problem_seq),
            key="show_problem",
            icon=":material/arrow_downward:",
            on_click=st.session_state.update,
            args=({"log_page": page},),
        )
