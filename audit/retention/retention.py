"""Retention and erasure: how long content is kept, and how it is erased so that the log still proves itself.

EU AI Act Art. 19 and 26(6) ask for logs to be kept at least six months; content that nobody may read any more is erased (GDPR
Art. 5(1)(e)). A decision is recorded with its class; an entry of type "retention" can change it, e.g. for a legal hold. The
entries of the log themselves stay for ever.

The entry of type "erasure" names what is erased: the entries, whose salts and payloads are deleted (their commitments stay),
and the files. The rows of the decision and its reviews are deleted with them. Without the salt, nobody can confirm a guess of
the content behind a commitment. The operator has to find and delete the copies outside the database (backups, exports).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, delete, select

from audit.errors import NotFound
from audit.intake.lots import keep_erased_name
from audit.intake.marks import said_at
from audit.log.entries import ACCOUNT, ERASURE, KEY, RETENTION, SIGNED_IN, WEIGHTS
from audit.records.clock import shifted
from audit.records.records import DecisionRecord, LogEntry
from audit.records.vocabulary import Retention
from audit.review.claims import lock_item
from audit.storage import caches, documents
from audit.storage.database import Database
from audit.storage.documents import Document
from audit.storage.queries import summaries
from audit.storage.schema import (
    blobs,
    credentials,
    decision_files,
    decisions,
    drafts,
    erased_blobs,
    erased_entries,
    leases,
    log,
    payloads,
    queue,
    sessions,
    signing_keys,
    skips,
)
from audit.storage.stored_files import referenced

_DAY = 86_400
# What an erasure keeps of these entries' content: an erased account had a right to what it did, or none.
_KEPT = {ACCOUNT: ("roles", "active", "provider"), SIGNED_IN: ("expires_at",)}
_BATCH = 500


@dataclass(frozen=True, slots=True)
class Period:
    """Days for which a decision's content must be kept (None: for ever), and after which it is erased (None: never)."""

    at_least: int | None
    at_most: int | None


PERIODS = {
    Retention.STANDARD: Period(183, 730),
    Retention.EXTENDED: Period(1_826, 3_653),
    Retention.LEGAL_HOLD: Period(None, None),
}


def retention_of(connection: Connection, decision_id: str, recorded: str | None) -> Retention:
    """Return the class that applies to a decision now; ``recorded``: that of its row. Raises `Tampered`."""
    changed = documents.latest(connection, RETENTION, decision_id)
    return Retention(changed.content["retention"] if changed and changed.content else recorded or Retention.STANDARD)


def kept_until(decision: DecisionRecord, retention: Retention) -> str | None:
    """Return the moment until which a decision must be kept; None: for ever."""
    days = PERIODS[retention].at_least
    return None if days is None else shifted(decision.ended_at, days * _DAY)


def due_for_erasure(connection: Connection, now: str, limit: int = _BATCH) -> list[str]:
    """Return the ids of decisions whose longest retention period is over, oldest first, at most `limit`."""
    shortest = min(period.at_most for period in PERIODS.values() if period.at_most is not None)
    before = shifted(now, -shortest * _DAY)
    old = select(decisions.c.id, decisions.c.ended_at, decisions.c.retention).where(decisions.c.ended_at < before)
    due = []
    for row in connection.execute(old.order_by(decisions.c.seq)).all():
        days = PERIODS[retention_of(connection, row.id, row.retention)].at_most
        if days is not None and shifted(row.ended_at, days * _DAY) <= now:
            due.append(row.id)
        if len(due) >= limit:
            break
    return due


def erase_decision(database: Database, connection: Connection, actor: str, decision_id: str, why: str) -> LogEntry:
    """Erase a decision, its reviews, everything else that was recorded about it, the lines that were named fine at it, and its
    files.

    A file that another decision rests on, or that is registered as weights, stays. The sequence stays in its lot, by the hash
    of the lot's name, if the record holds another decision on it or a failure. Raises `NotFound`.
    """
    lock_item(connection, decision_id)
    decision = next((summary.decision for summary in summaries(connection, decisions.c.id == decision_id)), None)
    if decision is None:
        raise NotFound(f"no decision has the id {decision_id!r:.80}")
    # The lock waits for a decision that is being recorded on the same files.
    database.lock(connection)
    files = _only_here(connection, decision_id, referenced(decision))
    targets = [*_targets(connection, decision_id), *said_at(connection, decision_id)]
    entry = _append(database, connection, actor, decision_id, why, targets, files)
    caches.forget(connection, [target.seq for target in targets])
    for statement in (
        *(delete(table).where(table.c.decision_id == decision_id) for table in (leases, skips, drafts, queue)),
        delete(blobs).where(blobs.c.sha256.in_(files)),
    ):
        connection.execute(statement)
    keep_erased_name(database, connection, actor, decision.input_name, decision.input_sha256)
    return entry


def erase_account(database: Database, connection: Connection, actor: str, account_id: str, why: str) -> LogEntry:
    """Erase an account's names and credential. Signed reviews stay signed: they keep the printed name."""
    entry = _append(database, connection, actor, account_id, why, _targets(connection, account_id), [])
    for table in (credentials, sessions, signing_keys):
        connection.execute(delete(table).where(table.c.account_id == account_id))
    connection.execute(delete(drafts).where(drafts.c.actor == account_id))
    return entry


def _targets(connection: Connection, subject: str) -> list[LogEntry]:
    """Return the entries about a subject that still have their content, except those that stay readable: erasures, keys, and
    what an account may do."""
    erasable = (log.c.subject == subject) & log.c.type.not_in((ERASURE, KEY))
    with_content = select(log).join(payloads, payloads.c.seq == log.c.seq).where(erasable)
    entries = [LogEntry(**row) for row in connection.execute(with_content.order_by(log.c.seq)).mappings()]
    return [entry for entry in entries if entry.type != ACCOUNT or _has_names(documents.at(connection, entry.seq))]


def _has_names(account: Document | None) -> bool:
    """Return whether this is an account of an earlier version, whose entry has the names."""
    return account is not None and "name" in (account.content or {})


def _append(
    database: Database,
    connection: Connection,
    actor: str,
    subject: str,
    why: str,
    targets: Sequence[LogEntry],
    files: Sequence[str],
) -> LogEntry:
    content = {
        "targets": [{"seq": target.seq, "p": target.commitment} | _facts(connection, target) for target in targets],
        "blobs": list(files),
        "why": why,
    }
    entry = database.append(connection, actor=actor, type=ERASURE, subject=subject, payload=content)
    seqs = [target.seq for target in targets]
    if seqs:
        connection.execute(erased_entries.insert(), [{"target": seq, "seq": entry.seq} for seq in seqs])
    if files:
        connection.execute(erased_blobs.insert(), [{"sha256": sha256, "seq": entry.seq} for sha256 in files])
    connection.execute(delete(payloads).where(payloads.c.seq.in_(seqs)))
    return entry


def _facts(connection: Connection, target: LogEntry) -> dict[str, object]:
    """Return what authority needs of an entry that is erased: of an account its roles, of a sign-in its end; no name."""
    kept = _KEPT.get(target.type)
    document = documents.at(connection, target.seq) if kept else None
    if kept is None or document is None or document.content is None:
        return {}
    return {"facts": {name: document.content.get(name) for name in kept}}


def _only_here(connection: Connection, decision_id: str, files: Sequence[str]) -> list[str]:
    """Return the files that no other decision rests on and that are not registered as weights."""
    own = select(decisions.c.seq).where(decisions.c.id == decision_id)
    shared: set[str] = set()
    for statement in (
        select(decision_files.c.sha256).where(decision_files.c.sha256.in_(files), decision_files.c.seq.not_in(own)),
        select(log.c.subject).where(log.c.type == WEIGHTS, log.c.subject.in_(files)),
    ):
        shared |= set(connection.scalars(statement))
    return [sha256 for sha256 in files if sha256 not in shared]
