"""Record: what a decision is tied to, running it again, how long it is kept, and erasing it."""

from __future__ import annotations

from functools import partial

import streamlit as st

from audit import Access, Action, DecisionSummary, Retention
from dashboard.service.decide.pipeline import LoadedDecision, size_of
from dashboard.service.decide.replay import replay_bits
from dashboard.shared import cache, display, failures, jobs, session, signature
from dashboard.shared.jobs import Slot
from dashboard.shared.signature import Signing
from dashboard.texts import Texts
from dashboard.views import record, verdict

_ROWS = 10  # in view, so that replay and keeping stand on the same screen


def show(access: Access, summary: DecisionSummary, t: Texts, loaded: LoadedDecision | None = None) -> None:
    """Show what the record holds of a decision, and what can be done with it; where its log is at hand (``loaded``), also what
    of it was in each reviewer's view."""
    _identity(summary, t)
    if loaded is not None:
        _seen(access, loaded, t)
    _replay(access, summary, t)
    _keeping(access, summary, t)


def _identity(summary: DecisionSummary, t: Texts) -> None:
    table = record.identity_table(summary, t)
    display.table(
        t,
        table,
        "identity",
        about=summary.decision.id[:8],
        height=display.height(len(table), _ROWS),
        column_config={t.plain("word.what"): st.column_config.TextColumn(width="medium")},
    )


def _seen(access: Access, loaded: LoadedDecision, t: Texts) -> None:
    """Show what of the log was in view of each reviewer whose review this person may see."""
    for review in access.case(loaded.summary.decision.id).reviews:
        if review.seen is not None:
            said, who = t.plain(f"review_verdict.{review.verdict.value}"), verdict.person(review.reviewer_name, t)
            when, seen = verdict.moment(review.submitted_at), verdict.seen_text(review.seen, loaded, t)
            st.text(f"{said} · {who} · {when} UTC · {seen}")


def _replay(access: Access, summary: DecisionSummary, t: Texts) -> None:
    """Show a button that runs the decision again, and whether every bit came out the same."""
    id = summary.decision.id
    slot = Slot("replay", id, size_of(summary.decision))
    if st.button(t("replay.button"), key="replay", icon=":material/replay:", help=t("replay.help")):
        with failures.contained(t):
            jobs.start(slot, partial(replay_bits, access, id, model=cache.model()))
    done = jobs.watch(slot, t)
    if done is None:
        return
    comparison = done.result
    show = st.success if comparison.identical else st.error
    show(record.replay_text(comparison, t), icon=":material/verified:" if comparison.identical else ":material/difference:")
    if comparison.surroundings:
        with st.expander(t("replay.surroundings", n=len(comparison.surroundings)), expanded=not comparison.identical):
            display.table(t, record.surroundings_table(comparison, t), "surroundings", about=id[:8], height="content")


def _keeping(access: Access, summary: DecisionSummary, t: Texts) -> None:
    """Show retention class and erasure, each with its reason; both become entries of the log."""
    keep, erase = access.can(Action.SET_RETENTION), access.can(Action.ERASE)
    if not (keep or erase):
        return
    id = summary.decision.id
    with st.expander(t("keeping.title")):
        st.caption(t("keeping.lead"))
        why = st.text_input(t("word.why"), key=f"keeping_why_{id}", max_chars=1_000)
        if keep:
            _retention(access, id, why, t)
        if erase:
            early = st.checkbox(t("keeping.early"), key=f"keeping_early_{id}")
            sure = st.checkbox(t("keeping.sure"), key=f"keeping_sure_{id}")
            with signature.form(access, t, "meaning.erasure", key="erase") as signing:
                pressed = signing.button(t("keeping.erase"), key="erase", icon=":material/delete_forever:", disabled=not sure)
            if pressed:
                _erase(signing, id, why, early, t)


def _retention(access: Access, id: str, why: str, t: Texts) -> None:
    columns = st.columns(2, vertical_alignment="bottom")
    chosen = columns[0].selectbox(
        t("keeping.class"), list(Retention), format_func=lambda value: t.plain(f"retention.{value.value}"), key=f"class_{id}"
    )
    with columns[1], signature.form(access, t, "meaning.retention", key="retention") as signing:
        pressed = signing.button(t("keeping.set"), key="set_retention")
    if pressed and chosen is not None:
        with failures.contained(t):
            entry = signing().admin.set_retention(id, chosen, why)
            session.tell(t("word.recorded", seq=entry.seq))
            st.rerun()


def _erase(signing: Signing, id: str, why: str, early: bool, t: Texts) -> None:
    with failures.contained(t):
        entry = signing().admin.erase(id, why, early=early)
        session.choose_decision(None)
        session.tell(t("word.recorded", seq=entry.seq))
        st.rerun()
