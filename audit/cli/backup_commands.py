"""Commands of `python -m audit` that back the record up and restore it.

Like those that only read, they ask nobody who they are: the rights of the database, or of its file, are what counts.
"""

from __future__ import annotations

import json
import os
import sys
import time
from argparse import Namespace
from dataclasses import asdict

from audit.backup.backup import write_backup
from audit.backup.known import known_checkpoints
from audit.backup.manifest import read_manifest
from audit.backup.restore import RestoreReport, restore_backup
from audit.checkpoint_places import checkpoint_folder, checkpoint_key
from audit.cli.read_commands import OK, TAMPERED, say
from audit.errors import InvalidRecord


class _Meter:
    """How far it is, on one line of a terminal; nothing elsewhere."""

    def __init__(self) -> None:
        self._shown = 0.0
        self._terminal = sys.stderr is not None and sys.stderr.isatty()

    def __call__(self, what: str, done: int, total: int) -> None:
        now = time.monotonic()
        if self._terminal and (now - self._shown > 0.5 or done == total):
            self._shown = now
            end = "\n" if done == total else ""
            print(f"\r{what} {done / max(1, total):4.0%}", end=end, file=sys.stderr, flush=True)


def backup(arguments: Namespace) -> int:
    """Write a backup while the record is in use."""
    checkpoints = arguments.checkpoints or checkpoint_folder(arguments.db)
    if arguments.checkpoints is None and "SPARSEMIX_CHECKPOINTS" not in os.environ and not checkpoints.is_dir():
        checkpoints = None
    key = None
    if arguments.with_keys:
        key = arguments.key or checkpoint_key(arguments.db)
    elif arguments.key is not None:
        raise InvalidRecord("--key says where the signing key lies; it goes along only with --with-keys")
    made = write_backup(arguments.db, arguments.folder, checkpoints=checkpoints, key=key, progress=_Meter())
    if arguments.json:
        print(json.dumps(asdict(made) | {"files": {name: file._asdict() for name, file in made.files.items()}}))
    else:
        size = sum(file.bytes for file in made.files.values())
        say(f"backed up {made.entries} entries to {arguments.folder} ({len(made.files)} files, {size:,} bytes)")
        say(f"root {made.root}")
        if made.problem is not None:
            say(f"TAMPERED: {made.problem}", f"The first {made.entries} entries are good; all of it was backed up.")
    return OK if made.problem is None else TAMPERED


def restore(arguments: Namespace) -> int:
    """Restore a backup into an empty database, and say what is missing since."""
    if arguments.public_key is not None and arguments.checkpoint is None:
        raise InvalidRecord("--checkpoint and --public-key belong together: the key is to check the checkpoint")
    known = known_checkpoints(arguments.checkpoint, arguments.public_key) if arguments.checkpoint else []
    restored = restore_backup(
        arguments.folder,
        arguments.db,
        known,
        checkpoints_to=arguments.checkpoints_to,
        key_to=arguments.key_to,
        progress=_Meter(),
    )
    if arguments.json:
        print(json.dumps(asdict(restored) | {"missing": restored.missing._asdict() if restored.missing else None}))
    else:
        _tell(restored, read_manifest(arguments.folder).made_at)
    return OK if restored.problem is None and restored.missing is None else TAMPERED


def _tell(restored: RestoreReport, made_at: str) -> None:
    if restored.problem is not None:
        say(f"TAMPERED: {restored.problem}", "What was restored is for inspection: do not go on with it.")
        return
    say(f"restored and verified: {restored.entries} entries, as backed up at {made_at}", f"root {restored.root}")
    print(f"recorded as entry {restored.seq}; everybody signs in again")
    if restored.known is None:
        print("No checkpoint from elsewhere was given: what came after the backup is not known (--checkpoint).")
    elif restored.missing is None:
        print(f"nothing is missing that the checkpoint of {restored.known.size} entries signed")
    else:
        first, last = restored.missing
        print(
            f"MISSING: entries {first} to {last}, {last - first + 1} of them, were signed and are not in the backup.\n"
            "Checkpoints of these contradict the record from now on: keep them, and sign the next ones into a new folder."
        )
    print("Repeat what was done after the backup: erasures, accounts and tokens withdrawn, passwords and weights changed.")
