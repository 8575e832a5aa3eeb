"""Event tables of a machine: the one that was decided on, and the normal runs that say what is usual. No streamlit here.

table = event_table_of(access, decision)                 # None where the file is none
runs = normal_runs(uploads, approved_runs(access, decision), access)
causes(table, runs.usual, moment_of(table, None))        # as `python -m sparsemix causes` does
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from audit import Access, DecisionRecord, DecisionSummary, QueueState, Verdict
from dashboard.service.common.decision_details import details_of
from dashboard.service.common.worker import Progress
from dashboard.service.decide.pipeline import RecordReader, reading_of
from dashboard.service.reading.reader import read_event_table, read_event_tables
from sparsemix import InputError
from sparsemix.causes.event_table import EventTable
from sparsemix.causes.usual_states import UsualStates
from sparsemix.dataset.reading import error_of_file
from sparsemix.readers import Limits

RUN_LIMITS = Limits(max_lines=200_000, min_events=1)
"""Limits of one run. The states of 400 variables at every change of one are held at once."""
MOST_FILES, MOST_TOTAL_MB = 500, 256
LISTED = 500
"""Recent decisions that are looked at for approved ones."""
_READ = 0.6  # share of the time that reading takes
_NORMAL = "normal"

File = tuple[str, bytes]


@dataclass(frozen=True, slots=True)
class NormalRuns:
    """What normal runs say is ``usual``, and their ``names``."""

    names: tuple[str, ...]
    usual: UsualStates


def event_table_of(store: RecordReader, decision: DecisionRecord) -> EventTable | None:
    """Return the table that was decided on, None where the file is no event table. Raises `NotFound`, `Tampered`, and
    `InputError` for an event table with a row that cannot be used."""
    data, options = store.blob(decision.input_sha256), reading_of(decision)
    return read_event_table(data, decision.input_name, options, RUN_LIMITS)


def approved_runs(access: Access, decision: DecisionRecord) -> tuple[DecisionRecord, ...]:
    """Return the recent decisions on other tables of the same source that people found normal, newest first. Raises
    `AuditError`."""
    source = details_of(decision).source
    listed = access.decisions(state=QueueState.SETTLED, limit=LISTED, newest_first=True) if source else []
    found = {
        summary.decision.input_sha256: summary.decision
        for summary in listed
        if not summary.blind
        and details_of(summary.decision).source == source
        and summary.decision.input_sha256 != decision.input_sha256
        and details_of(summary.decision).source_format == details_of(decision).source_format
        and _found_normal(summary)
    }
    return tuple(found.values())


def _found_normal(summary: DecisionSummary) -> bool:
    review = summary.latest_review
    if review is None:
        return False
    label = summary.decision.label if review.verdict is Verdict.APPROVE else review.corrected_label
    return review.verdict is not Verdict.WITHDRAW and label == _NORMAL


def normal_runs(
    files: Sequence[File],
    approved: Sequence[DecisionRecord],
    store: RecordReader,
    progress: Progress = lambda _share, _stage: None,
) -> NormalRuns:
    """Learn what is usual from tables in ``files``, also in archives, and from the event tables of ``approved`` decisions.

    Raises `InputError` for a file that is no event table, with its name, and where there are fewer than two, `NotFound`,
    `Tampered`, and whatever ``progress`` raises.
    """
    tables: list[EventTable] = []
    total = len(files) + len(approved)

    def step(number: int) -> None:
        progress(_READ * number / total, f"normal_runs {len(tables) + 1}")

    for number, file in enumerate(files):
        step(number)
        for table in read_event_tables([file], RUN_LIMITS):
            tables.append(table)
            step(number)
    for number, decision in enumerate(approved, len(files)):
        step(number)
        try:
            of_decision = event_table_of(store, decision)
        except InputError as error:
            raise error_of_file(error, decision.input_name) from error
        if of_decision is not None:
            tables.append(of_decision)
    usual = UsualStates.of(tables, lambda share: progress(_READ + (1 - _READ) * share, "usual_states"))
    return NormalRuns(tuple(table.name for table in tables), usual)
