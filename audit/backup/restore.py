"""Restoring a backup into an empty database of either kind, and what is missing since.

    restored = restore_backup(Path("/mnt/backup/2026-03-02"), "data/audit.db", known_checkpoints(Path("/mnt/checkpoints")))

The restored record is verified, and compared with checkpoints that were kept elsewhere: they say which entries came after the
backup's point. Then it goes on, with an entry of type "restored" that names the backup and what is known to be missing. From
there on it is another continuation of the same log: checkpoints of the lost entries contradict it for ever, as they would
contradict somebody who cut the log off on purpose. The entry grants nothing and excuses nothing; it only says what happened.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import delete

from audit.backup.known import MissingEntries, contradicted, missing
from audit.backup.manifest import CHECKPOINTS, KEY, RECORD, Manifest, Progress, check_files, read_manifest
from audit.errors import AuditError, Conflict, InvalidRecord, StoreUnavailable, Tampered
from audit.log.checkpoints import Checkpoint
from audit.log.entries import RESTORED
from audit.log.roles import SYSTEM
from audit.record_store import RecordStore
from audit.records.atomic_files import read_text, replace_text
from audit.storage.copying import copy_rows, filling
from audit.storage.engines import create_private_file, sqlite_engine, translated
from audit.storage.migrations import migrate, revisions
from audit.storage.schema import sessions


@dataclass(frozen=True, slots=True)
class RestoreReport:
    """What came back. `problem`: why the record is not what was backed up or signed, with the number of the first bad entry; it
    then has no entry of its own (`seq`). `known`: the newest checkpoint from elsewhere; `missing`: what it signed beyond."""

    entries: int
    root: str
    problem_seq: int | None
    problem: str | None
    known: Checkpoint | None
    missing: MissingEntries | None
    seq: int | None


def restore_backup(
    folder: Path,
    url: str | Path,
    known: Sequence[Checkpoint] = (),
    *,
    checkpoints_to: Path | None = None,
    key_to: Path | None = None,
    progress: Progress | None = None,
    clock: Callable[[], datetime] | None = None,
) -> RestoreReport:
    """Restore a backup, verify it, and append an entry about it.

    `known`: checkpoints from elsewhere. `checkpoints_to`, `key_to`: where to put checkpoints and signing key of the backup,
    a new folder and a new file. `clock` replaces the record's clock, as in `RecordStore`. Nobody is signed in afterwards.
    Raises `Tampered` when a file of the backup is missing or changed, or its database holds what no record can hold,
    `Conflict` when the target holds something, `InvalidRecord`, `StoreUnavailable`; nothing is left behind then.
    """
    manifest = read_manifest(folder)
    if manifest.schema not in revisions():
        raise StoreUnavailable(f"the backup is from a newer version ({manifest.schema}); update the software")
    names = [name for name in manifest.files if name.startswith(f"{CHECKPOINTS}/")]
    _refuse(manifest, names, checkpoints_to, key_to)
    check_files(folder, manifest, progress)
    try:
        _fill(folder / RECORD, url, manifest.schema, progress)
    except Tampered as error:
        found = _first_bad(folder / RECORD) or str(error)
        raise Tampered(f"the database of the backup is damaged or tampered with, and is not restored: {found}") from error
    store = RecordStore(url, clock=clock)
    try:
        newest = max(known, key=lambda checkpoint: checkpoint.size, default=None)
        lost = missing(manifest.entries, known)
        seq, text = _problem(store, manifest, known, progress)
        entry = None if text is not None else _append(store, manifest, newest, lost)
    finally:
        store.close()
    if checkpoints_to is not None:
        checkpoints_to.mkdir(parents=True, exist_ok=True)
        for name in names:
            replace_text(checkpoints_to / Path(name).name, read_text(folder / name))
    if key_to is not None:
        create_private_file(key_to)
        key_to.write_text(read_text(folder / KEY), encoding="utf-8")
    return RestoreReport(manifest.entries, manifest.root, seq, text, newest, lost, entry)


def _refuse(manifest: Manifest, names: Sequence[str], checkpoints_to: Path | None, key_to: Path | None) -> None:
    """Refuse what is asked of the backup and cannot be done, before anything is."""
    if checkpoints_to is not None and not names:
        raise InvalidRecord("this backup has no checkpoints: leave out --checkpoints-to")
    if (
        checkpoints_to is not None
        and checkpoints_to.exists()
        and (not checkpoints_to.is_dir() or any(checkpoints_to.iterdir()))
    ):
        raise Conflict(f"{checkpoints_to} is in use: name a new folder, and keep the old one as evidence of what was lost")
    if key_to is not None and KEY not in manifest.files:
        raise InvalidRecord("this backup has no signing key: it was made without --with-keys; leave out --key-to")
    if key_to is not None and key_to.exists():
        raise Conflict(f"the key file {key_to} exists already and is never overwritten; choose another path")


def _fill(record: Path, url: str | Path, schema: str, progress: Progress | None) -> None:
    source = sqlite_engine(record, read_only=True)
    told = None if progress is None else lambda done, total: progress("copy", done, total)
    try:
        # Rows, not the file: a table's triggers are always this program's own.
        with filling(url) as target, translated(str(record)), source.begin() as reading:
            migrate(target, schema)
            copy_rows(reading, target, told)
            migrate(target)
            # Who signed out since the backup must not be signed in again.
            target.execute(delete(sessions))
    finally:
        source.dispose()


def _first_bad(record: Path) -> str | None:
    """Return what verification says of the backup's own database; None where it finds nothing, or cannot read it."""
    try:
        store = RecordStore(record, read_only=True)
    except AuditError:  # of an earlier version: only what is restored is upgraded
        return None
    try:
        report = store.verify()
    finally:
        store.close()
    return None if report.ok else report.problem_text


def _problem(
    store: RecordStore, manifest: Manifest, known: Sequence[Checkpoint], progress: Progress | None
) -> tuple[int | None, str | None]:
    """Verify the record; return the number of the first bad entry and what is wrong, or (None, None)."""
    report = store.verify(None if progress is None else lambda done, total: progress("verify", done, total))
    if not report.ok:
        return report.problem_seq, report.problem_text
    if (report.size, report.root) != (manifest.entries, manifest.root):
        return None, "The record in the backup is whole, but not the one that its manifest names."
    other = contradicted(store, report.size, known)
    if other is not None:
        return None, f"The first {other.size} entries fit together, but they are not those that a checkpoint signed."
    return None, None


def _append(store: RecordStore, manifest: Manifest, known: Checkpoint | None, lost: MissingEntries | None) -> int:
    payload = {
        "backup": {"made_at": manifest.made_at, "entries": manifest.entries, "root": manifest.root},
        "known": asdict(known) if known else None,
        "missing": lost._asdict() if lost else None,
    }
    with store.database.write() as connection:
        entry = store.database.append(connection, actor=SYSTEM, type=RESTORED, subject="backup", payload=payload)
    return entry.seq
