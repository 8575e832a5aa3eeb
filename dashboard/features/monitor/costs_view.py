"""Cost and saving on the Monitor page: what SparseMix costs beside dense attention and work by hand, and on what that depends.

The assumptions about costs stand below: a lead sets them, an auditor reads them. The speed of dense attention can be measured
on this machine.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pandas as pd
import streamlit as st

from audit import Access, Action, Costs, Scope
from audit.log.entries import COSTS
from audit.operation.costs import SUBJECT
from dashboard.features.monitor.kpi_view import measured as kpi_measured
from dashboard.features.monitor.views import costs as views
from dashboard.service.decide.dense_cost import LENGTHS, DenseCost, measure
from dashboard.service.decide.economics import (
    DENSE,
    LONG,
    MANUAL,
    SHORT,
    CostFigures,
    break_even,
    busy,
    dense_seconds,
    saving,
    tornado,
    ways,
)
from dashboard.shared import cache, display, failures, jobs, session
from dashboard.shared.jobs import Slot
from dashboard.texts import Texts
from dashboard.views.verdict import moment

_GROUPS = {
    "volume": ("sequences_day", "events_sequence", "hours_day", "days_year", "fault_share"),
    "today": ("engineer_hour", "manual_lines_hour", "manual_share", "manual_found"),
    "prices": ("currency", "machine_hour", "dedicated", "reviewer_hour"),
    "dense": ("dense_machine_hour", "dense_us_event", "dense_ns_pair", "dense_review_factor", "dense_hardware"),
    "consequences": ("missed_fault", "false_alarm"),
    "once": ("set_up", "training", "labelling", "upkeep_year"),
}
_PERCENT = frozenset({"fault_share", "manual_share", "manual_found"})
_ABOVE_0 = frozenset({"sequences_day", "events_sequence", "hours_day", "days_year", "manual_lines_hour"})
_MOST = {"hours_day": 24.0, "days_year": 366.0}
_COLUMNS = 3
SLOT = Slot("measure")


def show(access: Access, t: Texts) -> None:
    """Show the comparison by the assumptions as they stand in the form, and the form below."""
    st.caption(t("costs.lead"))
    result, below = st.container(), st.container()
    with below:
        costs = _assumptions(access, t)
    # Only decisions of the newest weights tell what is to come: other weights are another model, with other costs.
    newest = next(iter(kpi_measured(access, Scope()).weights), None)
    report = kpi_measured(access, Scope(weights=newest)).whole
    inputs = CostFigures.of(report, access.policy(), costs)
    compared = ways(costs, inputs)
    if law := views.time_law(inputs, t):
        below.caption(law)
    with result:
        if inputs.missing:
            names = t.plain("unit.join").join(t.plain(f"costs.{name}") for name in inputs.missing)
            st.info(t("costs.missing", names=names), icon=":material/hourglass_empty:")
        begin = datetime.now(UTC).date()
        against = saving(compared, DENSE, LONG) if DENSE in compared else None
        day = break_even(compared, MANUAL, begin)
        tiles = (
            ("saving_short", views.amount(saving(compared, MANUAL, SHORT), costs), "saving_help"),
            ("saving_long", views.amount(saving(compared, MANUAL, LONG), costs), "saving_help"),
            ("saving_dense", views.amount(against, costs), "saving_dense_help"),
            ("break_even", "–" if inputs.missing else views.pays_off(day, begin, t), "break_even_help"),
        )
        for column, (name, value, help) in zip(st.columns(4), tiles, strict=True):
            column.metric(t(f"costs.{name}"), value, help=t(f"costs.{help}"))
        _table(views.table(compared, costs, t), "costs", t)
        if inputs.seconds_sequence is not None:
            shares = (inputs.seconds_sequence, dense_seconds(costs, costs.events_sequence))
            sparse_busy, dense_busy = (busy(costs, seconds) for seconds in shares)
            st.caption(t("costs.busy", sparse=sparse_busy, dense=dense_busy))
            if far := views.extrapolated(inputs, report.mean_events.value, costs, t):
                st.caption(far)
        swings, now = tornado(costs, inputs), saving(compared, MANUAL, LONG)
        if swings and now is not None:
            st.header(t("costs.hangs_on"), anchor=False)
            st.caption(t("costs.hangs_on_lead", saving=views.amount(now, costs)))
            _table(views.swings_table(swings, t), "swings", t)
        with st.expander(t("costs.measured")):
            display.table(
                t, views.measured_table(inputs, report.fault_share, costs, t), "costs_measured", key="costs_measured_table"
            )


def _table(table: pd.DataFrame, name: str, t: Texts) -> None:
    """Show a table of numbers with separators."""
    numbers = {column: st.column_config.NumberColumn(format="localized") for column in table.select_dtypes("number")}
    display.table(t, table, name, key=f"{name}_table", column_config=numbers)


def _assumptions(access: Access, t: Texts) -> Costs:
    """Show the assumptions and return them as they stand in the form; for people who may not set them, those in force."""
    costs = access.operation.costs()
    entries = [entry for entry in access.history(SUBJECT) if entry.type == COSTS]
    last, sets = entries[-1] if entries else None, access.can(Action.SET_COSTS)
    st.header(t("costs.assumptions"), anchor=False)
    st.caption(t("costs.since", seq=last.seq, time=moment(last.ts)) if last else t("costs.defaults"))
    # Each set of assumptions in force has its own fields, so that nobody overwrites unknowingly what somebody else
    # has set meanwhile.
    suffix = f"{last.seq if last else 0}"
    measured = _measurement(suffix) if sets else None
    entered = _entered(costs, measured, suffix, not sets, t)
    st.caption(t("costs.measured_on", where=entered.measured_on) if entered.measured_on else t("costs.guessed"))
    if not sets:
        st.caption(t("rule.ask"))
        return costs
    with st.container(horizontal=True, vertical_alignment="center"):
        changed = entered != costs
        if st.button(t("costs.save"), key="set_costs", type="primary", icon=":material/gavel:", disabled=not changed):
            with failures.contained(t):
                entry = access.operation.set_costs(entered)
                session.tell(t("word.recorded", seq=entry.seq))
                st.rerun()
        icon, help = ":material/speed:", t("costs.measure_help")
        jobs.button(
            SLOT,
            t("costs.measure"),
            lambda progress: measure(cache.model(), progress),
            key="measure_dense",
            icon=icon,
            help=help,
        )
        if changed:
            st.caption(t("costs.unsaved"))
    failures.show_deferred(t)
    jobs.watch(SLOT, t)
    if measured is not None:
        _runs(measured, t)
    return entered


def _entered(costs: Costs, measured: DenseCost | None, suffix: str, disabled: bool, t: Texts) -> Costs:
    """Show the fields, and return the assumptions as they stand in them."""
    values: dict[str, Any] = {}
    for start in range(0, len(_GROUPS), _COLUMNS):
        for column, group in zip(st.columns(_COLUMNS), list(_GROUPS)[start : start + _COLUMNS], strict=False):
            with column:
                st.markdown(f"**{t(f'costs.group.{group}')}**")
                for name in _GROUPS[group]:
                    values[name] = _field(name, getattr(costs, name), suffix, disabled, t)
    entered: Costs = replace(costs, **values, measured_on=_where(costs, measured, values))
    return entered


def _field(name: str, value: Any, suffix: str, disabled: bool, t: Texts) -> Any:
    key, label = f"cost_{name}_{suffix}", t(f"costs.a.{name}")
    if name == "dedicated":
        return st.toggle(label, value, key=key, disabled=disabled)
    if name == "currency":
        return st.text_input(label, value, key=key, max_chars=8, disabled=disabled).strip() or value
    by = 100.0 if name in _PERCENT else 1.0
    # A measurement fills in its value before the field is drawn.
    st.session_state.setdefault(key, round(value * by, 9))
    least = 0.001 if name in _ABOVE_0 else 0.0
    most = 100.0 if name in _PERCENT else _MOST.get(name, 1e12)
    shown = st.number_input(label, least, most, step=1.0, format="%g", key=key, disabled=disabled)
    # A field that was not touched keeps a value that it cannot show exactly.
    return value if abs(shown - value * by) < 1e-9 else shown / by


def _where(costs: Costs, measured: DenseCost | None, values: dict[str, Any]) -> str:
    """Return where the times of dense attention were measured; empty when somebody typed them."""
    times = (values["dense_us_event"], values["dense_ns_pair"])
    if measured is not None and times == (measured.us_event, measured.ns_pair):
        return measured.machine
    return costs.measured_on if times == (costs.dense_us_event, costs.dense_ns_pair) else ""


def _measurement(suffix: str) -> DenseCost | None:
    """Return what was measured here, and put it into the fields once."""
    done = jobs.job(SLOT)
    if done is None or not isinstance(done.result, DenseCost):
        return None
    if st.session_state.get("costs_taken") != done.id:
        st.session_state["costs_taken"] = done.id
        st.session_state[f"cost_dense_us_event_{suffix}"] = done.result.us_event
        st.session_state[f"cost_dense_ns_pair_{suffix}"] = done.result.ns_pair
    return done.result


def _runs(cost: DenseCost, t: Texts) -> None:
    longest = LENGTHS[-1]
    st.success(
        t(
            "costs.measured_runs",
            machine=cost.machine,
            event=cost.us_event,
            pair=cost.ns_pair,
            n=longest,
            dense=cost.dense[longest],
            sparse=cost.sparse[longest],
        ),
        icon=":material/speed:",
    )
