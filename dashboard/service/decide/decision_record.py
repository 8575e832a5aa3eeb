"""The record of a decision: what is kept of what the model said, how it came about, and where it goes. No streamlit here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

import numpy as np

from audit import BlobRef, DecisionRecord, Gate, ReviewPolicy, utc_now
from audit.operation.observations import TRIAL
from dashboard.service.decide import risk_policy
from dashboard.service.decide.agreement import Explained, recorded, recorded_changes
from sparsemix import Decision, Run, SparseMixModel, TokenSequence
from sparsemix.trace.selection_trace import blob_sha256

INTENDED_USE = "Advice on faults in production logs; a person decides on everything that is held."
EXPLANATION = "selection log: every pair of events that every layer and head used, with its weight"
MAX_FLAGGED = 200
MAX_HIGHEST = 5


def record_of(
    id: str,
    input_sha256: str,
    sequence: TokenSequence,
    run: Run,
    blobs: Sequence[bytes],
    *,
    caller: str,
    started: str,
    ended: str,
    code_revision: str,
    runtime: Mapping[str, str],
    team: ReviewPolicy,
    flagged_pairs: bool,
    views: Explained,
    drift: bool,
    not_put_to_use: bool,
    trial: bool,
    where: Mapping[str, object],
) -> DecisionRecord:
    """Of a run with its layers' ``blobs``, begun and ended then, by which program on what: ``caller`` had it made under the
    policy of the ``team``; whether it rests on ``flagged_pairs``, what explains it, whether its source has drifted, its weights
    were not put to use, or it is a trial; ``where`` it comes from."""
    decision, trace = run.decision, run.trace
    routing = risk_policy.route(
        decision,
        trace,
        id,
        team,
        flagged_pairs=flagged_pairs,
        disagreement=views.disagrees,
        drift=drift,
        not_put_to_use=not_put_to_use,
        trial=trial,
    )
    return DecisionRecord(
        id=id,
        started_at=started,
        ended_at=ended,
        caller=caller,
        intended_use=INTENDED_USE,
        model_id=f"sparsemix-{decision.weights_sha256[:12]}",
        weights_sha256=decision.weights_sha256,
        config_sha256=decision.config_sha256,
        code_revision=code_revision,
        runtime=runtime,
        seed=0,
        deterministic=True,
        input_name=sequence.name,
        input_sha256=input_sha256,
        sequence_sha256=decision.input_sha256,
        event_count=len(sequence),
        label=decision.label,
        score=decision.sequence_probability,
        threshold=decision.sequence_threshold,
        policy=risk_policy.text(decision, team),
        selections=tuple(
            BlobRef(layer, blob_sha256(blob), trace.pair_count(layer), trace.certified_share(layer))
            for layer, blob in enumerate(blobs)
        ),
        explanation_method=EXPLANATION,
        sampling_route=routing.route,
        inclusion_probability=routing.inclusion_probability,
        gate=routing.gate,
        warnings=_warnings(sequence, decision),
        details=_details(sequence, run, routing, views) | dict(where),
        required_reviews=routing.required_reviews,
        blind=team.blind,
        # A trial holds nobody up.
        due_at=_due(utc_now(), team) if routing.gate is Gate.HELD and routing.route != TRIAL else None,
        weights_blob=decision.weights_sha256,
    )


def _due(now: str, team: ReviewPolicy) -> str | None:
    if not team.due_hours:
        return None
    due = datetime.fromisoformat(now) + timedelta(hours=team.due_hours)
    return due.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _warnings(sequence: TokenSequence, decision: Decision) -> tuple[str, ...]:
    """Codes, with a count after a colon where there is one, as in ``TokenSequence.notes``."""
    skipped = sum(count for reason, count in sequence.skipped_counts.items() if reason != "blank")
    found = ["unfamiliar_input"] if decision.unfamiliar else []
    return (*found, *([f"skipped_lines:{skipped}"] if skipped else []), *sequence.notes)


def judged_by(model: SparseMixModel, decision: Decision) -> dict[str, object]:
    """What the weights judge by, so that a decision can be told in the right words without them: their task; whether they judge
    an event by what followed it; the conformal p-value, and among how many normal sequences; where faults are told apart, the
    likeliest one with its probability; whether it was learned which events are faulty, or only which sequences."""
    return {
        "task": model.config.task,
        "expects": model.config.expects,
        "p_value": decision.p_value,
        "reference_count": len(model.reference),
        "fault": list(decision.fault) if decision.fault is not None else None,
        "located": model.config.located,
    }


def _evidence(sequence: TokenSequence, decision: Decision) -> dict[str, object] | None:
    """What n-grams or columns say of the sequence and what attention adds, in logits, and the events whose n-grams, or rows,
    speak most for what was decided: place, line and what they add; of a table also its columns: name, term, what it adds."""
    found = decision.weighed
    if found is None:
        return None
    toward = found.own if decision.label == "fault" else -found.own
    most = [int(place) for place in np.argsort(-toward, kind="stable")[:MAX_HIGHEST] if toward[place] > 0]
    events = [[place, sequence.events[place].line, float(found.own[place])] for place in most]
    said: dict[str, object] = {"alone": found.alone, "attended": found.attended, "events": events}
    if found.columns:
        sign = 1.0 if decision.label == "fault" else -1.0
        columns = sorted((one for one in found.columns if sign * one[2] > 0), key=lambda one: -sign * one[2])
        said["columns"] = [list(one) for one in columns[:MAX_HIGHEST]]
    return said


def _details(sequence: TokenSequence, run: Run, routing: risk_policy.Routing, views: Explained) -> dict[str, object]:
    decision = run.decision
    highest = np.argsort(-decision.event_probability, kind="stable")[:MAX_HIGHEST]

    def events(indices: np.ndarray) -> list[list[object]]:
        return [[int(i), sequence.events[i].line, float(decision.event_probability[i])] for i in indices]

    return {
        "flagged": events(decision.flagged[:MAX_FLAGGED]),
        "flagged_count": len(decision.flagged),
        "highest": events(highest),
        "evidence": _evidence(sequence, decision),
        "event_threshold": decision.event_threshold,
        "known_share": decision.known_share,
        "familiarity_floor": decision.familiarity_floor,
        "hold_reasons": list(routing.reasons),
        "agreement": recorded(views, sequence),
        "without_pair": recorded_changes(views, sequence),
        "selected_per_query": run.trace.selected_per_query(),
        "source_format": sequence.source_format,
        "encoding": sequence.encoding,
        "time_span": list(sequence.time_span) if sequence.time_span else None,
        "skipped_counts": dict(sequence.skipped_counts),
    }
