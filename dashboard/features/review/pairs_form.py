"""A reviewer's opinion on single pairs: relevant, spurious, or missing."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from audit import PairReview, PairVerdict
from dashboard.features.review.review_draft import missing_pairs
from dashboard.service.decide.pipeline import LoadedDecision
from dashboard.service.decide.review_record import PLACE, ReviewProblem, SuspectEvent, missing_pair
from dashboard.shared import failures, session
from dashboard.shared.decision.pairs import opinion
from dashboard.texts import Texts
from dashboard.views import verdict
from dashboard.views.pairs import named_pairs
from dashboard.views.wording import worded


def with_marked(loaded: LoadedDecision, strongest: pd.DataFrame) -> pd.DataFrame:
    """Return these pairs, then those that the reviewer marked elsewhere."""
    there = set(map(tuple, strongest[list(PLACE)].to_numpy().tolist()))
    id = loaded.summary.decision.id
    marked = [mark[1:] for mark in session.marks() if mark[0] == id and mark[1:] not in there]
    if not marked:
        return strongest
    return pd.concat([strongest, named_pairs(loaded.sequence, loaded.trace, marked)], ignore_index=True)


def judge(loaded: LoadedDecision, events: list[SuspectEvent], pairs: pd.DataFrame, t: Texts) -> None:
    """Show every suspect event with its pairs and a selector for each pair."""
    t = worded(loaded.summary.decision, t)
    st.markdown(t("pairs.title"), help=t("pairs.lead"))
    rows = pairs.to_dict("records")
    for event in events:
        with st.container(border=True, key=f"event_{event.index}"):
            st.caption(t("pairs.event", x=event.probability))
            st.code(verdict.effect_line(event, loaded, t), language=None, wrap_lines=True)
            pairs_of_event = [pair for pair in rows if pair["query"] == event.index]
            st.caption(t("pairs.explained" if pairs_of_event else "pairs.none"))
            for pair in pairs_of_event:
                _opinion(loaded, pair, t)
    suspect = {event.index for event in events}
    others = [pair for pair in rows if pair["query"] not in suspect]
    if others:
        st.markdown(t("pairs.marked"))
        st.caption(t("pairs.marked_lead"))
    for pair in others:
        with st.container(border=True):
            st.code(verdict.line_of(pair, "query", t), language=None, wrap_lines=True)
            st.caption(t("pairs.explained"))
            _opinion(loaded, pair, t)


def given(loaded: LoadedDecision, pairs: pd.DataFrame) -> list[PairReview]:
    """Return the opinions on these pairs, and the pairs named as missing."""
    id, marks, reviews = loaded.summary.decision.id, session.marks(), []
    for layer, head, query, key in pairs[list(PLACE)].astype(int).to_numpy().tolist():
        word = marks.get((id, layer, head, query, key))
        if word:
            reviews.append(PairReview(layer, head, query, key, PairVerdict(word)))
    return reviews + missing_pairs(id)


def _opinion(loaded: LoadedDecision, pair: Mapping[Hashable, Any], t: Texts) -> None:
    layer, head, query, key = (int(pair[name]) for name in PLACE)
    with st.container(key=f"pair_{layer}_{head}_{query}_{key}"):
        st.code(verdict.line_of(pair, "key", t), language=None, wrap_lines=True)
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            st.caption(verdict.pair_facts(pair, t), width="content")
            place = (loaded.summary.decision.id, layer, head, query, key)
            opinion(place, t("pairs.opinion"), t, label_visibility="collapsed")


def missing(loaded: LoadedDecision, t: Texts) -> None:
    """Show the fields for pairs that the reviewer names because the model did not select them."""
    named = missing_pairs(loaded.summary.decision.id)
    with st.expander(t("missing.title", n=len(named)), key="missing_pairs"):
        st.caption(t("missing.lead"))
        lines = st.columns([1, 1, 1], vertical_alignment="bottom")
        id = loaded.summary.decision.id
        lines[0].number_input(t("missing.effect"), min_value=1, step=1, value=None, key=f"effect_{id}")
        lines[1].number_input(t("missing.cause"), min_value=1, step=1, value=None, key=f"cause_{id}")
        lines[2].button(t("missing.add"), key="missing_add", icon=":material/add:", on_click=_add, args=(loaded,))
        problem = st.session_state.pop("missing_problem", None)
        if problem is not None:
            failures.show(problem, t)
        for number, pair in enumerate(named):
            events = loaded.sequence.events
            with st.container(horizontal=True, vertical_alignment="center"):
                st.text(t.plain("missing.pair", effect=events[pair.query].line, cause=events[pair.key].line))
                st.button(
                    t("missing.remove"),
                    key=f"missing_remove_{number}",
                    type="tertiary",
                    on_click=_remove,
                    args=(loaded, number),
                )


def listed(pairs: Sequence[PairReview], loaded: LoadedDecision, t: Texts) -> None:
    """Show a review's opinions, one line for each pair."""
    if pairs:
        with st.expander(t("history.pairs", n=len(pairs))):
            for pair in pairs:
                st.text(verdict.opinion_text(pair, loaded, t))


def _remove(loaded: LoadedDecision, number: int) -> None:
    del missing_pairs(loaded.summary.decision.id)[number]


def _add(loaded: LoadedDecision) -> None:
    id = loaded.summary.decision.id
    effect, cause = st.session_state.get(f"effect_{id}"), st.session_state.get(f"cause_{id}")
    named = missing_pairs(id)
    try:
        if effect is None or cause is None:
            raise ReviewProblem("no_lines")
        pair = missing_pair(loaded, int(effect), int(cause))
        if pair in named:
            raise ReviewProblem("named_already")
    except ReviewProblem as problem:
        st.session_state["missing_problem"] = problem
    else:
        named.append(pair)
