"""Team: who reviews how much, how far reviewers agree, the review policy, and accounts; to everybody what is theirs to see."""

from __future__ import annotations

import streamlit as st

from dashboard import session
from dashboard.components import empty, people, policy_form, progress
from dashboard.views.team import Section, sections

PARTS = {
    Section.PROGRESS: progress.team,
    Section.MINE: progress.mine,
    Section.POLICY: policy_form.show,
    Section.ACCOUNTS: people.show,
}

t = session.texts()
access = session.access()

st.title(t("team.title"), anchor=False)
st.caption(t("team.lead"))
offered = sections(access.person)
if not offered:
    empty.nothing(t, t("team.denied"), icon=":material/block:")
else:
    if st.session_state.get("team_section") not in offered:
        st.session_state["team_section"] = offered[0]
    chosen = st.segmented_control(
        t("team.section"),
        offered,
        format_func=lambda section: t.plain(f"team.{section.value}"),
        key="team_section",
        required=True,
        label_visibility="collapsed",
    )
    PARTS[chosen or offered[0]](access, t)
