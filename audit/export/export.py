"""Export of the record: note it in the log, verify the log, sign it, and write it as a bundle.

    export_bundle(access, key_path, Path("bundle.zip"), checkpoints=Path("data/audit.db.checkpoints"))

The note comes first, so that the bundle holds it; it stays when the export fails afterwards.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from audit.access import Access
from audit.checkpoint_schedule import signed_in
from audit.errors import Conflict, Tampered
from audit.export.bundle import SignedLog, write_bundle, zip_bundle
from audit.log.checkpoints import DEFAULT_ORIGIN, Checkpoint, public_key, sign_checkpoint
from audit.log.private_keys import key_of
from audit.log.proving import GENESIS
from audit.people.rights import Action
from audit.record_store import RecordStore
from audit.records.atomic_files import read_text
from audit.storage.database import Head
from audit.verify.stored_evidence import EntryEvidence

_BATCH = 200


class SignedHead(NamedTuple):
    """A signed note of the log's size and root, the head that it covers, and the key that verifies it."""

    head: Head
    note: str
    verifier_key: str


def sign_head(
    store: RecordStore,
    key_path: Path,
    *,
    origin: str = DEFAULT_ORIGIN,
    previous: Checkpoint | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> SignedHead:
    """Verify the whole record, also against a ``previous`` checkpoint, then sign its size and root; the key is created on first
    use.

    Raises `Tampered`, without signing, when the record does not verify.
    """
    report = store.verify(progress, previous)
    if not report.ok:
        raise Tampered(f"nothing was signed: {report.problem_text}")
    key = key_of(key_path)
    # The log may have grown during the verification: the head is that of the verified entries.
    last = store.entries(after=report.size - 1, limit=1)[0].hash if report.size else GENESIS
    note = sign_checkpoint(key, report.size, report.root, origin, root_key=report.root_key)
    return SignedHead(Head(report.size, report.root, last), note, public_key(key, origin))


def export_bundle(
    access: Access,
    key_path: Path,
    target: Path,
    *,
    checkpoints: Path | None = None,
    origin: str = DEFAULT_ORIGIN,
    progress: Callable[[int, int], None] | None = None,
) -> SignedHead:
    """Write the record as a folder, or as one file when `target` ends in .zip; an entry of the log records the export.

    `checkpoints`: the folder of earlier checkpoints, which go into the bundle. Raises `Denied`; `Conflict` when the target
    exists; `Tampered`, without writing, when the record does not verify.
    """
    store = access.store
    access.require(Action.EXPORT, target.name)
    if target.exists():
        raise Conflict(f"{target} exists already; choose another name")
    access.admin.note_export("bundle", store.head())
    signed = sign_head(store, key_path, origin=origin, progress=progress)
    earlier = []
    if checkpoints is not None and checkpoints.exists():
        series = signed_in(checkpoints, signed.verifier_key)
        earlier = [read_text(file.path) for file in series if file.checkpoint.size <= signed.head.size]
    with tempfile.TemporaryDirectory(dir=target.resolve().parent, prefix=".bundle-") as folder:
        written = target if target.suffix != ".zip" else Path(folder) / "bundle"
        write_bundle(
            written,
            SignedLog(Checkpoint(origin, signed.head.size, signed.head.root), signed.note, signed.verifier_key, earlier),
            evidence=_evidence(store, signed.head.size),
            read_blob=store.blob,
            progress=progress,
        )
        if written is not target:
            zip_bundle(written, target)
    return signed


def _evidence(store: RecordStore, size: int) -> Iterator[EntryEvidence]:
    after = 0
    while after < size:
        batch = store.evidence(after, min(_BATCH, size - after))
        if not batch:
            return
        yield from batch
        after = batch[-1].entry.seq
