"""Team: who reviews how much, how far reviewers agree, policy, accounts, programs, and keys; everybody sees the sections that
their roles allow."""

from __future__ import annotations

import streamlit as st

from dashboard.features.team import keys, people, policy_form, programs, progress
from dashboard.shared import navigation, session
from dashboard.views.team import TeamSection, offered_to

PARTS = {
    TeamSection.PROGRESS: progress.team,
    TeamSection.MINE: progress.mine,
    TeamSection.POLICY: policy_form.show,
    TeamSection.ACCOUNTS: people.show,
    TeamSection.PROGRAMS: programs.show,
    TeamSection.KEYS: keys.show,
}

t = session.texts()
access = session.access()

st.title(t("team.page"), anchor=False)
st.caption(t("team.lead"))
offered = offered_to(access.person)
if not offered:
    navigation.empty_state(t, t("team.denied"), icon=":material/block:")
else:
    chosen = navigation.choose_section("team_section", offered, lambda section: t.plain(f"team.{section.value}"), t)
    PARTS[chosen](access, t)
