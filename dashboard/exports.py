"""The log as files: exact JSON lines, a CSV that no spreadsheet executes, and a signed checkpoint.

Whoever takes one away leaves an entry of type ``export``: who, which file, how many entries, and the head that it covers.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from audit import AuditStore, Head, LogEntry, Tampered, create_key, load_key, public_key, sign_checkpoint
from audit.canonical import canonical
from audit.log import FORMAT_VERSION, GENESIS

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_BATCH = 1_000
_COLUMNS = ("seq", "ts", "actor", "type", "subject", "commitment", "prev", "hash", "payload")


@dataclass(frozen=True, slots=True)
class SignedCheckpoint:
    """A signed note of the log's size and root, the head that it covers, and the key that verifies it."""

    head: Head
    note: str
    public_key: str


def export_log(store: AuditStore, actor: str, file: str) -> bytes:
    """The log as a file of FORMATS, which `actor` takes away; the export is recorded, once for each call.

    Content and entry are fixed here, when the click asks for the file, not by the page's last run. The entry itself is not
    in the file. An error means that nothing was handed out: no file without its entry.
    """
    head = store.head()
    content = FORMATS[file](store, head.size)
    record_export(store, actor, file, head)
    return content


def export_checkpoint(store: AuditStore, actor: str, signed: SignedCheckpoint) -> str:
    """The note of a checkpoint, which `actor` takes away; recorded like `export_log`. The note is as old as its signature."""
    record_export(store, actor, "checkpoint", signed.head)
    return signed.note


def record_export(store: AuditStore, actor: str, file: str, head: Head) -> LogEntry:
    """Record that `actor` took this file, which covers the log up to `head`."""
    covered = {"entries": head.size, "root": head.root, "last_hash": head.last_hash}
    return store.record_event(actor, "export", file, covered)


def jsonl(store: AuditStore, size: int) -> bytes:
    """The first entries, each with salt and payload that open its commitment: what `python -m audit export` writes."""
    lines = []
    for entry in _entries(store, size):
        sealed = store.sealed(entry.seq)
        fields = asdict(entry)
        named = {"v": FORMAT_VERSION, "p": fields.pop("commitment"), **fields}
        lines.append(canonical(named | {"salt": sealed.salt, "payload": sealed.payload}) + b"\n")
    return b"".join(lines)


def log_csv(store: AuditStore, size: int) -> bytes:
    """The first entries as rows, with a byte order mark, without which Excel misreads Japanese."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(_COLUMNS)
    for entry in _entries(store, size):
        row = [*asdict(entry).values(), store.sealed(entry.seq).payload]
        writer.writerow([quoted(str(value)) for value in row])
    return text.getvalue().encode("utf-8-sig")


FORMATS: dict[str, Callable[[AuditStore, int], bytes]] = {"jsonl": jsonl, "csv": log_csv}


def quoted(cell: str) -> str:
    """A cell that a spreadsheet would take for a formula gets a quote in front."""
    return f"'{cell}" if cell.startswith(_FORMULA_STARTS) else cell


def signed_checkpoint(store: AuditStore, key_path: Path, progress: Callable[[float, str], None]) -> SignedCheckpoint:
    """Verify the whole log, then sign its size and root. The key is made on first use.

    Raises Tampered, and signs nothing, when an entry does not hold.
    """
    report = store.verify(verification_progress(progress))
    if not report.ok:
        raise Tampered(f"nothing was signed: {report.problem_text}")
    key = load_key(key_path) if key_path.exists() else create_key(key_path)
    # The log may have grown while it was verified: the head is that of the entries that were.
    last = store.entries(after=report.size - 1, limit=1)[0].hash if report.size else GENESIS
    head = Head(report.size, report.root, last)
    return SignedCheckpoint(head, sign_checkpoint(key, head.size, head.root), public_key(key) + "\n")


def verification_progress(progress: Callable[[float, str], None]) -> Callable[[int, int], None]:
    """A job's progress as the callback that the store's verification takes."""
    return lambda done, total: progress(done / max(1, total), "verify")


def _entries(store: AuditStore, size: int) -> Iterator[LogEntry]:
    after = 0
    while batch := store.entries(after, min(_BATCH, size - after)):
        yield from batch
        after = batch[-1].seq
