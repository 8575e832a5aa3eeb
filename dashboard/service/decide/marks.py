"""What people said about a source, and how the next decision on a file of it takes that into account.

A model cannot know what is rare and harmless at a plant; a person can. Lines of a kind that was named fine are not named again
where a file is judged by itself. An incident is known again by the kind of its line to look at first, a cause by that and the
kind of its own line: in another log, whatever its numbers and times. Incidents that somebody called routine are recorded apart,
unless they have grown since: then the mark is void for this file. Causes that somebody called wrong are left out; right ones
say who said so. Label, score and selection stay those of the model, so that they come out of a replay bit for bit. No streamlit
here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np

from audit import Access, DecisionRecord
from audit.intake.marks import FINE, RIGHT, ROUTINE, WRONG, Mark
from audit.records.records import LogEntry
from dashboard.service.common.decision_details import details_of
from dashboard.service.decide.incident_record import lead_of
from dashboard.service.decide.kinds import signature
from sparsemix import Decision, TokenSequence

MAX_FLAGGED = 200
MAX_HIGHEST = 5
MAX_EXAMPLE = 300  # characters
_LOOKED_BACK = 20
"""Decisions of a source among which one on another file is looked for."""
_TWICE, _MORE = 2, 5
"""An incident has grown where it has twice as many lines, and five more."""

Size = tuple[int, int]


@dataclass(frozen=True, slots=True)
class LineKind:
    """A kind of line: an ``example``, its ``line`` in the file, and ``count``, how many of the listed lines are of it."""

    kind: str
    example: str
    line: int
    count: int


def named_events(sequence: TokenSequence, decision: Decision, fine: Mapping[str, int]) -> dict[str, object]:
    """Return the details that name events: the first ``flagged`` of ``flagged_count``, and the ``highest``, each as event,
    line and probability; none of them is of a ``fine`` kind, each of which comes with the number of the entry that says so.
    Where that leaves any out, ``fine`` says how many of the flagged ones, and by which entries."""
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
    return _say(access, decision, FINE, {kind.kind: kind.example for kind in kinds}, why)


def marks_of(access: Access, source: str) -> dict[str, Mark]:
    """Return the marks of a source by kind. Raises `AuditError`."""
    return {mark.kind: mark for mark in access.marks.of(source)}


def decision_before(access: Access, source: str, last: DecisionRecord | None, input_sha256: str) -> DecisionRecord | None:
    """Return the ``last`` decision of a source, or that before it by the same weights on another file; None without one.
    Raises `AuditError`."""
    if last is None or last.input_sha256 != input_sha256:
        return last
    earlier = reversed(access.sources.recent(source, last.weights_sha256, limit=_LOOKED_BACK))
    return next((one for one in earlier if one.input_sha256 != input_sha256), None)


def told(
    incidents: Iterable[Mapping[str, Any]],
    marks: Mapping[str, Mark],
    names: Mapping[str, str],
    before: DecisionRecord | None,
    *,
    by_itself: bool,
) -> dict[str, object]:
    """Return what a decision keeps of its incidents.

    ``incidents`` to tell; those that are ``routine``; the entries that call causes wrong which are left out
    (``wrong_causes``); and the decision that is ``compared_with``, so that each incident says whether it is ``new`` since.
    ``names``: of people, by their ids; ``by_itself``: lines that are fine are left out.
    """
    found = [dict(one) for one in incidents if not (by_itself and _said(marks, one["kind"]) == FINE)]
    sizes, seen = _sizes(found), None if before is None else _kinds(before)
    kept: dict[str, list[dict[str, Any]]] = {"incidents": [], "routine": []}
    wrong: list[int] = []
    for one in found:
        wrong += [marks[cause["kind"]].seq for cause in one["causes"] if _said(marks, cause["kind"]) == WRONG]
        one["causes"] = [
            cause | ({"mark": _facts(marks[cause["kind"]], names)} if _said(marks, cause["kind"]) == RIGHT else {})
            for cause in one["causes"]
            if _said(marks, cause["kind"]) != WRONG
        ]
        if seen is not None:
            one["new"] = one["kind"] not in seen
        routine = _said(marks, one["kind"]) == ROUTINE
        if routine:
            one["mark"] = _facts(marks[one["kind"]], names)
            one["now"] = list(sizes[one["kind"]])
        stays = routine and not grown(sizes[one["kind"]], marks[one["kind"]].size)
        kept["routine" if stays else "incidents"].append(one)
    compared = None if before is None or seen is None else {"id": before.id, "at": before.started_at}
    return {**kept, "wrong_causes": wrong, "compared_with": compared}


def grown(now: Size, then: Sequence[int]) -> bool:
    """Return whether an incident is clearly larger than when it was marked, in lines and severity, or more severe."""
    lines, grade = (*then, 0, 0)[:2]
    return now[1] > grade or now[0] >= max(_TWICE * lines, lines + _MORE)


def mark_incident(access: Access, decision: DecisionRecord, kind: str, example: str, why: str) -> LogEntry:
    """Record that incidents of this kind, as large as in a decision, are routine for its source. Raises `AuditError`."""
    details = details_of(decision)
    size = _sizes([*details.incidents, *details.routine])[kind]
    return _say(access, decision, ROUTINE, {kind: _example(example)}, why, size)


def mark_cause(access: Access, decision: DecisionRecord, kind: str, example: str, why: str, *, right: bool) -> LogEntry:
    """Record that a cause is right or wrong for the source of a decision. Raises `AuditError`."""
    return _say(access, decision, RIGHT if right else WRONG, {kind: _example(example)}, why)


def _say(
    access: Access, decision: DecisionRecord, said: str, kinds: Mapping[str, str], why: str, size: Sequence[int] = ()
) -> LogEntry:
    source = details_of(decision).source
    return access.marks.say(source, kinds, said, size=size, decision=decision.id, why=why.strip())


def _said(marks: Mapping[str, Mark], kind: str) -> str | None:
    return marks[kind].said if kind in marks else None


def _facts(mark: Mark, names: Mapping[str, str]) -> dict[str, object]:
    """Return what a decision keeps of a mark. Not why: the reason goes when the decision goes at which it was given."""
    return {"entry": mark.seq, "at": mark.at, "by": names.get(mark.by, mark.by), "size": list(mark.size)}


def _sizes(incidents: Iterable[Any]) -> dict[str, Size]:
    """Return how many lines all incidents of a kind have, each line counted once, and their highest grade; what is recorded in
    another form is left out."""
    lines, sizes = defaultdict[str, set[int]](set), dict[str, Size]()
    for one in incidents:
        match one:
            case {"kind": str(kind), "lines": list(stretches), "count": int(count), "grade": int(grade)}:
                lines[kind].update(line for first, last in stretches for line in range(first, last + 1))
                largest, severest = sizes.get(kind, (0, 0))
                # Of very many stretches the record keeps the first ones.
                sizes[kind] = (max(largest, count, len(lines[kind])), max(severest, grade))
    return sizes


def _kinds(decision: DecisionRecord) -> set[str] | None:
    """Return the kinds of a decision's incidents; None where it was made before they were kept."""
    details = details_of(decision)
    kinds = [one.get("kind") for one in (*details.incidents, *details.routine) if isinstance(one, dict)]
    known = {kind for kind in kinds if isinstance(kind, str)}
    return None if "incidents" not in decision.details or (kinds and not known) else known


def _kind(sequence: TokenSequence, event: int) -> str:
    # Without the time: months by their names would tell the lines of one kind apart.
    return signature(sequence.events[event].message)


def _example(text: str) -> str:
    """Return a text as the record can keep it: on one line, without unprintable characters, at most 300 characters."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())[:MAX_EXAMPLE]
