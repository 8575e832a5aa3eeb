"""The files of a batch as a table: how each was read, and what was decided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from audit import DecisionSummary
from dashboard.service.decide.several_files import MAX_FILES, MAX_TOTAL_MB, BatchFile, FileState
from dashboard.texts import PlainTexts, Texts
from dashboard.views import reading
from dashboard.views.decisions import model_cells
from dashboard.views.frames import frame
from dashboard.views.verdict import moment
from sparsemix import InputError

MAX_SAID = 5  # files that a message names
COLUMNS = ("file", "size", "events", "verdict", "probability", "flagged", "state", "familiar", "remark")


def table(files: Sequence[BatchFile], summaries: Mapping[str, DecisionSummary], t: Texts) -> pd.DataFrame:
    """Return one row a file. ``summaries``: the decisions by their ids, as this person may see them."""
    rows = []
    for file in files:
        summary = summaries.get(file.decision_id or "")
        events = None if file.facts is None else file.facts.events
        cells = (None,) * 5 if summary is None else model_cells(summary, t)
        rows.append((file.name, size_text(file.size, t), events, *cells, remark(file, t)))
    listed = frame(rows, "decisions", COLUMNS, t)
    return listed.astype({t.plain(f"decisions.{name}"): "Int64" for name in ("events", "flagged")})


def size_text(size: int, t: Texts) -> str:
    """Write a number of bytes in a readable unit."""
    if size < 1000:
        return t.plain("batch.bytes", n=size)
    if size < 1000 * 1000:
        return t.plain("batch.kilobytes", n=size / 1000)
    return t.plain("batch.megabytes", n=size / 1_000_000)


def remark(file: BatchFile, t: Texts) -> str:
    """Return the remark on a file: why it is left out or failed, or what was skipped and noticed in reading it."""
    plain = PlainTexts(t.language)
    not_taken = {
        FileState.SAME: plain("batch.same", name=file.same_as),
        FileState.TOO_MANY: plain("batch.too_many", n=MAX_FILES),
        FileState.TOO_LARGE: plain("batch.too_large", n=MAX_TOTAL_MB),
    }
    if file.state in not_taken:
        return not_taken[file.state]
    if file.error is not None:
        return reading.input_message(file.error, plain) if isinstance(file.error, InputError) else plain("batch.failed")
    if file.facts is None:
        return ""
    before = [plain("batch.before", time=moment(file.before))] if file.before else []
    skipped = reading.skipped_by_reason(file.facts.skipped, plain)
    return " ".join([*before, *skipped, *reading.notes(file.facts.notes, plain)])
