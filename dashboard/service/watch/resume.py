"""What the record and the file know of a log that was watched before: where to go on, and with which window."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from audit import Access, DecisionFilter, DecisionRecord, NotFound, Tampered
from dashboard.service.decide.pipeline import display_name
from dashboard.service.watch import watch_status
from dashboard.service.watch.log_tail import MOST_BYTES, Place
from dashboard.service.watch.sliding_windows import DriftMark, split

_LAST, _BEGINNING = 200, 20
# Signs that a window's name has of the file's in any case; of the middle of a long one it has none.
_BEGINS = 100


@dataclass(frozen=True, slots=True)
class Before:
    """What the record knows of a watched file: its newest decision, and what stands in it."""

    decision: DecisionRecord
    place: Place
    part: int
    line: int
    drift_mark: DriftMark
    header: bool


def window_name(path: Path, first: int, last: int) -> str:
    """A window's name: the file's, with the numbers of its lines."""
    return display_name(f"{path.stem}-{first:09d}-{last:09d}{path.suffix}")


def known_before(access: Access, path: Path, machine: str) -> Before | None:
    """The newest decision on this file of this machine, whichever weights made it for whichever source; None without any.
    One of before machines were named is taken for this machine's: whether it is of this file, the file shows (``tailing``)."""
    file, wanted, offset = watch_status.file_name(path), DecisionFilter(text=display_name(f"{path.stem}-")[:_BEGINS]), 0
    while page := access.find(wanted, limit=_LAST, offset=offset).summaries:
        for decision in (one.decision for one in page):
            said = decision.details.get("live")
            if not isinstance(said, Mapping) or said.get("file") != file or said.get("machine", machine) != machine:
                continue
            try:
                place = Place(**said["place"])
                numbers = (int(said["part"]), int(said["last"]), DriftMark.of(said))
            except (KeyError, TypeError, ValueError) as error:
                raise Tampered(f"decision {decision.id} does not say where its last line lies") from error
            return Before(decision, place, *numbers, header=said.get("header") is True)
        offset += _LAST
    return None


def first_lines(path: Path) -> list[bytes]:
    """The beginning of a file, as far as it goes; nothing of one that is not there yet."""
    with suppress(OSError), path.open("rb") as file:
        return file.read(MOST_BYTES).splitlines(keepends=True)[:_BEGINNING]
    return []


def window_of(access: Access, before: Before) -> tuple[bytes, list[bytes]]:
    """Header and lines of the window that a decision was made on; none where its content was erased."""
    try:
        return split(access.blob(before.decision.input_sha256), header=before.header)
    except NotFound:
        return b"", []
