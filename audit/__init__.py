"""The audit record: decisions, reviews and events in a tamper-evident log.

    store = open_store("data/audit.db")
    store.record_decision(decision, {decision.input_sha256: upload, ...})
    report = store.verify()

`python -m audit --help` verifies, exports and inspects the same record from the shell.
"""

from __future__ import annotations

import os
from pathlib import Path

from audit.checkpoint import (
    DEFAULT_ORIGIN,
    Checkpoint,
    create_key,
    load_key,
    open_checkpoint,
    public_key,
    sign_checkpoint,
)
from audit.errors import AuditError, Conflict, InvalidRecord, NotFound, StoreUnavailable, Tampered
from audit.memory_store import MemoryStore
from audit.payload import decision_from_payload, review_from_payload, to_payload
from audit.records import (
    BlobRef,
    DecisionRecord,
    DecisionSummary,
    Gate,
    LogEntry,
    PairReview,
    PairVerdict,
    Reason,
    ReviewRecord,
    Verdict,
)
from audit.rules import Sealed
from audit.sqlite_store import SqlStore
from audit.store import AuditStore, Head
from audit.validate import new_id, utc_now
from audit.verification import VerificationReport

__all__ = [
    "DEFAULT_ORIGIN",
    "AuditError",
    "AuditStore",
    "BlobRef",
    "Checkpoint",
    "Conflict",
    "DecisionRecord",
    "DecisionSummary",
    "Gate",
    "Head",
    "InvalidRecord",
    "LogEntry",
    "MemoryStore",
    "NotFound",
    "PairReview",
    "PairVerdict",
    "Reason",
    "ReviewRecord",
    "Sealed",
    "SqlStore",
    "StoreUnavailable",
    "Tampered",
    "Verdict",
    "VerificationReport",
    "create_key",
    "decision_from_payload",
    "default_location",
    "load_key",
    "new_id",
    "open_checkpoint",
    "open_store",
    "public_key",
    "review_from_payload",
    "sign_checkpoint",
    "to_payload",
    "utc_now",
]


def default_location() -> str:
    """Where the record lies unless told otherwise: SPARSEMIX_AUDIT_DB, else data/audit.db."""
    return os.environ.get("SPARSEMIX_AUDIT_DB") or "data/audit.db"


def open_store(url_or_path: str | Path | None = None, *, read_only: bool = False) -> AuditStore:
    """Open the record at a path or `sqlite:///path`, by default `default_location()`.

    A missing one is created unless `read_only`; then nothing is ever changed.

    Errors: `StoreUnavailable`, with what to do.
    """
    return SqlStore(url_or_path if url_or_path is not None else default_location(), read_only=read_only)
