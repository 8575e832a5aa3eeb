"""The form of a review, or to amend an earlier one: below the evidence, always in sight, the judgement.

It is a fragment: a choice redraws this part and nothing else. Sending is a callback of the whole page, so that the next
decision is drawn in the run that the click starts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from audit import SINGLE_USER, UNNAMED, Access, AuditError, Claim, ReviewKind, ReviewRecord, utc_now
from dashboard.features.review import pairs_form, review_draft, review_queue
from dashboard.features.review.review_choice import judgement
from dashboard.features.review.review_draft import LABELS, value
from dashboard.service.decide.pipeline import LoadedDecision
from dashboard.service.decide.review_record import (
    ReviewAnswers,
    ReviewProblem,
    blind_sha256,
    blind_verdict,
    seen_of,
    shown_sha256,
    submit_review,
)
from dashboard.shared import display, failures, session, session_sign_in, signature
from dashboard.shared.decision import log_panel
from dashboard.shared.signature import Signing
from dashboard.texts import Texts
from dashboard.views import verdict


@dataclass(frozen=True, slots=True)
class Form:
    """What is judged: under a ``claim``, or to amend a review (``amends``); without either, the first act of judging claims it.
    ``entry_hash``: of the decision's entry. ``blind``: without the model's verdict. ``opinions``: the reviews that are shown to
    a person who settles a dispute."""

    loaded: LoadedDecision
    entry_hash: str
    claim: Claim | None = None
    amends: ReviewRecord | None = None
    blind: bool = False
    opinions: Sequence[ReviewRecord] | None = None

    @property
    def id(self) -> str:
        """Return the decision's id."""
        return self.loaded.summary.decision.id

    @property
    def unclaimed(self) -> bool:
        """Return whether the decision is only looked at so far."""
        return self.claim is None and self.amends is None

    @property
    def rules(self) -> bool:
        """Return whether the review is a ruling on a dispute."""
        judged = self.claim or self.amends
        return judged is not None and judged.kind is ReviewKind.ADJUDICATION

    @property
    def opened(self) -> str:
        """Return the key of the opening time, and of the hash of the entry that was shown since. Each claim has its own: a
        decision given back and taken again would otherwise have opened too early. What was looked at before it was claimed
        opened then."""
        return f"opened_{self.id if self.claim is None else self.claim.token}"


def show(access: Access, form: Form, t: Texts) -> None:
    """Show evidence, judgement, and the buttons to send or leave."""
    looked = None if form.claim is None else st.session_state.pop(f"opened_{form.id}", None)
    at, shown = st.session_state.setdefault(form.opened, looked or (utc_now(), form.entry_hash))
    if shown != form.entry_hash:
        st.session_state[form.opened] = at, ""  # two were shown: the review is of neither
    if form.blind:
        _log(form.loaded, t)
    with st.container(key="review_actions"):
        recent = access.queue.recent_reviews()
        judgement(access, form.id, recent, blind=form.blind, rules=form.rules, unclaimed=form.unclaimed)
        _ways_out(access, form, t)


def amend(review: ReviewRecord) -> None:
    """Open the form on the person's own review. A callback."""
    id = review.decision_id
    review_draft.fill(id, review)
    st.session_state[f"amending_{id}"] = review.id
    st.session_state.pop(f"opened_{id}", None)


def amended(decision_id: str, current_review: ReviewRecord | None) -> ReviewRecord | None:
    """Return the review being amended, as long as it is the current one."""
    amending = st.session_state.get(f"amending_{decision_id}")
    return current_review if current_review is not None and amending == current_review.id else None


def _log(loaded: LoadedDecision, t: Texts) -> None:
    """Show the whole log, and nothing that the model said."""
    st.caption(t("blind.lead"))
    events = loaded.sequence.events
    table = pd.DataFrame({t.plain("word.line"): [e.line for e in events], t.plain("events.event"): [e.text for e in events]})
    narrow = {t.plain("word.line"): st.column_config.NumberColumn(width="small")}
    about = loaded.summary.decision.id[:8]
    display.table(t, table, "log_lines", key="blind_events", about=about, height=360, column_config=narrow)


def _ways_out(access: Access, form: Form, t: Texts) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        # What the signature means stands with the choice, which is drawn anew by itself.
        with signature.form(access, t, None, key="review", narrow=True) as signing:
            signing.button(
                t("form.amend" if form.amends else "form.submit"),
                key="review_submit",
                type="primary",
                icon=":material/send:",
                shortcut="ctrl+enter",
                on_click=_submit,
                args=(access, signing, form, t),
            )
        if not form.blind:
            pairs_form.show(form.loaded, t)
        if form.amends is None:
            review_queue.ways_out(access, form.id, form.claim, t)
        if access.person.name == UNNAMED:
            label = t("shell.reviewer")
            st.text_input(label, key=session_sign_in.NAME, max_chars=100, placeholder=label, label_visibility="collapsed")
        if access.person.id == SINGLE_USER:
            # Nothing checks the name, so the sender sees under which name the review is recorded.
            st.caption(t("form.as", name=verdict.person(access.person.name, t)))


def _submit(access: Access, signing: Signing, form: Form, t: Texts) -> None:
    """Record the review, and open the next decision. A callback."""
    id = form.id
    chosen, reason, label = value("verdict", id), value("reason", id), value("label", id)
    seen = None if form.blind else seen_of(log_panel.seen(id), len(form.loaded.sequence))
    if form.blind:
        chosen, reason, label = blind_verdict(value("seen", id), form.loaded.summary.decision.label)
        shown = blind_sha256(form.loaded, t.language)
    else:
        shown = shown_sha256(form.loaded, verdict.suspects(form.loaded.summary.decision), t.language, form.opinions, seen)
    try:
        opened_at, entry_hash = st.session_state.get(form.opened) or (utc_now(), form.entry_hash)
        answers = ReviewAnswers(
            verdict=chosen,
            opened_at=opened_at,
            shown=shown,
            entry_hash=entry_hash,
            pairs=() if form.blind else session.marked(id),
            reason=reason,
            comment=value("comment", id) or "",
            corrected_label=label if label in LABELS else None,
            suggestion_visible=not form.blind,
            seen=seen,
        )
        amends = None if form.amends is None else form.amends.id
        claim = access.queue.claim_decision(id) if form.unclaimed else form.claim
        # A name that was typed just before is in no access that the page was drawn with.
        sender = signing if signing.needed else session.access
        entry = submit_review(sender, form.loaded, answers, claim=claim, amends=amends)
    except (ReviewProblem, AuditError) as error:
        st.session_state["review_problem"] = error
        return
    session.tell(t("review.recorded", seq=entry.seq))
    review_draft.forget(id)
    st.session_state.pop(form.opened, None)
    if form.amends is None:
        with failures.deferred():
            review_queue.open_next(access, ReviewKind.REVIEW)
