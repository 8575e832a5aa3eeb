"""What happened to a decision: its reviews with their words, and the entries of the log about it."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from audit import Access, Case, LogEntry, ReviewKind, ReviewRecord, Verdict
from dashboard.features.review import pairs_form
from dashboard.service.decide.pipeline import LoadedDecision
from dashboard.shared import tables
from dashboard.texts import Texts
from dashboard.views import verdict
from dashboard.views.record import entry_table


def show(access: Access, case: Case, loaded: LoadedDecision, t: Texts) -> None:
    """The reviews that this person may see, newest first, and the entries about the decision."""
    st.markdown(t("history.title"))
    if case.hidden:
        st.caption(t("history.hidden", n=case.hidden))
    elif not case.reviews:
        st.caption(t("history.none"))
    opinions(case.reviews, loaded, t)
    id = case.summary.decision.id
    entries: list[LogEntry] = access.history(id)
    with st.expander(t("history.entries", n=len(entries))):
        table = entry_table(entries, access.names(), t)
        tables.show(t, table, "decision_entries", key="history_entries", about=id[:8])


def opinions(reviews: Sequence[ReviewRecord], loaded: LoadedDecision, t: Texts) -> None:
    """Each review in a box, newest first."""
    superseded = {review.supersedes for review in reviews}
    for review in reversed(reviews):
        with st.container(border=True):
            key = "history.superseded" if review.id in superseded else "history.line"
            st.markdown(
                t(
                    key,
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
            if notes and review.verdict is not Verdict.WITHDRAW:
                st.caption(" · ".join(notes))
            if review.comment:
                st.text(review.comment)
            pairs_form.listed(review.pairs, loaded, t)
