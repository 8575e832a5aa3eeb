"""Roll-out on the Monitor page: the stage, its criteria, and what was decided about it."""

from __future__ import annotations

from audit import Access
from dashboard.components import empty
from dashboard.texts import Texts


def show(access: Access, t: Texts) -> None:
    """The plan, or that there is none."""
    del access
    empty.nothing(t, t("rollout.none"), icon=":material/flag:")
