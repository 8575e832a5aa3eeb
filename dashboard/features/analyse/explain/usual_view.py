"""What is usually selected, and how this decision differs: computed in the background when asked for, and kept."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from audit import Access
from dashboard.service.common.worker import Progress, State
from dashboard.service.decide.pipeline import LoadedDecision
from dashboard.service.decide.usual_comparison import MIN_SIDE, contrast, differs, largest_differences, others_of
from dashboard.service.decide.usual_pairs import LIMIT, Usual, UsualCandidates, UsualMemory, candidates, usual
from dashboard.shared import display, failures, jobs, navigation, session
from dashboard.shared.fragments import fragment
from dashboard.shared.jobs import Slot
from dashboard.texts import Texts
from dashboard.views import usual as view

LEAST = 2  # other decisions, below which nothing is usual
MAX_ROWS = 500
MAX_BARS = 8
_ROWS = 6  # shown before a table scrolls
_TEXT = 230  # pixels of a message in a table
SLOT = Slot("usual")
_SIDES = {"all": None, "normal": False, "faulty": True}


@fragment()
def usual_view(t: Texts, loaded: LoadedDecision) -> None:
    """Show the button that has it computed, then this decision, normal beside faulty, and what is usual."""
    st.caption(t("usual.lead"))
    if loaded.summary.blind:
        navigation.empty_state(t, t("blind.hidden"), icon=":material/visibility_off:")
        return
    with failures.contained(t):
        access = session.access()
        decision = loaded.summary.decision
        compared = candidates(access, weights=decision.weights_sha256)
        others = sum(other.sequence_sha256 != decision.sequence_sha256 for other in compared.chosen)
        if others < LEAST:
            navigation.empty_state(t, t("usual.empty", least=LEAST, n=others), icon=":material/hourglass_empty:")
            return
        result = _result(compared)
        _compute_button(t, access, compared, result)
        if result is not None:
            _show(t, loaded, result)


def _result(compared: UsualCandidates) -> Usual | None:
    """Return the result for these decisions; or else the result that this session had computed, as long as all of it may
    still be seen."""
    results, job = usual_pairs().results, jobs.job(SLOT)
    result = results.get(compared.key)
    if result is None and job is not None and job.state is State.DONE:
        older = results.get(job.result)
        if older is not None and older.candidates.weights == compared.weights and compared.visible.issuperset(older.ids):
            return older
    return result


def _compute_button(t: Texts, access: Access, compared: UsualCandidates, result: Usual | None) -> None:
    """Show the button and the job's progress, unless the result is of these very decisions."""
    memory = usual_pairs()

    def work(progress: Progress) -> str:
        computed = usual(access, weights=compared.weights, tables=memory.tables, progress=progress)
        memory.results.put(computed.candidates.key, computed)
        # The key of the computed result: a decision may have been recorded in between.
        return computed.candidates.key

    fresh = result is not None and result.candidates.key == compared.key
    if not fresh:
        if result is not None:
            st.caption(t("usual.stale"))
        words = t("usual.compute", n=LIMIT)
        jobs.button(SLOT, words, work, key="usual_compute", icon=":material/stacked_bar_chart:")
    failures.show_deferred(t)
    if not fresh:
        jobs.watch(SLOT, t)


def _show(t: Texts, loaded: LoadedDecision, result: Usual) -> None:
    if result.unreadable:
        st.warning(t("usual.unreadable", n=len(result.unreadable), id=result.unreadable[0]), icon=":material/gpp_maybe:")
    others = int(others_of(result, loaded.summary.decision.sequence_sha256).sum())
    if others < LEAST:
        navigation.empty_state(t, t("usual.empty", least=LEAST, n=others), icon=":material/hourglass_empty:")
        return
    st.caption(view.basis(result, t))
    this, sides, usually = st.tabs([t("compare.before"), t("usual.sides"), t("usual.usually")])
    table = contrast(result)
    with this:
        _this(t, loaded, result)
    with sides:
        _sides(t, result, largest_differences(table))
    with usually:
        _table(
            t, table, view.in_percent(table), ("share", "normal", "faulty", "normal_in", "faulty_in", "count"), result, "usual"
        )


def _this(t: Texts, loaded: LoadedDecision, result: Usual) -> None:
    decision = loaded.summary.decision
    among = st.segmented_control(
        t("usual.among"),
        list(_SIDES),
        format_func=lambda side: t.plain(f"usual.among.{side}"),
        default="all",
        key="usual_among",
        required=True,
    )
    faulty = _SIDES[among or "all"]
    if others_of(result, decision.sequence_sha256, faulty).sum() < LEAST:
        navigation.empty_state(t, t("usual.among_none"), icon=":material/hourglass_empty:")
        return
    table_here = usual_pairs().tables.keep(decision, loaded.sequence, loaded.trace)
    difference = differs(result, table_here, decision.sequence_sha256, faulty=faulty)
    st.markdown(f"**{view.sentence(difference, t)}**")
    st.caption(view.measure(difference, t))
    if difference.table.empty:
        st.caption(t("usual.nothing"))
        return
    columns = ("how", "share_here", "usual", "factor", "decisions", "count")
    shown = view.differences_table(difference.table, t).rename(columns={"share": "share_here"})
    _table(t, difference.table, shown, columns, result, "usual_here", about=decision.id[:8], others=difference.others)


def _sides(t: Texts, result: Usual, table: pd.DataFrame) -> None:
    faulty = int(result.faulty.sum())
    normal = len(result.ids) - faulty
    if table.empty:
        navigation.empty_state(t, t("usual.sides_none", normal=normal, faulty=faulty), icon=":material/hourglass_empty:")
        return
    st.caption(t("usual.sides_lead"))
    few = min(normal, faulty) < MIN_SIDE
    if few:
        st.caption(t("usual.sides_few", least=MIN_SIDE))
    top = table.head(MAX_BARS)
    figure = view.dumbbells(top, t.plain)
    display.figure(t, figure, "usual_differences", key="usual_chart", alt=t.plain("usual.chart_alt", n=len(top)))
    interval = () if few else ("low", "high", "clear")
    columns = ("normal", "faulty", "difference", *interval, "normal_in", "faulty_in")
    _table(t, table, view.in_percent(table), columns, result, "usual_sides")


def _table(
    t: Texts,
    whole: pd.DataFrame,
    shown: pd.DataFrame,
    columns: tuple[str, ...],
    result: Usual,
    name: str,
    *,
    about: str = "",
    others: int = 0,
) -> None:
    """Show the first rows on the page; the file holds all of them (shares from 0 to 1). ``about``: goes into the files' names;
    ``others``: how many decisions the header of the column of decisions names."""
    faulty = int(result.faulty.sum())
    sizes = {"decisions": others, "normal_in": len(result.ids) - faulty, "faulty_in": faulty}
    formats = {
        **dict.fromkeys(("share", "share_here", "usual", "normal", "faulty"), "%.2f%%"),
        **dict.fromkeys(("difference", "low", "high"), "%+.2f"),
        "factor": "%.1f ×",
    }
    labels = {name: t.plain(f"usual.column.{name}", n=f"{sizes.get(name, 0):,}") for name in ("query", "key", *columns)}
    config = display.columns(labels, formats, texts={"query": _TEXT, "key": _TEXT, "how": 0}, checks=("clear",))
    if len(shown) > MAX_ROWS:
        st.caption(t("usual.some", shown=MAX_ROWS, count=len(shown)))
    display.table(
        t,
        shown.head(MAX_ROWS),
        name,
        about=about,
        whole=lambda: whole,
        column_config=config,
        column_order=list(labels),
        height=display.height(len(shown), _ROWS),
    )


@st.cache_resource(show_spinner=False)
def usual_pairs() -> UsualMemory:
    """Return what is usually selected: tables of decisions, and the results computed from them."""
    return UsualMemory()
