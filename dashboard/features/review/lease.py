"""The claim on the decision in view: kept alive while the page is open, given back, or put off."""

from __future__ import annotations

import streamlit as st

from audit import SINGLE_USER, Access, AuditError, Claim, ReviewKind, SignInFailed
from dashboard.features.review import review_queue
from dashboard.shared import failures, session
from dashboard.texts import Texts

_EVERY = 60.0  # seconds, at most


def keep(access: Access, claim: Claim) -> None:
    """Say whose the decision is, and renew the claim as long as the page is open."""
    if access.person.id == SINGLE_USER:
        return
    # A third of the lease, so that one renewal may come late or fail.
    st.fragment(run_every=min(_EVERY, access.policy().lease_seconds / 3))(_alive)(access, claim)


def _alive(access: Access, claim: Claim) -> None:
    t = session.texts()
    try:
        held = access.queue.renew(claim)
    except SignInFailed:
        # The session is over: the whole page shows the way in, and asks the record no more.
        st.rerun(scope="app")
    except AuditError as error:
        st.error(t("lease.lost", text=str(error)), icon=":material/timer_off:")
        return
    st.caption(t("lease.held", time=held.expires_at[11:16]))


def ways_out(access: Access, claim: Claim, t: Texts) -> None:
    """Buttons that give the claim back: see the decision again at the end, or leave it to others."""
    if claim.kind is not ReviewKind.ADJUDICATION:
        st.button(
            t("form.skip"),
            key="review_skip",
            icon=":material/skip_next:",
            shortcut="s",
            help=t("form.skip_help"),
            on_click=_give_back,
            args=(access, claim, True, t),
        )
    if access.person.id != SINGLE_USER:
        st.button(
            t("form.release"),
            key="review_release",
            icon=":material/keyboard_return:",
            help=t("form.release_help"),
            on_click=_give_back,
            args=(access, claim, False, t),
        )


def _give_back(access: Access, claim: Claim, skip: bool, t: Texts) -> None:
    with failures.kept():
        if skip:
            access.queue.skip(claim)
            review_queue.open_next(access)
        else:
            access.queue.release(claim)
            session.choose_decision(None)
        session.tell(t("review.skipped" if skip else "review.released_claim"))
