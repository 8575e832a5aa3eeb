"""The plan of the roll-out: stages, their sources and their criteria, to set for a lead, to read for everybody else."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from audit import Access, AuditError, Criterion, Kpi, Rollout, RolloutPlan, Scope, Stage, StageName
from audit.operation.kpi import HIGHER_IS_BETTER
from audit.operation.observations import fits
from dashboard.features.monitor.kpi_view import measured
from dashboard.features.monitor.views import kpi as kpis
from dashboard.shared import display, failures, session
from dashboard.texts import Texts

_DEFAULTS = {one.kpi: one for stage in RolloutPlan().stages.values() for one in (*stage.entry, *stage.exit)}
_MOST_KNOWN = 12


def form(access: Access, now: Rollout | None, t: Texts) -> None:
    """All stages in fields; setting the first plan begins the prototype."""
    plan = now.plan if now else RolloutPlan()
    # Fields of their own for every plan in force, so that what somebody else has set meanwhile is not set back unseen.
    suffix = f"{now.plan_seq if now else 0}"
    known = [name for name in measured(access, Scope()).sources if name]
    stages = {}
    first = _edited_last(suffix) or (now.stage if now else StageName.PROTOTYPE)
    names = {name: t(f"rollout.{name.value}") for name in StageName}
    # Tabs of their own wherever they open, or the browser keeps the one that was open before.
    tabs = st.tabs(list(names.values()), default=names[first], key=f"plan_stages_{suffix}_{first.value}")
    for column, name in zip(tabs, StageName, strict=True):
        with column:
            stages[name] = _stage(name, plan.stages[name], known, suffix, t)
    left, right = st.columns([1, 3])
    with left:
        days = st.number_input(t("rollout.days"), 0, 3_660, plan.days, key=f"plan_days_{suffix}", help=t("rollout.days_help"))
    with right:
        why = st.text_input(t("rollout.plan_why"), key=f"plan_why_{suffix}", max_chars=2_000)
    label = "rollout.save" if now else "rollout.begin"
    if st.button(t(label), key="set_plan", type="primary", icon=":material/flag:"):
        if not why.strip():
            st.warning(t("rollout.needs_why"), icon=":material/edit:")
            return
        try:
            wanted = {name: _built(found) for name, found in stages.items()}
            entry = access.operation.plan(RolloutPlan(wanted, days), why)
        except AuditError as error:
            failures.show(error, t)
        else:
            changed = [name for name in StageName if wanted[name] != plan.stages[name]]
            st.session_state["plan_edited"] = (f"{entry.seq}", changed[-1]) if changed else None
            session.tell(t("rollout.saved", seq=entry.seq))
            st.rerun()


def read(now: Rollout, currency: str, t: Texts) -> None:
    """The plan as a table."""
    rows = []
    for name, stage in now.plan.stages.items():
        sources = t.plain("unit.join").join(stage.sources)
        for part, criteria in (("entry", stage.entry), ("exit", stage.exit)):
            for one in criteria:
                title = "stay_title" if name is StageName.FULL and part == "exit" else part
                rows.append(
                    (
                        t.plain(f"rollout.{name.value}"),
                        sources,
                        t.plain(f"rollout.{title}"),
                        t.plain(f"kpi.{one.kpi.value}"),
                        kpis.goal(one, currency, t),
                        one.least,
                    )
                )
    names = ("rollout.known_stage", "kpi.sources", "rollout.part", "kpi.name", "rollout.criterion", "rollout.needed")
    display.table(t, pd.DataFrame(rows, columns=[t.plain(name) for name in names]), "rollout_plan", key="rollout_plan_table")


def _edited_last(suffix: str) -> StageName | None:
    """The stage that this visitor changed last, as long as that plan is in force."""
    seq, stage = st.session_state.get("plan_edited") or (None, None)
    return stage if seq == suffix else None


_Fields = tuple[str, list[Criterion], list[Criterion]]


def _built(found: _Fields) -> Stage:
    sources, entry, exit = found
    return Stage(_patterns(sources), tuple(entry), tuple(exit))


def _patterns(typed: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in typed.splitlines() if line.strip())


def _stage(name: StageName, stage: Stage, known: Sequence[str], suffix: str, t: Texts) -> _Fields:
    st.caption(t(f"rollout.{name.value}_does"))
    key = f"{name.value}_{suffix}"
    sources = st.text_area(
        t("rollout.sources"),
        "\n".join(stage.sources),
        key=f"plan_sources_{key}",
        help=t("rollout.sources_help"),
        height=80,
        max_chars=20_000,
    )
    if known:
        found = [one for one in known if fits(one, _patterns(sources))]
        shown = t.plain("unit.join").join(found[:_MOST_KNOWN]) or "–"
        st.caption(t("rollout.fits", n=len(found), all=len(known), names=shown))
        if not found and _patterns(sources):
            st.warning(t("rollout.fits_none"), icon=":material/warning:")
    entry: list[Criterion] = []
    if name is not StageName.PROTOTYPE:
        st.markdown(f"**{t('rollout.entry')}**", help=t("rollout.entry_help"))
        entry = _criteria(stage.entry, f"entry_{key}", t)
    last = "stay" if name is StageName.FULL else "exit"
    st.markdown(f"**{t('rollout.stay_title' if last == 'stay' else 'rollout.exit')}**", help=t(f"rollout.{last}_help"))
    return sources, entry, _criteria(stage.exit, f"exit_{key}", t)


def _criteria(criteria: Sequence[Criterion], key: str, t: Texts) -> list[Criterion]:
    """Which KPI count, and of each its limit, its least number, and whether its interval has to be good too."""
    before = {one.kpi: one for one in criteria}
    chosen = st.multiselect(
        t("rollout.criterion"),
        list(Kpi),
        list(before),
        format_func=lambda one: t.plain(f"kpi.{one.value}"),
        key=f"plan_kpi_{key}",
        label_visibility="collapsed",
    )
    return [_criterion(before.get(one) or _DEFAULTS.get(one) or Criterion(one, 1.0), key, t) for one in chosen]


def _criterion(start: Criterion, key: str, t: Texts) -> Criterion:
    one, by = start.kpi, kpis.scale(start.kpi)
    way = t.plain("rollout.way.more" if one in HIGHER_IS_BETTER else "rollout.way.less")
    unit = t.plain(f"rollout.unit.{kpis.UNITS[one]}")
    limit, least, certain = st.columns([2, 1, 1], vertical_alignment="bottom")
    with limit:
        value = st.number_input(
            t("rollout.limit", name=t.plain(f"kpi.{one.value}"), way=way, unit=unit),
            min_value=-1.0 if kpis.UNITS[one] == "coefficient" else 0.0,
            max_value=100.0 if by == 100.0 else 1e9,
            value=round(start.limit * by, 9),
            step=0.05 if kpis.UNITS[one] == "coefficient" else 1.0,
            format="%g",
            key=f"plan_limit_{one.value}_{key}",
            help=t(f"kpi.{one.value}_means"),
        )
    with least:
        number = st.number_input(t("rollout.least"), 1, 1_000_000, start.least, key=f"plan_least_{one.value}_{key}")
    with certain:
        sure = st.toggle(
            t("rollout.certain"), start.certain, key=f"plan_certain_{one.value}_{key}", help=t("rollout.certain_help")
        )
    return Criterion(one, value / by, number, sure)
