"""Progress: the queue, the people, their agreement, and who works on what; or only the person's own work."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from audit import Access, Action, AuditError, Claim, Conflict, NotFound, ReviewKind, TeamReport
from audit.records.validation import utc_now
from dashboard.shared import display, failures, navigation, session
from dashboard.texts import Texts
from dashboard.views import team as views
from dashboard.views.verdict import moment

MOST_CLAIMS = 50


def mine(access: Access, t: Texts) -> None:
    """Show the person's own work."""
    progress = access.progress()
    if progress is None:
        navigation.empty_state(t, t("progress.none"), icon=":material/rate_review:", page="review")
        return
    columns = st.columns(5)
    columns[0].metric(t("word.reviews"), t("word.count", n=progress.reviews))
    columns[1].metric(t("progress.today"), t("word.count", n=progress.today))
    columns[2].metric(t("progress.flagged"), t("word.count", n=progress.flagged))
    columns[3].metric(t("progress.median"), views.span(progress.median_seconds, t), help=t("progress.median_help"))
    columns[4].metric(t("progress.last"), moment(progress.last_at))
    st.caption(t("progress.mine_lead"))


def team(access: Access, t: Texts) -> None:
    """Show the figures that a manager needs."""
    report = access.admin.team()
    names = views.names_in(report, access.names(), t)
    _queue(report, t)
    st.header(t("progress.people"), anchor=False)
    _people(report, t)
    st.header(t("agreement.title"), anchor=False)
    _agreement(report, t)
    st.header(t("claims.title"), anchor=False)
    _claims(access, names, t)


def _queue(report: TeamReport, t: Texts) -> None:
    queue = report.queue
    columns = st.columns(6)
    columns[0].metric(t("queue_state.open"), t("word.count", n=queue.open))
    columns[1].metric(t("queue_state.disputed"), t("word.count", n=queue.disputed), help=t("progress.disputed_help"))
    columns[2].metric(
        t("progress.overdue"),
        t("word.count", n=queue.overdue),
    )
    columns[3].metric(t("gate.held"), t("word.count", n=queue.held), help=t("progress.held_help"))
    columns[4].metric(t("progress.claimed"), t("word.count", n=queue.claimed))
    columns[5].metric(t("progress.oldest"), views.span(queue.oldest_seconds, t))


def _people(report: TeamReport, t: Texts) -> None:
    if not report.people:
        navigation.empty_state(t, t("progress.none"), icon=":material/rate_review:", page="review")
        return
    column = st.column_config.TextColumn
    display.table(
        t,
        views.people_table(report.people, t),
        "people",
        key="team_people",
        column_config={
            t.plain("progress.median"): column(help=t.plain("progress.median_help")),
            t.plain("progress.control"): column(help=t.plain("progress.control_help")),
            t.plain("progress.outcome"): column(help=t.plain("progress.outcome_help")),
        },
    )


def _agreement(report: TeamReport, t: Texts) -> None:
    table = views.agreement_table(report.agreement, t)
    if not len(table):
        navigation.empty_state(t, t("agreement.none"), icon=":material/group:")
        return
    st.caption(t("agreement.lead"))
    display.table(t, table, "agreement", key="team_agreement")


def _claims(access: Access, names: Mapping[str, str], t: Texts) -> None:
    held = access.queue.live_claims()
    if not held:
        st.caption(t("claims.none"))
        return
    st.caption(t("claims.lead"))
    frees, now = access.can(Action.FREE_CLAIM_OF_OTHERS), utc_now()
    with st.container(border=True, key="claims"):
        for claim in held[:MOST_CLAIMS]:
            _claim(access, claim, names.get(claim.actor, claim.actor), now, frees, t)
    if len(held) > MOST_CLAIMS:
        st.caption(t("claims.more", n=len(held) - MOST_CLAIMS))


def _claim(access: Access, claim: Claim, name: str, now: str, frees: bool, t: Texts) -> None:
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        with st.container(horizontal=True, vertical_alignment="center", width="content"):
            times = {"since": moment(claim.granted_at), "until": moment(claim.expires_at)}
            st.markdown(t("claims.line", name=name, id=claim.decision_id[:8], **times), width="content")
            if claim.kind is ReviewKind.ADJUDICATION:
                st.badge(t("claims.dispute"), icon=":material/gavel:", color="gray")
            if claim.expires_at <= now:
                st.badge(t("claims.over"), icon=":material/timer_off:", color="orange")
        if frees:
            st.button(
                t("claims.free"),
                key=f"free_{claim.decision_id}_{claim.actor}",
                icon=":material/lock_open:",
                on_click=_free,
                args=(access, claim, t),
            )


def _free(access: Access, claim: Claim, t: Texts) -> None:
    try:
        access.queue.free_claim(claim.decision_id, claim.actor)
    except (NotFound, Conflict):
        session.tell(t("claims.gone"))
    except AuditError as error:
        failures.show(error, t)
    else:
        session.tell(t("word.done"))
