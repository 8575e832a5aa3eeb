"""Which leads to which on the Monitor page: which kinds of events are selected together over many decisions."""

from __future__ import annotations

from functools import partial

import streamlit as st

from audit import Access, DecisionFilter
from dashboard.features.monitor.views import leads as views
from dashboard.service.common.decision_details import details_of
from dashboard.service.common.result_cache import ResultCache
from dashboard.service.decide.leads import (
    LOOKED_AT,
    MOST_DECISIONS,
    MOST_EDGES,
    Leads,
    LeadsScope,
    candidates,
    joined,
    kept_counts,
)
from dashboard.shared import display, failures, jobs, navigation
from dashboard.shared.fragments import fragment
from dashboard.shared.jobs import Slot
from dashboard.texts import Texts
from sparsemix.graph.counts import LogCounts
from sparsemix.graph.export import as_graphml, as_json
from sparsemix.graph.leads import Edge, LeadsGraph

SLOT = Slot("leads")
_TEXT = 195  # pixels of a kind in the table
_ROWS = 12
_CHOSEN = "leads_chosen"


@fragment()
def show(access: Access, t: Texts) -> None:
    """Show the choice of decisions, the button that has them counted, then what leads to what."""
    st.caption(t("leads.lead"))
    if not access.find(DecisionFilter(), limit=1).total:
        navigation.empty_state(t, t("word.none_decided"), icon=":material/account_tree:", page="analyse")
        return
    with failures.contained(t):
        chosen = candidates(access, _scope(access, t))
        if chosen.scope.source is not None:
            st.caption(t("leads.not_searched", most=LOOKED_AT))
        if not chosen.chosen:
            navigation.empty_state(t, t("leads.none_in_scope"), icon=":material/filter_alt_off:")
            return
        counts = leads_counts()
        done = jobs.watch(SLOT, t)
        st.caption(t("leads.before", n=len(chosen.chosen), most=MOST_DECISIONS))
        jobs.button(
            SLOT,
            t("leads.count"),
            lambda progress: joined(access, chosen, counts=counts, progress=progress),
            key="leads_count",
            icon=":material/account_tree:",
        )
        failures.show_deferred(t)
        # Decisions that came since may be missing, never one that was erased or hidden meanwhile.
        if done is not None and done.result.candidates.scope == chosen.scope and done.result.within(chosen):
            _graph(access, done.result, f"leads_table_{done.id}", t)


def _scope(access: Access, t: Texts) -> LeadsScope:
    sources = sorted({details_of(last).source for last in access.sources.all()})
    source, *days = st.columns([4, 2, 2], vertical_alignment="bottom")
    with source:
        name = st.selectbox(
            t("word.source"),
            [None, *sources],
            format_func=lambda name: t.plain("kpi.sources_all") if name is None else name,
            key="leads_source",
            filter_mode="contains",
        )
    first, last = (
        column.date_input(
            t(f"list.{field}"), None, *views.DAYS, key=f"leads_{field}", format="YYYY-MM-DD", help=t("list.days_help")
        )
        for column, field in zip(days, ("first", "last"), strict=True)
    )
    return views.scope(name, first, last)


def _graph(access: Access, found: Leads, key: str, t: Texts) -> None:
    graph = found.graph
    if found.unreadable:
        st.warning(t("usual.unreadable", n=len(found.unreadable), id=found.unreadable[0]), icon=":material/gpp_maybe:")
    if not graph.edges:
        navigation.empty_state(t, t("leads.no_edges"), icon=":material/account_tree:")
        return
    st.caption(f"{views.basis(found, t)}  \n{t('leads.hint')}")
    table = views.table(graph)
    helps = {name: t.plain(f"leads.help.{name}") for name in ("support", "lift", "lag_events", "share", "reverse")}
    labels = {name: t.heading("leads.column", name) for name in table.columns}
    columns = display.columns(labels, texts={"earlier": _TEXT, "later": _TEXT}, helps=helps)
    columns["share"] = st.column_config.ProgressColumn(labels["share"], format="percent", help=helps["share"])
    display.table(
        t,
        table,
        "leads",
        key=key,
        column_config=columns,
        choose=partial(choose, key),
        height=display.height(len(table), _ROWS),
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        for ending, kind, made in (("json", "application/json", as_json), ("graphml", "application/xml", as_graphml)):
            help = t("leads.file_help", n=MOST_EDGES)
            display.download(t(f"leads.{ending}"), partial(made, graph), f"leads.{ending}", kind, f"leads_{ending}", help=help)
    chosen, row = st.session_state.get(_CHOSEN, ("", 0))
    if chosen == key:
        _examples(access, graph, graph.edges[row], t)


def choose(key: str, row: int) -> None:
    """Choose an edge in the table with this key."""
    st.session_state[_CHOSEN] = (key, row)


def _examples(access: Access, graph: LeadsGraph, edge: Edge, t: Texts) -> None:
    st.markdown(views.sentence(graph, edge, t))
    for example in edge.examples:
        decision = access.summary(graph.runs[example.run].decision).decision
        words = t("leads.example", name=decision.input_name, earlier=example.earlier, later=example.later)
        pair = f"{example.layer}-{example.head}-{example.query}-{example.key}"
        navigation.link("selection", words, {"decision": decision.id, "pair": pair})


@st.cache_resource(show_spinner=False)
def leads_counts() -> ResultCache[tuple[str, ...], LogCounts]:
    """Return what was counted of single decisions, kept for all sessions."""
    return kept_counts()
