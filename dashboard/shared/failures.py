"""Errors as a visitor sees them: what happened and what to do, never a traceback."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4
from zlib import crc32

import streamlit as st

from audit import (
    AuditError,
    Conflict,
    Denied,
    EntryChanged,
    InvalidRecord,
    NotFound,
    SignatureFailed,
    SignatureNeeded,
    SignInFailed,
    StoreUnavailable,
    Tampered,
    TooManyPasswords,
)
from dashboard.report.report import ReportRefused
from dashboard.service.common.turns import Busy
from dashboard.service.decide.review_record import ReviewProblem
from dashboard.service.sign_in.identity import Mode
from dashboard.service.training.training_folder import ReviewsRefused
from dashboard.shared import session_sign_in
from dashboard.texts import Texts
from dashboard.views.reading import input_message
from sparsemix import ConfigError, ExplanationError, InputError, TraceError, TrainingCollapsed, WeightsError
from sparsemix.errors import FeedbackError

_log = logging.getLogger(__name__)
# Only the operator can fix these: the visitor tells them the id, which leads to the entry in the server's log.
_FOR_THE_OPERATOR = (Tampered, StoreUnavailable, WeightsError)
_KNOWN: tuple[tuple[type[Exception], str], ...] = (
    (Conflict, "failure.conflict"),
    (SignInFailed, "failure.sign_in"),
    (Denied, "failure.denied"),
    (NotFound, "failure.not_found"),
    (EntryChanged, "failure.entry_changed"),
    (Tampered, "failure.tampered"),
    (StoreUnavailable, "failure.store"),
    (TooManyPasswords, "failure.passwords"),
    (InvalidRecord, "failure.invalid"),
    (WeightsError, "failure.weights"),
    (ExplanationError, "failure.explanation"),
    (ConfigError, "failure.explanation"),
    (TraceError, "failure.explanation"),
    (TrainingCollapsed, "failure.training"),
    (FeedbackError, "failure.feedback"),
    (Busy, "job.too_many"),
)


@contextmanager
def contained(t: Texts) -> Iterator[None]:
    """Show an error that is raised inside, and let the rest of the page go on."""
    try:
        yield
    except Exception as error:
        show(error, t)


@contextmanager
def deferred() -> Iterator[None]:
    """Keep an error that is raised inside for the run that follows. For callbacks, which draw nothing."""
    try:
        yield
    except Exception as error:
        defer(error)


def defer(error: BaseException) -> None:
    """Keep an error for `show_deferred`."""
    st.session_state["kept_failure"] = error


def show_deferred(t: Texts) -> None:
    """Show the error that the callback before this run kept."""
    error = st.session_state.pop("kept_failure", None)
    if error is not None:
        show(error, t)


def show(error: BaseException, t: Texts, error_id: str | None = None) -> None:
    """Show an error: what happened, what to do, and an id where somebody else has to act.

    An error without a message of its own is logged on the server under the id that the visitor sees, and so is an error
    that the operator has to fix. ``error_id``: the id under which it was logged already.
    """
    if isinstance(error, InputError):
        st.error(input_message(error, t), icon=":material/error:")
        return
    if isinstance(error, ReviewProblem):
        st.error(t(f"problem.{error.code}", **error.values), icon=":material/error:")
        return
    if isinstance(error, ReportRefused):
        st.error(t(f"report.refused_{error.code}"), icon=":material/error:")
        return
    if isinstance(error, SignatureNeeded | SignatureFailed):
        code = "empty" if isinstance(error, SignatureNeeded) else error.code
        st.error(t.plain("signature.failed", why=t(f"signature.failed_{code}")), icon=":material/error:")
        return
    if isinstance(error, ReviewsRefused):
        why = t(f"feedback.refused_{error.code}", text=str(error))
        st.error(t.plain("failure.feedback", text=why), icon=":material/error:")
        return
    for kind, key in _KNOWN:
        if isinstance(error, kind):
            # The text holds the database's address, or a path: those who sign in from elsewhere learn neither.
            text = t.plain("failure.see_log") if isinstance(error, _FOR_THE_OPERATOR) and not _is_operator() else str(error)
            st.error(t(key, text=text, id=_known_id(error)), icon=":material/error:")
            return
    if error_id is None:
        error_id = uuid4().hex[:8]
        _log.error("error %s", error_id, exc_info=error)
    st.error(t("failure.unknown", id=error_id), icon=":material/error:")


def _is_operator() -> bool:
    """Return whether the visitor is the one user of this machine."""
    try:
        return session_sign_in.mode() is Mode.SINGLE
    except AuditError:
        return False


def _known_id(error: BaseException) -> str:
    """Return the id of an error with a message of its own: the same for the same error, which every rerun of a page meets
    again."""
    id = f"{crc32(f'{type(error).__name__} {error}'.encode()):08x}"
    if isinstance(error, _FOR_THE_OPERATOR):
        _log.warning("error %s: %s: %s", id, type(error).__name__, error)
    return id
