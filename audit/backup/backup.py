"""Backup of a whole record while others use it, as one moment shows it.

    manifest = write_backup("data/audit.db", Path("/mnt/backup/2026-03-02"))

The copy is verified before it becomes a backup: what cannot be restored is noticed on the day it is made. A backup appears as a
whole under its name or not at all, and never over another one.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from audit.backup.manifest import CHECKPOINTS, KEY, RECORD, Manifest, Progress, describe, flush, write_manifest
from audit.errors import StoreUnavailable
from audit.log.private_keys import load_key
from audit.record_store import RecordStore
from audit.records.atomic_files import building, read_text
from audit.records.validation import utc_now
from audit.storage.copying import copy_pages, copy_rows, make_one_file
from audit.storage.database import Database
from audit.storage.engines import create_private_file
from audit.storage.migrations import revisions
from audit.verify.verification import VerificationReport

_CHECKPOINT = re.compile(r"checkpoint-([0-9]{12})\.txt")


def write_backup(
    url: str | Path,
    folder: Path,
    *,
    checkpoints: Path | None = None,
    key: Path | None = None,
    progress: Progress | None = None,
) -> Manifest:
    """Write a backup of the record at `url` to `folder`, which must not exist or be empty.

    `checkpoints`: the folder of signed checkpoints; those up to the backup's point go along. `key`: the private key that signs
    them, which goes along only when it is given. A record that does not verify is backed up all the same: the manifest's
    `problem` says what is wrong. Raises `Conflict` when the folder is taken, `StoreUnavailable`.
    """
    with building(folder) as partial:
        partial.chmod(0o700)
        made_at = utc_now()
        kind = _copy(url, partial / RECORD, progress)
        report = _verified(partial / RECORD, progress)
        if checkpoints is not None:
            _copy_checkpoints(checkpoints, partial / CHECKPOINTS, report.size)
        if key is not None:
            load_key(key)
            _write_private(partial / KEY, read_text(key))
        manifest = Manifest(
            made_at=made_at,
            database=kind,
            schema=revisions()[-1],
            entries=report.size,
            root=report.root,
            problem=None if report.ok else report.problem_text,
            files=describe(partial, progress),
        )
        write_manifest(partial, manifest)
    flush(folder.resolve().parent)
    return manifest


def _copy(url: str | Path, target: Path, progress: Progress | None) -> str:
    """Copy the record into a new SQLite file; return the kind of its database."""
    told = _step(progress, "copy")
    source = Database(url, read_only=True)
    try:
        if source.path is not None:
            copy_pages(source.path, target, told)
            return "sqlite"
        made = Database(target)
        try:
            with source.read() as reading, made.write() as writing:
                copy_rows(reading, writing, told)
        finally:
            made.close()
        make_one_file(target)
        return "postgresql"
    finally:
        source.close()


def _verified(record: Path, progress: Progress | None) -> VerificationReport:
    store = RecordStore(record, read_only=True)
    try:
        return store.verify(_step(progress, "verify"))
    finally:
        store.close()


def _copy_checkpoints(source: Path, target: Path, entries: int) -> None:
    """Copy the checkpoints that signed no more than so many entries, and the key that verifies them."""
    if not source.is_dir():
        raise StoreUnavailable(f"there is no folder {source} with checkpoints; check the path")
    target.mkdir(mode=0o700)
    for path in sorted(source.glob("*.txt")):
        signed = _CHECKPOINT.fullmatch(path.name)
        if path.name == "public_key.txt" or (signed and int(signed[1]) <= entries):
            _write_private(target / path.name, read_text(path))


def _write_private(path: Path, content: str) -> None:
    create_private_file(path)
    path.write_text(content, encoding="utf-8")


def _step(progress: Progress | None, what: str) -> Callable[[int, int], None] | None:
    return None if progress is None else lambda done, total: progress(what, done, total)
