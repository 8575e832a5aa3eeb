"""Cost and saving on the Monitor page: what SparseMix costs beside dense attention and work by hand, and on what it hangs."""

from __future__ import annotations

from datetime import UTC, datetime

import pandas as pd
import streamlit as st

from audit import Access, Scope
from dashboard.features.monitor import costs_form
from dashboard.features.monitor.kpi_measured import measured as kpi_measured
from dashboard.features.monitor.views import costs as views
from dashboard.service.decide.economics import (
    DENSE,
    LONG,
    MANUAL,
    SHORT,
    Measured,
    break_even,
    busy,
    dense_seconds,
    saving,
    tornado,
    ways,
)
from dashboard.shared import figures, tables
from dashboard.texts import Texts


def show(access: Access, t: Texts) -> None:
    """The comparison by the assumptions as they stand in the form, and the form below."""
    st.caption(t("costs.lead"))
    result, below = st.container(), st.container()
    with below:
        costs = costs_form.show(access, t)
    # Other weights are another model: what those of the newest decision do is what will be paid for.
    newest = next(iter(kpi_measured(access, Scope()).weights), None)
    report = kpi_measured(access, Scope(weights=newest)).whole
    found = Measured.of(report, access.policy(), costs)
    compared = ways(costs, found)
    if law := views.time_law(found, t):
        below.caption(law)
    with result:
        if found.missing:
            names = t.plain("unit.join").join(t.plain(f"costs.{name}") for name in found.missing)
            st.info(t("costs.missing", names=names), icon=":material/hourglass_empty:")
        begin = datetime.now(UTC).date()
        short, long, dense, pays = st.columns(4)
        short.metric(
            t("costs.saving_short"),
            views.amount(saving(compared, MANUAL, SHORT), costs, t),
            help=t("costs.saving_help"),
        )
        long.metric(t("costs.saving_long"), views.amount(saving(compared, MANUAL, LONG), costs, t), help=t("costs.saving_help"))
        against = saving(compared, DENSE, LONG) if DENSE in compared else None
        dense.metric(t("costs.saving_dense"), views.amount(against, costs, t), help=t("costs.saving_dense_help"))
        day = break_even(compared, MANUAL, begin)
        pays.metric(
            t("costs.break_even"),
            "–" if found.missing else views.pays_off(day, begin, t),
            help=t("costs.break_even_help"),
        )
        _table(views.table(compared, costs, t), "costs", t)
        if found.seconds_sequence is not None:
            shares = (found.seconds_sequence, dense_seconds(costs, costs.events_sequence))
            sparse_busy, dense_busy = (busy(costs, seconds) for seconds in shares)
            st.caption(t("costs.busy", sparse=sparse_busy, dense=dense_busy))
            if far := views.extrapolated(found, report.mean_events.value, costs, t):
                st.caption(far)
        st.header(t("costs.over_time"), anchor=False)
        figures.show(t, views.over_time(compared, costs, t), "costs_over_time", key="costs_figure")
        swings, now = tornado(costs, found), saving(compared, MANUAL, LONG)
        if swings and now is not None:
            st.header(t("costs.hangs_on"), anchor=False)
            st.caption(t("costs.hangs_on_lead", saving=views.amount(now, costs, t)))
            figures.show(t, views.tornado(swings, now, costs, t), "swings", key="costs_swings")
        st.header(t("costs.lengths"), anchor=False)
        st.caption(t("costs.lengths_lead"))
        _table(views.lengths_table(found, costs, t), "costs_lengths", t)
        with st.expander(t("costs.measured")):
            tables.show(
                t, views.measured_table(found, report.fault_share, costs, t), "costs_measured", key="costs_measured_table"
            )


def _table(table: pd.DataFrame, name: str, t: Texts) -> None:
    """A table of numbers, as one writes them."""
    numbers = {column: st.column_config.NumberColumn(format="localized") for column in table.select_dtypes("number")}
    tables.show(t, table, name, key=f"{name}_table", column_config=numbers)
