"""Which leads to which on the Monitor page: the kinds of events over many decisions as a directed graph."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import partial

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
from dashboard.shared import display, failures, jobs, navigation
from dashboard.shared.fragments import fragment
from dashboard.shared.jobs import Slot
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
        navigation.empty_state(t, t("word.none_decided"), icon=":material/account_tree:", page="analyse")
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
            t("word.source"),
            [None, *sources],
            format_func=lambda name: t.plain("kpi.sources_all") if name is None else name,
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
    return {log.run.decision for log in found.logs}


def _count_button(access: Access, chosen: LeadsCandidates, found: Leads | None, t: Texts) -> None:
    """Show the button and the job's progress, unless the result is of these very decisions."""
    memory = leads_memory()

    def work(progress: Progress) -> str:
        counted = joined(access, chosen, memory=memory, progress=progress)
        memory.results.put(chosen.key, counted)
        return chosen.key

    fresh = found is not None and found.candidates.key == chosen.key
    if not fresh:
        words = "leads.before" if found is None else "leads.stale"
        st.caption(t(words, n=len(chosen.chosen), most=MOST_DECISIONS))
        label = t("leads.count" if found is None else "leads.again")
        jobs.button(SLOT, label, work, key="leads_count", icon=":material/account_tree:")
    failures.show_deferred(t)
    # Counts that are kept are joined before the page is drawn to its end.
    if not fresh and jobs.watch(SLOT, t) is not None and memory.results.get(chosen.key) is not None:
        st.rerun()


def _graph(access: Access, found: Leads, most: int, t: Texts) -> None:
    if found.unreadable:
        st.warning(t("usual.unreadable", n=len(found.unreadable), id=found.unreadable[0]), icon=":material/gpp_maybe:")
    graph = leads(found.logs, most)
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
    places = map(display.marker, st.session_state[key].selection.points)
    edge = next((place for place in places if place is not None), None)
    if edge is not None:
        choose(key, int(edge))


def choose(key: str, edge: int) -> None:
    """Choose an edge in the figure or table with this key."""
    st.session_state[_CHOSEN] = (key, edge)


def _table(graph: LeadsGraph, key: str, t: Texts) -> None:
    table = views.table(graph)
    columns = display.columns(
        {name: t.heading("leads.column", name) for name in table.columns},
        formats={"share": "%.0f%%"},
        texts={"earlier": _TEXT, "later": _TEXT},
        helps={name: t.plain(f"leads.help.{name}") for name in views.NUMBERS},
    )
    display.table(t, table, "leads", key=key, column_config=columns, choose=partial(choose, key))


def _files(found: Leads, key: str, t: Texts) -> None:
    """Offer the whole graph as files, made when they are asked for."""
    with st.container(horizontal=True, vertical_alignment="center"):
        for ending, kind, made in (("json", "application/json", as_json), ("graphml", "application/xml", as_graphml)):
            file, help = partial(file_of, found, made), t("leads.file_help", n=FILE_EDGES)
            display.download(t(f"leads.{ending}"), file, f"leads.{ending}", kind, f"leads_{ending}_{key}", help=help)


def file_of(found: Leads, made: Callable[[LeadsGraph], bytes]) -> bytes:
    """Return the file that ``made`` makes of the strongest edges."""
    return made(leads(found.logs, FILE_EDGES))


def _examples(access: Access, graph: LeadsGraph, edge: Edge, t: Texts) -> None:
    st.subheader(t("leads.chosen", earlier=edge.earlier + 1, later=edge.later + 1), anchor=False)
    st.markdown(views.sentence(graph, edge, t))
    for example in edge.examples:
        decision = access.summary(graph.runs[example.run].decision).decision
        words = t("leads.example", name=decision.input_name, earlier=example.earlier, later=example.later)
        pair = f"{example.layer}-{example.head}-{example.query}-{example.key}"
        navigation.link("selection", words, {"decision": decision.id, "pair": pair})


@st.cache_resource(show_spinner=False)
def leads_memory() -> LeadsMemory:
    """Return what is kept for all sessions: the counts of decisions, and the results joined from them."""
    return LeadsMemory()
