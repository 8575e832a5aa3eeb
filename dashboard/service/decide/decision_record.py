"""The record of a decision: what is kept of the model's verdict, how it came about, and where it goes. No streamlit here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from audit import BlobRef, DecisionRecord, Gate, ReviewPolicy, utc_now
from audit.operation.observations import TRIAL
from dashboard.service.decide.hold_policy import Routing
from dashboard.service.decide.judging import FileJudgement, OfAllEvents
from dashboard.service.decide.kinds import signatures_of
from dashboard.service.decide.marks import MAX_FLAGGED, MAX_HIGHEST, named_events
from dashboard.texts import ENGLISH
from sparsemix import Decision, Run, SparseMixModel, TokenSequence
from sparsemix.encoding.sequence import Event
from sparsemix.monitoring.drift import profile_of
from sparsemix.trace.selection_trace import blob_sha256

INTENDED_USE = ENGLISH["identity.intended"]
_BLANK = Event("", "", None, None, None, 0)
EXPLANATION = "selection log: every pair of events that every layer and head used, with its weight"


def of_all_events(model: SparseMixModel, sequence: TokenSequence, run: Run) -> OfAllEvents:
    """Return what the record needs of all events: the profile, the kinds of pairs that carried the decision, and whether the
    weights learned from these lines."""
    return profile_of(sequence, run), signatures_of(sequence, run), model.learned_from(sequence.events)


def lean(judged: FileJudgement, model: SparseMixModel) -> FileJudgement:
    """Return a judgement as it goes to the process that records: without the content of events whose line and time the record
    does not keep. To hand over 100,000 of them takes half a second. Of a file that was judged by itself, all go: what a person
    said of a kind of lines is looked for in every line."""
    if judged.by_itself or model.judge.by_itself:
        return judged
    sequence, decision = judged.sequence, judged.run.decision
    weighed, events = decision.weighed, sequence.events
    kept = {*decision.flagged[:MAX_FLAGGED].tolist(), *_first(-decision.event_probability)}
    if weighed is not None:
        kept |= {*_first(weighed.own), *_first(-weighed.own)}
    timed = [place for place, event in enumerate(events) if event.time is not None]
    kept |= {end(timed, key=lambda place: events[place].time or 0.0) for end in (min, max) if timed}
    blank = tuple(event if place in kept else _BLANK for place, event in enumerate(events))
    of_all = of_all_events(model, sequence, judged.run)
    return replace(judged, sequence=replace(sequence, events=blank), of_all=of_all)


def record_of(
    judged: FileJudgement,
    model: SparseMixModel,
    id: str,
    input_sha256: str,
    caller: str,
    team: ReviewPolicy,
    routing: Routing,
    details: Mapping[str, object],
) -> DecisionRecord:
    """Build the record of a judged file. ``model``: whose verdict it is; ``caller``: the person or program that asked for it;
    ``team``: the policy that applies; ``details``: of where the file comes from, and the events that are named."""
    sequence, run = judged.sequence, judged.run
    decision, trace = run.decision, run.trace
    return DecisionRecord(
        id=id,
        started_at=judged.started,
        ended_at=judged.ended,
        caller=caller,
        intended_use=INTENDED_USE,
        model_id=f"sparsemix-{decision.weights_sha256[:12]}",
        weights_sha256=decision.weights_sha256,
        config_sha256=decision.config_sha256,
        code_revision=judged.code_revision,
        runtime=judged.runtime,
        seed=0,
        deterministic=True,
        input_name=sequence.name,
        input_sha256=input_sha256,
        sequence_sha256=decision.input_sha256,
        event_count=len(sequence),
        label=decision.label,
        score=decision.sequence_probability,
        threshold=decision.sequence_threshold,
        policy=routing.policy,
        selections=tuple(
            BlobRef(layer, blob_sha256(blob), trace.pair_count(layer), trace.certified_share(layer))
            for layer, blob in enumerate(judged.blobs)
        ),
        explanation_method=EXPLANATION,
        sampling_route=routing.route,
        inclusion_probability=routing.inclusion_probability,
        gate=routing.gate,
        warnings=_warnings(sequence, decision),
        details={
            **_verdict(sequence, decision),
            **judged_by(model, decision),
            "hold_reasons": list(routing.reasons),
            "selected_per_query": trace.selected_per_query(),
            "source_format": sequence.source_format,
            "encoding": sequence.encoding,
            "time_span": list(sequence.time_span) if sequence.time_span else None,
            "skipped_counts": dict(sequence.skipped_counts),
            "reading": judged.options.payload(),
            "memory_mb": judged.memory_mb,
            **details,
            **judged.details,
        },
        required_reviews=routing.required_reviews,
        blind=team.blind,
        # Nobody waits for a trial.
        due_at=_due(utc_now(), team) if routing.gate is Gate.HELD and routing.route != TRIAL else None,
        weights_blob=decision.weights_sha256,
    )


def _due(now: str, team: ReviewPolicy) -> str | None:
    if not team.due_hours:
        return None
    due = datetime.fromisoformat(now) + timedelta(hours=team.due_hours)
    return due.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _warnings(sequence: TokenSequence, decision: Decision) -> tuple[str, ...]:
    """Return codes, with a count after a colon where there is one, as in ``TokenSequence.notes``."""
    skipped = sum(count for reason, count in sequence.skipped_counts.items() if reason != "blank")
    unfamiliar = ["unfamiliar_input"] if decision.unfamiliar else []
    return (*unfamiliar, *([f"skipped_lines:{skipped}"] if skipped else []), *sequence.notes)


def judged_by(model: SparseMixModel, decision: Decision) -> dict[str, object]:
    """Return what the weights judge by, so that a decision can be described correctly without loading them.

    ``task``; ``expects``: whether the weights judge an event by what followed it; ``p_value``: the conformal p-value, among
    ``reference_count`` normal sequences; ``false_alarm_rate``: that these support, and ``false_alarms_asked``; ``fault``:
    the likeliest fault with its probability, where the weights tell faults apart; ``located``: whether the labels named faulty
    events, or only faulty sequences.
    """
    return {
        "task": model.judge.name,
        "expects": bool(model.judge.later),
        "p_value": decision.p_value,
        "reference_count": len(model.reference),
        "false_alarm_rate": model.supported_rate,
        "false_alarms_asked": model.judge.false_alarms,
        "fault": list(decision.fault) if decision.fault is not None else None,
        "located": model.judge.located,
    }


def _evidence(sequence: TokenSequence, decision: Decision) -> dict[str, object] | None:
    """Return the evidence of n-grams or columns (``alone``) and what attention adds to it (``attended``), in logits.

    ``events``: the events whose n-grams, or rows, speak most for the verdict, as place, line and logits; of a table also
    ``columns``: name, term and logits.
    """
    weighed = decision.weighed
    if weighed is None:
        return None
    toward = weighed.own if decision.label == "fault" else -weighed.own
    most = [place for place in _first(-toward) if toward[place] > 0]
    events = [[place, sequence.events[place].line, float(weighed.own[place])] for place in most]
    evidence: dict[str, object] = {"alone": weighed.alone, "attended": weighed.attended, "events": events}
    if weighed.columns:
        sign = 1.0 if decision.label == "fault" else -1.0
        columns = sorted((column for column in weighed.columns if sign * column[2] > 0), key=lambda column: -sign * column[2])
        evidence["columns"] = [list(column) for column in columns[:MAX_HIGHEST]]
    return evidence


def _first(values: NDArray[Any]) -> list[int]:
    """Return the places of the smallest values, as many as the record keeps."""
    return [int(place) for place in np.argsort(values, kind="stable")[:MAX_HIGHEST]]


def as_judged_by(record: DecisionRecord, model: SparseMixModel, sequence: TokenSequence, decision: Decision) -> DecisionRecord:
    """Return a recorded decision with the verdict of other weights on the same ``sequence``, to be shown beside it.

    It is never stored: where it goes, and what explains it, are still those of the recorded one.
    """
    # Lines that are fine are left out of verdicts of the model for any log only.
    kept = {name: value for name, value in record.details.items() if name != "fine"}
    return replace(
        record,
        model_id=f"sparsemix-{decision.weights_sha256[:12]}",
        weights_sha256=decision.weights_sha256,
        config_sha256=decision.config_sha256,
        label=decision.label,
        score=decision.sequence_probability,
        threshold=decision.sequence_threshold,
        warnings=_warnings(sequence, decision),
        details={**kept, **named_events(sequence, decision, {}), **_verdict(sequence, decision), **judged_by(model, decision)},
    )


def _verdict(sequence: TokenSequence, decision: Decision) -> dict[str, object]:
    return {
        "evidence": _evidence(sequence, decision),
        "event_threshold": decision.event_threshold,
        "known_share": decision.known_share,
        "familiarity_floor": decision.familiarity_floor,
        **({} if decision.unlike is None else {"unlike": list(decision.unlike)}),
    }
