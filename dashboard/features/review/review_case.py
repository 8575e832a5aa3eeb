"""One decision on Review: its log, who is working on it, what this person may do with it, and its history."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from audit import SINGLE_USER, Access, Action, Case, LogEntry, QueueState, ReviewKind, ReviewRecord, Verdict
from dashboard.features.review import pairs_form, review_draft, review_form, review_queue
from dashboard.features.review.review_form import Form
from dashboard.service.decide.pipeline import LoadedDecision
from dashboard.shared import display, failures, log_connection, session, signature
from dashboard.shared.decision import log_panel
from dashboard.shared.decision import verdict as verdict_component
from dashboard.texts import Texts
from dashboard.views import verdict
from dashboard.views.record import entry_table
from dashboard.views.signatures import signature_line


def show(access: Access, case: Case, loaded: LoadedDecision, t: Texts) -> None:
    """Show the decision, the form for the holder of the claim on it, or else what can be done, and its history."""
    decision = case.summary.decision
    current_review = own_review(case, access)
    amending = review_form.amended(decision.id, current_review)
    blind, form = case.summary.blind, _form(access, case, loaded, current_review, amending)
    if form is not None:
        review_draft.restore(access, loaded)  # the log shows the marks of the draft
    # One container: the judgement stays in sight as far as what contains it reaches.
    with st.container(key="judged"):
        if blind:
            verdict_component.hidden(case.summary, t)
        else:
            verdict_component.refused(case.summary, t)
            log_panel.show(case, loaded, t, may_mark=form is not None)
        if case.claim is not None:
            review_queue.keep_claim(access, case.claim)
        if form is None:
            _offers(access, case, current_review, t)
        else:
            if form.opinions is not None:
                st.info(t("review.settling"), icon=":material/gavel:")
                opinions(access, form.opinions, loaded, t)
            review_form.show(access, form, t)
    if not blind:
        about = st.expander(t("review.about"), icon=":material/info:", key=f"about_{decision.id}", on_change="rerun")
        if about.open:
            with about:
                verdict_component.about(loaded, t)
    _history(access, case, loaded, t)
    if form is not None and form.amends is None and (following := access.queue.upcoming(decision.id)) is not None:
        log_connection.ahead(access, following)


def _form(
    access: Access, case: Case, loaded: LoadedDecision, current: ReviewRecord | None, amending: ReviewRecord | None
) -> Form | None:
    """Return what this person judges; None where they only look."""
    blind = case.summary.blind
    if case.claim is not None:
        disputed = case.reviews if case.claim.kind is ReviewKind.ADJUDICATION else None
        return Form(loaded, case.entry_hash, claim=case.claim, blind=blind, opinions=disputed)
    if amending is not None:
        return Form(loaded, case.entry_hash, amends=amending)
    if access.person.id == SINGLE_USER and case.summary.state is QueueState.OPEN and current is None:
        # Nobody else could take it: the form is there at once, and looking at it claims nothing.
        return Form(loaded, case.entry_hash, blind=blind)
    return None


def own_review(case: Case, access: Access) -> ReviewRecord | None:
    """Return this person's current review of the decision."""
    replaced = {review.supersedes for review in case.reviews}
    current = [
        r
        for r in case.reviews
        if r.reviewer_id == access.person.id and r.id not in replaced and r.verdict is not Verdict.WITHDRAW
    ]
    return current[-1] if current else None


def _offers(access: Access, case: Case, current_review: ReviewRecord | None, t: Texts) -> None:
    id, state = case.summary.decision.id, case.summary.state
    if current_review is not None:
        st.info(
            t(
                "review.done",
                name=verdict.person(current_review.reviewer_name, t),
                time=verdict.moment(current_review.submitted_at),
            ),
            icon=":material/task_alt:",
        )
    elif state is QueueState.SETTLED and case.summary.latest_review is None and case.summary.refused is None:
        st.caption(t("review.not_queued"))
    with st.container(horizontal=True):
        if current_review is not None and access.can(Action.AMEND):
            st.button(
                t("review.amend"),
                key="review_amend",
                icon=":material/edit:",
                on_click=review_form.amend,
                args=(current_review,),
            )
        if state is QueueState.OPEN and current_review is None and access.can(Action.CLAIM):
            _claim_button(access, id, ReviewKind.REVIEW, "review.take", ":material/rate_review:", t)
        if state is QueueState.DISPUTED and current_review is None and access.can(Action.ADJUDICATE):
            _claim_button(access, id, ReviewKind.ADJUDICATION, "review.settle", ":material/gavel:", t)
    if state is QueueState.SETTLED and access.can(Action.REQUEST_REVIEW):
        _request(access, id, t)
    if state is QueueState.SETTLED and access.can(Action.SEED_CONTROL):
        _seed(access, id, t)


def _claim_button(access: Access, id: str, kind: ReviewKind, key: str, icon: str, t: Texts) -> None:
    st.button(t(key), key=f"take_{kind.value}", type="primary", icon=icon, on_click=_take, args=(access, id, kind))


def _take(access: Access, id: str, kind: ReviewKind) -> None:
    with failures.deferred():
        access.queue.claim_decision(id, kind)


def _request(access: Access, id: str, t: Texts) -> None:
    """Show the form that asks for one more review of a settled decision."""
    with st.expander(t("review.request")):
        st.caption(t("review.request_lead"))
        why = st.text_input(t("word.why"), key=f"request_why_{id}", max_chars=1_000)
        if st.button(t("review.request"), key="request_send", icon=":material/flag:"):
            with failures.contained(t):
                entry = access.queue.request_review(id, why)
                session.tell(t("word.recorded", seq=entry.seq))
                st.rerun()


def _seed(access: Access, id: str, t: Texts) -> None:
    """Show the form that makes a decision with a known correct verdict a control item."""
    with st.expander(t("control.seed")):
        st.caption(t("control.lead"))
        expected = st.segmented_control(
            t("control.expected"),
            (Verdict.APPROVE, Verdict.FLAG),
            format_func=lambda value: t.plain(f"review_verdict.{value.value}"),
            key=f"control_expected_{id}",
        )
        why = st.text_input(t("word.why"), key=f"control_why_{id}", max_chars=1_000)
        with signature.form(access, t, "meaning.control", key="control") as signing:
            sent = signing.button(t("control.seed"), key="control_send", icon=":material/verified:", disabled=expected is None)
        if sent and expected is not None:
            with failures.contained(t):
                entry = signing().queue.seed_control(id, expected, why)
                session.tell(t("word.recorded", seq=entry.seq))
                st.rerun()


def _history(access: Access, case: Case, loaded: LoadedDecision, t: Texts) -> None:
    """Show the reviews that this person may see, newest first, and the entries about the decision."""
    st.markdown(t("history.title"))
    if case.hidden:
        st.caption(t("history.hidden", n=case.hidden))
    elif not case.reviews:
        st.caption(t("report.reviews_none"))
    id = case.summary.decision.id
    opinions(access, case.reviews, loaded, t)
    entries: list[LogEntry] = access.history(id)
    with st.expander(t("history.entries", n=len(entries))):
        table = entry_table(entries, access.names(), t)
        display.table(t, table, "decision_entries", key="history_entries", about=id[:8])


def opinions(access: Access, reviews: Sequence[ReviewRecord], loaded: LoadedDecision, t: Texts) -> None:
    """Show each review in a box with its signature, newest first."""
    superseded = {review.supersedes for review in reviews}
    signatures, names = access.signatures(loaded.summary.decision.id) if reviews else {}, access.names()
    for review in reversed(reviews):
        with st.container(border=True):
            st.markdown(
                t(
                    "history.line",
                    verdict=t.plain(f"review_verdict.{review.verdict.value}"),
                    name=verdict.person(review.reviewer_name, t),
                    time=verdict.moment(review.submitted_at),
                    pairs=len(review.pairs),
                )
            )
            notes = [t(f"review_kind.{review.kind.value}")] if review.kind is not ReviewKind.REVIEW else []
            if review.reason is not None:
                notes.append(t(f"reason.{review.reason.value}"))
            if review.corrected_label is not None:
                notes.append(t("history.label", label=t.plain(f"label.{review.corrected_label}")))
            if not review.suggestion_visible:
                notes.append(t("history.blind"))
            if review.id in superseded:
                notes.append(t("report.superseded"))
            if notes and review.verdict is not Verdict.WITHDRAW:
                st.caption(" · ".join(notes))
            if review.seen is not None:
                st.caption(verdict.seen_text(review.seen, loaded, t))
            if review.comment:
                st.text(review.comment)
            st.caption(signature_line(signatures.get(review.id), names, t))
            pairs_form.listed(review.pairs, loaded, t)
