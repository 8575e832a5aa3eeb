"""Monitor: how well it works, what it costs, and whether it goes on: KPI from the record, and the roll-out they decide."""

from __future__ import annotations

import streamlit as st

from dashboard import session
from dashboard.components import costs_view, diversity_view, drift_view, empty, kpi_view, live_view, rollout_view, sections
from dashboard.views.monitor import Section, offered_to

PARTS = {
    Section.KPI: kpi_view.show,
    Section.ROLLOUT: rollout_view.show,
    Section.COSTS: costs_view.show,
    Section.LIVE: live_view.show,
    Section.DRIFT: drift_view.show,
    Section.DIVERSITY: diversity_view.show,
}

t = session.texts()
access = session.access()

st.title(t("monitor.title"), anchor=False)
st.caption(t("monitor.lead"))
offered = offered_to(access.person)
if not offered:
    empty.nothing(t, t("monitor.denied"), icon=":material/block:")
else:
    chosen = sections.choose(
        "monitor_section", offered, t("monitor.section"), lambda section: t.plain(f"monitor.{section.value}")
    )
    if chosen is not Section.DRIFT:
        drift_view.banner(access, t)
    PARTS[chosen](access, t)
