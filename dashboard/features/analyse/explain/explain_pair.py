"""Why one line looked at another: the pair's logit taken apart, head by head, and the lines that came nearest to its place."""

from __future__ import annotations

import streamlit as st

from dashboard.service.decide.pipeline import LoadedDecision
from dashboard.shared import display
from dashboard.shared.decision.pairs import pair_table
from dashboard.texts import Texts
from dashboard.views.explanation import alternative_table, part_table
from dashboard.views.verdict import one_line
from sparsemix import Rerun, SelectionTrace
from sparsemix.explain.explanation import Explanation
from sparsemix.explain.intervention import Pair
from sparsemix.explain.pair_logit import Why, why

_ROWS = 6  # shown before a table scrolls


def pair_section(t: Texts, loaded: LoadedDecision, explanation: Explanation, rerun: Rerun, other: int | None) -> None:
    """Show the pair that is chosen in the log, or else the one with the largest effect on the line."""
    target = explanation.target
    sides = [] if other is None else [(target, other), (other, target)]
    sides += [(effect.edge.query, effect.edge.key) for effect in explanation.effects[:1]]
    pairs = next((found for query, key in sides if (found := _pairs(rerun.trace, query, key))), [])
    if not pairs:
        st.caption(t("explain.effects.none"))
        return
    query, key = (loaded.sequence.events[event] for event in (pairs[0].query, pairs[0].key))
    other_line = key if pairs[0].query == target else query
    st.markdown(t("explain.why.title", query=query.line, key=key.line, text=one_line(other_line.text)))
    chosen = st.segmented_control(
        t("selection.head"),
        range(len(pairs)),
        default=0,
        required=True,
        format_func=lambda place: f"{pairs[place].layer + 1}.{pairs[place].head + 1}",
        key=f"explain_head_{pairs[0].query}_{pairs[0].key}",
    )
    _why(t, loaded, why(rerun, pairs[chosen]))


def _pairs(trace: SelectionTrace, query: int, key: int) -> list[Pair]:
    """Return the pair in every head that selected it."""
    return [
        Pair(layer, head, query, key)
        for layer, head, selection in trace
        if key in selection.key_index[selection.pairs_of(query)]
    ]


def _why(t: Texts, loaded: LoadedDecision, parts: Why) -> None:
    certified = t("explain.why.certified" if parts.certified else "explain.why.uncertified")
    st.markdown(f"{_sum(t, parts)} {certified}")
    with st.container(key="split_parts"):
        *sides, others = st.columns(3, gap="medium")
    pair = parts.pair
    about = f"{loaded.summary.decision.id[:8]}-layer{pair.layer + 1}-head{pair.head + 1}-events{pair.query}-{pair.key}"
    labels = {"value": t.plain("explain.part.value"), "part": t.plain("explain.part")}
    columns = display.columns(labels, {"value": "%+.2f"}, texts={"part": 200})
    shown = (("explain.why.key", "cause_parts", parts.key_parts), ("explain.why.query", "effect_parts", parts.query_parts))
    for column, (title, name, of_line) in zip(sides, shown, strict=True):
        with column:
            st.markdown(f"**{t(title)}**")
            table = part_table(of_line, loaded.sequence, t)
            display.table(t, table, name, about=about, column_config=columns, height=display.height(len(table), _ROWS))
    with others:
        st.markdown(f"**{t('explain.why.rejected')}**")
        rejected = alternative_table(parts.rejected, loaded.sequence, pair.query)
        pair_table(t, rejected[["key_line", "margin", "key_text"]], "alternatives", about=about, most=_ROWS)


def _sum(t: Texts, parts: Why) -> str:
    def number(value: float) -> str:
        return f"{value:.2f}".replace("-", "−")

    values = {name: number(getattr(parts, name)) for name in ("content", "distance", "direction", "logit", "threshold")}
    matched = t.plain("explain.why.identifier", value=number(parts.identifier)) if parts.identifier else ""
    half, weight = number(parts.logit / 2), f"{parts.weight:.3f}"
    return t("explain.why.sum", matched=matched, half=half, weight=weight, **values)
