"""The audit record: decisions, reviews and events in a tamper-evident log, and the queue in which people judge them.

    store = open_store("data/audit.db")                          # or postgresql://...
    store.record_decision(decision, {decision.input_sha256: upload, ...})
    access = store.access(store.accounts.sign_in("aiko", password).token)
    claim = access.queue.claim()
    if gate(store, decision.id): ...                             # may it be used?
    report = store.verify()

`python -m audit --help` verifies, exports and inspects the same record from the shell.
"""

from __future__ import annotations

import os
from pathlib import Path

from audit import errors
from audit.access import Access, AuditStore
from audit.errors import *  # noqa: F403 - all of them
from audit.intake.registered_weights import RegisteredWeights, WeightsInUse, lineage
from audit.log.checkpoints import DEFAULT_ORIGIN, Checkpoint, open_checkpoint, public_key, sign_checkpoint
from audit.log.private_keys import create_key, load_key
from audit.log.roles import SINGLE_USER
from audit.operation.costs import Costs
from audit.operation.kpi import Kpi, KpiReport
from audit.operation.observations import Scope
from audit.operation.operation import KpiOverview
from audit.operation.rollout import Assessment, Rollout, StepKind
from audit.operation.rollout_plan import Criterion, RolloutPlan, Stage, StageName
from audit.people.rights import PERMISSIONS, UNNAMED, Action, allowed
from audit.people.sessions import Account, Person, Session
from audit.people.tokens import MACHINE_ROLES, Token
from audit.record_store import RecordStore
from audit.records.payload import decision_from_payload, review_from_payload, seen_from_payload, to_payload
from audit.records.records import BlobRef, DecisionRecord, DecisionSummary, LogEntry, PairReview, ReviewRecord, Seen
from audit.records.validation import new_id, utc_now
from audit.records.vocabulary import Gate, PairVerdict, QueueState, Reason, Retention, ReviewKind, Role, Verdict
from audit.review.agreement import Statistic
from audit.review.claims import Claim
from audit.review.decision_lists import DecisionFilter, Order
from audit.review.gate import GateAnswer, gate
from audit.review.judgements import Judgement
from audit.review.review_policy import ReviewPolicy
from audit.review.review_signatures import ReviewSignature
from audit.review.team_report import TeamReport
from audit.review.visibility import Case
from audit.storage.database import Head
from audit.verify.verification import VerificationReport

__all__ = [
    "DEFAULT_ORIGIN",
    "MACHINE_ROLES",
    "PERMISSIONS",
    "SINGLE_USER",
    "UNNAMED",
    "Access",
    "Account",
    "Action",
    "Assessment",
    "AuditStore",
    "BlobRef",
    "Case",
    "Checkpoint",
    "Claim",
    "Costs",
    "Criterion",
    "DecisionFilter",
    "DecisionRecord",
    "DecisionSummary",
    "Gate",
    "GateAnswer",
    "Head",
    "Judgement",
    "Kpi",
    "KpiOverview",
    "KpiReport",
    "LogEntry",
    "Order",
    "PairReview",
    "PairVerdict",
    "Person",
    "QueueState",
    "Reason",
    "RecordStore",
    "RegisteredWeights",
    "Retention",
    "ReviewKind",
    "ReviewPolicy",
    "ReviewRecord",
    "ReviewSignature",
    "Role",
    "Rollout",
    "RolloutPlan",
    "Scope",
    "Seen",
    "Session",
    "Stage",
    "StageName",
    "Statistic",
    "StepKind",
    "TeamReport",
    "Token",
    "Verdict",
    "VerificationReport",
    "WeightsInUse",
    "allowed",
    "create_key",
    "decision_from_payload",
    "default_location",
    "gate",
    "lineage",
    "load_key",
    "new_id",
    "open_checkpoint",
    "open_store",
    "public_key",
    "review_from_payload",
    "seen_from_payload",
    "sign_checkpoint",
    "to_payload",
    "utc_now",
]
__all__ += errors.__all__


def default_location() -> str:
    """Return where the record lies by default: SPARSEMIX_DATABASE_URL, else SPARSEMIX_AUDIT_DB, else data/audit.db."""
    return os.environ.get("SPARSEMIX_DATABASE_URL") or os.environ.get("SPARSEMIX_AUDIT_DB") or "data/audit.db"


def open_store(url_or_path: str | Path | None = None, *, read_only: bool = False) -> AuditStore:
    """Open the record at a path, `sqlite:///path` or `postgresql://...`, by default `default_location()`.

    A missing SQLite file is created and the schema brought up to date, unless `read_only`; then nothing is ever changed.

    Raises `StoreUnavailable`, with what to do.
    """
    return AuditStore(url_or_path if url_or_path is not None else default_location(), read_only=read_only)
