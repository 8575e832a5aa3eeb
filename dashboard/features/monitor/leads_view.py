"""Which leads to which on the Monitor page: the kinds of events over many decisions as a directed graph."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Any

import streamlit as st

from audit import Access, DecisionFilter
from dashboard.features.monitor.views import leads as views
from dashboard.features.monitor.views.leads_figure import figure
from dashboard.service.common.decision_details import details_of
from dashboard.service.common.worker import Progress, State
from dashboard.service.decide.leads import (
    LOOKED_AT,
    MOST_DECISIONS,
    Leads,
    LeadsCandidates,
    LeadsMemory,
    LeadsScope,
    candidates,
    joined,
)
from dashboard.shared import display, failures, jobs, navigation, session
from dashboard.shared.fragments import fragment
from dashboard.shared.jobs import Slot
from dashboard.shared.navigation import PAGES
from dashboard.texts import Texts
from sparsemix.graph.export import as_graphml, as_json
from sparsemix.graph.leads import Edge, LeadsGraph, leads

SLOT = Slot("leads")
MOST_EDGES, EDGES = 60, 20
FILE_EDGES = 1_000
_EARLIEST, _LATEST = date(2000, 1, 1), date(2099, 12, 31)
_TEXT = 195  # pixels of a kind in the table
_CHOSEN = "leads_chosen"


@fragment()
def show(access: Access, t: Texts) -> None:
    """Show the choice of decisions, the button that has them counted, then the graph."""
    st.caption(t("leads.lead"))
    if not access.find(DecisionFilter(), limit=1).total:
        navigation.empty_state(t, t("leads.none"), icon=":material/account_tree:", page="analyse")
        return
    with failures.contained(t):
        wanted, most = _choice(access, t)
        chosen = candidates(access, wanted)
        if chosen.not_searched:
            st.caption(t("leads.not_searched", most=LOOKED_AT))
        if not chosen.chosen:
            navigation.empty_state(t, t("leads.none_in_scope"), icon=":material/filter_alt_off:")
            return
        found = _found(chosen)
        _count_button(access, chosen, found, t)
        if found is not None:
            _graph(access, found, most, t)


def _choice(access: Access, t: Texts) -> tuple[LeadsScope, int]:
    sources = sorted({details_of(last).source for last in access.sources.all()})
    source, first, last, number = st.columns([4, 2, 2, 3], vertical_alignment="bottom")
    with source:
        name = st.selectbox(
            t("leads.source"),
            [None, *sources],
            format_func=lambda name: t.plain("leads.source_all") if name is None else name,
            key="leads_source",
            filter_mode="contains",
        )
    days = [
        column.date_input(
            t(f"list.{field}"), None, _EARLIEST, _LATEST, key=f"leads_{field}", format="YYYY-MM-DD", help=t("list.days_help")
        )
        for column, field in ((first, "first"), (last, "last"))
    ]
    with number:
        most = st.slider(t("leads.edges"), 5, MOST_EDGES, EDGES, 5, key="leads_edges")
    return views.scope(name, *days), most


def _found(chosen: LeadsCandidates) -> Leads | None:
    """Return the result for these decisions; or else the result of this scope that this session had counted, as long as all of
    it may still be seen."""
    results, job = leads_memory().results, jobs.job(SLOT)
    found = results.get(chosen.key)
    if found is None and job is not None and job.state is State.DONE:
        older = results.get(job.result)
        visible = {decision.id for decision in chosen.chosen}
        if older is not None and older.candidates.scope == chosen.scope and visible.issuperset(_ids(older)):
            return older
    # What was left out, and why, differs from person to person.
    return None if found is None else replace(found, candidates=chosen)


def _ids(found: Leads) -> set[str]:
    return {run.decision for run in found.counts.runs}


def _count_button(access: Access, chosen: LeadsCandidates, found: Leads | None, t: Texts) -> None:
    """Show the button and the job's progress, unless the result is of these very decisions."""
    memory, ids = leads_memory(), session.jobs()

    def work(progress: Progress) -> str:
        counted = joined(access, chosen, memory=memory, progress=progress)
        memory.results.put(chosen.key, counted)
        return chosen.key

    def start() -> None:
        with failures.deferred():
            jobs.start(SLOT, work, ids=ids)

    fresh = found is not None and found.candidates.key == chosen.key
    if not fresh:
        words = "leads.before" if found is None else "leads.stale"
        st.caption(t(words, n=len(chosen.chosen), most=MOST_DECISIONS))
        st.button(
            t("leads.count" if found is None else "leads.again"),
            key="leads_count",
            icon=":material/account_tree:",
            disabled=jobs.under_way(SLOT),
            on_click=start,
        )
    failures.show_deferred(t)
    # Counts that are kept are joined before the page is drawn to its end.
    if not fresh and jobs.watch(SLOT, t) is not None and memory.results.get(chosen.key) is not None:
        st.rerun()


def _graph(access: Access, found: Leads, most: int, t: Texts) -> None:
    if found.unreadable:
        st.warning(t("usual.unreadable", n=len(found.unreadable), id=found.unreadable[0]), icon=":material/gpp_maybe:")
    graph = leads(found.counts, most)
    if not graph.edges:
        navigation.empty_state(t, t("leads.no_edges"), icon=":material/account_tree:")
        return
    st.caption(views.basis(found, graph, t))
    key = f"{found.candidates.key[:12]}_{most}"
    figure_key, table_key = f"leads_figure_{key}", f"leads_table_{key}"
    display.figure(
        t,
        figure(graph, t, dark=st.context.theme.type == "dark"),
        "leads",
        key=figure_key,
        on_select=partial(choose_in_figure, figure_key),
        selection_mode="points",
        alt=t.plain("leads.alt", kinds=len(graph.kinds), edges=len(graph.edges)),
    )
    st.caption(t("leads.hint"))
    _table(graph, table_key, t)
    _files(found, key, t)
    chosen = st.session_state.get(_CHOSEN)
    if chosen is not None and chosen[0] in (figure_key, table_key) and chosen[1] < len(graph.edges):
        _examples(access, graph, graph.edges[chosen[1]], t)


def choose_in_figure(key: str) -> None:
    """Choose the edge of a point in the figure with this key."""
    places = [point.get("customdata") for point in st.session_state[key].selection.points]
    edges = [place[0] if isinstance(place, list) else place for place in places if place is not None]
    if edges:
        st.session_state[_CHOSEN] = (key, int(edges[0]))


def choose_in_table(key: str) -> None:
    """Choose the edge of a row in the table with this key."""
    rows = st.session_state[key].selection.rows
    if rows:
        st.session_state[_CHOSEN] = (key, rows[0])


def _table(graph: LeadsGraph, key: str, t: Texts) -> None:
    formats = {"share": "%.0f%%", "lift": "localized", "lag_seconds": "localized"}
    columns: dict[str, Any] = {
        side: st.column_config.TextColumn(t.plain(f"leads.column.{side}"), width=_TEXT) for side in ("earlier", "later")
    }
    for column, width in views.widths(t).items():
        columns[column] = st.column_config.NumberColumn(
            t.plain(f"leads.column.{column}"),
            format=formats.get(column, "localized"),
            width=width,
            help=t.plain(f"leads.help.{column}"),
        )
    display.table(
        t,
        views.table(graph),
        "leads",
        key=key,
        column_config=columns,
        on_select=partial(choose_in_table, key),
        selection_mode="single-row",
    )


def _files(found: Leads, key: str, t: Texts) -> None:
    """Offer the whole graph as files, made when they are asked for."""
    with st.container(horizontal=True, vertical_alignment="center"):
        for ending, kind, made in (("json", "application/json", as_json), ("graphml", "application/xml", as_graphml)):
            st.download_button(
                t(f"leads.{ending}"),
                partial(file_of, found, made),
                f"leads.{ending}",
                kind,
                key=f"leads_{ending}_{key}",
                icon=":material/download:",
                on_click="ignore",
                help=t("leads.file_help", n=FILE_EDGES),
            )


def file_of(found: Leads, made: Callable[[LeadsGraph], bytes]) -> bytes:
    """Return the file that ``made`` makes of the strongest edges."""
    return made(leads(found.counts, FILE_EDGES))


def _examples(access: Access, graph: LeadsGraph, edge: Edge, t: Texts) -> None:
    st.subheader(t("leads.chosen", earlier=edge.earlier + 1, later=edge.later + 1), anchor=False)
    st.markdown(views.sentence(graph, edge, t))
    for example in edge.examples:
        decision = access.summary(graph.runs[example.run].decision).decision
        st.page_link(
            PAGES["selection"],
            label=t("leads.example", name=decision.input_name, earlier=example.earlier, later=example.later),
            icon=":material/scatter_plot:",
            width="content",
            query_params={
                "decision": decision.id,
                "pair": f"{example.layer}-{example.head}-{example.query}-{example.key}",
            },
        )


@st.cache_resource(show_spinner=False)
def leads_memory() -> LeadsMemory:
    """Return what is kept for all sessions: the counts of decisions, and the results joined from them."""
    return LeadsMemory()
