"""Opening the record as a program that grants: it must hold what this machine's key signed outside the database."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from audit import AuditError, AuditStore, open_store
from audit.checkpoint_schedule import newest_signed
from dashboard.service.common.places import checkpoint_folder, checkpoint_key


def open_record(location: str | Path) -> AuditStore:
    """Open a record. An older copy of it, put back before the start, answers no question that needs a right, and opens no gate.

    Where the checkpoints are out of reach, the keeper of the checkpoints says so. Raises `StoreUnavailable`, `Tampered`.
    """
    store = open_store(location)
    with suppress(AuditError, OSError):
        store.expect(newest_signed(checkpoint_folder(location), checkpoint_key(location)))
    with suppress(AuditError):  # the pages say what is wrong
        store.accounts.end_unsigned_sessions()
    return store
