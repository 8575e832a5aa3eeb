"""What is usually selected, and how this decision differs: computed in the background when asked for, and kept."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard.service.decide.pipeline import LoadedDecision
from dashboard.service.decide.usual_comparison import MIN_SIDE, contrast, differs, others_of
from dashboard.service.decide.usual_pairs import LIMIT, PairTables, Usual, candidates, pair_tables, strongest_pairs, usual
from dashboard.shared import display, failures, jobs, navigation, session
from dashboard.shared.fragments import fragment
from dashboard.shared.jobs import Slot
from dashboard.texts import Texts
from dashboard.views import usual as view

LEAST = 2  # other decisions, below which nothing is usual
MAX_ROWS = 500
_ROWS = 6  # shown before a table scrolls
_TEXT = 230  # pixels of a message in a table
SLOT = Slot("usual")
_SIDES = {"all": None, "normal": False, "faulty": True}


@fragment()
def usual_view(t: Texts, loaded: LoadedDecision) -> None:
    """Show the button that has it computed, then this decision, and what is usual, in normal and in faulty ones."""
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
        tables = usual_tables()
        done = jobs.watch(SLOT, t)
        jobs.button(
            SLOT,
            t("usual.compute", n=LIMIT),
            lambda progress: usual(access, weights=compared.weights, tables=tables, progress=progress),
            key="usual_compute",
            icon=":material/stacked_bar_chart:",
        )
        failures.show_deferred(t)
        # Decisions that came since are not in it, and none that was erased or hidden.
        if (
            done is not None
            and done.result.candidates.weights == compared.weights
            and compared.visible.issuperset(done.result.ids)
        ):
            _show(t, loaded, done.result)


def _show(t: Texts, loaded: LoadedDecision, result: Usual) -> None:
    if result.unreadable:
        st.warning(t("usual.unreadable", n=len(result.unreadable), id=result.unreadable[0]), icon=":material/gpp_maybe:")
    others = int(others_of(result, loaded.summary.decision.sequence_sha256).sum())
    if others < LEAST:
        navigation.empty_state(t, t("usual.empty", least=LEAST, n=others), icon=":material/hourglass_empty:")
        return
    st.caption(view.basis(result, t))
    this, usually = st.tabs([t("compare.before"), t("usual.usually")])
    with this:
        _this(t, loaded, result)
    with usually:
        st.caption(t("usual.clear", least=MIN_SIDE))
        table = contrast(result)
        columns = ("share", "normal", "faulty", "difference", "clear", "normal_in", "faulty_in", "count")
        _table(t, table, view.in_percent(table), columns, result, "usual")


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
    table_here = strongest_pairs(usual_tables(), decision, lambda: (loaded.sequence, loaded.trace))
    difference = differs(result, table_here, decision.sequence_sha256, faulty=faulty)
    st.markdown(f"**{view.sentence(difference, t)}**")
    st.caption(view.measure(difference, t))
    if difference.table.empty:
        st.caption(t("usual.nothing"))
        return
    columns = ("how", "share_here", "usual", "factor", "decisions", "count")
    shown = view.differences_table(difference.table, t).rename(columns={"share": "share_here"})
    _table(t, difference.table, shown, columns, result, "usual_here", about=decision.id[:8], others=difference.others)


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
        "difference": "%+.2f",
        "factor": "%.1f ×",
    }
    words = {name: "word.share" if name == "share" else f"usual.column.{name}" for name in ("query", "key", *columns)}
    labels = {name: t.plain(word, n=f"{sizes.get(name, 0):,}") for name, word in words.items()}
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
def usual_tables() -> PairTables:
    """Return the cache of the kinds of single decisions, kept for all sessions."""
    return pair_tables()
