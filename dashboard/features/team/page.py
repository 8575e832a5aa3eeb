"""Team: who reviews how much, how far reviewers agree, policy, accounts, programs, and keys; everybody sees the sections that
their roles allow."""

from __future__ import annotations

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

chosen = navigation.choose_section("team", offered_to(access.person), t)
if chosen is not None:
    PARTS[chosen](access, t)
