"""What the record keeps of a decision's incidents, so that they can be told in every language without running the model again.

Each is a mapping: ``lead``, events from 0 with their lines from 1, the one to show first in front; ``lines``, its lines as
stretches of first and last line, at most 100; ``count``; ``must``; ``score``; ``kind``, of the line to show first, and
``grade``, how severe the lines to show are; ``reasons``, term, effect and facts; ``causes``, event, line, rule, word, effect
and the ``kind`` of both lines. `marks` says what else stands there for what people said.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

from dashboard.service.decide.kinds import signature
from sparsemix import TokenSequence
from sparsemix.incidents.incident import Incident
from sparsemix.incidents.severe_words import severe_grade

_MOST_STRETCHES = 100


def recorded(incidents: Iterable[Incident], sequence: TokenSequence) -> list[dict[str, object]]:
    """Return incidents as the record keeps them."""
    events = sequence.events
    return [
        {
            "lead": [[event, events[event].line] for event in incident.lead],
            "lines": _stretches([events[event].line for event in incident.events])[:_MOST_STRETCHES],
            "count": len(incident.events),
            "must": incident.must,
            "score": incident.score,
            "kind": signature(events[incident.lead[0]].message),
            "grade": max(severe_grade(one.message, one.level) for one in (events[event] for event in incident.lead)),
            "reasons": [{"term": reason.term, "effect": reason.effect, **reason.facts} for reason in incident.reasons],
            "causes": [
                {
                    "event": cause.event,
                    "line": events[cause.event].line,
                    "rule": cause.rule,
                    "word": cause.word,
                    "effect": cause.effect,
                    "kind": signature(events[incident.lead[0]].message, events[cause.event].message),
                }
                for cause in incident.causes
            ],
        }
        for incident in incidents
    ]


def _stretches(lines: Sequence[int]) -> list[list[int]]:
    """Return lines in a row as their first and last one each."""
    if not lines:
        return []
    edges = [(before, after) for before, after in pairwise(lines) if after != before + 1]
    return [
        list(one)
        for one in zip([lines[0], *(after for _, after in edges)], [*(before for before, _ in edges), lines[-1]], strict=True)
    ]


def lead_of(incident: object) -> int:
    """Return the event to show first of a recorded incident."""
    match incident:
        case {"lead": [[int(event), _], *_]}:
            return event
    return 0
