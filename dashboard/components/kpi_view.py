"""KPI on the Monitor page: what the record says of accuracy, work, time and cost."""

from __future__ import annotations

from audit import Access
from dashboard.components import empty
from dashboard.texts import Texts


def show(access: Access, t: Texts) -> None:
    """The figures, or what to do to get them."""
    del access
    empty.nothing(t, t("kpi.none"), icon=":material/monitoring:", page="review")
