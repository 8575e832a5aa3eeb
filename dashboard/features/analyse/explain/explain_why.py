"""The explanation: agreement, pairs by effect, why a pair was selected; when asked for, scores of the methods and the log
coloured by one."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from dashboard.features.analyse.explain.explain_line import places, whole_of
from dashboard.features.analyse.method_overlay import method_overlay
from dashboard.service.decide.pipeline import LoadedDecision
from dashboard.shared import display
from dashboard.shared.decision.pairs import pair_table
from dashboard.texts import Texts, literal
from dashboard.views import incidents
from dashboard.views.explanation import agreement_words, alternative_table, effect_table, part_table, score_table
from dashboard.views.wording import by_itself
from sparsemix import Rerun
from sparsemix.explain.effects import PairEffect
from sparsemix.explain.explanation import Explanation, as_json
from sparsemix.explain.intervention import Pair
from sparsemix.explain.pair_logit import Why, why
from sparsemix.incidents.sentences import reason_content

_LOOK = {
    "agree": (st.success, ":material/check_circle:"),
    "partly": (st.info, ":material/info:"),
    "disagree": (st.warning, ":material/warning:"),
    "alone": (st.info, ":material/person:"),
}
_ROWS = 8  # shown before the table scrolls


def why_section(t: Texts, loaded: LoadedDecision, explanation: Explanation, rerun: Rerun) -> None:
    """Show everything that is known about why the line has its score."""
    _agreement(t, loaded, explanation, rerun)
    effect = _effects(t, loaded, explanation, rerun)
    if effect is not None:
        _pair(t, loaded, rerun, effect)
    st.divider()
    st.header(t("explain.scores.title"), anchor=False)
    st.caption(t("explain.scores.lead"))
    whole = whole_of(t, loaded, explanation, rerun)
    if whole is not None:
        _scores(t, loaded, whole)
        method_overlay(t, loaded, explanation.target, rerun, place="explain")


def _agreement(t: Texts, loaded: LoadedDecision, explanation: Explanation, rerun: Rerun) -> None:
    agreement = explanation.agreement
    threshold = rerun.model.config.event_threshold
    probability = f"{explanation.probability:.1%}" if explanation.probability >= 1e-3 else f"{explanation.probability:.2g}"
    line = loaded.sequence.events[explanation.target].line
    if by_itself(loaded.summary.decision):
        st.markdown("  \n".join(map(literal, _why_shown(t, loaded, explanation.target, rerun))))
    st.caption(t("explain.line_score", line=line, probability=probability, threshold=threshold))
    show, icon = _LOOK[agreement.verdict]
    show(agreement_words(agreement, lambda event: loaded.sequence.events[event].line, t), icon=icon)
    ranks = [
        "–" if rank is None else f"{rank:+.2f}".replace("-", "−")
        for rank in (agreement.selection_rank, agreement.attribution_rank)
    ]
    st.caption(t("explain.agreement.ranks", selection=ranks[0], attribution=ranks[1]))


def _why_shown(t: Texts, loaded: LoadedDecision, event: int, rerun: Rerun) -> list[str]:
    """Say why an incident is shown and what led to it; of any other line, where it stands and what speaks for it."""
    for one in incidents.shown_incidents(loaded, t):
        if one.event == event:
            return [one.why, *(cause.said for cause in one.causes)]
    found = places().get((loaded.summary.decision.id, rerun.model.weights_sha256, event))
    if found is None:
        return []
    place = t.plain("explain.place", place=found.place, total=len(loaded.sequence))
    return [place, incidents.why([reason_content(reason) for reason in found.reasons], t, shown=False)]


def _effects(t: Texts, loaded: LoadedDecision, explanation: Explanation, rerun: Rerun) -> PairEffect | None:
    """Show the table of pair effects; return the chosen effect, or the strongest."""
    table = effect_table(loaded.sequence, explanation.effects)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.header(t("explain.effects.title"), anchor=False, width="stretch")
        name = f"explanation-{_about(loaded, explanation)}.json"
        display.save_json(t("explain.effects.save_all"), lambda: as_json(rerun, explanation), name, "explain_json")
    if not explanation.effects:
        st.caption(t("explain.effects.none"))
        return None
    tried = len(explanation.effects)
    whole = "" if tried == explanation.pairs else " " + t("explain.effects.tried", tried=tried, pairs=explanation.pairs)
    st.caption(t("explain.effects.lead") + whole)
    key = f"explain_effects_{loaded.summary.decision.id}_{explanation.target}"
    event = display.table(
        t,
        table,
        "pair_effects",
        key=key,
        about=_about(loaded, explanation),
        on_select="rerun",
        selection_mode="single-row",
        column_config=effect_columns(t),
        height=display.height(len(table), _ROWS),
    )
    rows = event.selection.rows
    return explanation.effects[rows[0] if rows and rows[0] < len(explanation.effects) else 0]


def _about(loaded: LoadedDecision, explanation: Explanation) -> str:
    """Return the part of files' names that stands for the explanation."""
    return f"{loaded.summary.decision.id[:8]}-event{explanation.target}"


def effect_columns(t: Texts) -> dict[str, Any]:
    """Return words, units and widths of the columns of ``effect_table``."""
    number, text = st.column_config.NumberColumn, st.column_config.TextColumn

    def name(column: str) -> str:
        return t.plain(f"explain.col.{column}")

    return {
        "action": text(name("action"), width=90),
        "query_line": number(name("query_line"), format="localized", width=70),
        "key_line": number(name("key_line"), format="localized", width=80, help=t.plain("glossary.pair")),
        "effect": number(name("effect"), format="%+.3f", width=80, help=t.plain("glossary.effect")),
        "direct": number(name("direct"), format="%+.3f", width=80, help=t.plain("glossary.direct")),
        "probability": number(name("probability"), format="%+.1f", width=110),
        "weight": number(
            name("weight"), format="%.3f", width=130, help=f"{t.plain('glossary.weight')} {t.plain('explain.col.weight_help')}"
        ),
        "heads": text(name("heads"), width=110),
        "key_text": text(name("key_text"), width=320),
        "query_text": text(name("query_text"), width=320),
    }


def _pair(t: Texts, loaded: LoadedDecision, rerun: Rerun, effect: PairEffect) -> None:
    """Show why the model looked there: one head of the pair at a time."""
    events, edge = loaded.sequence.events, effect.edge
    query, key = events[edge.query], events[edge.key]
    st.markdown(f"**{t('explain.why.title', query=query.line, key=key.line)}**")
    st.code(f"{query.line}: {query.text}\n{key.line}: {key.text}", language=None, wrap_lines=True)
    pairs = list(edge.pairs)
    chosen = 0
    if len(pairs) > 1:
        chosen = st.segmented_control(
            t("explain.why.head"),
            range(len(pairs)),
            default=0,
            required=True,
            format_func=lambda place: f"{pairs[place].layer + 1}.{pairs[place].head + 1}",
            key=f"explain_head_{edge.query}_{edge.key}",
        )
    why_pair(t, loaded, rerun, pairs[chosen])


def why_pair(t: Texts, loaded: LoadedDecision, rerun: Rerun, pair: Pair) -> None:
    """Show a pair's logit taken apart, and the keys that came nearest to taking its place."""
    parts_of_logit = why(rerun, pair)
    st.markdown(_sum(t, parts_of_logit))
    st.caption(t("explain.why.certified" if parts_of_logit.certified else "explain.why.uncertified"))
    with st.container(key="split_parts"):
        key_side, query_side, others = st.columns(3, gap="medium")
    about = f"{loaded.summary.decision.id[:8]}-layer{pair.layer + 1}-head{pair.head + 1}-events{pair.query}-{pair.key}"
    for column, title, name, parts in (
        (key_side, "explain.why.key", "cause_parts", parts_of_logit.key_parts),
        (query_side, "explain.why.query", "effect_parts", parts_of_logit.query_parts),
    ):
        with column:
            st.markdown(f"**{t(title)}**")
            columns = {
                "part": st.column_config.TextColumn(t.plain("explain.part")),
                "value": st.column_config.NumberColumn(t.plain("explain.part.value"), format="%+.2f", width=80),
            }
            display.table(t, part_table(parts, loaded.sequence, t), name, about=about, column_config=columns)
    with others:
        st.markdown(f"**{t('explain.why.rejected')}**")
        table: pd.DataFrame = alternative_table(parts_of_logit.rejected, loaded.sequence, pair.query)
        pair_table(t, table[["key_line", "margin", "key_text"]], "alternatives", about=about, most=6)


def _sum(t: Texts, parts_of_logit: Why) -> str:
    def number(value: float, sign: str = "") -> str:
        return f"{value:{sign}.2f}".replace("-", "−")

    matched = t.plain("explain.why.identifier", value=number(parts_of_logit.identifier)) if parts_of_logit.identifier else ""
    return t(
        "explain.why.sum" if parts_of_logit.margin > 0 else "explain.why.sum_out",
        layer=parts_of_logit.pair.layer + 1,
        head=parts_of_logit.pair.head + 1,
        content=number(parts_of_logit.content),
        distance=number(parts_of_logit.distance),
        direction=number(parts_of_logit.direction),
        matched=matched,
        logit=number(parts_of_logit.logit),
        margin=number(abs(parts_of_logit.margin)),
        threshold=number(parts_of_logit.threshold),
        weight=f"{parts_of_logit.weight:.3f}",
    )


def _scores(t: Texts, loaded: LoadedDecision, explanation: Explanation) -> None:
    score = next(iter(explanation.scores.values()))
    if score.steps < score.others:
        st.caption(t("explain.scores.steps", others=score.others, steps=score.steps))
    number = st.column_config.NumberColumn

    def name(column: str) -> str:
        return t.plain(f"explain.scores.{column}")

    display.table(
        t,
        score_table(explanation, loaded.sequence, t),
        "method_scores",
        key="explain_scores",
        about=_about(loaded, explanation),
        height="content",
        column_config={
            "name": st.column_config.TextColumn(name("name"), width=260),
            "first_line": number(name("first_line"), format="localized", width=90),
            "delta": number(name("delta"), format="%.2f%%", width=90),
            **{
                column: number(name(column), format="%+.3f", width=120)
                for column in ("comprehensiveness", "sufficiency", "deletion", "insertion")
            },
        },
    )
