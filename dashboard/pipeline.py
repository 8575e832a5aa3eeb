"""From bytes to a recorded decision and back. The one place that knows both the model and the record; no streamlit here.

    id = analyse(data, "line4.log", model=model, access=store.single_user("Aiko Tanaka"))
    loaded = load(store, id)

The input, every layer's selection and the weights are stored under their hashes in the same transaction as the decision: a
run that fails or is cancelled leaves nothing behind, and a decision can be recomputed after the weights have changed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import PurePath
from typing import Protocol

import numpy as np

from audit import Access, BlobRef, DecisionRecord, DecisionSummary, Gate, ReviewPolicy, Tampered, new_id, utc_now
from audit.observations import TRIAL
from dashboard import policy
from dashboard.agreeing import Explained, explained, recorded, recorded_changes
from dashboard.drifting import follow
from dashboard.memory import Peak
from dashboard.revision import code_revision, runtime
from dashboard.signatures import signatures_of
from dashboard.sources import cleaned, source_of
from sparsemix import Decision, InputError, Run, SelectionTrace, SparseMixModel, TokenSequence, TraceError, read_bytes
from sparsemix.drift import profile_of
from sparsemix.readers import FIRST_RULES, FileRead, Limits, ReadOptions, read_file
from sparsemix.trace import blob_sha256

Progress = Callable[[float, str], None]
Seen = Callable[[str, TokenSequence, SelectionTrace], None]

INTENDED_USE = "Advice on faults in production logs; a person decides on everything that is held."
EXPLANATION = "selection log: every pair of events that every layer and head used, with its weight"
MAX_FLAGGED = 200
MAX_HIGHEST = 5
_MAX_NAME = 200
_GUESSED = ReadOptions()
_READ_SHARE, _EXPLAIN_SHARE, _STORE_SHARE = 0.02, 0.48, 0.02


@dataclass(frozen=True, slots=True)
class LoadedDecision:
    """A recorded decision with the events and the selection that belong to it."""

    summary: DecisionSummary
    sequence: TokenSequence
    trace: SelectionTrace


@dataclass(frozen=True, slots=True)
class Made:
    """For whom a run was made, by which policy it is routed, when and by what it was made: ``ended_at`` None for one that ends
    as it is recorded, ``memory_mb`` asked for at the end; ``details`` to be recorded beside the others."""

    caller: str
    team: ReviewPolicy
    started_at: str
    ended_at: str | None
    code_revision: str
    runtime: Mapping[str, str]
    memory_mb: Callable[[], float | None]
    details: Mapping[str, object] = field(default_factory=dict)


class Reader(Protocol):
    """What is read of the record: by a program from the store, for a person through their access."""

    def summary(self, id: str) -> DecisionSummary: ...
    def decision(self, id: str) -> DecisionRecord: ...
    def blob(self, sha256: str) -> bytes: ...


def analyse(
    data: bytes,
    name: str,
    *,
    model: SparseMixModel,
    access: Access,
    progress: Progress = lambda _share, _stage: None,
    seen: Seen = lambda _id, _sequence, _trace: None,
    source: str | None = None,
    options: ReadOptions = _GUESSED,
) -> str:
    """Read, decide, record; return the decision's id. ``seen`` is given what was recorded, for whoever shows it next;
    ``source``: where the file comes from, by default what its name tells (``sources``); ``options``: how it is to be read.
    The record keeps how it was read, nothing left to guess, and evidence is read again so.

    Raises InputError for input that cannot be read, AuditError when it cannot be recorded or the person may not have it
    done, and whatever ``progress`` raises; in each case nothing is stored.
    """
    started, peak = utc_now(), Peak()
    person, team = access.person, access.policy()
    progress(0.0, "read")
    read = read_file(data, display_name(name), Limits(), options)
    run = model.run_with_trace(read.sequence, within(progress, 1 - _EXPLAIN_SHARE - _STORE_SHARE))
    origin = cleaned(source) if source is not None else source_of(name)
    made = Made(person.name, team, started, None, code_revision(), runtime(), peak.megabytes)
    return record_run(data, read, run, made, model=model, access=access, source=origin, progress=progress, seen=seen)


def record_run(
    data: bytes,
    read: FileRead,
    run: Run,
    made: Made,
    *,
    model: SparseMixModel,
    access: Access,
    source: str,
    progress: Progress = lambda _share, _stage: None,
    seen: Seen = lambda _id, _sequence, _trace: None,
) -> str:
    """Explain a run on ``data``, route it by the policy, and record it; ``made``: when and by what, here or elsewhere.

    Errors as `analyse`.
    """
    sequence = read.sequence
    views = explained(
        model, sequence, run, lambda share, _stage: progress(1 - _STORE_SHARE - _EXPLAIN_SHARE * (1 - share), "explain")
    )
    progress(1 - _STORE_SHARE, "store")
    blobs = [run.trace.layer_blob(layer) for layer in range(len(run.trace.heads))]
    shown = signatures_of(sequence, run)
    flagged = bool(shown and access.queue.flagged_signatures(sorted(shown)))
    # As late as can be: the stage may change while the model runs, and the record refuses what it would not release.
    stage = access.operation.rollout()
    id, input_sha256 = new_id(), sha256(data).hexdigest()
    followed = follow(
        access,
        id=id,
        at=made.started_at,
        source=source,
        weights=run.decision.weights_sha256,
        input_sha256=input_sha256,
        profile=profile_of(sequence, run),
    )
    record = _record(
        id,
        input_sha256,
        sequence,
        run,
        blobs,
        made=made,
        flagged_pairs=flagged,
        views=views,
        drift=followed.watch.alarm is not None,
        trial=stage is not None and not stage.applies_to(source),
        where={
            "source": source,
            "reading": read.options.payload(),
            "rollout": None if stage is None else {"stage": stage.stage.value, "plan": stage.plan_seq},
            "memory_mb": made.memory_mb(),
            **_judged(model, run.decision),
            **followed.details,
            **made.details,
        },
    )
    content = {record.input_sha256: data, **{blob_sha256(blob): blob for blob in blobs}}
    if access.missing_blobs({model.weights_sha256}):
        content[model.weights_sha256] = model.to_bytes()
    # The last moment to cancel: after this call the decision exists.
    progress(1 - _STORE_SHARE / 2, "store")
    access.record_decision(record, content)
    seen(record.id, sequence, run.trace)
    return record.id


def load(store: Reader, decision_id: str) -> LoadedDecision:
    """A decision with its events, read again from the stored bytes, and its selection.

    Raises NotFound for an unknown id, Tampered when what is stored no longer gives what was recorded.
    """
    summary = store.summary(decision_id)
    sequence, trace = load_evidence(store, summary.decision)
    return LoadedDecision(summary, sequence, trace)


def load_evidence(store: Reader, decision: DecisionRecord) -> tuple[TokenSequence, SelectionTrace]:
    """The events and the selection of a decision, both checked against the record."""
    data = store.blob(decision.input_sha256)
    try:
        sequence = read_bytes(data, decision.input_name, options=reading_of(decision))
    except InputError as error:
        raise Tampered(f"the stored input of decision {decision.id} can no longer be read: {error}") from error
    if sequence.sha256 != decision.sequence_sha256:
        raise Tampered(f"the stored input of decision {decision.id} no longer gives the recorded events")
    ordered = sorted(decision.selections, key=lambda selection: selection.layer)
    try:
        trace = SelectionTrace.from_blobs([store.blob(selection.sha256) for selection in ordered])
    except TraceError as error:
        raise Tampered(f"the stored selection of decision {decision.id} cannot be read: {error}") from error
    if trace.length != len(sequence):
        raise Tampered(f"the stored selection of decision {decision.id} belongs to other events")
    return sequence, trace


def reading_of(decision: DecisionRecord) -> ReadOptions:
    """How the decision's input was read. Raises InputError for settings that are none."""
    said = decision.details.get("reading")
    return ReadOptions.from_payload(said) if isinstance(said, Mapping) else FIRST_RULES


def display_name(name: str) -> str:
    """A file's name without folders and without characters that cannot be shown, at most 200 long, its extension kept."""
    last = PurePath(name.replace("\\", "/").replace("\0", "_")).name
    shown = "".join(sign if sign.isprintable() else "_" for sign in last).strip() or "unnamed"
    if len(shown) > _MAX_NAME:
        shown = f"{shown[: _MAX_NAME // 2]}…{shown[-_MAX_NAME // 2 + 1 :]}"
    return shown


def within(progress: Progress, until: float = 1 - _STORE_SHARE) -> Progress:
    """The model's progress as the middle part of the whole."""
    span = until - _READ_SHARE
    return lambda share, stage: progress(_READ_SHARE + span * share, stage)


def _record(
    id: str,
    input_sha256: str,
    sequence: TokenSequence,
    run: Run,
    blobs: list[bytes],
    *,
    made: Made,
    flagged_pairs: bool,
    views: Explained,
    drift: bool,
    trial: bool,
    where: Mapping[str, object],
) -> DecisionRecord:
    decision, trace = run.decision, run.trace
    now, team = utc_now(), made.team
    routing = policy.route(
        decision, trace, id, team, flagged_pairs=flagged_pairs, disagreement=views.disagrees, drift=drift, trial=trial
    )
    return DecisionRecord(
        id=id,
        started_at=made.started_at,
        ended_at=made.ended_at or now,
        caller=made.caller,
        intended_use=INTENDED_USE,
        model_id=f"sparsemix-{decision.weights_sha256[:12]}",
        weights_sha256=decision.weights_sha256,
        config_sha256=decision.config_sha256,
        code_revision=made.code_revision,
        runtime=made.runtime,
        seed=0,
        deterministic=True,
        input_name=sequence.name,
        input_sha256=input_sha256,
        sequence_sha256=decision.input_sha256,
        event_count=len(sequence),
        label=decision.label,
        score=decision.sequence_probability,
        threshold=decision.sequence_threshold,
        policy=policy.text(decision, team),
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
        due_at=_due(now, team) if routing.gate is Gate.HELD and routing.route != TRIAL else None,
        weights_blob=decision.weights_sha256,
    )


def _due(ended: str, team: ReviewPolicy) -> str | None:
    if not team.due_hours:
        return None
    due = datetime.fromisoformat(ended) + timedelta(hours=team.due_hours)
    return due.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _warnings(sequence: TokenSequence, decision: Decision) -> tuple[str, ...]:
    """Codes, with a count after a colon where there is one, as in ``TokenSequence.notes``."""
    skipped = sum(count for reason, count in sequence.skipped_counts.items() if reason != "blank")
    found = ["unfamiliar_input"] if decision.unfamiliar else []
    return (*found, *([f"skipped_lines:{skipped}"] if skipped else []), *sequence.notes)


def _judged(model: SparseMixModel, decision: Decision) -> dict[str, object]:
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
    """What n-grams say of the sequence and what attention adds, in logits, and the events whose n-grams speak most for what was
    decided: place, line and what they add."""
    found = decision.weighed
    if found is None:
        return None
    toward = found.own if decision.label == "fault" else -found.own
    most = [int(place) for place in np.argsort(-toward, kind="stable")[:MAX_HIGHEST] if toward[place] > 0]
    events = [[place, sequence.events[place].line, float(found.own[place])] for place in most]
    return {"alone": found.alone, "attended": found.attended, "events": events}


def _details(sequence: TokenSequence, run: Run, routing: policy.Routing, views: Explained) -> dict[str, object]:
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
