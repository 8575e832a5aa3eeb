"""Which sources have drifted, as several pages say it."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from audit import Access, DecisionRecord
from audit.intake.sources import AcceptedReference
from dashboard.service.common.decision_details import details_of
from dashboard.service.common.result_cache import ResultCache
from dashboard.service.decide import drift
from dashboard.shared import cache
from dashboard.texts import Texts

_DECISIONS = 500
_PROFILES = 200
_NAMED = 5


def drift_banner(access: Access, t: Texts) -> None:
    """Name the sources that have drifted on pages where nobody looks for drift; show nothing when none has."""
    key = (cache.location(), access.head().size)
    cached = _drifted()
    drifted = cached.get(key)
    if drifted is None:
        # Asked only when something new was recorded: the last decision of every source is read for it.
        last = access.sources.all()
        alarms = [decision for decision in last if (watch := drift.watch_of(decision)) is not None and watch.alarm is not None]
        names = {details_of(decision).source for decision in alarms}
        accepted = {name: access.sources.accepted(name) for name in names}
        drifted = sorted({details_of(decision).source for decision in alarms if alarmed(decision, accepted)})
        cached.put(key, drifted)
    if drifted:
        more = [f"+{len(drifted) - _NAMED:,}"] if len(drifted) > _NAMED else []
        sentence = t("drift.banner", sources=t.plain("unit.join").join(drifted[:_NAMED] + more))
        with st.container(horizontal=True, vertical_alignment="center", key="drift_banner"):
            st.caption(f":material/timeline: {sentence}", width="content")


def alarmed(decision: DecisionRecord, accepted: Mapping[str, AcceptedReference | None]) -> bool:
    """Return whether a source is in alarm and nobody has accepted a new reference since."""
    watch = drift.watch_of(decision)
    over = drift.outdated(decision, accepted[details_of(decision).source])
    return watch is not None and watch.alarm is not None and not over


@st.cache_resource(show_spinner=False)
def _drifted() -> ResultCache[tuple[str, int], list[str]]:
    """Return the cache of the names of the sources that have drifted, by record and how many entries it had."""
    return ResultCache(4)
