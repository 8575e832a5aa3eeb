"""Words that fit what the weights know, and the names of weights.

Weights that learned only normal logs know no faults, only what is unusual. Weights that learned labels of whole logs do not
know which events are faulty.

    t = worded(decision, t)
    t("verdict.fault", ...)     # "Unusual: something unexpected came after 3 of 400 events" where the weights say no more

The labels in the record stay "fault" and "normal": queue, gate and statistics depend on them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

from audit import DecisionRecord, RegisteredWeights
from dashboard.service.common.decision_details import details_of, typed
from dashboard.service.decide.weights_used import shipped
from dashboard.texts import Texts
from sparsemix.judges import AnyLog

Words = TypeVar("Words", bound=Texts)
SHORT = 12
"""Digits of a hash that distinguish weights."""
UNUSUAL = {
    "label.fault": "unusual.label",
    "label.normal": "unusual.label_usual",
    "verdict.fault": "unusual.fault",
    "verdict.normal": "unusual.normal",
    "verdict.normal_some": "unusual.normal_some",
    "verdict.flagged": "unusual.flagged",
    "route.fault": "unusual.route",
    "events.probability": "unusual.surprise",
    "events.event": "unusual.event",
    "glossary.event_probability": "unusual.event_probability",
    "explain.line_score": "unusual.line_score",
    "causes.measure": "causes.measure_surprise",
}
"""Texts that say fault -> the texts used instead."""
ITSELF = {
    "label.fault": "itself.label",
    "label.normal": "itself.label_usual",
    "verdict.unfamiliar_headline": "itself.headline",
    "verdict.unfamiliar": "itself.warning",
    "verdict.fault": "itself.fault",
    "verdict.normal": "itself.normal",
    "verdict.normal_some": "itself.normal_some",
    "verdict.probability": "itself.probability",
    "verdict.flagged": "itself.flagged",
    "route.fault": "itself.route",
    "events.probability": "itself.surprise",
    "glossary.event_probability": "itself.event_probability",
    "explain.line_score": "itself.line_score",
    "causes.measure": "causes.measure_itself",
    "confidence.unfamiliar": "itself.confidence",
    "verdict.threshold": "itself.threshold",
    "glossary.probability": "itself.probability_help",
    "explain.unfamiliar": "itself.explanations",
    "explain.agreement.checked": "itself.checked",
}
"""Texts that say fault -> the texts used instead where a log was judged by itself."""
WHOLE = {
    "verdict.fault": "verdict.fault_whole",
    "verdict.flagged": "verdict.flagged_whole",
}
"""Texts that count faulty events -> the texts used where the labels named no events."""


def percent(value: float) -> str:
    """Format a probability or a share; values near 0 and 1 get more digits, to be distinguished from 0 and 1."""
    shown = f"{value:.1%}"
    return f"{value:.4%}" if shown in ("0.0%", "100.0%") and 0.0 < value < 1.0 else shown


def novelty(decision: DecisionRecord) -> bool:
    """Return whether the decision was made with weights that learned only normal logs."""
    return details_of(decision).task == "novelty"


def by_itself(decision: DecisionRecord) -> bool:
    """Return whether the log was judged by itself, because the weights in use did not know it."""
    return details_of(decision).task == AnyLog.name


def worded(decision: DecisionRecord, t: Words) -> Words:
    """Return the texts that fit this decision."""
    return worded_by(decision.details, t)


def worded_by(details: Mapping[str, object], t: Words) -> Words:
    """Return the texts that fit what weights judge by (`decision_record.judged_by`)."""
    known = typed(details)
    if known.task == AnyLog.name:
        return t.reworded(ITSELF)
    if known.task == "novelty":
        return t.reworded(UNUSUAL)
    return t if known.located else t.reworded(WHOLE)


def as_unusual(decision: DecisionRecord, t: Texts) -> str:
    """Say how many of a thousand normal sequences are as unusual, by the recorded conformal p-value."""
    p = p_value(decision)
    if p is None:
        return "–"
    return t("unusual.of_thousand", n=f"{1000 * p:,.0f}" if p >= 0.001 else "<1")


def p_sentence(decision: DecisionRecord, t: Texts) -> str:
    """Say the same in a sentence, with the smallest p-value that the number of normal sequences allows, and the false-alarm
    rate that they support where a lower one was asked for."""
    details = details_of(decision)
    p, count = details.p_value, details.reference_count
    if p is None:
        return t("unusual.no_p")
    shown = f"{1000 * p:,.0f}" if p >= 0.001 else "1"
    if count is None:
        return t("unusual.p", n=shown, p=p)
    least = p <= 1.5 / (count + 1)
    said = t("unusual.p_least", n=shown, count=count, p=p) if least else t("unusual.p", n=shown, p=p)
    holds, asked = details.false_alarm_rate, details.false_alarms_asked
    if holds is None or asked is None or holds <= asked:
        return said
    return f"{said} {t('unusual.not_vouched', count=count, holds=holds, asked=asked)}"


def p_value(decision: DecisionRecord) -> float | None:
    """Return the recorded conformal p-value; None where the weights knew no normal sequences."""
    return details_of(decision).p_value


def short_hash(sha256: str) -> str:
    """Return the beginning of a hash."""
    return sha256[:SHORT]


def weights_name(sha256: str | None, known: Sequence[RegisteredWeights], t: Texts) -> str:
    """Return the name of weights: the one they were registered under, words for the program's own (None) and for the model for
    any log, or words with the hash where they are not registered."""
    if sha256 is None:
        return t.plain("model.program")
    registered = next((weights for weights in known if weights.sha256 == sha256), None)
    if registered is not None:
        return registered.name
    what = shipped().get(sha256)
    return t.plain("model.unregistered", id=short_hash(sha256)) if what is None else t.plain(f"model.{what}")
