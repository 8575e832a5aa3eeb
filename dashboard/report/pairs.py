"""The line that a report explains, whether the views of it agree, and the pairs with what changes without them."""

from __future__ import annotations

from collections.abc import Sequence

from dashboard.report.markup import Column, Html, number, percent, section, signed, table, tag
from dashboard.texts import Texts
from dashboard.views.explanation import agreement_words
from dashboard.views.verdict import one_line
from sparsemix import TokenSequence
from sparsemix.explain.effects import PairEffect
from sparsemix.explain.explanation import Explanation

MOST = 20
# A cell of a printed table: the whole text stands in the file.
_CELL = 160


def line_section(sequence: TokenSequence, explanation: Explanation, t: Texts) -> Html:
    """The line itself, its score, and the agreement in words and numbers."""
    events, views = sequence.events, explanation.agreement
    target = events[explanation.target]
    score = t("report.line_score", probability=percent(explanation.probability), logit=signed(explanation.logit))

    def lines(found: Sequence[int]) -> str:
        return t("unit.join").join(str(events[event].line) for event in found) or "–"

    rows = [
        (t("report.view_effect"), lines(views.top_effect), "–"),
        (t("report.view_selection"), lines(views.top_selection), _rank(views.selection_rank)),
        (t("report.view_attribution"), lines(views.top_attribution), _rank(views.attribution_rank)),
    ]
    columns = [Column(t("report.view")), Column(t("report.view_first")), Column(t("report.view_rank"), True)]
    return section(
        t("report.line"),
        tag("p", tag("b", t("report.line_n", line=target.line)), " · ", score),
        tag("blockquote", target.text, class_="log"),
        tag("p", t("report.views_lead"), class_="quiet"),
        tag("p", agreement_words(views, lambda event: events[event].line, t), class_="said"),
        table(columns, rows),
        class_="keep",
    )


def pairs_section(sequence: TokenSequence, explanation: Explanation, t: Texts) -> Html:
    """The pairs with the largest effect, strongest first."""
    effects = explanation.effects[:MOST]
    if not effects:
        return section(t("report.pairs"), tag("p", t("explain.effects.none")))
    lead = t(
        "report.pairs_lead",
        line=sequence.events[explanation.target].line,
        shown=len(effects),
        tried=len(explanation.effects),
    )
    columns = [
        Column(t("report.effect_line")),
        Column(t("report.cause_line")),
        Column(t("explain.col.weight"), True),
        Column(t("explain.col.effect"), True),
        Column(t("explain.col.direct"), True),
        Column(t("report.without"), True),
    ]
    rows = (_row(sequence, explanation, found, t) for found in effects)
    return section(t("report.pairs"), tag("p", lead, class_="quiet"), table(columns, rows, class_="pairs"))


def _row(sequence: TokenSequence, explanation: Explanation, found: PairEffect, t: Texts) -> list[str]:
    effect = found.effect
    change = -100.0 * effect.probability
    without = percent(explanation.probability - effect.probability)
    return [
        numbered(sequence, found.edge.query),
        numbered(sequence, found.edge.key),
        number(found.edge.weight),
        signed(effect.effect),
        signed(effect.direct),
        # The change is that of the probability, so the other way round than the effect.
        t("report.points", probability=without, change=signed(change, 1 if abs(change) >= 0.05 else 4)),
    ]


def numbered(sequence: TokenSequence, index: int) -> Html:
    """An event by its line number and the beginning of its text."""
    event = sequence.events[index]
    text = one_line(event.message)
    return tag("span", tag("b", str(event.line)), " ", text if len(text) <= _CELL else f"{text[:_CELL]}…", class_="log")


def _rank(value: float | None) -> str:
    return "–" if value is None else signed(value)
