"""The review policy: a lead sets it, everybody who works by it reads it."""

from __future__ import annotations

import streamlit as st

from audit import Access, Action, ReviewPolicy
from audit.log.entries import POLICY
from audit.records.records import MAX_REVIEWERS
from audit.review.review_policy import SUBJECT
from dashboard.shared import display, failures, session, signature
from dashboard.shared.signature import Signing
from dashboard.texts import Texts
from dashboard.views import team as views
from dashboard.views.verdict import moment

_DAY_MINUTES = 1_440
_UNSAVED = "rule_unsaved"  # which fields hold a change that is not set


def show(access: Access, t: Texts) -> None:
    """Show the settings, since when they are in force, and the form for people who may set them."""
    policy = access.policy()
    entries = [entry for entry in access.history(SUBJECT) if entry.type == POLICY]
    last = entries[-1] if entries else None
    st.caption(t("rule.since", time=moment(last.ts), seq=last.seq) if last else t("rule.never"))
    if not access.can(Action.SET_POLICY):
        display.table(t, views.policy_table(policy, t), "policy", key="policy_table", width="content")
        st.caption(t("rule.ask"))
        return
    # Each policy in force has its own fields, so that nobody overwrites unknowingly what somebody else has set meanwhile.
    shown = f"{last.seq if last else 0}_{st.session_state.get('rule_round', 0)}"
    entered = _form(policy, shown, t)
    changed = entered != policy
    with st.container(horizontal=True, vertical_alignment="bottom"):
        with signature.form(access, t, "meaning.policy", key="policy", narrow=True) as signing:
            pressed = signing.button(
                t("rule.save"), key="set_policy", type="primary", icon=":material/gavel:", disabled=not changed
            )
        if changed:
            st.button(t("word.discard"), key="discard_policy", on_click=_discard)
            st.caption(t("rule.unsaved"))
    if (st.session_state.get(_UNSAVED) or shown) != shown:
        st.warning(t("rule.changed_meanwhile"), icon=":material/sync_problem:")
    st.session_state[_UNSAVED] = shown if changed else None
    if pressed and changed:
        _set(signing, entered, t)
    st.caption(t("rule.from_now"))


def _form(policy: ReviewPolicy, suffix: str, t: Texts) -> ReviewPolicy:
    """Show the form, and return the settings as they stand in it; a setting that was not touched keeps its exact value, which
    its field may show rounded."""

    def number(name: str, value: float, least: float, most: float) -> float:
        return st.number_input(
            t(f"rule.{name}"),
            min_value=float(least),
            max_value=float(most),
            # A share of 0 comes back from the log as a whole number.
            value=float(value),
            step=1.0,
            format="%g",
            key=f"rule_{name}_{suffix}",
            help=t(f"rule.{name}_help"),
        )

    left, right = st.columns(2, gap="large")
    with left:
        st.markdown(f"**{t('word.reviews')}**")
        overlap = number("overlap", policy.overlap, 1, MAX_REVIEWERS)
        blind = st.toggle(t("rule.blind"), value=policy.blind, key=f"rule_blind_{suffix}", help=t("rule.blind_help"))
        sampling = number("sampling", policy.sampling_share * 100, 0, 100)
        control = number("control", policy.control_share * 100, 0, 50)
    with right:
        st.markdown(f"**{t('rule.times')}**")
        lease = number("lease", policy.lease_seconds / 60, min(1, policy.lease_seconds / 60), _DAY_MINUTES)
        due = number("due", policy.due_hours, 0, 24 * 366)
        undo = number("undo", policy.undo_seconds / 60, 0, _DAY_MINUTES)
    return ReviewPolicy(
        overlap=int(overlap),
        lease_seconds=round(lease * 60),
        due_hours=int(due),
        blind=blind,
        sampling_share=_unless_same(sampling / 100, policy.sampling_share),
        control_share=_unless_same(control / 100, policy.control_share),
        undo_seconds=round(undo * 60),
    )


def _unless_same(entered: float, before: float) -> float:
    return before if abs(entered - before) < 1e-9 else entered


def _set(signing: Signing, policy: ReviewPolicy, t: Texts) -> None:
    with failures.contained(t):
        entry = signing().admin.set_policy(policy)
        st.session_state.pop(_UNSAVED, None)
        session.tell(t("word.recorded", seq=entry.seq))
        st.rerun()


def _discard() -> None:
    # New fields: a field that is emptied on the server goes on showing its text in the browser.
    st.session_state.pop(_UNSAVED, None)
    st.session_state["rule_round"] = st.session_state.get("rule_round", 0) + 1
