"""Erasing content so that the log still proves itself.

The entry of type "erasure" names what goes: the entries, whose salts and payloads are deleted (their commitments stay), and
the files. The rows of the decision and its reviews go with them. Without the salt, nobody can confirm a guess of what a
commitment stood for. Copies outside the database (backups, exports) are the operator's to find.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, delete, select

from audit.errors import NotFound
from audit.intake.lots import keep_erased_name
from audit.intake.sources import forget
from audit.log.entries import ERASURE, WEIGHTS
from audit.records.records import LogEntry
from audit.review.claims import lock_item
from audit.storage.database import Database
from audit.storage.queries import summaries
from audit.storage.rows import referenced
from audit.storage.schema import (
    blobs,
    controls,
    credentials,
    decisions,
    drafts,
    erased_blobs,
    erased_entries,
    leases,
    log,
    pair_reviews,
    payloads,
    queue,
    reviews,
    selections,
    sessions,
    skips,
)

__all__ = ["erase_account", "erase_decision"]


def erase_decision(database: Database, connection: Connection, actor: str, decision_id: str, why: str) -> LogEntry:
    """Erase a decision, its reviews, everything else that was recorded about it, and its files.

    A file that another decision stands on, or that is registered as weights, stays. So does the sequence in its lot, by the
    hash of the lot's name, while others have decided on it, too, or failed to. Raises `NotFound`.
    """
    lock_item(connection, decision_id)
    found = summaries(connection, decisions.c.id == decision_id)
    if not found:
        raise NotFound(f"no decision has the id {decision_id!r:.80}")
    # A decision that is being recorded on the same files is waited for.
    database.lock(connection)
    files = _only_here(connection, decision_id, referenced(found[0].decision))
    entry = _append(database, connection, actor, decision_id, why, _targets(connection, decision_id), files)
    own = select(reviews.c.id).where(reviews.c.decision_id == decision_id)
    for statement in (
        delete(pair_reviews).where(pair_reviews.c.review_id.in_(own)),
        # Later reviews point at earlier ones.
        *(delete(reviews).where(reviews.c.id == id) for id in connection.scalars(own.order_by(reviews.c.seq.desc())).all()),
        delete(selections).where(selections.c.decision_id == decision_id),
        delete(decisions).where(decisions.c.id == decision_id),
        *(delete(table).where(table.c.decision_id == decision_id) for table in (leases, skips, drafts, controls, queue)),
        delete(blobs).where(blobs.c.sha256.in_(files)),
    ):
        connection.execute(statement)
    forget(connection, decision_id)
    keep_erased_name(database, connection, actor, found[0].decision.input_name, found[0].decision.input_sha256)
    return entry


def erase_account(database: Database, connection: Connection, actor: str, account_id: str, why: str) -> LogEntry:
    """Erase an account's names and credential. What the person signed stays signed: reviews keep the printed name."""
    entry = _append(database, connection, actor, account_id, why, _targets(connection, account_id), [])
    for table in (credentials, sessions):
        connection.execute(delete(table).where(table.c.account_id == account_id))
    connection.execute(delete(drafts).where(drafts.c.actor == account_id))
    return entry


def _targets(connection: Connection, subject: str) -> list[LogEntry]:
    """The entries about a subject that still have their content; erasures themselves stay readable."""
    there = select(log).join(payloads, payloads.c.seq == log.c.seq).where(log.c.subject == subject, log.c.type != ERASURE)
    return [LogEntry(**row) for row in connection.execute(there.order_by(log.c.seq)).mappings()]


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
        "targets": [{"seq": target.seq, "p": target.commitment} for target in targets],
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


def _only_here(connection: Connection, decision_id: str, files: Sequence[str]) -> list[str]:
    shared = set(
        connection.scalars(
            select(decisions.c.input_sha256).where(decisions.c.input_sha256.in_(files), decisions.c.id != decision_id)
        )
    )
    shared |= set(
        connection.scalars(
            select(selections.c.sha256).where(selections.c.sha256.in_(files), selections.c.decision_id != decision_id)
        )
    )
    shared |= set(
        connection.scalars(
            select(decisions.c.weights_blob).where(decisions.c.weights_blob.in_(files), decisions.c.id != decision_id)
        )
    )
    shared |= set(connection.scalars(select(log.c.subject).where(log.c.type == WEIGHTS, log.c.subject.in_(files))))
    return [sha256 for sha256 in files if sha256 not in shared]
