"""The queue on Review: how much waits, the next decision, the list, what this person has done, and undo.

The claim on the decision in view belongs to the queue as well: it is renewed while the page is open, given back, or put off.
"""

from __future__ import annotations

from contextlib import nullcontext

import streamlit as st

from audit import (
    SINGLE_USER,
    Access,
    Action,
    AuditError,
    Claim,
    Gate,
    QueueState,
    ReviewKind,
    ReviewRecord,
    utc_now,
)
from dashboard.features.review import review_draft
from dashboard.shared import failures, navigation, session, signature
from dashboard.shared.decision import decision_choice, log_choice
from dashboard.shared.fragments import fragment
from dashboard.shared.signature import Signing
from dashboard.texts import Texts
from dashboard.views.decisions import queue
from dashboard.views.times import duration

_EVERY = 60.0  # seconds between two renewals of a claim, at most


def show(access: Access, t: Texts, *, brief: bool) -> None:
    """Show the buttons for the next decision, the figures and the list; ``brief``: in one row, the list behind a button, where
    a decision is in view."""
    counts = access.counts()
    waiting = {state: sum(n for (s, _), n in counts.items() if s is state) for state in QueueState}
    with st.container(horizontal=True, vertical_alignment="center", key="queue_row"):
        _ways_on(access, waiting[QueueState.DISPUTED], t)
        _undo(access, t)
        if brief:
            _links(session.decision_id() or "", t)
        if brief:
            words = t("review.queue", n=waiting[QueueState.OPEN])
            folded = st.popover(words, icon=":material/list:", key="queue_list", on_change="rerun")
            if not folded.open:
                return
    with folded if brief else st.container():
        held = sum(n for (state, gate), n in counts.items() if gate is Gate.HELD and state is not QueueState.SETTLED)
        with st.container(horizontal=True, gap="medium"):
            for name, count in (
                ("queue_state.open", waiting[QueueState.OPEN]),
                ("gate.held", held),
                ("queue_state.disputed", waiting[QueueState.DISPUTED]),
            ):
                st.metric(t(name), t("word.count", n=count), width="content")
        chosen = st.segmented_control(
            t("list.state"),
            list(QueueState),
            default=QueueState.OPEN,
            format_func=lambda state: t.plain(f"queue_state.{state.value}"),
            key="review_list",
            label_visibility="collapsed",
            required=True,
        )
        decision_choice.queue_table(queue(access, chosen or QueueState.OPEN), utc_now(), t)
        _progress(access, t)


@fragment()
def _links(decision: str, t: Texts) -> None:
    # A fragment stacks what it holds.
    with st.container(horizontal=True, width="content"):
        navigation.decision_links(decision, log_choice.follow(decision), t)


def _ways_on(access: Access, disputed: int, t: Texts) -> None:
    """Show the buttons that open the next decision."""
    if access.can(Action.CLAIM):
        st.button(
            t("review.next"),
            key="review_next",
            type="primary",
            icon=":material/play_arrow:",
            shortcut="n",
            on_click=_next,
            args=(access, ReviewKind.REVIEW, t),
        )
    if access.can(Action.ADJUDICATE) and disputed:
        st.button(
            t("review.next_dispute"),
            key="review_next_dispute",
            icon=":material/gavel:",
            on_click=_next,
            args=(access, ReviewKind.ADJUDICATION, t),
        )


def in_view(access: Access) -> str | None:
    """Return the decision to show: the one that the address names, else the one being worked on, else the most urgent one."""
    chosen = session.decision_id()
    if chosen is not None:
        return chosen
    held = access.queue.claims()
    if held:
        session.choose_decision(held[0].decision_id)
        return held[0].decision_id
    waiting = queue(access, QueueState.OPEN)
    if waiting and access.person.id == SINGLE_USER:
        session.choose_decision(waiting[0].decision.id)
        return waiting[0].decision.id
    return None


def nothing_in_view(access: Access, t: Texts) -> None:
    """Say what to do when no decision is chosen."""
    if access.count_decisions(state=QueueState.OPEN) or access.count_decisions(state=QueueState.DISPUTED):
        st.info(t("review.choose"), icon=":material/arrow_back:")
        return
    st.success(t("review.nothing"), icon=":material/task_alt:")
    navigation.link("analyse", t("link.analyse"))


def open_next(access: Access, kind: ReviewKind = ReviewKind.REVIEW) -> bool:
    """Claim the next decision and show it; return whether there was one."""
    claim = access.queue.claim(kind)
    session.choose_decision(claim.decision_id if claim else None)
    return claim is not None


def _next(access: Access, kind: ReviewKind, t: Texts) -> None:
    with failures.deferred():
        if not open_next(access, kind):
            session.tell(t("review.none_left"))


def _undo(access: Access, t: Texts) -> None:
    last = access.queue.last_review() if access.can(Action.WITHDRAW) else None
    if last is None:
        return
    help = t("review.undo_help", minutes=access.policy().undo_seconds // 60)
    signs = access.keys.needed()
    around = st.popover(t("review.undo"), icon=":material/undo:", help=help, key="undo") if signs else nullcontext()
    meaning = f"meaning.{'ruling' if last.kind is ReviewKind.ADJUDICATION else 'review'}_withdraw"
    with around, signature.form(access, t, meaning, key="undo") as signing:
        signing.button(
            t("review.undo"),
            key="review_undo",
            icon=":material/undo:",
            shortcut="u",
            help=help,
            on_click=_withdraw,
            args=(signing, last, t),
        )


def _withdraw(signing: Signing, last: ReviewRecord, t: Texts) -> None:
    with failures.deferred():
        claim = signing().queue.withdraw(last.id)
        if claim is not None:
            review_draft.fill(last.decision_id, last)
        session.choose_decision(last.decision_id)
        session.tell(t("review.undone"))


def _progress(access: Access, t: Texts) -> None:
    try:
        progress = access.progress()
    except AuditError as error:
        failures.show(error, t)
        return
    if progress is None:
        return
    half = "–" if progress.median_seconds is None else duration(progress.median_seconds, t)
    st.caption(t("review.progress", today=progress.today, total=progress.reviews, time=half))


def keep_claim(access: Access, claim: Claim) -> None:
    """Say who holds the decision, and renew the claim as long as the page is open."""
    if access.person.id == SINGLE_USER:
        return
    # A third of the lease, so that one renewal may come late or fail.
    fragment(run_every=min(_EVERY, access.policy().lease_seconds / 3))(_alive)(access, claim)


def _alive(access: Access, claim: Claim) -> None:
    t = session.texts()
    try:
        held = access.queue.renew(claim)
    except AuditError as error:
        st.error(t("lease.lost", text=str(error)), icon=":material/timer_off:")
        return
    st.caption(t("lease.held", time=held.expires_at[11:16]))


def ways_out(access: Access, id: str, claim: Claim | None, t: Texts) -> None:
    """Show buttons that give back the claim, if any: to see the decision again at the end, or to leave it to others."""
    if claim is None or claim.kind is not ReviewKind.ADJUDICATION:
        st.button(
            t("form.skip"),
            key="review_skip",
            icon=":material/skip_next:",
            shortcut="s",
            on_click=_give_back,
            args=(access, id, claim, True, t),
        )
    if access.person.id != SINGLE_USER:
        st.button(
            t("form.release"),
            key="review_release",
            icon=":material/keyboard_return:",
            on_click=_give_back,
            args=(access, id, claim, False, t),
        )


def _give_back(access: Access, id: str, claim: Claim | None, skip: bool, t: Texts) -> None:
    with failures.deferred():
        claim = claim or access.queue.claim_decision(id)
        st.session_state.pop(f"opened_{id}", None)
        if skip:
            access.queue.skip(claim)
            open_next(access)
        else:
            access.queue.release(claim)
            session.choose_decision(None)
        session.tell(t("review.skipped" if skip else "review.released_claim"))
