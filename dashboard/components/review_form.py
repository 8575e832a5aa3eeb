"""One decision under review: what the model said, its pairs, the reviewer's verdict."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from audit import AuditError, Conflict, PairReview, Reason, ReviewRecord, Verdict, utc_now
from dashboard import resources, session
from dashboard.components import failures, pairs_form
from dashboard.components import verdict as verdict_component
from dashboard.pipeline import LoadedDecision
from dashboard.reviewing import ReviewProblem, shown_sha256, submit_review
from dashboard.texts import Texts
from dashboard.views import verdict

LABELS = ("normal", "fault")
PAIR_EVENTS = 5
PAIRS_PER_EVENT = 2


@dataclass(slots=True)
class Opened:
    """When the reviewer opened the decision, and which review was the latest then."""

    at: str
    latest: str | None
    amending: bool = False


def show(loaded: LoadedDecision, t: Texts) -> None:
    """The decision, its pairs, and the form; for a reviewed one, its reviews and a way to amend."""
    decision = loaded.summary.decision
    latest = loaded.summary.latest_review
    opened = _opened(loaded)
    verdict_component.header(loaded.summary, t)
    verdict_component.links(decision.id, t, here="review")
    if opened.latest != (latest.id if latest else None) and latest is not None:
        st.warning(t("review.overtaken", name=latest.reviewer_name), icon=":material/group:")
        st.button(t("review.reload"), key="review_reload", on_click=forget, args=(loaded,))
    elif latest is not None and not opened.amending:
        st.info(t("review.done", name=latest.reviewer_name, time=verdict.moment(latest.submitted_at)))
        st.button(t("review.amend"), key="review_amend", icon=":material/edit:", on_click=_amend, args=(opened,))
    if opened.latest is None or opened.amending:
        _form(loaded, opened, t)
    history(resources.store().reviews(decision.id), loaded, t)


def history(reviews: list[ReviewRecord], loaded: LoadedDecision, t: Texts) -> None:
    """All reviews of the decision, the superseded ones too."""
    st.markdown(t("history.title"))
    if not reviews:
        st.caption(t("history.none"))
    superseded = {review.supersedes for review in reviews}
    for review in reversed(reviews):
        with st.container(border=True):
            key = "history.superseded" if review.id in superseded else "history.line"
            st.markdown(
                t(
                    key,
                    verdict=t.plain(f"review_verdict.{review.verdict.value}"),
                    name=review.reviewer_name,
                    time=verdict.moment(review.submitted_at),
                    pairs=len(review.pairs),
                )
            )
            if review.reason is not None:
                st.caption(t(f"reason.{review.reason.value}"))
            if review.comment:
                st.text(review.comment)
            pairs_form.listed(review.pairs, loaded, t)


def forget(loaded: LoadedDecision) -> None:
    """Open the decision anew: the latest review is the one to see."""
    st.session_state.pop(_opened_at(loaded), None)


def _opened_at(loaded: LoadedDecision) -> str:
    return f"opened_{loaded.summary.decision.id}"


def _opened(loaded: LoadedDecision) -> Opened:
    latest = loaded.summary.latest_review
    fresh = Opened(utc_now(), latest.id if latest else None)
    found: Opened = st.session_state.setdefault(_opened_at(loaded), fresh)
    return found


def _amend(opened: Opened) -> None:
    opened.amending = True
    opened.at = utc_now()


def _form(loaded: LoadedDecision, opened: Opened, t: Texts) -> None:
    events = verdict.suspects(loaded.summary.decision, PAIR_EVENTS)
    pairs = pairs_form.shown(loaded, events, PAIRS_PER_EVENT)
    with st.container(key="review_form"):
        judged = pairs_form.judge(loaded, events, pairs, t) + pairs_form.missing(loaded, t)
        id = loaded.summary.decision.id
        st.markdown(t("form.title"))
        chosen = st.radio(
            t("form.verdict"),
            list(Verdict),
            index=None,
            horizontal=True,
            format_func=lambda value: t.plain(f"review_verdict.{value.value}"),
            key=f"verdict_{id}",
            label_visibility="collapsed",
        )
        reason, label = _why(id, t) if chosen is Verdict.FLAG else (None, None)
        comment = st.text_area(t("form.comment"), key=f"comment_{id}", max_chars=10_000, height=80)
        with st.container(horizontal=True):
            sent = st.button(
                t("form.amend" if opened.amending else "form.submit"),
                key="review_submit",
                type="primary",
                icon=":material/send:",
            )
            skipped = not opened.amending and st.button(t("form.skip"), key="review_skip", icon=":material/skip_next:")
    if skipped:
        _skip(id)
        st.rerun()
    if sent:
        shown = shown_sha256(loaded, events, pairs, t.language)
        _submit(loaded, opened, t, chosen, judged, reason, comment, label, shown)


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


def _submit(
    loaded: LoadedDecision,
    opened: Opened,
    t: Texts,
    chosen: Verdict | None,
    pairs: list[PairReview],
    reason: Reason | None,
    comment: str,
    label: str | None,
    shown: str,
) -> None:
    try:
        entry = submit_review(
            resources.store(),
            loaded,
            reviewer=session.reviewer(),
            opened_at=opened.at,
            shown=shown,
            verdict=chosen,
            pairs=pairs,
            reason=reason,
            comment=comment,
            corrected_label=label,
            supersedes=opened.latest,
        )
    except Conflict as error:
        failures.show(error, t)
        st.button(t("review.reload"), key="review_reload_conflict", on_click=forget, args=(loaded,))
    except (ReviewProblem, AuditError) as error:
        failures.show(error, t)
    else:
        session.tell(t("review.recorded", seq=entry.seq))
        pairs_form.forget(loaded)
        forget(loaded)
        if not opened.amending:
            _open_next()
        st.rerun()


def _skip(id: str) -> None:
    skipped: set[str] = st.session_state.setdefault("skipped", set())
    skipped.add(id)
    _open_next()


def _open_next() -> None:
    """Choose what waits next; when everything left was skipped, begin again with it."""
    skipped: set[str] = st.session_state.setdefault("skipped", set())
    found = resources.store().next_for_review(skipped)
    if found is None and skipped:
        skipped.clear()
        found = resources.store().next_for_review()
    session.choose_decision(found.decision.id if found else None)
