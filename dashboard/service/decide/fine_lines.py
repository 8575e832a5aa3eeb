"""Kinds of lines that people named fine: what a decision on a file judged by itself leaves out, and what may be named.

A model that judges a file by itself cannot know what is rare and harmless at a plant. A person can: lines of a kind that was
named fine for a source are not named again in its later files. Label, score and selection stay those of the model, so that
they come out of a replay bit for bit; the decision's details say how many lines were left out, and which entries of the record
say so. No streamlit here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np

from audit import Access, DecisionRecord
from audit.records.records import LogEntry
from dashboard.service.common.decision_details import details_of
from dashboard.service.decide.incident_record import lead_of
from dashboard.service.decide.kinds import signature
from sparsemix import Decision, TokenSequence

MAX_FLAGGED = 200
MAX_HIGHEST = 5
MAX_EXAMPLE = 300  # characters


@dataclass(frozen=True, slots=True)
class LineKind:
    """A kind of line: an ``example``, its ``line`` in the file, and ``count``, how many of the listed lines are of it."""

    kind: str
    example: str
    line: int
    count: int


def fine_kinds(access: Access, source: str) -> dict[str, int]:
    """Return the kinds that are fine for a source, each with the number of the entry that says so. Raises `AuditError`."""
    return {line.kind: line.seq for line in access.fine_lines.of(source)}


def named_events(sequence: TokenSequence, decision: Decision, fine: Mapping[str, int]) -> dict[str, object]:
    """Return the details that name events: the first ``flagged`` of ``flagged_count``, and the ``highest``, each as event,
    line and probability; none of them is of a ``fine`` kind. Where that leaves any out, ``fine`` says how many of the flagged
    ones, and by which entries."""
    entries: set[int] = set()

    def rest(events: Iterable[int]) -> Iterator[int]:
        for event in events:
            seq = fine.get(_kind(sequence, event)) if fine else None
            if seq is None:
                yield event
            else:
                entries.add(seq)

    def facts(events: Iterable[int]) -> list[list[object]]:
        return [[event, sequence.events[event].line, float(decision.event_probability[event])] for event in events]

    flagged = list(rest(decision.flagged.tolist()))
    highest = rest(np.argsort(-decision.event_probability, kind="stable").tolist())
    named: dict[str, object] = {
        "flagged": facts(flagged[:MAX_FLAGGED]),
        "flagged_count": len(flagged),
        "highest": facts(islice(highest, MAX_HIGHEST)),
    }
    if entries:
        named["fine"] = {"left_out": len(decision.flagged) - len(flagged), "entries": sorted(entries)}
    return named


def other_incidents(
    sequence: TokenSequence, incidents: Sequence[Mapping[str, object]], fine: Mapping[str, int]
) -> list[Mapping[str, object]]:
    """Return the recorded incidents whose line to look at first is of no ``fine`` kind."""
    return [one for one in incidents if not fine or _kind(sequence, lead_of(one)) not in fine]


def flagged_kinds(decision: DecisionRecord, sequence: TokenSequence) -> list[LineKind]:
    """Return the kinds of the lines that a decision names: those of its incidents, then of the flagged lines, most probable
    first."""
    details, kinds = details_of(decision), dict[str, list[int]]()
    flagged = [int(place) for place, *_ in details.flagged]
    for place in dict.fromkeys([*map(lead_of, details.incidents), *flagged]):
        kinds.setdefault(_kind(sequence, place), []).append(place)
    first = {kind: sequence.events[places[0]] for kind, places in kinds.items()}
    return [LineKind(kind, _example(first[kind].message), first[kind].line, len(kinds[kind])) for kind in kinds]


def name_fine(access: Access, decision: DecisionRecord, kinds: Sequence[LineKind], why: str) -> LogEntry:
    """Record that these kinds are fine for the source of a decision. Raises `AuditError`."""
    examples = {kind.kind: kind.example for kind in kinds}
    return access.fine_lines.name(details_of(decision).source, examples, decision=decision.id, why=why.strip())


def _kind(sequence: TokenSequence, event: int) -> str:
    # Without the time: months by their names would tell the lines of one kind apart.
    return signature(sequence.events[event].message)


def _example(text: str) -> str:
    """Return a text as the record can keep it: on one line, without unprintable characters, at most 300 characters."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())[:MAX_EXAMPLE]
