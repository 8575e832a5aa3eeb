"""Opening the record as a program that grants: it must hold what this machine's key signed outside the database."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from audit import AuditError, AuditStore, open_store
from audit.checkpoint_places import expect_signed
from dashboard.service.common.places import HOME


def open_record(location: str | Path) -> AuditStore:
    """Open a record. Raises `StoreUnavailable`, `Tampered`."""
    store = open_store(location)
    expect_signed(store, location, HOME)
    with suppress(AuditError):  # the pages say what is wrong
        store.accounts.end_unsigned_sessions()
    return store
