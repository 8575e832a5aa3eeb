"""Why the strongest pair of a report was selected: what its logit is made of, and what else came into question."""

from __future__ import annotations

from collections.abc import Iterable

from dashboard.report.markup import Column, Html, facts, number, section, signed, table, tag
from dashboard.report.pairs import numbered
from dashboard.texts import Texts
from dashboard.views.explanation import part_table
from sparsemix import TokenSequence
from sparsemix.explain.explanation import Explanation
from sparsemix.explain.pair_logit import Part, Why

_PARTS = 6


def why_section(sequence: TokenSequence, explanation: Explanation, t: Texts) -> Html:
    """Nothing where no pair leads to the line."""
    if not explanation.whys:
        return Html("")
    found = explanation.whys[0]
    pair = found.pair
    lead = t(
        "report.why_lead",
        layer=pair.layer + 1,
        head=pair.head + 1,
        effect=sequence.events[pair.query].line,
        cause=sequence.events[pair.key].line,
    )
    return section(
        t("report.why"),
        tag("p", lead, " ", t(f"explain.why.{'certified' if found.certified else 'uncertified'}"), class_="quiet"),
        facts(_sum(found, t), class_="facts keep"),
        tag("h3", t("report.others")),
        _others(sequence, found, t),
        tag(
            "div",
            _parts("explain.why.key", found.key_parts, sequence, t),
            _parts("explain.why.query", found.query_parts, sequence, t),
            class_="beside",
        ),
    )


def _sum(found: Why, t: Texts) -> list[tuple[str, str]]:
    return [
        (t("report.content"), signed(found.content)),
        (t("report.distance"), signed(found.distance)),
        (t("report.direction"), signed(found.direction)),
        (t("report.sum"), tag("b", signed(found.logit))),
        (t("report.half"), signed(found.logit / 2.0)),
        (t("report.threshold"), signed(found.logit / 2.0 - found.margin)),
        (t("report.margin"), signed(found.margin)),
        (t("report.weight"), tag("b", number(found.weight))),
    ]


def _others(sequence: TokenSequence, found: Why, t: Texts) -> Html:
    others = [("report.other_selected", one) for one in found.selected]
    others += [("report.other_rejected", one) for one in found.rejected]
    if not others:
        return tag("p", t("report.others_none"))
    columns = [
        Column(t("report.cause_line")),
        Column(t("report.other_state")),
        Column(t("selection.table.logit"), True),
        Column(t("selection.table.margin"), True),
    ]
    return table(
        columns, [[numbered(sequence, one.key), t(state), signed(one.logit), signed(one.margin)] for state, one in others]
    )


def _parts(title: str, parts: Iterable[Part], sequence: TokenSequence, t: Texts) -> Html:
    rows = [[str(part), signed(float(value))] for part, value in part_table(parts, sequence, t, _PARTS).itertuples(index=False)]
    return tag(
        "div",
        tag("h3", t(title)),
        table([Column(t("explain.part")), Column(t("explain.part.value"), True)], rows),
        class_="keep",
    )
