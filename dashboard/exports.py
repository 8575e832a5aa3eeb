"""The log as files: exact JSON lines, a CSV that no spreadsheet executes, and a signed checkpoint."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from audit import AuditStore, LogEntry, Tampered, create_key, load_key, public_key, sign_checkpoint
from audit.canonical import canonical
from audit.log import FORMAT_VERSION

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_COLUMNS = ("seq", "ts", "actor", "type", "subject", "commitment", "prev", "hash", "payload")


@dataclass(frozen=True, slots=True)
class SignedCheckpoint:
    """A signed note of the log's size and root, and the key that verifies it."""

    size: int
    note: str
    public_key: str


def jsonl(store: AuditStore) -> bytes:
    """Every entry with the salt and payload that open its commitment: what `python -m audit export` writes."""
    lines = []
    for entry in _entries(store):
        sealed = store.sealed(entry.seq)
        fields = asdict(entry)
        named = {"v": FORMAT_VERSION, "p": fields.pop("commitment"), **fields}
        lines.append(canonical(named | {"salt": sealed.salt, "payload": sealed.payload}) + b"\n")
    return b"".join(lines)


def log_csv(store: AuditStore) -> bytes:
    """Every entry as a row, with a byte order mark, without which Excel misreads Japanese."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(_COLUMNS)
    for entry in _entries(store):
        row = [*asdict(entry).values(), store.sealed(entry.seq).payload]
        writer.writerow([quoted(str(value)) for value in row])
    return text.getvalue().encode("utf-8-sig")


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
    return SignedCheckpoint(report.size, sign_checkpoint(key, report.size, report.root), public_key(key) + "\n")


def verification_progress(progress: Callable[[float, str], None]) -> Callable[[int, int], None]:
    """A job's progress as the callback that the store's verification takes."""
    return lambda done, total: progress(done / max(1, total), "verify")


def _entries(store: AuditStore) -> Iterator[LogEntry]:
    after = 0
    while batch := store.entries(after):
        yield from batch
        after = batch[-1].seq
