"""Which sources have drifted, said where nobody looks for it."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from audit import Access, DecisionRecord
from audit.intake.sources import Accepted
from dashboard.service.common.result_cache import ResultCache
from dashboard.service.decide import drift
from dashboard.shared import cache
from dashboard.texts import Texts

_NAMED = 5


def show(access: Access, t: Texts) -> None:
    """Which sources have drifted, where nobody looks for it; nothing when none has."""
    key = (cache.location(), access.head().size)
    kept = _drifted()
    found = kept.get(key)
    if found is None:
        # Asked only when something new was recorded: the last decision of every source is read for it.
        last = access.sources.all()
        alarms = [one for one in last if (watch := drift.watch_of(one)) is not None and watch.alarm is not None]
        names = {str(one.details["source"]) for one in alarms}
        accepted = {name: access.sources.accepted(name) for name in names}
        found = sorted({str(one.details["source"]) for one in alarms if alarmed(one, accepted)})
        kept.put(key, found)
    if found:
        shown = t.plain("unit.join").join(found[:_NAMED])
        more = len(found) - _NAMED
        said = t("drift.banner_more", sources=shown, n=more) if more > 0 else t("drift.banner", sources=shown)
        with st.container(horizontal=True, vertical_alignment="center", key="drift_banner"):
            st.caption(f":material/timeline: {said}", width="content")


def alarmed(decision: DecisionRecord, accepted: Mapping[str, Accepted | None]) -> bool:
    """Return whether a source is in alarm and nobody has accepted a new reference since."""
    watch = drift.watch_of(decision)
    over = drift.outdated(decision, accepted[str(decision.details["source"])])
    return watch is not None and watch.alarm is not None and not over


@st.cache_resource(show_spinner=False)
def _drifted() -> ResultCache[tuple[str, int], list[str]]:
    """The names of the sources that have drifted, by record and how many entries it had."""
    return ResultCache(4)
