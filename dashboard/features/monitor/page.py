"""Monitor: KPI, the roll-out, cost and saving, watched logs, drift, and which leads to which; a section each."""

from __future__ import annotations

from dashboard.features.monitor import costs_view, drift_view, kpi_view, leads_view, live_view, rollout_view
from dashboard.features.monitor.views.sections import MonitorSection, offered_to
from dashboard.shared import monitoring, navigation, session

PARTS = {
    MonitorSection.KPI: kpi_view.show,
    MonitorSection.ROLLOUT: rollout_view.show,
    MonitorSection.COSTS: costs_view.show,
    MonitorSection.LIVE: live_view.show,
    MonitorSection.DRIFT: drift_view.show,
    MonitorSection.LEADS: leads_view.show,
}

t = session.texts()
access = session.access()

chosen = navigation.choose_section("monitor", offered_to(access.person), t)
if chosen is not None:
    if chosen is not MonitorSection.DRIFT:
        monitoring.drift_banner(access, t)
    PARTS[chosen](access, t)
