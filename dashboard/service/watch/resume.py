"""Resuming a log that was watched before: the place and the window to continue with, from the record and the file."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from audit import Access, DecisionFilter, DecisionRecord, NotFound, Tampered
from dashboard.service.common.decision_details import details_of
from dashboard.service.common.names import display_name
from dashboard.service.watch import watch_status
from dashboard.service.watch.log_tail import MOST_BYTES, LinePlace
from dashboard.service.watch.sliding_windows import DriftMark, split

_PAGE = 200  # decisions looked up at once
_FIRST_LINES = 20
# Characters of the file's name that a window's name always begins with; the middle of a long name is left out.
_BEGINS = 100


@dataclass(frozen=True, slots=True)
class ResumePoint:
    """The newest decision on a watched file, and the details to continue from."""

    decision: DecisionRecord
    place: LinePlace
    part: int
    line: int
    drift_mark: DriftMark
    header: bool


def window_name(path: Path, first: int, last: int) -> str:
    """Return a window's name: the file's name with the numbers of the window's lines."""
    return display_name(f"{path.stem}-{first:09d}-{last:09d}{path.suffix}")


def known_before(access: Access, path: Path, machine: str) -> ResumePoint | None:
    """Return the newest decision on this file of this machine, by any weights and for any source; None when there is none.

    A decision without a machine's name, from older versions, counts as this machine's: the content of the file shows whether it
    belongs to it (``log_tail``). Raises `Tampered` when the decision does not say where its last line lies.
    """
    file, wanted, offset = watch_status.file_name(path), DecisionFilter(text=display_name(f"{path.stem}-")[:_BEGINS]), 0
    while page := access.find(wanted, limit=_PAGE, offset=offset).summaries:
        for decision in (summary.decision for summary in page):
            live = details_of(decision).live
            if live.get("file") != file or live.get("machine", machine) != machine:
                continue
            try:
                place = LinePlace(**live["place"])
                progress = (int(live["part"]), int(live["last"]), DriftMark.of(live))
            except (KeyError, TypeError, ValueError) as error:
                raise Tampered(f"decision {decision.id} does not say where its last line lies") from error
            return ResumePoint(decision, place, *progress, header=live.get("header") is True)
        offset += _PAGE
    return None


def first_lines(path: Path) -> list[bytes]:
    """Return the first lines of a file; no lines when it does not exist yet."""
    with suppress(OSError), path.open("rb") as file:
        return file.read(MOST_BYTES).splitlines(keepends=True)[:_FIRST_LINES]
    return []


def window_of(access: Access, before: ResumePoint) -> tuple[bytes, list[bytes]]:
    """Return header and lines of the window that was decided on; empty when its content was erased."""
    try:
        return split(access.blob(before.decision.input_sha256), header=before.header)
    except NotFound:
        return b"", []
