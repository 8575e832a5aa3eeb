"""The lines that led to the explained line, as ``python -m sparsemix causes`` ranks them, with links to their pairs."""

from __future__ import annotations

import streamlit as st

from dashboard.features.analyse.explain.explain_why import effect_columns
from dashboard.features.analyse.explain.views.causes import (
    address,
    example_words,
    left_words,
    line_fields,
    line_table,
    missing_words,
    where_words,
    without_words,
)
from dashboard.service.decide.pipeline import LoadedDecision
from dashboard.shared import display, navigation
from dashboard.texts import Texts
from dashboard.views.verdict import one_line
from dashboard.views.wording import by_itself
from sparsemix import Rerun
from sparsemix.causes.lines import ExplainedLine, LineCause, as_json, explained_line
from sparsemix.explain.explanation import Explanation

SHOWN = 5
ROWS = 8  # shown before a table scrolls


def lines_view(t: Texts, loaded: LoadedDecision, explanation: Explanation, rerun: Rerun) -> None:
    """Show the lines that led to the explained line: the telling ones in words, then all of them as a table."""
    explained = explained_line(rerun, explanation.target, explanation.effects)
    about = f"{loaded.summary.decision.id[:8]}-line{explained.line}"
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.header(t("causes.title", line=explained.line), anchor=False, width="stretch")
        save(t, as_json(loaded.sequence, [explained], by_itself=by_itself(loaded.summary.decision)), about)
    st.caption(t("causes.lead"))
    st.code(explained.text, language=None, wrap_lines=True)
    if not explained.causes:
        st.caption(t("explain.effects.none"))
        _missing(t, explained)
        return
    telling = explained.telling[:SHOWN]
    for place, cause in enumerate(telling, 1):
        _cause(t, loaded, explained, cause, place)
    if (left := left_words(explained, len(telling), t)) is not None:
        st.caption(left)
    _missing(t, explained)
    st.markdown(f"**{t('causes.all')}**")
    st.caption(t("causes.choose"))
    chosen = _table(t, loaded, explained, about)
    if chosen is not None:
        _cause(t, loaded, explained, explained.causes[chosen], chosen + 1)


def _cause(t: Texts, loaded: LoadedDecision, explained: ExplainedLine, cause: LineCause, place: int) -> None:
    with st.container(border=True):
        head, open_pair = st.columns([5, 1])
        head.markdown(t("causes.line", place=place, line=cause.line, where=where_words(cause, t)))
        with open_pair:
            pair = {"decision": loaded.summary.decision.id, "pair": address(cause.pairs[0])}
            navigation.link("selection", t("carried.open"), pair)
        st.code(one_line(cause.text), language=None, wrap_lines=True)
        st.caption(without_words(explained, cause, t))


def _missing(t: Texts, explained: ExplainedLine) -> None:
    """Show what was expected beside the line and did not come."""
    if not explained.missing:
        return
    st.markdown(f"**{t('causes.missing')}**")
    st.caption(t("causes.missing_lead"))
    for one in explained.missing:
        with st.container(border=True):
            st.markdown(missing_words(one, t))
            st.caption(example_words(one, t))
            st.code(one_line(one.text), language=None, wrap_lines=True)


def save(t: Texts, payload: dict[str, object], about: str) -> None:
    """Offer causes as the JSON that ``causes --json`` prints."""
    display.save_json(t("causes.save"), lambda: payload, f"causes-{about}.json", "causes_json")


def _table(t: Texts, loaded: LoadedDecision, explained: ExplainedLine, about: str) -> int | None:
    """Show all causes; return the place of the one that is chosen."""
    table = line_table(explained, loaded.sequence, t)
    names = ("lines", "seconds", "without", "by_way_of", "shared", "certified")
    columns = display.columns(
        {name: t.plain(f"causes.col.{name}") for name in names},
        formats={"seconds": "%.3f", "without": "%.1f%%"},
        texts={"shared": 170},
        checks=("certified",),
    )
    event = display.table(
        t,
        table,
        "line_causes",
        key=f"line_causes_{about}",
        about=about,
        on_select="rerun",
        selection_mode="single-row",
        whole=lambda: line_fields(explained),
        column_config=effect_columns(t) | columns,
        height=display.height(len(table), ROWS),
    )
    rows = event.selection.rows
    return rows[0] if rows and rows[0] < len(table) else None
