"""The way from bytes to a recorded decision and back. No streamlit here.

    id = analyse(data, "line4.log", model=model, access=store.single_user("Aiko Tanaka"))
    loaded = load(store, id)

The input, every layer's selection and the weights are stored under their hashes in the same transaction as the decision: a
failed or cancelled run leaves nothing behind, and a decision can be recomputed after the weights have changed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Protocol

from audit import Access, DecisionRecord, DecisionSummary, Tampered, new_id, utc_now
from dashboard.service.common.memory import Peak
from dashboard.service.common.names import display_name
from dashboard.service.common.sources import cleaned, source_of
from dashboard.service.decide.agreement import EventExplanations, explained
from dashboard.service.decide.decision_record import FileJudgement, Filing, instead_of, judged_by, record_of
from dashboard.service.decide.drift import Arrival, follow
from dashboard.service.decide.fine_lines import fine_kinds
from dashboard.service.decide.hold_policy import Circumstances, signatures_of
from dashboard.service.decide.revision import code_revision, runtime
from dashboard.service.decide.weights_used import may_release
from dashboard.service.reading.reader import BOUNDS, OF_RECORD_MB, read_file
from sparsemix import InputError, Run, SelectionTrace, SparseMixModel, TokenSequence, TraceError
from sparsemix.model.fallback import any_log_model, run_or_fall_back
from sparsemix.model.overlap import Overlap
from sparsemix.monitoring.drift import profile_of
from sparsemix.readers import FIRST_RULES, FileRead, Limits, ReadOptions
from sparsemix.readers import read_file as read_here
from sparsemix.trace.selection_trace import blob_sha256

Progress = Callable[[float, str], None]
Seen = Callable[[str, TokenSequence, SelectionTrace], None]
"""Gets what was recorded: the decision's id, its events, its selection."""

_GUESSED = ReadOptions()
_READ_SHARE, _EXPLAIN_SHARE, _STORE_SHARE = 0.02, 0.48, 0.02


@dataclass(frozen=True, slots=True)
class LoadedDecision:
    """A recorded decision with its events and its selection."""

    summary: DecisionSummary
    sequence: TokenSequence
    trace: SelectionTrace


class RecordReader(Protocol):
    """Reading access to the record: a program's store, or a person's `Access`."""

    def summary(self, id: str) -> DecisionSummary: ...
    def decision(self, id: str) -> DecisionRecord: ...
    def blob(self, sha256: str) -> bytes: ...


def judge(
    data: bytes,
    name: str,
    *,
    model: SparseMixModel,
    progress: Progress = lambda _share, _stage: None,
    options: ReadOptions = _GUESSED,
    overlap: Overlap | None = None,
    fall_back: bool = True,
    before: FileRead | None = None,
) -> FileJudgement:
    """Read a file and decide on it without recording anything, so that any number of processes may do so at once.

    A file that ``model`` does not know is judged by itself, by the model for any log, unless ``fall_back`` is False.
    ``options`` as for `analyse`; ``overlap``: what is known from the windows before this one, and ``before``: what was read of
    these very bytes by these options and this name. Both change nothing but the time.
    Raises `InputError` when the input cannot be read, and whatever ``progress`` raises.
    """
    started, peak = utc_now(), Peak()
    progress(0.0, "read")
    read = before or _read(data, display_name(name), options, overlap)
    part, details = within(progress, 1 - _EXPLAIN_SHARE - _STORE_SHARE), {}
    judged = run_or_fall_back(model, read.sequence, part, overlap=overlap, fall_back=fall_back, keep_embedded=True)
    run, used = judged.run, judged.model
    if used is not model:
        details = instead_of(model, judged.known_share)
    views, blobs = explain(used, read.sequence, run, progress, overlap if used is model else None)
    run = replace(run, embedded=None)
    program = code_revision(), runtime()
    return FileJudgement(
        data, read.options, read.sequence, run, views, blobs, started, utc_now(), peak.megabytes(), *program, details
    )


def _read(data: bytes, name: str, options: ReadOptions, overlap: Overlap | None) -> FileRead:
    if overlap is None:
        return read_file(data, name, options)
    # A window of a growing log: lines that this program has cut itself, and whose meaning is known from the window before.
    return read_here(data, name, Limits(), options, overlap.parse)


def explain(
    model: SparseMixModel,
    sequence: TokenSequence,
    run: Run,
    progress: Progress = lambda _share, _stage: None,
    overlap: Overlap | None = None,
) -> tuple[EventExplanations, tuple[bytes, ...]]:
    """Return what explains a run, and its layers as blobs; ``overlap``: that of the run. Raises whatever ``progress``
    raises."""

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
    fall_back: bool = True,
    before: FileRead | None = None,
) -> str:
    """Read, decide, record; return the decision's id.

    ``seen`` is called with what was recorded, so that the next page need not load it; ``source``: where the file comes from, by
    default what its name tells (``sources``); ``options``: how the file is to be read; ``fall_back`` and ``before`` as for
    `judge`. The record keeps how it was read, with nothing left to guess, and evidence is read again in the same way.

    Raises `InputError` when the input cannot be read, `AuditError` when the decision cannot be recorded or the person lacks the
    right, and whatever ``progress`` raises; in each case nothing is stored.
    """
    judged = judge(data, name, model=model, progress=progress, options=options, fall_back=fall_back, before=before)
    progress(1 - _STORE_SHARE, "store")
    origin = cleaned(source) if source is not None else source_of(name)
    # The last moment to cancel: after this call the decision exists.
    id = enter(judged, model=model, access=access, source=origin, last=lambda: progress(1 - _STORE_SHARE / 2, "store"))
    seen(id, judged.sequence, judged.run.trace)
    return id


def enter(
    judged: FileJudgement,
    *,
    model: SparseMixModel,
    access: Access,
    source: str,
    original: str | None = None,
    once: bool = False,
    fresh: bool = True,
    last: Callable[[], None] = lambda: None,
) -> str:
    """Record the verdict of ``model``, or of the model for any log in its place, on a judged file; return the decision's id.

    ``source``: where the file comes from; ``original``: the hash of the weights that the model's were rounded from, where that
    was checked: a lead's approval of those holds for both; ``once``: refuse bytes that these weights have decided on before;
    ``fresh``: whether the file is new to its source's drift: a window that overlaps an earlier one is not; ``last`` is called
    when nothing but the writing is left, and may raise.

    Raises `AuditError` when the decision cannot be recorded, with ``once`` also its subclass `DecidedAlready`.
    """
    if judged.by_itself:
        model = any_log_model()
    record = record_of(judged, _filing(judged, model, access, source, original, fresh))
    content = {record.input_sha256: judged.data, **{blob_sha256(blob): blob for blob in judged.blobs}}
    if access.missing_blobs({model.weights_sha256}):
        content[model.weights_sha256] = model.to_bytes()
    last()
    access.record_decision(record, content, once=once)
    return record.id


def _filing(
    judged: FileJudgement, model: SparseMixModel, access: Access, source: str, original: str | None, fresh: bool
) -> Filing:
    """Look up in the record what decides about the gate, and take the decision into its source's drift."""
    person, team = access.person, access.policy()
    shown = signatures_of(judged.sequence, judged.run)
    flagged = bool(shown and access.queue.flagged_signatures(sorted(shown)))
    # As late as possible: the stage may change while the model runs, and the record refuses what it would not release.
    stage = access.operation.rollout()
    id, input_sha256 = new_id(), sha256(judged.data).hexdigest()
    arrival = Arrival(id, judged.started, source, judged.run.decision.weights_sha256, input_sha256, fresh)
    followed = follow(access, arrival, profile_of(judged.sequence, judged.run))
    circumstances = Circumstances(
        flagged_pairs=flagged,
        disagreement=judged.views.disagrees,
        drift=followed.watch.alarm is not None,
        not_put_to_use=not may_release(access, person, model.weights_sha256, original),
        trial=stage is not None and not stage.applies_to(source),
    )
    where = {
        "source": source,
        "reading": judged.options.payload(),
        "rollout": None if stage is None else {"stage": stage.stage.value, "plan": stage.plan_seq},
        "memory_mb": judged.memory_mb,
        **judged_by(model, judged.run.decision),
        **followed.details,
        **judged.details,
    }
    fine = fine_kinds(access, source) if model.config.of_file else {}
    return Filing(id, input_sha256, person.name, team, circumstances, where, fine)


def load(store: RecordReader, decision_id: str) -> LoadedDecision:
    """Load a decision with its events, read again from the stored bytes, and its selection.

    Raises `NotFound` when the id is unknown, `Tampered` when what is stored no longer gives what was recorded.
    """
    summary = store.summary(decision_id)
    sequence, trace = load_evidence(store, summary.decision)
    return LoadedDecision(summary, sequence, trace)


def load_evidence(store: RecordReader, decision: DecisionRecord) -> tuple[TokenSequence, SelectionTrace]:
    """Load the events and the selection of a decision, both checked against the record. Raises `NotFound`, `Tampered`,
    and `InputError` where reading was ended by its bounds."""
    data = store.blob(decision.input_sha256)
    try:
        sequence = read_file(data, decision.input_name, reading_of(decision), OF_RECORD_MB).sequence
    except InputError as error:
        if error.code in BOUNDS:
            raise
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
    """Return how the decision's input was read. Raises `InputError` when the recorded settings are invalid."""
    settings = decision.details.get("reading")
    return ReadOptions.from_payload(settings) if isinstance(settings, Mapping) else FIRST_RULES


def within(progress: Progress, until: float = 1 - _STORE_SHARE) -> Progress:
    """Return a progress that maps the model's own share to the middle part of the whole."""
    span = until - _READ_SHARE
    return lambda share, stage: progress(_READ_SHARE + span * share, stage)
