"""From bytes to a recorded decision and back. The one place that knows both the model and the record; no streamlit here.

    id = analyse(data, "line4.log", model=model, access=store.single_user("Aiko Tanaka"))
    loaded = load(store, id)

The input, every layer's selection and the weights are stored under their hashes in the same transaction as the decision: a
run that fails or is cancelled leaves nothing behind, and a decision can be recomputed after the weights have changed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import PurePath
from typing import Protocol

from audit import Access, DecisionRecord, DecisionSummary, Tampered, new_id, utc_now
from dashboard.service.common.memory import Peak
from dashboard.service.common.sources import cleaned, source_of
from dashboard.service.decide.agreement import Explained, explained
from dashboard.service.decide.decision_record import judged_by, record_of
from dashboard.service.decide.drift import follow
from dashboard.service.decide.pair_signatures import signatures_of
from dashboard.service.decide.revision import code_revision, runtime
from dashboard.service.decide.weights_used import may_release
from sparsemix import InputError, Run, SelectionTrace, SparseMixModel, TokenSequence, TraceError, read_bytes
from sparsemix.model.overlap import Overlap
from sparsemix.monitoring.drift import profile_of
from sparsemix.readers import FIRST_RULES, Limits, ReadOptions, read_file
from sparsemix.readers.log_lines import parse_line
from sparsemix.trace.selection_trace import blob_sha256

Progress = Callable[[float, str], None]
Seen = Callable[[str, TokenSequence, SelectionTrace], None]

_MAX_NAME = 200
_GUESSED = ReadOptions()
_READ_SHARE, _EXPLAIN_SHARE, _STORE_SHARE = 0.02, 0.48, 0.02


@dataclass(frozen=True, slots=True)
class LoadedDecision:
    """A recorded decision with the events and the selection that belong to it."""

    summary: DecisionSummary
    sequence: TokenSequence
    trace: SelectionTrace


class Reader(Protocol):
    """What is read of the record: by a program from the store, for a person through their access."""

    def summary(self, id: str) -> DecisionSummary: ...
    def decision(self, id: str) -> DecisionRecord: ...
    def blob(self, sha256: str) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Judged:
    """What the model says of a file, before anybody hears of it: the bytes, how they were read, events, run, what explains it,
    a blob a layer; when it began and ended, how much memory it took in megabytes (None where that is not known), by which
    program and on what it was made; ``details`` to be recorded beside all others."""

    data: bytes
    options: ReadOptions
    sequence: TokenSequence
    run: Run
    views: Explained
    blobs: tuple[bytes, ...]
    started: str
    ended: str
    memory_mb: float | None
    code_revision: str
    runtime: Mapping[str, str]
    details: Mapping[str, object] = field(default_factory=dict)


def judge(
    data: bytes,
    name: str,
    *,
    model: SparseMixModel,
    progress: Progress = lambda _share, _stage: None,
    options: ReadOptions = _GUESSED,
    overlap: Overlap | None = None,
) -> Judged:
    """Read and decide, without a record: what may be done anywhere, by as many as there are. ``options`` as for `analyse`;
    ``overlap``: what is known from windows before this one, which changes nothing but the time.

    Raises InputError for input that cannot be read, and whatever ``progress`` raises.
    """
    started, peak = utc_now(), Peak()
    progress(0.0, "read")
    parse = parse_line if overlap is None else overlap.parse
    read = read_file(data, display_name(name), Limits(), options, parse)
    run = model.run_with_trace(read.sequence, within(progress, 1 - _EXPLAIN_SHARE - _STORE_SHARE), overlap=overlap)
    views, blobs = explain(model, read.sequence, run, progress, overlap)
    program = code_revision(), runtime()
    return Judged(data, read.options, read.sequence, run, views, blobs, started, utc_now(), peak.megabytes(), *program)


def explain(
    model: SparseMixModel,
    sequence: TokenSequence,
    run: Run,
    progress: Progress = lambda _share, _stage: None,
    overlap: Overlap | None = None,
) -> tuple[Explained, tuple[bytes, ...]]:
    """What explains a run, and its layers as blobs; ``overlap``: that of the run. Raises whatever ``progress`` raises."""

    def step(share: float, _stage: str) -> None:
        progress(1 - _STORE_SHARE - _EXPLAIN_SHARE * (1 - share), "explain")

    views = explained(model, sequence, run, step, overlap)
    return views, tuple(run.trace.layer_blob(layer) for layer in range(len(run.trace.heads)))


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
    judged = judge(data, name, model=model, progress=progress, options=options)
    progress(1 - _STORE_SHARE, "store")
    origin = cleaned(source) if source is not None else source_of(name)
    # The last moment to cancel: after this call the decision exists.
    id = enter(judged, model=model, access=access, source=origin, last=lambda: progress(1 - _STORE_SHARE / 2, "store"))
    seen(id, judged.sequence, judged.run.trace)
    return id


def enter(
    judged: Judged,
    *,
    model: SparseMixModel,
    access: Access,
    source: str,
    original: str | None = None,
    once: bool = False,
    fresh: bool = True,
    last: Callable[[], None] = lambda: None,
) -> str:
    """Record what the ``model`` says; return the decision's id. ``source``: where the file comes from; ``original``: the hash
    of the weights that those of the model were rounded from, where that was checked: a lead's word on them goes for both;
    ``once``: unless these bytes were decided by these weights before; ``fresh``: whether it is news to its source's drift,
    which a window that overlaps another one is not; ``last`` is called when nothing but the writing is left, and may raise.

    Raises AuditError when it cannot be recorded, DecidedAlready among them.
    """
    person, team = access.person, access.policy()
    shown = signatures_of(judged.sequence, judged.run)
    flagged = bool(shown and access.queue.flagged_signatures(sorted(shown)))
    # As late as can be: the stage may change while the model runs, and the record refuses what it would not release.
    stage = access.operation.rollout()
    id, input_sha256 = new_id(), sha256(judged.data).hexdigest()
    followed = follow(
        access,
        id=id,
        at=judged.started,
        source=source,
        weights=judged.run.decision.weights_sha256,
        input_sha256=input_sha256,
        profile=profile_of(judged.sequence, judged.run),
        fresh=fresh,
    )
    record = record_of(
        id,
        input_sha256,
        judged.sequence,
        judged.run,
        judged.blobs,
        caller=person.name,
        started=judged.started,
        ended=judged.ended,
        code_revision=judged.code_revision,
        runtime=judged.runtime,
        team=team,
        flagged_pairs=flagged,
        views=judged.views,
        drift=followed.watch.alarm is not None,
        not_put_to_use=not may_release(access, person, model.weights_sha256, original),
        trial=stage is not None and not stage.applies_to(source),
        where={
            "source": source,
            "reading": judged.options.payload(),
            "rollout": None if stage is None else {"stage": stage.stage.value, "plan": stage.plan_seq},
            "memory_mb": judged.memory_mb,
            **judged_by(model, judged.run.decision),
            **followed.details,
            **judged.details,
        },
    )
    content = {record.input_sha256: judged.data, **{blob_sha256(blob): blob for blob in judged.blobs}}
    if access.missing_blobs({model.weights_sha256}):
        content[model.weights_sha256] = model.to_bytes()
    last()
    access.record_decision(record, content, once=once)
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
