"""The Monitor page's sections, and who may see which of them."""

from __future__ import annotations

from enum import StrEnum

from audit import Action, Person, allowed


class Section(StrEnum):
    """Parts of the Monitor page."""

    KPI = "kpi"
    ROLLOUT = "rollout"
    COSTS = "costs"
    LIVE = "live"
    DRIFT = "drift"
    DIVERSITY = "diversity"


_RIGHTS = {
    Section.KPI: Action.SEE_TEAM,
    # Whoever uses decisions has to know on which sources they may be used.
    Section.ROLLOUT: Action.READ,
    Section.COSTS: Action.SEE_TEAM,
    # Whoever waits for a decision has to know whether anything still makes it.
    Section.LIVE: Action.READ,
    # Whoever reads a decision has to know whether its source still is what it was.
    Section.DRIFT: Action.READ,
    Section.DIVERSITY: Action.READ,
}


def offered_to(person: Person) -> list[Section]:
    """What this person may see of operation, in order."""
    return [section for section in Section if allowed(person.roles, _RIGHTS[section])]
