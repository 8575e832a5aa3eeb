"""KPI that were measured, kept for every session as long as the record does not grow."""

from __future__ import annotations

import streamlit as st

from audit import Access, Action, Assessment, KpiOverview, Scope
from dashboard.service.common.result_cache import ResultCache
from dashboard.shared import cache


def measured(access: Access, scope: Scope) -> KpiOverview:
    """KPI over a scope. Errors: `Denied`, `Tampered`."""
    access.require(Action.SEE_TEAM)
    kept, key = _overviews(), (cache.location(), access.head().last_hash, scope)
    found = kept.get(key)
    if found is None:
        found = access.operation.kpi(scope)
        kept.put(key, found)
    return found


def assessed(access: Access) -> Assessment | None:
    """The KPI against the criteria of the roll-out; None without a plan. Errors: `Denied`, `Tampered`."""
    access.require(Action.SEE_TEAM)
    kept, key = _assessments(), (cache.location(), access.head().last_hash)
    found = kept.get(key)
    if found is None:
        found = access.operation.assess()
        if found is not None:
            kept.put(key, found)
    return found


@st.cache_resource(show_spinner=False)
def _overviews() -> ResultCache[tuple[str, str, Scope], KpiOverview]:
    return ResultCache(64)


@st.cache_resource(show_spinner=False)
def _assessments() -> ResultCache[tuple[str, str], Assessment]:
    return ResultCache(8)
