"""The way from bytes to a recorded decision and back. No streamlit here.

    id = analyse(data, "line4.log", model=model, access=store.single_user("Aiko Tanaka"))
    loaded = load(store, id)

A file is judged (``judging``), then recorded (``recording``).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from audit import Access, DecisionRecord, DecisionSummary, NotFound, Tampered
from dashboard.service.common.decision_details import details_of
from dashboard.service.common.sources import cleaned, source_of
from dashboard.service.common.worker import Progress
from dashboard.service.decide.judging import GUESSED, STORE_SHARE, Early, judge
from dashboard.service.decide.recording import enter
from dashboard.service.reading.reader import BOUNDS, OF_RECORD_MB, read_file
from dashboard.service.reading.wire import Look
from sparsemix import InputError, SelectionTrace, SparseMixModel, TokenSequence, TraceError
from sparsemix.readers import FIRST_RULES, FileRead, ReadOptions

LINE = 100
"""Bytes of a usual line."""
Seen = Callable[[str, TokenSequence, SelectionTrace], None]
"""Gets what was recorded: the decision's id, its events, its selection."""


@dataclass(frozen=True, slots=True)
class LoadedDecision:
    """A recorded decision with its events and its selection."""

    summary: DecisionSummary
    sequence: TokenSequence
    trace: SelectionTrace

    @property
    def size(self) -> int:
        """About how many bytes its file has."""
        return size_of(self.summary.decision)


class RecordReader(Protocol):
    """Reading access to the record: a program's store, or a person's `Access`."""

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
    options: ReadOptions = GUESSED,
    fall_back: bool = True,
    before: FileRead | None = None,
    early: Early = lambda _flagged: None,
) -> str:
    """Read, decide, record; return the decision's id.

    ``seen`` is called with what was recorded, so that the next page need not load it; ``source``: where the file comes from, by
    default what its name tells (``sources``); ``options``: how the file is to be read; ``fall_back``, ``before`` and ``early``
    as for `judge`. The record keeps how it was read, with nothing left to guess, and evidence is read again in the same way.

    Raises `InputError` when the input cannot be read, `AuditError` when the decision cannot be recorded or the person lacks the
    right, and whatever ``progress`` raises; in each case nothing is stored.
    """
    judged = judge(data, name, model=model, progress=progress, options=options, fall_back=fall_back, before=before, early=early)
    progress(1 - STORE_SHARE, "store")
    origin = cleaned(source) if source is not None else source_of(name)
    # The last moments to cancel: after this call the decision exists.
    id = enter(judged, model=model, access=access, source=origin, look=lambda: progress(1 - STORE_SHARE / 2, "store"))
    seen(id, judged.sequence, judged.run.trace)
    return id


def load(store: RecordReader, decision_id: str) -> LoadedDecision:
    """Load a decision with its events, read again from the stored bytes, and its selection.

    Raises `NotFound` when the id is unknown, `Tampered` when what is stored no longer gives what was recorded.
    """
    summary = store.summary(decision_id)
    sequence, trace = load_evidence(store, summary.decision)
    return LoadedDecision(summary, sequence, trace)


def load_evidence(
    store: RecordReader, decision: DecisionRecord, look: Look = lambda _share: None
) -> tuple[TokenSequence, SelectionTrace]:
    """Load the events and the selection of a decision, both checked against the record; ``look`` is told the share that was
    read, and may raise to stop. Raises `NotFound`, `Tampered`, and `InputError` where reading was ended by its bounds."""
    data = store.blob(decision.input_sha256)
    try:
        sequence = read_file(data, decision.input_name, reading_of(decision), OF_RECORD_MB, look).sequence
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
    settings = details_of(decision).reading
    return ReadOptions.from_payload(settings) if settings else FIRST_RULES


def size_of(decision: DecisionRecord) -> int:
    """Return about how many bytes a decision's file has."""
    return decision.event_count * LINE


def is_visible(access: Access, decision_id: str) -> bool:
    """Return whether this person may see what a decision selected: it was not erased meanwhile, and is not judged blind."""
    try:
        return not access.summary(decision_id).blind
    except NotFound:
        return False


def evidence_key(decision: DecisionRecord) -> tuple[str, ...]:
    """Return what tells a decision's evidence from any other, for caches."""
    return (decision.id, *(selection.sha256 for selection in decision.selections))
