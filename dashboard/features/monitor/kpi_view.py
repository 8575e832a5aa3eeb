"""KPI on the Monitor page: what the record says of accuracy, work, time and cost. Figures are kept as long as the record does
not grow."""

from __future__ import annotations

from collections.abc import Mapping
from glob import escape

import streamlit as st

from audit import Access, Action, Assessment, Criterion, Kpi, KpiOverview, KpiReport, Rollout, Scope, StageName
from audit.operation.rollout_plan import CriterionStatus
from audit.records.clock import shifted
from audit.records.validation import utc_now
from dashboard.features.monitor.views import kpi as views
from dashboard.service.common.result_cache import ResultCache
from dashboard.shared import cache, display, navigation
from dashboard.texts import Texts

_DAYS = {"week": 7, "month": 30, "quarter": 90, "all": None}
_COLUMNS = 4
# The words say the same, for people who cannot see the colour.
_COLOURS = {
    CriterionStatus.MET: "green",
    CriterionStatus.NOT_MET: "orange",
    CriterionStatus.UNSURE: "gray",
    CriterionStatus.TOO_FEW: "gray",
}


def show(access: Access, t: Texts) -> None:
    """Show the figures, or say what to do to get them."""
    whole = measured(access, Scope())
    if not whole.whole.decisions:
        navigation.empty_state(t, t("word.none_decided"), icon=":material/monitoring:", page="analyse")
        return
    now = access.operation.rollout()
    overview = measured(access, _scope(whole, now, t))
    if not overview.whole.decisions:
        navigation.empty_state(t, t("leads.none_in_scope"), icon=":material/filter_alt_off:")
        return
    currency, goals = access.operation.costs().currency, _goals(now, t)
    _basis(overview.whole, t)
    _tiles(overview.whole, goals, currency, t)
    st.header(t("kpi.trend"), anchor=False)
    _trend(overview, goals, currency, t)
    st.header(t("kpi.by_source"), anchor=False)
    display.table(t, views.source_table(overview, currency, t), "kpi_sources", key="kpi_sources")
    with st.expander(t("kpi.all")):
        display.table(t, views.table(overview.whole, currency, t), "kpi", key="kpi_table")


def _scope(whole: KpiOverview, now: Rollout | None, t: Texts) -> Scope:
    """Return which decisions the visitor wants figures of; at first, where only some sources are rolled out, the decisions
    on those."""
    names = [name for name in whole.sources if name]
    partial = now is not None and now.stage is StageName.PARTIAL
    time, source, weights = st.columns([1, 2, 1])
    with time:
        period = st.selectbox(
            t("kpi.period"),
            list(_DAYS),
            2,
            format_func=lambda name: t.plain("kpi.period.last" if _DAYS[name] else "word.all", n=_DAYS[name] or 0),
            key="kpi_period",
        )
    with source:
        chosen = st.multiselect(
            t("kpi.sources"),
            names,
            [name for name in names if partial and now is not None and now.applies_to(name)],
            placeholder=t.plain("kpi.sources_all"),
            key="kpi_sources_chosen",
        )
    with weights:
        model = st.selectbox(
            t("word.weights"),
            [None, *whole.weights],
            format_func=lambda sha256: t.plain("word.all") if sha256 is None else sha256[:12],
            key="kpi_weights",
        )
    days = _DAYS[period]
    # Rounded to the minute, so that the cache answers the same question asked again.
    since = None if days is None else shifted(utc_now()[:17] + "00.000Z", -86_400.0 * days)
    return Scope(since, sources=tuple(map(escape, chosen)), weights=model)


def _goals(now: Rollout | None, t: Texts) -> dict[Kpi, Criterion]:
    """Say which stage the goals are of, and return its exit criteria by KPI; none without a roll-out."""
    if now is None:
        return {}
    st.caption(t("kpi.goal_of", stage=t.plain(f"rollout.{now.stage.value}")))
    return {criterion.kpi: criterion for criterion in now.plan.stages[now.stage].exit}


def _basis(report: KpiReport, t: Texts) -> None:
    st.caption(
        t(
            "kpi.basis",
            decisions=report.decisions,
            days=report.days,
            judged=report.judged,
            drawn=report.drawn_judged,
            waiting=report.waiting,
            overdue=report.overdue,
        )
    )
    if not report.judged:
        st.info(t("kpi.none_judged", waiting=report.waiting), icon=":material/rate_review:")
        navigation.link("review", t("link.queue"))
    elif report.values[Kpi.ACCURACY].value is None and not report.drawn_judged:
        st.info(t("kpi.no_sample"), icon=":material/casino:")


def _tiles(report: KpiReport, goals: Mapping[Kpi, Criterion], currency: str, t: Texts) -> None:
    shown = views.tiles(report, goals, currency, t)
    for start in range(0, len(shown), _COLUMNS):
        for column, tile in zip(st.columns(_COLUMNS), shown[start : start + _COLUMNS], strict=False):
            with column, st.container(border=True, gap=None, height="stretch"):
                st.metric(tile.name, tile.value, help=tile.means)
                st.caption(tile.note)
                if tile.goal is not None and tile.status is not None:
                    st.badge(tile.goal, color=_COLOURS[tile.status])  # type: ignore[arg-type]  # one of its colours


def _trend(overview: KpiOverview, goals: Mapping[Kpi, Criterion], currency: str, t: Texts) -> None:
    if len(overview.weeks) < 2:
        st.caption(t("kpi.trend_few"))
        return
    kpi = (
        st.selectbox(
            t("kpi.name"), list(Kpi), format_func=lambda name: t.plain(f"kpi.{name.value}"), key="kpi_trend", width=320
        )
        or Kpi.ACCURACY
    )
    display.figure(
        t, views.trend(overview, kpi, goals.get(kpi), currency, t), "kpi_trend", key="kpi_trend_figure", about=kpi.value
    )


def measured(access: Access, scope: Scope) -> KpiOverview:
    """Return the KPI over a scope. Raises `Denied`, `Tampered`."""
    access.require(Action.SEE_TEAM)
    key = (cache.location(), access.head().last_hash, scope)
    return _overviews().get_or_make(key, lambda: access.operation.kpi(scope))


def assessed(access: Access) -> Assessment | None:
    """Return the KPI against the criteria of the roll-out; None without a plan. Raises `Denied`, `Tampered`."""
    access.require(Action.SEE_TEAM)
    return _assessments().get_or_make((cache.location(), access.head().last_hash), access.operation.assess)


@st.cache_resource(show_spinner=False)
def _overviews() -> ResultCache[tuple[str, str, Scope], KpiOverview]:
    return ResultCache(64)


@st.cache_resource(show_spinner=False)
def _assessments() -> ResultCache[tuple[str, str], Assessment | None]:
    return ResultCache(8)
