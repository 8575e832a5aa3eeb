"""How sure a verdict is, in words: how often such a probability was right where it was counted; and where that says nothing."""

from __future__ import annotations

from audit import DecisionRecord
from dashboard.texts import Texts
from dashboard.views.verdict import unfamiliar
from dashboard.views.wording import novelty, p_sentence, worded
from sparsemix.training.generated.reliability import Bin, Reliability

LEAST = 20
"""Fewer logs than this say little about how often a probability is right."""
_MUCH_LONGER = 4


def confidence(decision: DecisionRecord, counted: Reliability | None, t: Texts) -> str:
    """How far the log's probability can be believed. ``counted``: for the weights of the decision, None where nobody did."""
    if unfamiliar(decision):
        return worded(decision, t)("confidence.unfamiliar")
    if novelty(decision):
        return p_sentence(decision, t)
    if counted is None:
        return t("confidence.not_counted")
    found = counted.by_log.of(decision.score)
    words = _words(found, decision, counted, t)
    longer = decision.event_count >= _MUCH_LONGER * counted.events
    if longer or decision.event_count * _MUCH_LONGER <= counted.events:
        words += t("confidence.other_length", counted=counted.events, events=decision.event_count)
    return words


def counting(counted: Reliability | None, t: Texts) -> str | None:
    """How it was counted, and with what error: for whoever asks."""
    if counted is None:
        return None
    return t("confidence.counting", logs=counted.generated, events=counted.events, error=100 * counted.by_log.error)


def event_counts(counted: Reliability | None, probability: float, t: Texts) -> str | None:
    """How often a line with a probability like this one was really faulty."""
    if counted is None:
        return None
    found = counted.by_event.of(probability)
    return t("confidence.events", low=found.low, high=found.high, count=found.count, faulty=found.faulty)


def _words(found: Bin, decision: DecisionRecord, counted: Reliability, t: Texts) -> str:
    values = {"low": found.low, "high": found.high, "count": found.count, "faulty": found.faulty}
    if found.count < LEAST:
        return t("confidence.rare", total=counted.generated, **values)
    return t("confidence.fault" if decision.label == "fault" else "confidence.normal", **values)
