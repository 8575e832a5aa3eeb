"""The variables of an event table that led to an alarm, as ``python -m sparsemix causes --normal`` ranks them, by normal runs
that are uploaded, or that people found normal earlier."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import streamlit as st

from audit import DecisionRecord
from dashboard.features.explain.causes_view import SHOWN, height_of, save
from dashboard.features.explain.views.causes import (
    alarm_words,
    chosen_moment,
    evidence_words,
    moment_words,
    offered_alarms,
    variable_fields,
    variable_table,
    variable_words,
)
from dashboard.service.common.decision_details import details_of
from dashboard.service.common.result_cache import ResultCache
from dashboard.service.common.worker import Progress
from dashboard.service.decide.normal_runs import (
    MOST_FILES,
    MOST_TOTAL_MB,
    NormalRuns,
    approved_runs,
    event_table_of,
    normal_runs,
)
from dashboard.service.decide.pipeline import LoadedDecision
from dashboard.shared import display, failures, jobs, session
from dashboard.shared.jobs import Slot
from dashboard.texts import Texts
from dashboard.views.usual import header_width
from sparsemix.causes.event_table import EventTable
from sparsemix.causes.ranking import Cause, as_json, causes

TYPES = ["csv", "tsv", "txt", "parquet", "xlsx", "gz", "zip"]
MAX_UPLOAD_MB = 64
_EVIDENCE, _MOMENTS = 3, 200
_MIB = 2**20

Uploads = list[tuple[str, bytes]]


def variables_view(t: Texts, loaded: LoadedDecision) -> bool:
    """Show the variables that led to an alarm; return False where the file is no event table, or no normal runs say yet what is
    usual, so that its lines are to be explained as those of any log."""
    table = _table_of(loaded.summary.decision)
    if table is None:
        return False
    st.header(t("variables.title"), anchor=False)
    st.caption(t("variables.lead"))
    runs = _runs(t, loaded.summary.decision)
    if runs is None:
        return False
    moment = _moment(t, loaded.summary.decision.id, table)
    names = st.toggle(t("variables.names"), value=True, key="variables_names", help=t("variables.names_help"))
    if moment is not None:
        _ranking(t, loaded, table, runs, moment, causes(table, runs.usual, moment, names=names))
    return True


def _table_of(decision: DecisionRecord) -> EventTable | None:
    if details_of(decision).source_format != "csv":
        return None
    return _tables().get_or_make(decision.id, lambda: (event_table_of(session.access(), decision),))[0]


def _runs(t: Texts, decision: DecisionRecord) -> NormalRuns | None:
    """Return what the normal runs say, or show how to give them."""
    approved = approved_runs(session.access(), decision)
    kept = f"variables_runs_{decision.id}"
    runs = _known_runs().get(st.session_state.get(kept, ""))
    if runs is not None:
        with st.expander(t("variables.by", n=len(runs.names)), icon=":material/rule:"):
            st.text(t.plain("unit.join").join(runs.names))
            st.button(
                t("variables.change"), key="variables_change", icon=":material/restart_alt:", on_click=_forget, args=(kept,)
            )
        return runs
    st.info(t("variables.missing"), icon=":material/playlist_add:")
    box = f"variables_files_{decision.id}"
    st.file_uploader(
        t("variables.upload"),
        type=TYPES,
        key=box,
        max_upload_size=MAX_UPLOAD_MB,
        accept_multiple_files=True,
        help=t("variables.upload_help", files=MOST_FILES, total=MOST_TOTAL_MB),
    )
    if approved and not st.toggle(
        t("variables.approved", n=len(approved), source=details_of(decision).source),
        value=True,
        key=f"variables_approved_{decision.id}",
    ):
        approved = ()
    files = session.uploaded(box)
    too_much = len(files) > MOST_FILES or sum(file.size for file in files) > MOST_TOTAL_MB * _MIB
    if too_much:
        st.warning(t("variables.too_much", files=MOST_FILES, total=MOST_TOTAL_MB), icon=":material/warning:")
    given = "\n".join([*(file.file_id for file in files), *(run.id for run in approved)])
    slot = Slot("variables", f"{decision.id}_{sha256(given.encode()).hexdigest()[:16]}")
    if files or approved:
        st.button(
            t("variables.learn"),
            key="variables_learn",
            type="primary",
            icon=":material/account_tree:",
            disabled=too_much or jobs.under_way(slot),
            on_click=_start,
            args=(slot, kept, box, approved, session.jobs()),
        )
    failures.show_deferred(t)
    jobs.watch(slot, t)
    return None


def _forget(kept: str) -> None:
    st.session_state.pop(kept, None)


def _start(slot: Slot, kept: str, box: str, approved: tuple[DecisionRecord, ...], ids: dict[str, str]) -> None:
    """Hand the files to the worker. What it needs is fetched here, because a thread has no session."""
    known, access = _known_runs(), session.access()
    files: Uploads = [(file.name, file.getvalue()) for file in session.uploaded(box)]

    def work(progress: Progress) -> None:
        known.put(slot.key, normal_runs(files, approved, access, progress))

    with failures.deferred():
        jobs.start(slot, work, ids=ids)
        st.session_state[kept] = slot.key


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


def _ranking(t: Texts, loaded: LoadedDecision, table: EventTable, runs: NormalRuns, moment: float, ranked: list[Cause]) -> None:
    about = f"{loaded.summary.decision.id[:8]}-{moment:g}"
    alarms = [t.plain("variables.since", alarm=alarm, time=moment_words(since, t)) for since, alarm in table.active(moment)]
    said = t.plain("unit.join").join(alarms) or t.plain("variables.no_alarm")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(t("variables.active", time=moment_words(moment, t), alarms=said), width="stretch")
        save(t, as_json(table, runs.usual, moment, ranked), about)
    for place, cause in enumerate(ranked[:SHOWN], 1):
        with st.container(border=True):
            evidence = [f"- {evidence_words(one, runs.usual.runs, t)}" for one in cause.evidence[:_EVIDENCE]]
            st.markdown("\n".join([variable_words(place, cause, t), "", *(evidence or [t("variables.usual")])]))
    st.caption(t("variables.score"))
    st.markdown(f"**{t('variables.all')}**")
    shown = variable_table(ranked, runs.usual.runs, t)
    display.table(
        t,
        shown,
        "variable_causes",
        about=about,
        whole=lambda: variable_fields(ranked),
        column_config=_columns(t, list(shown.columns)),
        height=height_of(len(shown)),
    )


def _columns(t: Texts, names: list[str]) -> dict[str, Any]:
    widths = {"variable": 220, "value": 110, "evidence": 280, "runs": 110}
    columns: dict[str, Any] = {}
    for name in names:
        label = t.plain(f"variables.col.{name}")
        if name in widths:
            columns[name] = st.column_config.TextColumn(label, width=max(widths[name], header_width(label)))
        elif name == "alike":
            columns[name] = st.column_config.CheckboxColumn(label, width=header_width(label))
        else:
            columns[name] = st.column_config.NumberColumn(
                label, format="localized" if name == "line" else "%.1f", width=header_width(label)
            )
    return columns


@st.cache_resource(show_spinner=False)
def _tables() -> ResultCache[str, tuple[EventTable | None]]:
    """Return the cache of the event tables of decisions, by decision; None where the file is none."""
    return ResultCache(8)


@st.cache_resource(show_spinner=False)
def _known_runs() -> ResultCache[str, NormalRuns]:
    """Return the cache of what normal runs say, by the key of the slot that read them."""
    return ResultCache(16)
