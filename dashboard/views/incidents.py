"""Incidents of a decision in sentences, in the reader's language, from what the record keeps of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from audit import DecisionRecord
from dashboard.service.common.decision_details import details_of
from dashboard.service.decide.marks import grown
from dashboard.service.decide.pipeline import LoadedDecision
from dashboard.texts import Texts
from dashboard.views.reasons import percent
from dashboard.views.times import duration
from dashboard.views.verdict import one_line, person, shortened
from dashboard.views.wording import by_itself

_SHORT, _CAUSE = 160, 120  # characters of a line's text
_ALONE = ("numbers", "order", "sessions", "entities", "repetition", "states", "table")
"""Reasons that are said without facts."""


@dataclass(frozen=True, slots=True)
class ShownCause:
    """What led to an incident, as it is ``said``: its ``event``, its ``line`` with its ``text``, and its ``kind`` (``""`` in
    decisions made earlier)."""

    said: str
    event: int
    line: int
    text: str
    kind: str


@dataclass(frozen=True, slots=True)
class ShownIncident:
    """An incident as it is shown: its line to look at first with its ``text``, the ``count`` of its lines, whether it
    ``must`` be seen, ``why`` in a sentence, and what led to it (``causes``); its ``kind`` (``""`` in decisions made earlier);
    whether it is ``new`` since the last decision on its source; what people said of it (``remark``), or ``""``."""

    event: int
    line: int
    text: str
    count: int
    must: bool
    why: str
    causes: tuple[ShownCause, ...]
    kind: str
    new: bool
    remark: str


def has_incidents(decision: DecisionRecord) -> bool:
    """Return whether a decision is told as incidents: not one made earlier, nor one of weights that flag no event."""
    return "incidents" in decision.details and (by_itself(decision) or bool(_kept(decision) or details_of(decision).routine))


def shown_incidents(loaded: LoadedDecision, t: Texts) -> list[ShownIncident]:
    """Return the incidents of a decision, best first. What the record keeps in another form than expected is left out."""
    return told(details_of(loaded.summary.decision).incidents, loaded, t)


def routine_incidents(loaded: LoadedDecision, t: Texts) -> list[ShownIncident]:
    """Return the incidents that people marked routine before, and that have not grown since."""
    return told(details_of(loaded.summary.decision).routine, loaded, t)


def known_before(decision: DecisionRecord, t: Texts) -> list[str]:
    """Say how many of the incidents are new since the last decision on the source, and what is not told because of what
    people said."""
    details, said = details_of(decision), []
    match details.compared_with:
        case {"at": str(at)}:
            new = sum(one.get("new") is True for one in _kept(decision))
            said.append(t("incidents.new_many", n=new, time=at[:16].replace("T", " ")))
    for name, left_out in (("routine", details.routine), ("wrong", details.wrong_causes)):
        if left_out:
            said.append(t(f"incidents.{name}_many", n=len(left_out)))
    return said


def told(incidents: list[Any], loaded: LoadedDecision, t: Texts) -> list[ShownIncident]:
    """Return recorded incidents in sentences."""
    found = []
    for kept in incidents:
        match kept:
            case {
                "lead": [[int(event), int(line)], *_],
                "count": int(count),
                "must": bool(must),
                "reasons": list(reasons),
                "causes": list(causes),
            } if 0 <= event < len(loaded.sequence):
                text = shortened(one_line(loaded.sequence.events[event].text), _SHORT)
                led = tuple(told for cause in causes if (told := _cause(cause, loaded, t)) is not None)
                known = (str(kept.get("kind", "")), kept.get("new") is True, _remark(kept, t))
                found.append(ShownIncident(event, line, text, count, must, why(reasons, t), led, *known))
    return found


def why(reasons: list[Any], t: Texts, *, shown: bool = True) -> str:
    """Return why an incident is shown, or what speaks for another line, with the effect of each reason."""
    told = [said for reason in reasons if (said := _reason(reason, t)) is not None]
    return (
        t.plain("incidents.because" if shown else "incidents.speaks", reasons=t.plain("incidents.join").join(told))
        if told
        else t.plain("incidents.because_nothing")
    )


def _kept(decision: DecisionRecord) -> list[Mapping[str, Any]]:
    return [one for one in details_of(decision).incidents if isinstance(one, dict)]


def _reason(reason: Any, t: Texts) -> str | None:
    """Return a reason in words with its effect; None for one that is recorded in another form."""
    match reason:
        case {"term": "severity", "word": str(word), "lines": int(lines), "of": int(of)}:
            said = t.plain(
                "incidents.reason_severity" if word else "incidents.reason_severity_level", word=word, lines=lines, of=of
            )
        case {"term": "rarity", "times": int(times), "lines": int(lines), "of": int(of)}:
            key = "incidents.reason_rarity" if times == lines else "incidents.reason_rarity_stretches"
            said = t.plain(key, times=times, lines=lines, of=of)
        case {"term": "consequence", "lines": int(lines), "of": int(of)}:
            said = t.plain("incidents.reason_consequence", lines=lines, of=of)
        case {"term": "flood", "word": str(word), "lines": int(lines)}:
            said = t.plain("incidents.reason_flood", word=word, lines=lines)
        case {"term": "weights" | "unexpected" as term, "probability": int(probability) | float(probability)}:
            said = t.plain(f"incidents.reason_{term}", probability=percent(float(probability)))
        case {"term": "time" | "clock" as term, "seconds": int(seconds) | float(seconds)}:
            said = t.plain(f"incidents.reason_{term}", length=duration(float(seconds), t))
        case {"term": str(term)} if term in _ALONE:
            said = t.plain(f"incidents.reason_{term}")
        case _:
            return None
    match reason:
        case {"effect": int(effect) | float(effect)}:
            return t.plain("incidents.effect", reason=said, effect=effect)
    return None


def _remark(kept: Mapping[str, Any], t: Texts) -> str:
    """Return that an incident was marked routine, by whom, and how it has grown since; ``""`` where it was not."""
    match kept:
        case {"mark": {"at": str(at), "by": str(by), "size": [int(lines), int(grade)]}, "now": [int(now), int(severest)]}:
            said = t.plain("incidents.marked_routine", date=at[:10], name=person(by, t))
            if grown((now, severest), (lines, grade)):
                return t.plain("incidents.grown" if severest <= grade else "incidents.severer", said=said, then=lines, now=now)
            return said
    return ""


def _cause(cause: Any, loaded: LoadedDecision, t: Texts) -> ShownCause | None:
    """Return a cause in words; None for one that is recorded in another form."""
    match cause:
        case {
            "event": int(event),
            "line": int(line),
            "rule": str(rule),
            "word": str(word),
            "effect": int(effect) | float(effect),
        } if 0 <= event < len(loaded.sequence) and t.has(f"incidents.led_{rule}"):
            # Its time stands in the log; what happened comes first in a narrow list.
            one = loaded.sequence.events[event]
            text = shortened(one_line(one.message if one.text.endswith(one.message) else one.text), _CAUSE)
            said = t.plain(f"incidents.led_{rule}", line=line, word=word, text=text, effect=effect)
            match cause:
                case {"mark": {"at": str(at), "by": str(by)}}:
                    said = t.plain("incidents.marked_right", said=said, date=at[:10], name=person(by, t))
            return ShownCause(said, event, line, text, str(cause.get("kind", "")))
    return None
