"""Sections of a report about the explanation: the line, its pairs, why the strongest pair was selected, what each line
contributed, the scores of the methods."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from dashboard.report.markup import Column, Html, columns, facts, number, section, signed, table, tag
from dashboard.service.decide.explanation import beaten
from dashboard.texts import Texts
from dashboard.views.explanation import agreement_words, method_name, part_table
from dashboard.views.verdict import one_line
from dashboard.views.wording import percent
from sparsemix import Attribution, TokenSequence
from sparsemix.explain.effects import PairEffect
from sparsemix.explain.explanation import Explanation
from sparsemix.explain.faithfulness import Faithfulness
from sparsemix.explain.pair_logit import LogitPart, Why

# Parts of a pair's logit that are listed on either side.
_PARTS = 6
# Pairs that are listed.
MOST = 20
# Lines by contribution, and lines on either side of the explained one.
_LINES, _NEAR = 40, 2
# Characters in a cell of a printed table; the file has the whole text.
_CELL = 160


def line_section(sequence: TokenSequence, explanation: Explanation, t: Texts) -> Html:
    """Show the explained line, its score, and how far the explanations agree, in words and numbers."""
    events, views = sequence.events, explanation.agreement
    target = events[explanation.target]
    values = {"probability": percent(explanation.probability), "logit": signed(explanation.logit)}
    score = t("report.line_score", what=t("events.probability"), **values)

    def lines(indices: Sequence[int]) -> str:
        return t("unit.join").join(str(events[event].line) for event in indices) or "–"

    rows = [
        (t("explain.col.effect"), lines(views.top_effect), "–"),
        (t("selection.page"), lines(views.top_selection), _rank(views.selection_rank)),
        (t("report.view_attribution"), lines(views.top_attribution), _rank(views.attribution_rank)),
    ]
    heads = columns(map(t, ("report.view", "report.view_first")), [t("report.view_rank")])
    return section(
        t("report.line"),
        tag("p", tag("b", t("report.line_n", line=target.line)), " · ", score),
        tag("blockquote", target.text, class_="log"),
        tag("p", t("report.views_lead"), class_="quiet"),
        tag("p", agreement_words(views, lambda event: events[event].line, t), class_="said"),
        table(heads, rows),
        class_="keep",
    )


def pairs_section(sequence: TokenSequence, explanation: Explanation, t: Texts) -> Html:
    """List the pairs with the largest effect, strongest first."""
    effects = explanation.effects[:MOST]
    if not effects:
        return section(t("report.pairs"), tag("p", t("explain.effects.none")))
    lead = t(
        "report.pairs_lead",
        line=sequence.events[explanation.target].line,
        shown=len(effects),
        tried=len(explanation.effects),
    )
    effects_of = ("explain.col.weight", "explain.col.effect", "explain.col.direct", "report.without")
    heads = columns(map(t, ("report.effect_line", "report.cause_line")), map(t, effects_of))
    rows = (_pair(sequence, explanation, pair, t) for pair in effects)
    return section(t("report.pairs"), tag("p", lead, class_="quiet"), table(heads, rows, class_="pairs"))


def _pair(sequence: TokenSequence, explanation: Explanation, pair: PairEffect, t: Texts) -> list[str]:
    effect = pair.effect
    # The probability changes in the opposite direction of the effect.
    change = -100.0 * effect.probability
    without = percent(explanation.probability - effect.probability)
    return [
        _numbered(sequence, pair.edge.query),
        _numbered(sequence, pair.edge.key),
        number(pair.edge.weight),
        signed(effect.effect),
        signed(effect.direct),
        t("report.points", probability=without, change=signed(change, 1 if abs(change) >= 0.05 else 4)),
    ]


def _numbered(sequence: TokenSequence, index: int) -> Html:
    """Return an event as its line number and the beginning of its text."""
    event = sequence.events[index]
    text = one_line(event.message)
    return tag("span", tag("b", str(event.line)), " ", text if len(text) <= _CELL else f"{text[:_CELL]}…", class_="log")


def _rank(value: float | None) -> str:
    return "–" if value is None else signed(value)


def why_section(sequence: TokenSequence, explanation: Explanation, t: Texts) -> Html:
    """Show what the logit of the line's strongest pair is made of, and the pair's competitors; empty where no pair leads to the
    line."""
    if not explanation.whys:
        return Html("")
    why = explanation.whys[0]
    pair = why.pair
    lead = t(
        "report.why_lead",
        layer=pair.layer + 1,
        head=pair.head + 1,
        effect=sequence.events[pair.query].line,
        cause=sequence.events[pair.key].line,
    )
    return section(
        t("report.why"),
        tag("p", lead, " ", t(f"explain.why.{'certified' if why.certified else 'uncertified'}"), class_="quiet"),
        facts(_logit_rows(why, t), class_="facts keep"),
        tag("h3", t("report.others")),
        _others(sequence, why, t),
        tag(
            "div",
            _parts("explain.why.key", why.key_parts, sequence, t),
            _parts("explain.why.query", why.query_parts, sequence, t),
            class_="beside",
        ),
    )


def _logit_rows(why: Why, t: Texts) -> list[tuple[str, str]]:
    return [
        (t("report.content"), signed(why.content)),
        (t("report.distance"), signed(why.distance)),
        (t("report.direction"), signed(why.direction)),
        *([(t("report.identifier"), signed(why.identifier))] if why.identifier else []),
        (t("report.sum"), tag("b", signed(why.logit))),
        (t("report.half"), signed(why.logit / 2.0)),
        (t("report.threshold"), signed(why.logit / 2.0 - why.margin)),
        (t("report.margin"), signed(why.margin)),
        (t("report.weight"), tag("b", number(why.weight))),
    ]


def _others(sequence: TokenSequence, why: Why, t: Texts) -> Html:
    others = [("report.other_selected", alternative) for alternative in why.selected]
    others += [("report.other_rejected", alternative) for alternative in why.rejected]
    if not others:
        return tag("p", t("report.others_none"))
    heads = columns(map(t, ("report.cause_line", "word.state")), map(t, ("word.logit", "word.margin")))
    rows = [[_numbered(sequence, other.key), t(state), signed(other.logit), signed(other.margin)] for state, other in others]
    return table(heads, rows)


def _parts(title: str, parts: Iterable[LogitPart], sequence: TokenSequence, t: Texts) -> Html:
    rows = [[str(part), signed(float(value))] for part, value in part_table(parts, sequence, t, _PARTS).itertuples(index=False)]
    return tag(
        "div",
        tag("h3", t(title)),
        table(columns([t("explain.part")], [t("explain.part.value")]), rows),
        class_="keep",
    )


def text_section(sequence: TokenSequence, attribution: Attribution, t: Texts) -> Html:
    """Show what integrated gradients say that each line contributed: the strongest lines, the explained line with its
    neighbours, and whether the contributions add up."""
    target, value = attribution.target, dict(zip(attribution.events.tolist(), attribution.value.tolist(), strict=True))
    near = range(max(target - _NEAR, 0), min(target + _NEAR + 1, len(sequence)))
    strongest = sorted(value, key=lambda event: -abs(value[event]))[:_LINES]
    rows = []
    for index in sorted({*strongest, *near}):
        event, contribution = sequence.events[index], signed(value[index], 3) if index in value else ""
        rows.append([str(event.line), contribution, tag("b" if index == target else "span", event.text, class_="log")])
    lead = t("report.text_lead", reached=len(value), events=len(sequence))
    sums = t(
        "report.text_adds_up" if attribution.converged else "report.text_misses",
        delta=f"{abs(attribution.delta or 0.0):.4f}",
        total=f"{abs(attribution.logit - attribution.baseline_logit):.2f}",
        steps=attribution.steps,
    )
    heads = [Column(t("word.line"), True), Column(t("selection.text.value"), True), Column(t("selection.text.event"))]
    return section(t("report.text"), tag("p", lead, class_="quiet"), table(heads, rows), tag("p", sums, class_="note"))


def scores_section(sequence: TokenSequence, explanation: Explanation, t: Texts) -> Html:
    """Show how far to believe each method: the methods with four scores each, and below them the controls that they have to
    beat."""
    scores = ("comprehensiveness", "sufficiency", "deletion", "insertion", "beats")
    names = ("explain.scores.first_line", "explain.scores.delta", *(f"report.{name}" for name in scores))
    heads = columns([t("explain.scores.name")], map(t, names))
    methods = {name: score for name, score in explanation.scores.items() if name in explanation.attributions}
    controls = [score for name, score in explanation.scores.items() if name not in methods]
    rows = []
    for name, score in explanation.scores.items():
        first, delta = _first_and_delta(sequence, explanation, name)
        won = t("report.beats_n", n=beaten(score, controls), of=4) if name in methods else ""
        rows.append([method_name(name, t), first, delta, *_score_cells(score), won])
    first_score = next(iter(explanation.scores.values()))
    bounded = [
        t("explain.unit.tried", tried=attribution.tried[0], groups=attribution.tried[1])
        for attribution in explanation.attributions.values()
        if attribution.tried is not None
    ]
    if first_score.steps < first_score.others:
        bounded.append(t("explain.scores.steps", others=first_score.others, steps=first_score.steps))
    return section(
        t("report.scores"),
        tag("p", t("report.scores_lead"), class_="quiet"),
        table(heads, rows, class_="keep"),
        tag("p", t("report.scores_note"), class_="note"),
        *(tag("p", words, class_="note") for words in bounded),
    )


def _score_cells(score: Faithfulness) -> list[str]:
    return [
        number(score.comprehensiveness_logit),
        number(score.sufficiency_logit),
        number(score.deletion, 4),
        number(score.insertion, 4),
    ]


def _first_and_delta(sequence: TokenSequence, explanation: Explanation, name: str) -> tuple[str, str]:
    """Return the line that a method ranks first, and how far its values are from adding up."""
    attribution = explanation.attributions.get(name)
    if attribution is None:
        return "", ""
    ranking = attribution.ranking()
    first = str(sequence.events[int(ranking[0])].line) if len(ranking) else "–"
    return first, "–" if attribution.relative_delta is None else f"{attribution.relative_delta:.2%}"
