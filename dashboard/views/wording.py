"""In which words a decision is told: weights that learned the normal course of things know no fault, only what is unusual, and
those that learned labels of whole logs do not know which events are faulty.

    t = worded(decision, t)
    t("verdict.fault", ...)     # "Unusual: after 3 of 400 events something unexpected came" where the weights say no more

The labels in the record stay "fault" and "normal", which queue, gate and statistics go by.
"""

from __future__ import annotations

from typing import TypeVar

from audit import DecisionRecord
from dashboard.texts import Texts

Words = TypeVar("Words", bound=Texts)
UNUSUAL = {
    "label.fault": "unusual.label",
    "label.normal": "unusual.label_usual",
    "verdict.fault": "unusual.fault",
    "verdict.normal": "unusual.normal",
    "verdict.normal_some": "unusual.normal_some",
    "verdict.numbers": "unusual.numbers",
    "verdict.flagged": "unusual.flagged",
    "route.fault": "unusual.route",
    "events.probability": "unusual.surprise",
    "events.event": "unusual.event",
    "events.title": "unusual.events",
    "events.title_none": "unusual.events_none",
    "glossary.event_probability": "unusual.event_probability",
    "pairs.event": "unusual.pairs_event",
    "explain.line_score": "unusual.line_score",
    "report.events": "unusual.report_events",
    "report.events_none": "unusual.report_events_none",
    "report.line_score": "unusual.report_line_score",
    "report.without": "unusual.report_without",
    "change.none": "unusual.change_none",
    "change.none_score": "unusual.change_none_score",
    "change.single": "unusual.change_single",
    "change.together": "unusual.change_together",
    "change.line_still": "unusual.change_line_still",
    "change.nearest": "unusual.change_nearest",
    "change.nearest_flagged": "unusual.change_nearest_flagged",
    "confidence.unfamiliar": "unusual.unfamiliar",
}
"""Texts that say fault -> what is said instead."""
WHOLE = {
    "verdict.fault": "verdict.fault_whole",
    "verdict.flagged": "verdict.flagged_whole",
    "events.title": "events.title_whole",
    "report.events": "report.events_whole",
    "change.none": "change.none_whole",
}
"""Texts that count faulty events -> what is said where the labels named none."""


def novelty(decision: DecisionRecord) -> bool:
    """Whether the decision was made with weights that learned the normal course of things."""
    return decision.details.get("task") == "novelty"


def worded(decision: DecisionRecord, t: Words) -> Words:
    """The texts in which this decision is told."""
    if novelty(decision):
        return t.reworded(UNUSUAL)
    return t if decision.details.get("located", True) else t.reworded(WHOLE)


def as_unusual(decision: DecisionRecord, t: Texts) -> str:
    """How many of a thousand normal sequences are as unusual, by the conformal p-value that was recorded."""
    p = p_value(decision)
    if p is None:
        return "–"
    return t("unusual.of_thousand", n=f"{1000 * p:,.0f}" if p >= 0.001 else "<1")


def p_sentence(decision: DecisionRecord, t: Texts) -> str:
    """The same as a sentence that says what it is, and how far it goes."""
    p, count = p_value(decision), decision.details.get("reference_count")
    if p is None:
        return t("unusual.no_p")
    shown = f"{1000 * p:,.0f}" if p >= 0.001 else "1"
    if isinstance(count, int) and p <= 1.5 / (count + 1):
        return t("unusual.p_least", n=shown, count=count, p=p)
    return t("unusual.p", n=shown, p=p)


def p_value(decision: DecisionRecord) -> float | None:
    """The conformal p-value that was recorded; None where the weights knew no normal sequences."""
    found = decision.details.get("p_value")
    return float(found) if isinstance(found, int | float) else None
