"""Roll-out on the Monitor page: the stage, its criteria, and what was decided about it."""

from __future__ import annotations

import streamlit as st

from audit import Access, Action, Assessment, Rollout, StageName
from audit.operation.operation import contradicts
from dashboard.features.monitor import rollout_plan
from dashboard.features.monitor.kpi_view import assessed
from dashboard.features.monitor.views import rollout as views
from dashboard.shared import display, failures, navigation, session, signature
from dashboard.texts import Texts
from dashboard.views.verdict import moment

_THEN = ":material/arrow_forward:"


def show(access: Access, t: Texts) -> None:
    """Show the state of the roll-out, what the KPIs say, the decision, the history and the plan."""
    now, decides = access.operation.rollout(), access.can(Action.DECIDE_ROLLOUT)
    if now is None:
        navigation.empty_state(t, t("rollout.none"), icon=":material/flag:")
        if decides:
            rollout_plan.form(access, None, t)
        return
    _stage(now, t)
    currency = ""
    if access.can(Action.SEE_TEAM):
        currency = access.operation.costs().currency
        assessment = assessed(access)
        if assessment is not None:
            _assessment(assessment, currency, t)
            if decides:
                _decide(access, now, assessment, t)
    else:
        st.caption(t("rollout.closed"))
    _history(access, currency, t)
    st.header(t("rollout.plan"), anchor=False)
    st.caption(t("rollout.plan_set", seq=now.plan_seq))
    if decides:
        rollout_plan.form(access, now, t)
    else:
        rollout_plan.read(now, currency, t)
        st.caption(t("rollout.ask"))


def _stage(now: Rollout, t: Texts) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key="rollout_stages"):
        for place, stage in enumerate(StageName):
            if place:
                st.markdown(f":gray[{_THEN}]", width="content")
            name, here = t(f"rollout.{stage.value}"), stage is now.stage
            st.badge(name, icon=":material/flag:" if here else None, color="primary" if here else "gray")
    st.markdown(t(f"rollout.{now.stage.value}_does"))
    st.caption(
        t("rollout.since", time=moment(now.since), sources=t.plain("unit.join").join(now.plan.stages[now.stage].sources))
    )


def _assessment(assessment: Assessment, currency: str, t: Texts) -> None:
    st.header(t("rollout.assessment"), anchor=False)
    say = {"go": st.success, "no_go": st.warning, "wait": st.info}[assessment.outcome.value]
    icons = {"go": ":material/check_circle:", "no_go": ":material/block:", "wait": ":material/hourglass_empty:"}
    say(views.sentence(assessment, t), icon=icons[assessment.outcome.value])
    if assessment.weights is None:
        st.caption(t("rollout.looked_at_none"))
    else:
        st.caption(t("rollout.looked_at", n=assessment.decisions, weights=assessment.weights[:12]))
    if assessment.checked:
        display.table(t, views.checked_table(assessment, currency, t), "criteria", key="rollout_criteria")


def _decide(access: Access, now: Rollout, assessment: Assessment, t: Texts) -> None:
    st.header(t("rollout.decide"), anchor=False)
    # New fields after every step, which changes what there is to decide.
    round = f"{now.since}_{st.session_state.get('rollout_round', 0)}"
    chosen = st.radio(
        t("rollout.choice"),
        views.choices(now),
        format_func=lambda do: t.plain(f"rollout.do.{do[0].value}", stage=t.plain(f"rollout.{do[1].value}")),
        key=f"rollout_do_{round}",
        index=None,
    )
    why = st.text_area(t("word.reason"), key=f"rollout_why_{round}", help=t("rollout.why_help"), max_chars=2_000, height=80)
    against = False
    contradicted = chosen is not None and contradicts(chosen[0], assessment.outcome, now)
    if contradicted:
        against = st.checkbox(t("rollout.against"), key=f"rollout_against_{round}")
    with signature.form(access, t, "meaning.rollout", key="rollout") as signing:
        pressed = signing.button(
            t("rollout.record"), key="rollout_record", type="primary", icon=":material/gavel:", disabled=chosen is None
        )
    if pressed:
        if not why.strip():
            st.warning(t("word.needs_why"), icon=":material/edit:")
        elif contradicted and not against:
            st.warning(t("rollout.needs_against"), icon=":material/rule:")
        elif chosen is not None:
            with failures.contained(t):
                entry = signing().operation.decide(chosen[0], why, to=chosen[1], against=against)
                st.session_state["rollout_round"] = st.session_state.get("rollout_round", 0) + 1
                session.tell(t("word.recorded", seq=entry.seq))
                st.rerun()


def _history(access: Access, currency: str, t: Texts) -> None:
    steps, names = access.operation.steps(), access.names()
    st.header(t("rollout.history"), anchor=False)
    display.table(t, views.history_table(steps, names, t), "rollout_steps", key="rollout_history")
    assessed_steps = {step.seq: step for step in reversed(steps) if step.assessment is not None}
    if not assessed_steps or not access.can(Action.SEE_TEAM):
        return
    with st.expander(t("rollout.known")):
        seq = st.selectbox(
            t("rollout.what"),
            list(assessed_steps),
            format_func=lambda seq: f"{moment(assessed_steps[seq].at)} · {views.what(assessed_steps[seq], t)}",
            key="rollout_known",
        )
        if seq is not None:
            display.table(t, views.known_table(assessed_steps[seq], currency, t), "criteria_then", key="rollout_known_table")
