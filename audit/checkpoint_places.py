"""Where the checkpoints of a record lie, and the key that signs them; and that what opens a gate takes only what they signed.

Both lie where SPARSEMIX_CHECKPOINTS and SPARSEMIX_CHECKPOINT_KEY say, else beside an SQLite file, for PostgreSQL in `data`.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from audit.checkpoint_schedule import newest_signed
from audit.errors import AuditError
from audit.record_store import RecordStore
from audit.storage.database import sqlite_path


def checkpoint_folder(location: str | Path, home: Path = Path()) -> Path:
    """Return the folder of a record's checkpoints; `home`: what `data` lies in. Raises `StoreUnavailable` for no address."""
    return _chosen("SPARSEMIX_CHECKPOINTS", location, "checkpoints", home / "data" / "checkpoints")


def checkpoint_key(location: str | Path, home: Path = Path()) -> Path:
    """Return the path of the key that signs a record's checkpoints. Raises as `checkpoint_folder`."""
    return _chosen("SPARSEMIX_CHECKPOINT_KEY", location, "key", home / "data" / "checkpoint.key")


def _chosen(setting: str, location: str | Path, ending: str, otherwise: Path) -> Path:
    chosen, path = os.environ.get(setting), sqlite_path(location)
    if chosen:
        return Path(chosen)
    return otherwise if path is None else path.with_name(f"{path.name}.{ending}")


def expect_signed(store: RecordStore, location: str | Path, home: Path = Path()) -> None:
    """Let an older copy of the record, put back before the start, answer no question that needs a right, and open no gate.

    Where the checkpoints are out of reach, the keeper of the checkpoints says so.
    """
    with suppress(AuditError, OSError):
        store.expect(newest_signed(checkpoint_folder(location, home), checkpoint_key(location, home)))
