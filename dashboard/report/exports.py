"""Exports of the record: a bundle that an outsider verifies, exact JSON lines, a CSV that no spreadsheet executes, reports.

Every export leaves an entry of type ``export``: who exported which file, how many entries it has, and the head that it covers.
"""

from __future__ import annotations

import csv
import io
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import BinaryIO

from audit import Access, Action, LogEntry, NotFound, RecordStore
from audit.export.export import SignedHead, export_bundle
from audit.log.proving import FORMAT_VERSION
from audit.records.canonical import canonical
from dashboard.log.offline import Changes
from dashboard.report.report import decision_report
from dashboard.service.decide.pipeline import LoadedDecision
from sparsemix import Rerun
from sparsemix.explain.explanation import Explanation
from sparsemix.explain.randomisation import Randomisation
from sparsemix.trace.csv_cells import guarded

_BATCH = 1_000
_FOLDER = "sparsemix-export-"
_COLUMNS = ("seq", "ts", "actor", "type", "subject", "commitment", "prev", "hash", "payload")


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle as one file, ready to hand out. The file has no name any more: however the process ends, nothing is left."""

    signed: SignedHead
    file: BinaryIO

    def read(self) -> bytes:
        """Read the file's content."""
        self.file.seek(0)
        return self.file.read()


def make_bundle(access: Access, key_path: Path, checkpoints: Path, progress: Callable[[float, str], None]) -> Bundle:
    """Verify, sign and pack the whole record. Raises `Denied`, `StoreUnavailable`, and `Tampered` when the record was changed:
    then nothing is handed out."""
    _remove_left()
    with tempfile.TemporaryDirectory(prefix=f"{_FOLDER}{os.getpid()}-") as folder:
        path = Path(folder) / "sparsemix-record.zip"
        signed = export_bundle(access, key_path, path, checkpoints=checkpoints, progress=verification_progress(progress))
        return Bundle(signed, path.open("rb"))


def _remove_left() -> None:
    """Remove what processes left that were ended while they packed: it holds the content of a whole record."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_FOLDER}*"):
        maker = folder.name.removeprefix(_FOLDER).partition("-")[0]
        with suppress(OSError):  # somebody else's, or it has just gone
            own = folder.is_dir() and not folder.is_symlink() and folder.stat().st_uid == os.getuid()
            if own and not (maker.isdigit() and _alive(int(maker))):
                shutil.rmtree(folder)


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True


def export_log(access: Access, file: str) -> bytes:
    """Return the log as a file of FORMATS, and record the export, once for each call.

    Content and entry are made by the click that asks for the file, not by the page's last run. The entry itself is not in the
    file. On an error nothing is handed out: there is no file without its entry.
    """
    access.require(Action.EXPORT, file)
    head = access.store.head()
    content = FORMATS[file](access.store, head.size)
    access.admin.note_export(file, head)
    return content


def export_report(
    access: Access,
    loaded: LoadedDecision,
    explanation: Explanation,
    rerun: Rerun,
    curve: Randomisation | None,
    language: str,
    changes: Changes | None = None,
) -> bytes:
    """Return the report of a decision; recorded like `export_log`. Raises `ReportRefused` too."""
    about = f"report {loaded.summary.decision.id}"
    access.require(Action.EXPORT, about)
    head = access.store.head()
    content = decision_report(access, loaded, explanation, rerun, curve, language=language, head=head, changes=changes)
    access.admin.note_export(about, head)
    return content


def export_checkpoint(access: Access, signed: SignedHead) -> str:
    """Return the note of a checkpoint; recorded like `export_log`. The note is as old as its signature."""
    access.admin.note_export("checkpoint", signed.head)
    return signed.note


def jsonl(store: RecordStore, size: int) -> bytes:
    """Return the first entries, each with the salt and payload that open its commitment; null where they were erased."""
    lines = []
    for entry, salt, payload in _opened(store, size):
        fields = asdict(entry)
        named = {"v": FORMAT_VERSION, "p": fields.pop("commitment"), **fields}
        lines.append(canonical(named | {"salt": salt, "payload": payload}) + b"\n")
    return b"".join(lines)


def log_csv(store: RecordStore, size: int) -> bytes:
    """Return the first entries as rows, with a byte order mark, without which Excel misreads Japanese."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(_COLUMNS)
    for entry, _, payload in _opened(store, size):
        writer.writerow([guarded(str(value)) for value in (*asdict(entry).values(), payload or "")])
    return text.getvalue().encode("utf-8-sig")


FORMATS: dict[str, Callable[[RecordStore, int], bytes]] = {"jsonl": jsonl, "csv": log_csv}


def verification_progress(progress: Callable[[float, str], None]) -> Callable[[int, int], None]:
    """Return a job's progress as the callback that the store's verification takes."""
    return lambda done, total: progress(done / max(1, total), "verify")


def _opened(store: RecordStore, size: int) -> Iterator[tuple[LogEntry, str | None, str | None]]:
    after = 0
    while batch := store.entries(after, min(_BATCH, size - after)):
        for entry in batch:
            try:
                sealed = store.sealed(entry.seq)
            except NotFound:
                yield entry, None, None
            else:
                yield entry, sealed.salt, sealed.payload
        after = batch[-1].seq
