"""How far to believe each method: its scores in a report, with the controls that it has to beat below."""

from __future__ import annotations

from dashboard.report.markup import Column, Html, number, section, table, tag
from dashboard.texts import Texts
from dashboard.views.explanation import method_name
from sparsemix import TokenSequence
from sparsemix.explain.explanation import Explanation
from sparsemix.explain.faithfulness import Faithfulness, beaten


def scores_section(sequence: TokenSequence, explanation: Explanation, t: Texts) -> Html:
    """Methods, then controls, each with four scores."""
    columns = [
        Column(t("explain.scores.name")),
        Column(t("explain.scores.first_line"), True),
        Column(t("explain.scores.delta"), True),
        Column(t("report.comprehensiveness"), True),
        Column(t("report.sufficiency"), True),
        Column(t("report.deletion"), True),
        Column(t("report.insertion"), True),
        Column(t("report.beats"), True),
    ]
    methods = {name: score for name, score in explanation.scores.items() if name in explanation.attributions}
    controls = [score for name, score in explanation.scores.items() if name not in methods]
    rows = []
    for name, score in explanation.scores.items():
        first, delta = _facts(sequence, explanation, name)
        won = t("report.beats_n", n=beaten(score, controls), of=4) if name in methods else ""
        rows.append([method_name(name, t), first, delta, *_cells(score), won])
    return section(
        t("report.scores"),
        tag("p", t("report.scores_lead"), class_="quiet"),
        table(columns, rows, class_="keep"),
        tag("p", t("report.scores_note"), class_="note"),
    )


def _cells(score: Faithfulness) -> list[str]:
    return [
        number(score.comprehensiveness_logit),
        number(score.sufficiency_logit),
        number(score.deletion, 4),
        number(score.insertion, 4),
    ]


def _facts(sequence: TokenSequence, explanation: Explanation, name: str) -> tuple[str, str]:
    """The line that a method puts first, and how far its values are from adding up."""
    found = explanation.attributions.get(name)
    if found is None:
        return "", ""
    ranking = found.ranking()
    first = str(sequence.events[int(ranking[0])].line) if len(ranking) else "–"
    return first, "–" if found.relative_delta is None else f"{found.relative_delta:.2%}"
