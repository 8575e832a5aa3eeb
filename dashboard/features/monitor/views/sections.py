"""The Monitor page's sections, and who may see which of them."""

from __future__ import annotations

from enum import StrEnum

from audit import Action, Person, allowed


class MonitorSection(StrEnum):
    """Parts of the Monitor page."""

    KPI = "kpi"
    ROLLOUT = "rollout"
    COSTS = "costs"
    LIVE = "live"
    DRIFT = "drift"
    LEADS = "leads"


_RIGHTS = {
    MonitorSection.KPI: Action.SEE_TEAM,
    # A person who uses decisions has to know on which sources they may be used.
    MonitorSection.ROLLOUT: Action.READ,
    MonitorSection.COSTS: Action.SEE_TEAM,
    # A person who waits for a decision has to know whether a watcher still makes it.
    MonitorSection.LIVE: Action.READ,
    # A person who reads a decision has to know whether its source has changed.
    MonitorSection.DRIFT: Action.READ,
    MonitorSection.LEADS: Action.READ,
}


def offered_to(person: Person) -> list[MonitorSection]:
    """Return the sections that this person may see, in order."""
    return [section for section in MonitorSection if allowed(person.roles, _RIGHTS[section])]
