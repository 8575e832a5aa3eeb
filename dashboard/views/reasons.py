"""Reasons for a verdict in sentences: what would change it, and how sure it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from audit import DecisionRecord
from dashboard.service.common.decision_details import details_of
from dashboard.service.decide.pipeline import LoadedDecision
from dashboard.texts import Texts
from dashboard.views.verdict import event_threshold, flagged_count, left_out, shortened, suspects, unfamiliar
from dashboard.views.wording import novelty, p_sentence, worded
from sparsemix.training.common.reliability import Bin, Reliability

MOST = 3
LEAST = 20
"""The number of logs below which little can be said about how often a probability is right."""
_MUCH_LONGER = 4
_SHORT = 90  # characters of a line's text in a sentence
_NOTICEABLE = 0.05  # of the largest part: a smaller one makes no practical difference


def evidence(loaded: LoadedDecision, t: Texts) -> str | None:
    """Describe the evidence of n-grams of lines, or of a table's columns, without attention, and the lines, columns and rows
    that contributed most; None where the weights do not use it."""
    match details_of(loaded.summary.decision).evidence:
        case {"alone": float(alone), "attended": float(attended), "events": list(rows), "columns": list(columns)}:
            sentences = [t("evidence.said", alone=alone, attended=attended)]
            if columns:
                names = [
                    t.plain(f"evidence.{term}", column=name, added=float(added)) for name, term, added in _leading(columns)
                ]
                sentences.append(t("evidence.most", lines=t.plain("unit.join").join(names)))
            if rows:
                lines = [t.plain("evidence.row", line=int(line), added=float(added)) for _, line, added in _leading(rows)]
                sentences.append(t("evidence.rows", rows=t.plain("unit.join").join(lines)))
            return " ".join(sentences)
        case {"alone": float(alone), "attended": float(attended), "events": list(events)}:
            sentence = t("evidence.said", alone=alone, attended=attended)
            lines = [_line(int(place), int(line), float(added), loaded, t) for place, line, added in _leading(events)]
            return f"{sentence} {t('evidence.most', lines=t.plain('unit.join').join(lines))}" if lines else sentence
    return None


def _leading(rows: Sequence[Sequence[Any]]) -> Sequence[Sequence[Any]]:
    """Return the first MOST rows without those whose logits (the last value) are negligible compared with the first row's."""
    return [row for row in rows[:MOST] if abs(float(row[-1])) >= _NOTICEABLE * abs(float(rows[0][-1]))]


def evidence_help(loaded: LoadedDecision, t: Texts) -> str:
    """Explain how the weights learned what ``evidence`` describes."""
    return t("evidence.table_help" if "columns" in details_of(loaded.summary.decision).evidence else "evidence.help")


def _line(place: int, line: int, added: float, loaded: LoadedDecision, t: Texts) -> str:
    return t.plain("evidence.line", line=line, text=_short(loaded.sequence.events[place].message), added=added)


def conclusion(decision: DecisionRecord, t: Texts) -> str:
    """Say in one sentence whether any measured change would change the verdict."""
    measured, t = _measured(decision), worded(decision, t)
    if decision.label != "fault":
        return _nearest(decision, t)
    if not measured:
        return t("change.no_line" if not flagged_count(decision) else "change.not_measured")
    decisive = next((change for change in measured if change["label"] != decision.label), None)
    if decisive is not None:
        score = percent(decisive["score"])
        return t("change.single", query=decisive["query_line"], key=decisive["key_line"], score=score, normal=t("label.normal"))
    together = details_of(decision).without_pair.get("together")
    if together is not None and together["label"] != decision.label:
        return t("change.together", n=len(measured), score=percent(together["score"]), normal=t("label.normal"))
    left = min(int(change["flagged"]) for change in measured)
    return t("change.none" if left else "change.none_score", left=left)


def changes(decision: DecisionRecord, t: Texts) -> list[str]:
    """Say for each of the most probable flagged lines how probable it would be without the pair that matters most to it."""
    return [_change(change, event_threshold(decision), worded(decision, t)) for change in _measured(decision)]


def percent(share: float) -> str:
    """Format a probability; it is never rounded to certainty."""
    if share >= 0.9995:
        return ">99.9%"
    return "<0.1%" if share < 0.0005 else f"{share:.1%}"


def _change(change: Mapping[str, Any], threshold: float, t: Texts) -> str:
    lines = {"line": int(change["line"]), "query": int(change["query_line"]), "key": int(change["key_line"])}
    before, after = percent(float(change["probability"])), percent(float(change["without"]))
    return t("change.line", **lines, before=before, after=after, threshold=threshold)


def _nearest(decision: DecisionRecord, t: Texts) -> str:
    nearest = next(iter(suspects(decision, 1)), None)
    if nearest is None:
        return t("change.nothing")
    key = "change.nearest_flagged" if flagged_count(decision) else "change.nearest"
    return t(
        key,
        line=nearest.line,
        probability=percent(nearest.probability),
        threshold=event_threshold(decision),
        score=percent(decision.score),
        from_score=decision.threshold,
    )


def _measured(decision: DecisionRecord) -> list[dict[str, Any]]:
    """Return the recorded changes of the explained lines, without lines that people named fine; empty for decisions made before
    changes were measured."""
    details = details_of(decision)
    measured = list(details.without_pair.get("events", ()))
    if not left_out(decision):
        return measured
    named = {event for event, *_ in details.flagged}
    return [change for change in measured if change["event"] in named]


def _short(text: str) -> str:
    return shortened(" ".join(text.split()), _SHORT)


def confidence(decision: DecisionRecord, counted: Reliability | None, t: Texts) -> str:
    """Say how far to believe the log's probability. ``counted``: the reliability of the decision's weights, None where it was
    not counted."""
    if unfamiliar(decision):
        return worded(decision, t)("confidence.unfamiliar")
    if novelty(decision):
        return p_sentence(decision, t)
    if counted is None:
        return t("confidence.not_counted")
    words = _words(counted.by_log.of(decision.score), counted, t)
    longer = decision.event_count >= _MUCH_LONGER * counted.events
    if longer or decision.event_count * _MUCH_LONGER <= counted.events:
        words += t("confidence.other_length", counted=counted.events, events=decision.event_count)
    return words


def counting(counted: Reliability | None, t: Texts) -> str | None:
    """Describe how the reliability was counted, and its error; None where it was not counted."""
    if counted is None:
        return None
    return t("confidence.counting", logs=counted.generated, events=counted.events, error=100 * counted.by_log.error)


def event_counts(counted: Reliability | None, probability: float, t: Texts) -> str | None:
    """Say how often a line with such a probability was really faulty; None where it was not counted."""
    if counted is None:
        return None
    bin = counted.by_event.of(probability)
    return t("confidence.events", low=bin.low, high=bin.high, count=bin.count, faulty=bin.faulty)


def _words(bin: Bin, counted: Reliability, t: Texts) -> str:
    values = {"low": bin.low, "high": bin.high, "count": bin.count, "faulty": bin.faulty}
    if bin.count < LEAST:
        return t("confidence.rare", total=counted.generated, **values)
    return t("confidence.fault", **values)
