"""One chosen pair: both lines in full, why it was selected, what else the line could have looked at, the reviewer's mark."""

from __future__ import annotations

import streamlit as st

from dashboard.features.analyse.selection.pair_view import View
from dashboard.features.analyse.selection.views.pair_detail import PairDetail, pair_detail
from dashboard.service.decide.pipeline import LoadedDecision
from dashboard.shared import cache, navigation, session
from dashboard.shared.decision.pairs import opinion, pair_table
from dashboard.texts import Texts
from dashboard.views.apart import apart
from dashboard.views.pairs import near_misses, region_pairs
from sparsemix import WeightsError
from sparsemix.encoding.entities import EntityType

MAX_OTHERS = 100


def pair(t: Texts, loaded: LoadedDecision, view: View) -> None:
    """Show the chosen pair, or say how to choose one."""
    if view.linked is not None:
        navigation.scroll_here("-".join(map(str, view.linked)))
    st.header(t("selection.pair.title"), anchor=False)
    if view.unknown_pair:
        st.warning(t("selection.pair.unknown"), icon=":material/link_off:")
    if view.pair is None:
        st.caption(t("selection.pair.none"))
        return
    detail = pair_detail(loaded.sequence, loaded.trace, view.pair, _types(loaded))
    for name, event in (("effect", detail.query), ("cause", detail.key)):
        st.markdown(f"**{t(f'selection.pair.{name}', line=event.line)}**")
        st.code(event.text, language=None, wrap_lines=True)
    with st.container(key="split_why"):
        why_side, mark_side = st.columns([5, 3], gap="large")
    with why_side:
        _why(t, detail)
    with mark_side:
        opinion((view.decision, *detail.id), t("selection.pair.mark"), t, help=t("selection.pair.mark_help"))
    _alternatives(t, loaded, detail)


def _types(loaded: LoadedDecision) -> tuple[EntityType, ...]:
    """Return the types of identifiers of the decision's weights; none where the weights are gone."""
    try:
        return cache.model_of(session.access(), loaded.summary.decision).judge.word_types
    except WeightsError:
        return ()


def _why(t: Texts, detail: PairDetail) -> None:
    columns = st.columns(4)
    distance = "–" if detail.distance_lines is None else f"{detail.distance_lines:,}".replace("-", "−")
    for column, name, value in (
        (columns[0], "weight", f"{detail.weight:.3f}"),
        (columns[1], "margin", f"{detail.margin:+.3f}"),
        (columns[2], "logit", f"{detail.logit:.3f}"),
        (columns[3], "distance", distance),
    ):
        column.metric(
            t.heading("selection.pair", name), value, help=t(f"glossary.{name}") if t.has(f"glossary.{name}") else None
        )
    share, anchor = f"{detail.weight:.1%}", f"{detail.anchor_weight:.1%}"
    words = [
        t("selection.pair.weight_words", share=share, selected=detail.selected, anchor=anchor),
        t("selection.pair.margin_words", half=f"{detail.logit / 2:.3f}", threshold=f"{detail.threshold:.3f}"),
        _distance(t, detail),
        *([t("selection.pair.shared", words=", ".join(detail.shared))] if detail.shared and not detail.itself else []),
        t(f"selection.pair.route_{detail.route}"),
        t("selection.pair.certified" if detail.certified else "selection.pair.uncertified"),
    ]
    st.markdown("\n".join(f"- {sentence}" for sentence in words), help=f"{t('glossary.certificate')}  \n{t('glossary.anchor')}")


def _distance(t: Texts, detail: PairDetail) -> str:
    if detail.itself:
        return t("selection.pair.same")
    return t("selection.pair.where", where=apart(detail.distance_lines, detail.seconds, t))


def _alternatives(t: Texts, loaded: LoadedDecision, detail: PairDetail) -> None:
    layer, head, query, key = detail.id
    length = len(loaded.sequence)
    others = region_pairs(loaded.sequence, loaded.trace, layer, head, (query, query + 1), (0, length), MAX_OTHERS)
    others = others[others["key"] != key].copy()
    near = near_misses(loaded.sequence, loaded.trace, layer, head, query)
    for table in (others, near):
        table["key_text"] = [loaded.sequence.events[i].message for i in table["key"]]
    columns = ["key_line", "key_text", "weight", "margin", "logit", "distance"]
    about = f"{loaded.summary.decision.id[:8]}-layer{layer + 1}-head{head + 1}-line{detail.query.line}"
    with st.container(key="split_others"):
        other_side, near_side = st.columns(2, gap="large")
    with other_side:
        st.markdown(f"**{t('selection.pair.others', count=detail.selected - 1)}**")
        if len(others):
            pair_table(t, others[columns], "other_pairs", about=about, most=6)
        else:
            st.caption(t("selection.pair.others_none"))
    with near_side:
        st.markdown(f"**{t('selection.pair.near', count=len(near))}**", help=t("glossary.near_miss"))
        if len(near):
            pair_table(t, near[[name for name in columns if name != "weight"]], "near_misses", about=about, most=6)
        else:
            st.caption(t("selection.pair.near_none"))
