"""The variables of an event table that led to an alarm, as ``python -m sparsemix causes --normal`` ranks them."""

from __future__ import annotations

import streamlit as st

from audit import DecisionRecord
from dashboard.features.analyse.explain.normal_runs_view import normal_runs_view
from dashboard.features.analyse.explain.views.causes import (
    VariableRanking,
    alarm_words,
    chosen_moment,
    offered_alarms,
    variable_ranking,
)
from dashboard.service.common.decision_details import details_of
from dashboard.service.common.result_cache import ResultCache
from dashboard.service.decide.normal_runs import event_table_of
from dashboard.service.decide.pipeline import LoadedDecision
from dashboard.shared import display, session
from dashboard.texts import Texts
from sparsemix.causes.event_table import EventTable

_MOMENTS = 200
_ROWS = 6  # shown before the table scrolls
_TEXTS = {"variable": 220, "value": 110, "evidence": 280, "runs": 110}  # pixels


def event_table(decision: DecisionRecord) -> EventTable | None:
    """Return the event table that was decided on; None where the file is none."""
    if details_of(decision).source_format != "csv":
        return None
    return _tables().get_or_make(decision.id, lambda: (event_table_of(session.access(), decision),))[0]


def variables_section(t: Texts, loaded: LoadedDecision, table: EventTable) -> None:
    """Show the variables of the decision's event table that led to an alarm, ranked by what normal runs hold; or how to give
    such runs."""
    runs = normal_runs_view(t, loaded.summary.decision)
    if runs is None:
        return
    decision = loaded.summary.decision.id
    moment = _moment(t, decision, table)
    names = st.toggle(t("variables.names"), value=True, key="variables_names", help=t("variables.names_help"))
    if moment is not None:
        _show(t, variable_ranking(table, runs.usual, moment, t, names=names), f"{decision[:8]}-{moment:g}")


def _moment(t: Texts, decision: str, table: EventTable) -> float | None:
    """Return the moment to explain, as the alarm that is chosen or the time that is typed say."""
    offered = offered_alarms(table)[:_MOMENTS]
    chosen = st.selectbox(
        t("variables.moment"),
        offered,
        index=0 if offered else None,
        format_func=lambda spell: alarm_words(spell, t),
        accept_new_options=True,
        help=t("variables.moment_help"),
        key=f"variables_moment_{decision}",
    )
    if chosen is None:
        st.info(t("variables.moment_none"), icon=":material/schedule:")
        return None
    moment = chosen_moment(table, chosen)
    if moment is None:
        st.warning(t("variables.moment_unknown", text=str(chosen)), icon=":material/search_off:")
    return moment


def _show(t: Texts, ranking: VariableRanking, about: str) -> None:
    st.markdown(ranking.active, help=ranking.score)
    labels = {name: t.heading("variables.col", name) for name in ranking.table.columns}
    formats = dict.fromkeys(("score", "since"), "%.1f")
    display.table(
        t,
        ranking.table,
        "variable_causes",
        about=about,
        whole=lambda: ranking.fields,
        column_config=display.columns(labels, formats, texts=_TEXTS, checks=("alike",)),
        height=display.height(len(ranking.table), _ROWS),
    )
    display.save_json(t("explain.save"), lambda: ranking.payload, f"causes-{about}.json", "causes_json")


@st.cache_resource(show_spinner=False)
def _tables() -> ResultCache[str, tuple[EventTable | None]]:
    """Return the cache of the event tables of decisions, by decision; None where the file is none."""
    return ResultCache(8)
