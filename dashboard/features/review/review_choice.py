"""The judgement: approve or flag, with reason and comment, each a key away; what was said last time can be said again."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from audit import Access, Reason, ReviewRecord, Verdict
from dashboard.features.review import review_draft
from dashboard.features.review.review_draft import LABELS, set_value, value
from dashboard.service.decide.review_record import recent_comments, recent_flag
from dashboard.shared import failures, session, signature
from dashboard.shared.fragments import fragment
from dashboard.texts import Texts

CHOICES = {Verdict.APPROVE: ("a", ":material/thumb_up:"), Verdict.FLAG: ("f", ":material/flag:")}


@fragment()
def judgement(access: Access, id: str, recent: Sequence[ReviewRecord], *, blind: bool, rules: bool, unclaimed: bool) -> None:
    """Show the fields, and what the signature will mean; ``recent``: this person's last reviews; ``rules``: on a dispute;
    ``unclaimed``: the first answer claims the decision."""
    if review_draft.gone_on(id):
        st.rerun()
    t = session.texts()
    problem = st.session_state.pop("review_problem", None)
    if problem is not None:
        failures.show(problem, t)
    if blind:
        _comment(id, t)
        st.segmented_control(t("blind.question"), LABELS, format_func=lambda label: t.plain(f"label.{label}"), key=f"seen_{id}")
    else:
        with st.container(horizontal=True, vertical_alignment="center"):
            _choice(id, t)
            _comment(id, t)
        if value("verdict", id) is Verdict.FLAG:
            _why(id, t)
    _earlier(id, recent, t, again=not blind)
    chosen = value("seen" if blind else "verdict", id)
    if chosen and access.keys.needed():
        part = "ruling" if rules else "review"
        signature.says(t, "meaning.blind" if blind else f"meaning.{part}_{chosen}")
    review_draft.keep(access, id, claim=unclaimed)


def _choice(id: str, t: Texts) -> None:
    """Show approve and flag as two buttons that stay pressed, so that each has a key."""
    for verdict, (shortcut, icon) in CHOICES.items():
        st.button(
            t(f"review_verdict.{verdict.value}"),
            key=f"choose_{verdict.value}",
            type="primary" if value("verdict", id) is verdict else "secondary",
            icon=icon,
            shortcut=shortcut,
            on_click=_toggle,
            args=("verdict", id, verdict),
        )


def _why(id: str, t: Texts) -> None:
    """Show the reasons, a button and a number each, and the field for the correct label, if the reviewer knows it."""
    with st.container(horizontal=True, gap="xsmall", key="review_reasons"):
        for number, reason in enumerate(Reason, 1):
            st.button(
                t(f"reason.{reason.value}"),
                key=f"reason_is_{reason.value}",
                type="primary" if value("reason", id) is reason else "secondary",
                shortcut=str(number),
                on_click=_toggle,
                args=("reason", id, reason),
            )
        st.segmented_control(
            t("form.label"),
            LABELS,
            format_func=lambda label: t.plain("form.label_is", label=t.plain(f"label.{label}")),
            key=f"label_{id}",
            label_visibility="collapsed",
        )


def _comment(id: str, t: Texts) -> None:
    # Sent while the reviewer types: text that is not sent would be lost on a reload.
    st.text_input(
        t("form.comment"),
        key=f"comment_{id}",
        max_chars=10_000,
        live=True,
        placeholder=t.plain("form.comment"),
        label_visibility="collapsed",
    )


def _earlier(id: str, recent: Sequence[ReviewRecord], t: Texts, *, again: bool) -> None:
    """Offer what this person said in earlier reviews, to be used again."""
    comments, last = recent_comments(recent), recent_flag(recent) if again else None
    with st.container(horizontal=True, vertical_alignment="center"):
        if last is not None and last.reason is not None:
            st.button(
                t("form.again"),
                key="choose_again",
                type="tertiary",
                icon=":material/repeat:",
                shortcut="l",
                help=t("form.again_help", reason=t.plain(f"reason.{last.reason.value}"), comment=last.comment),
                on_click=_again,
                args=(id, last),
            )
        if comments:
            key = f"earlier_comment_{id}"
            st.selectbox(
                t("form.earlier"),
                comments,
                index=None,
                placeholder=t.plain("form.earlier"),
                label_visibility="collapsed",
                key=key,
                on_change=lambda: set_value("comment", id, st.session_state[key] or ""),
            )


def _toggle(name: str, id: str, chosen: Verdict | Reason) -> None:
    """Set a choice; a second click takes it back."""
    set_value(name, id, None if value(name, id) is chosen else chosen)


def _again(id: str, last: ReviewRecord) -> None:
    for name, content in (("verdict", last.verdict), ("reason", last.reason), ("label", last.corrected_label)):
        set_value(name, id, content)
    set_value("comment", id, last.comment)
