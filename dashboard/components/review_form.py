"""The form under a claim, or to amend one's own review: pairs, verdict, reason, comment, and the ways out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from audit import Access, AuditError, Claim, PairReview, Reason, ReviewKind, ReviewRecord, Verdict, utc_now
from dashboard import session
from dashboard.components import failures, lease, pairs_form, review_queue
from dashboard.pipeline import LoadedDecision
from dashboard.reviewing import ReviewProblem, blind_sha256, blind_verdict, shown_sha256, submit_review
from dashboard.texts import Texts
from dashboard.views import verdict

LABELS = ("normal", "fault")
PAIR_EVENTS = 5
PAIRS_PER_EVENT = 2
CHOICES = {Verdict.APPROVE: ("a", ":material/thumb_up:"), Verdict.FLAG: ("f", ":material/flag:")}


@dataclass(slots=True)
class Answer:
    """What stands in the form."""

    shown: str
    verdict: Verdict | None
    pairs: list[PairReview]
    reason: Reason | None = None
    label: str | None = None
    comment: str = ""
    blind: bool = False


def show(
    access: Access,
    loaded: LoadedDecision,
    t: Texts,
    *,
    claim: Claim | None = None,
    amends: str | None = None,
    blind: bool = False,
    opinions: Sequence[ReviewRecord] | None = None,
) -> None:
    """The form; exactly one of ``claim`` and ``amends`` (the id of the review) is given.

    ``opinions``: the reviews that are shown above it, as they are to somebody who settles a dispute.
    """
    id = loaded.summary.decision.id
    opened: str = st.session_state.setdefault(_opened(id, claim), utc_now())
    with st.container(key="review_form"):
        answer = _blind(loaded, t) if blind else _informed(loaded, t, opinions)
        answer.comment = st.text_area(t("form.comment"), key=f"comment_{id}", max_chars=10_000, height=80)
        sent = _ways_out(access, claim, t)
    if sent:
        _submit(access, loaded, t, answer, opened, claim, amends)


def amend(decision_id: str, review_id: str) -> None:
    """Open the form on one's own review, a callback."""
    st.session_state[f"amending_{decision_id}"] = review_id
    st.session_state[_opened(decision_id, None)] = utc_now()


def amended(decision_id: str, mine: ReviewRecord | None) -> str | None:
    """The id of the review being amended, as long as it is the current one."""
    found = st.session_state.get(f"amending_{decision_id}")
    return found if mine is not None and found == mine.id else None


def _opened(decision_id: str, claim: Claim | None) -> str:
    """Where the opening time is kept: under each claim its own, or a decision given back and taken again opened too early."""
    return f"opened_{decision_id if claim is None else claim.token}"


def _informed(loaded: LoadedDecision, t: Texts, reviews: Sequence[ReviewRecord] | None) -> Answer:
    id = loaded.summary.decision.id
    events = verdict.suspects(loaded.summary.decision, PAIR_EVENTS)
    pairs = pairs_form.shown(loaded, events, PAIRS_PER_EVENT)
    judged = pairs_form.judge(loaded, events, pairs, t) + pairs_form.missing(loaded, t)
    st.markdown(t("form.title"))
    chosen = _choice(id, t)
    reason, label = _why(id, t) if chosen is Verdict.FLAG else (None, None)
    return Answer(shown_sha256(loaded, events, pairs, t.language, reviews), chosen, judged, reason, label)


def _blind(loaded: LoadedDecision, t: Texts) -> Answer:
    """The whole log and the question; nothing of what the model said."""
    decision = loaded.summary.decision
    st.caption(t("blind.lead"))
    events = loaded.sequence.events
    table = pd.DataFrame({t.plain("events.line"): [e.line for e in events], t.plain("events.event"): [e.text for e in events]})
    narrow = {t.plain("events.line"): st.column_config.NumberColumn(width="small")}
    st.dataframe(table, hide_index=True, key="blind_events", height=360, column_config=narrow)
    seen = st.segmented_control(
        t("blind.question"), LABELS, format_func=lambda value: t.plain(f"label.{value}"), key=f"seen_{decision.id}"
    )
    chosen, reason, label = blind_verdict(seen, decision.label)
    return Answer(blind_sha256(loaded, t.language), chosen, [], reason, label, blind=True)


def _choice(id: str, t: Texts) -> Verdict | None:
    """Approve or flag: two buttons that stay pressed, so that each has a key."""
    state = f"verdict_{id}"
    chosen: Verdict | None = st.session_state.get(state)
    with st.container(horizontal=True):
        for value, (shortcut, icon) in CHOICES.items():
            st.button(
                t(f"review_verdict.{value.value}"),
                key=f"choose_{value.value}",
                type="primary" if chosen is value else "secondary",
                icon=icon,
                shortcut=shortcut,
                on_click=_choose,
                args=(state, value),
            )
    return chosen


def _choose(state: str, value: Verdict) -> None:
    st.session_state[state] = None if st.session_state.get(state) is value else value


def _why(id: str, t: Texts) -> tuple[Reason | None, str | None]:
    columns = st.columns(2)
    with columns[0]:
        reason = st.selectbox(
            t("form.reason"),
            list(Reason),
            index=None,
            placeholder=t("form.reason_choose"),
            format_func=lambda value: t.plain(f"reason.{value.value}"),
            key=f"reason_{id}",
        )
    with columns[1]:
        label = st.selectbox(
            t("form.label"),
            LABELS,
            index=None,
            placeholder=t("form.label_keep"),
            format_func=lambda value: t.plain(f"label.{value}"),
            key=f"label_{id}",
        )
    return reason, label


def _ways_out(access: Access, claim: Claim | None, t: Texts) -> bool:
    with st.container(horizontal=True):
        sent = st.button(
            t("form.submit" if claim else "form.amend"),
            key="review_submit",
            type="primary",
            icon=":material/send:",
            shortcut="ctrl+enter",
        )
        if claim is not None:
            lease.ways_out(access, claim, t)
    return sent


def _submit(
    access: Access,
    loaded: LoadedDecision,
    t: Texts,
    answer: Answer,
    opened: str,
    claim: Claim | None,
    amends: str | None,
) -> None:
    id = loaded.summary.decision.id
    try:
        entry = submit_review(
            access,
            loaded,
            claim=claim,
            amends=amends,
            opened_at=opened,
            shown=answer.shown,
            verdict=answer.verdict,
            pairs=answer.pairs,
            reason=answer.reason,
            comment=answer.comment,
            corrected_label=answer.label,
            suggestion_visible=not answer.blind,
        )
    except (ReviewProblem, AuditError) as error:
        failures.show(error, t)
        return
    session.tell(t("review.recorded", seq=entry.seq))
    mine = [review for review in access.case(id).reviews if review.reviewer_id == access.person.id]
    review_queue.remember(mine[-1].id, id)
    pairs_form.forget(loaded)
    st.session_state.pop(_opened(id, claim), None)
    for name in ("amending", "verdict", "comment", "reason", "label", "seen"):
        st.session_state.pop(f"{name}_{id}", None)
    if claim is not None:
        review_queue.open_next(access, ReviewKind.REVIEW)
    st.rerun()
