"""The log's text in a report, coloured by integrated gradients, with whether the contributions add up."""

from __future__ import annotations

from dashboard.report.markup import Html, section, tag
from dashboard.texts import Texts
from dashboard.views.overlay import as_html, passage
from sparsemix import Attribution, TokenSequence


def text_section(sequence: TokenSequence, found: Attribution, t: Texts) -> Html:
    """The strongest lines and the neighbours of the one that is explained."""
    lead = t("report.text_lead", reached=len(found.events), events=len(sequence))
    sums = t(
        "report.text_adds_up" if found.converged else "report.text_misses",
        delta=f"{abs(found.delta or 0.0):.4f}",
        total=f"{abs(found.logit - found.baseline_logit):.2f}",
        steps=found.steps,
    )
    return section(
        t("report.text"),
        tag("p", lead, class_="quiet"),
        # That view escapes what goes into it.
        tag("div", Html(as_html(passage(sequence, found), t.plain)), class_="passage"),
        tag("p", sums, class_="note"),
    )
