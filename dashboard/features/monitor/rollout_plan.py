"""The plan of the roll-out: stages, their sources and their criteria; a lead sets it, everybody else reads it."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from audit import Access, Criterion, Kpi, Rollout, RolloutPlan, Scope, Stage, StageName
from audit.operation.observations import fits
from dashboard.features.monitor.kpi_view import measured
from dashboard.features.monitor.views import kpi as kpis
from dashboard.shared import display, failures, session, signature
from dashboard.texts import Texts

_DEFAULTS = {criterion.kpi: criterion for stage in RolloutPlan().stages.values() for criterion in (*stage.entry, *stage.exit)}
_MOST_KNOWN = 12
_Fields = tuple[str, tuple[Criterion, ...], tuple[Criterion, ...]]
"""A stage as its fields say: patterns of sources as typed, entry criteria, exit criteria."""


def form(access: Access, now: Rollout | None, t: Texts) -> None:
    """Show all stages in fields; setting the first plan begins the prototype."""
    plan = now.plan if now else RolloutPlan()
    # Each plan in force has its own fields, so that nobody overwrites unknowingly what somebody else has set meanwhile.
    suffix = f"{now.plan_seq if now else 0}"
    known_sources = [name for name in measured(access, Scope()).sources if name]
    stages = {}
    first = _edited_last(suffix) or (now.stage if now else StageName.PROTOTYPE)
    names = {name: t(f"rollout.{name.value}") for name in StageName}
    # The key names the tab that opens: otherwise the browser keeps the tab that was open before.
    tabs = st.tabs(list(names.values()), default=names[first], key=f"plan_stages_{suffix}_{first.value}")
    for column, name in zip(tabs, StageName, strict=True):
        with column:
            stages[name] = _stage(name, plan.stages[name], known_sources, suffix, t)
    left, right = st.columns([1, 3])
    with left:
        days = st.number_input(t("rollout.days"), 0, 3_660, plan.days, key=f"plan_days_{suffix}", help=t("rollout.days_help"))
    with right:
        why = st.text_input(t("rollout.plan_why"), key=f"plan_why_{suffix}", max_chars=2_000)
    label = "rollout.save" if now else "rollout.begin"
    with signature.form(access, t, "meaning.rollout", key="plan") as signing:
        pressed = signing.button(t(label), key="set_plan", type="primary", icon=":material/flag:")
    if pressed:
        if not why.strip():
            st.warning(t("word.needs_why"), icon=":material/edit:")
            return
        with failures.contained(t):
            new_stages = {name: Stage(_patterns(sources), entry, exit) for name, (sources, entry, exit) in stages.items()}
            entry = signing().operation.plan(RolloutPlan(new_stages, days), why)
            changed = [name for name in StageName if new_stages[name] != plan.stages[name]]
            st.session_state["plan_edited"] = (f"{entry.seq}", changed[-1]) if changed else None
            session.tell(t("word.recorded", seq=entry.seq))
            st.rerun()


def read(now: Rollout, currency: str, t: Texts) -> None:
    """Show the plan as a table."""
    rows = []
    for name, stage in now.plan.stages.items():
        sources = t.plain("unit.join").join(stage.sources)
        for part, criteria in (("entry", stage.entry), ("exit", stage.exit)):
            for criterion in criteria:
                title = "stay_title" if name is StageName.FULL and part == "exit" else part
                rows.append(
                    (
                        t.plain(f"rollout.{name.value}"),
                        sources,
                        t.plain(f"rollout.{title}"),
                        t.plain(f"kpi.{criterion.kpi.value}"),
                        kpis.goal(criterion, currency, t),
                        criterion.least,
                    )
                )
    names = ("rollout.known_stage", "kpi.sources", "rollout.part", "kpi.name", "rollout.criterion", "rollout.needed")
    display.table(t, pd.DataFrame(rows, columns=[t.plain(name) for name in names]), "rollout_plan", key="rollout_plan_table")


def _edited_last(suffix: str) -> StageName | None:
    """Return the stage that this visitor changed last, as long as that plan is in force."""
    seq, stage = st.session_state.get("plan_edited") or (None, None)
    return stage if seq == suffix else None


def _patterns(typed: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in typed.splitlines() if line.strip())


def _stage(name: StageName, stage: Stage, known_sources: Sequence[str], suffix: str, t: Texts) -> _Fields:
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
    if known_sources:
        fitting = [source for source in known_sources if fits(source, _patterns(sources))]
        shown = t.plain("unit.join").join(fitting[:_MOST_KNOWN]) or "–"
        st.caption(t("rollout.fits", n=len(fitting), all=len(known_sources), names=shown))
        if not fitting and _patterns(sources):
            st.warning(t("rollout.fits_none"), icon=":material/warning:")
    entry: tuple[Criterion, ...] = ()
    if name is not StageName.PROTOTYPE:
        st.markdown(f"**{t('rollout.entry')}**", help=t("rollout.entry_help"))
        entry = _criteria(stage.entry, f"entry_{key}", t)
    last = "stay" if name is StageName.FULL else "exit"
    st.markdown(f"**{t('rollout.stay_title' if last == 'stay' else 'rollout.exit')}**", help=t(f"rollout.{last}_help"))
    return sources, entry, _criteria(stage.exit, f"exit_{key}", t)


def _criteria(criteria: Sequence[Criterion], key: str, t: Texts) -> tuple[Criterion, ...]:
    """Return which KPI count, and of each its limit, its least number, and whether its interval has to be good too."""
    before = {criterion.kpi: criterion for criterion in criteria}
    chosen = st.multiselect(
        t("rollout.criterion"),
        list(Kpi),
        list(before),
        format_func=lambda kpi: t.plain(f"kpi.{kpi.value}"),
        key=f"plan_kpi_{key}",
        label_visibility="collapsed",
    )
    return tuple(_criterion(before.get(kpi) or _DEFAULTS.get(kpi) or Criterion(kpi, 1.0), key, t) for kpi in chosen)


def _criterion(start: Criterion, key: str, t: Texts) -> Criterion:
    kpi, by = start.kpi, kpis.scale(start.kpi)
    unit = kpis.UNITS[kpi]
    unit = t.plain(f"rollout.unit.{unit}") if t.has(f"rollout.unit.{unit}") else kpis.SIGNS[unit].strip()
    limit, least, certain = st.columns([2, 1, 1], vertical_alignment="bottom")
    with limit:
        value = st.number_input(
            t("rollout.limit", name=t.plain(f"kpi.{kpi.value}"), way=kpis.way(kpi), unit=unit),
            min_value=-1.0 if kpis.UNITS[kpi] == "coefficient" else 0.0,
            max_value=100.0 if by == 100.0 else 1e9,
            value=round(start.limit * by, 9),
            step=0.05 if kpis.UNITS[kpi] == "coefficient" else 1.0,
            format="%g",
            key=f"plan_limit_{kpi.value}_{key}",
            help=t(f"kpi.{kpi.value}_means"),
        )
    with least:
        number = st.number_input(t("rollout.least"), 1, 1_000_000, start.least, key=f"plan_least_{kpi.value}_{key}")
    with certain:
        sure = st.toggle(
            t("rollout.certain"), start.certain, key=f"plan_certain_{kpi.value}_{key}", help=t("rollout.certain_help")
        )
    return Criterion(kpi, value / by, number, sure)
