"""The left side of Review: how much waits, the next decision, the list, what this person has done, and undo."""

from __future__ import annotations

import streamlit as st

from audit import (
    SINGLE_USER,
    Access,
    Action,
    AuditError,
    Conflict,
    Gate,
    QueueState,
    ReviewKind,
    ReviewRecord,
    utc_now,
)
from dashboard.features.review import review_draft
from dashboard.shared import failures, session
from dashboard.shared.decision import decision_tables
from dashboard.shared.routes import PAGES
from dashboard.texts import Texts
from dashboard.views.decisions import queue
from dashboard.views.times import duration


def show(access: Access, t: Texts) -> None:
    """Figures, the next one, the list."""
    counts = access.counts()
    waiting = {state: sum(n for (s, _), n in counts.items() if s is state) for state in QueueState}
    held = sum(n for (state, gate), n in counts.items() if gate is Gate.HELD and state is not QueueState.SETTLED)
    with st.container(horizontal=True, gap="medium"):
        for name, count in (("waiting", waiting[QueueState.OPEN]), ("held", held), ("disputed", waiting[QueueState.DISPUTED])):
            st.metric(t(f"review.{name}"), t("review.decisions_n", n=count), width="content")
    with st.container(horizontal=True):
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
        if access.can(Action.ADJUDICATE) and waiting[QueueState.DISPUTED]:
            st.button(
                t("review.next_dispute"),
                key="review_next_dispute",
                icon=":material/gavel:",
                on_click=_next,
                args=(access, ReviewKind.ADJUDICATION, t),
            )
    _undo(access, t)
    chosen = st.segmented_control(
        t("review.list"),
        list(QueueState),
        default=QueueState.OPEN,
        format_func=lambda state: t.plain(f"queue_state.{state.value}"),
        key="review_list",
        label_visibility="collapsed",
        required=True,
    )
    decision_tables.queue(queue(access, chosen or QueueState.OPEN), utc_now(), t)
    _progress(access, waiting[QueueState.OPEN], t)


def in_view(access: Access) -> str | None:
    """The decision to show: the one that the address names, else the one being worked on, else the most urgent one."""
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
    """What to do when no decision is chosen."""
    if access.count_decisions(state=QueueState.OPEN) or access.count_decisions(state=QueueState.DISPUTED):
        st.info(t("review.choose" if access.can(Action.CLAIM) else "review.choose_to_see"), icon=":material/arrow_back:")
        return
    st.success(t("review.nothing"), icon=":material/task_alt:")
    st.page_link(PAGES["analyse"], label=t("link.analyse"), icon=":material/upload_file:")


def open_next(access: Access, kind: ReviewKind = ReviewKind.REVIEW) -> bool:
    """Claim the next decision and show it; whether there was one."""
    claim = access.queue.claim(kind)
    session.choose_decision(claim.decision_id if claim else None)
    return claim is not None


def _next(access: Access, kind: ReviewKind, t: Texts) -> None:
    with failures.kept():
        if not open_next(access, kind):
            session.tell(t("review.none_left"))


def _undo(access: Access, t: Texts) -> None:
    last = access.queue.last_review() if access.can(Action.WITHDRAW) else None
    if last is None:
        return
    st.button(
        t("review.undo"),
        key="review_undo",
        icon=":material/undo:",
        shortcut="u",
        help=t("review.undo_help", minutes=access.policy().undo_seconds // 60),
        on_click=_withdraw,
        args=(access, last, t),
    )


def _withdraw(access: Access, last: ReviewRecord, t: Texts) -> None:
    with failures.kept():
        try:
            claim = access.queue.withdraw(last.id)
        except Conflict as error:
            failures.keep(error)
            return
        if claim is not None:
            review_draft.fill(last.decision_id, last)
        session.choose_decision(last.decision_id)
        session.tell(t("review.undone"))


def _progress(access: Access, waiting: int, t: Texts) -> None:
    try:
        mine = access.progress()
    except AuditError as error:
        failures.show(error, t)
        return
    if mine is None:
        return
    if mine.today and waiting:
        st.progress(mine.today / (mine.today + waiting), text=t("review.today", done=mine.today, all=mine.today + waiting))
    words = [t("review.progress_none", today=mine.today, total=mine.reviews)]
    if mine.median_seconds is not None:
        words = [t("review.progress", today=mine.today, total=mine.reviews, time=duration(mine.median_seconds, t))]
    if mine.streak > 1:
        words.append(t("review.streak", days=mine.streak))
    st.caption(" ".join(words))
