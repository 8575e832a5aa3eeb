"""Rows that no log entry accounts for, and working state that contradicts the log. Run after the entries were verified."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from sqlalchemy import Connection, func, select, union

from audit import documents
from audit.errors import InvalidRecord, Tampered
from audit.gate import standing
from audit.log import Problem
from audit.rules import ACCOUNT, CONTROL, DECISION, ERASURE, REQUEST, REVIEW
from audit.schema import (
    blobs,
    controls,
    credentials,
    decisions,
    erased_blobs,
    erased_entries,
    log,
    pair_reviews,
    payloads,
    queue,
    reviews,
    selections,
)
from audit.words import Gate, ReviewKind, Verdict

__all__ = ["find_strays"]

_BATCH = 2_000  # places of the queue derived at once


def find_strays(connection: Connection, size: int) -> list[Problem]:
    """Return the problems found, those that name an entry first; `size`: entries that were verified, later ones are left out.

    The caller's connection must see one state throughout.
    """
    problems = [*_rows_without_entry(connection), *_parts_without_owner(connection), *_erasures(connection)]
    problems += [*_queue(connection, size), *_people(connection), *_controls(connection)]
    return sorted(problems, key=lambda problem: (problem.seq is None, problem.seq or 0))


def _rows_without_entry(connection: Connection) -> Iterator[Problem]:
    logged = select(log.c.seq)
    for table, what, known in (
        (log, "A log entry", select(log.c.seq).where(log.c.seq >= 1)),
        (payloads, "The content", logged),
        (decisions, "A decision", logged.where(log.c.type == DECISION)),
        (reviews, "A review", logged.where(log.c.type == REVIEW)),
    ):
        stray = select(table.c.seq).where(table.c.seq.not_in(known)).order_by(table.c.seq).limit(1)
        seq = connection.execute(stray).scalar()
        if seq is not None:
            yield Problem(seq, f"{what} in the database claims to be entry {seq}, but the log has no such entry.")


def _parts_without_owner(connection: Connection) -> Iterator[Problem]:
    named = union(
        select(selections.c.sha256),
        select(decisions.c.input_sha256),
        select(decisions.c.weights_blob).where(decisions.c.weights_blob.is_not(None)),
    ).subquery()
    for table, column, known, what in (
        (selections, selections.c.decision_id, select(decisions.c.id), "selection of a decision"),
        (pair_reviews, pair_reviews.c.review_id, select(reviews.c.id), "verdict on a pair of a review"),
        (blobs, blobs.c.sha256, select(named.c[0]), "file"),
    ):
        owner = connection.execute(select(column).select_from(table).where(column.not_in(known)).limit(1)).scalar()
        if owner is not None:
            yield Problem(None, f"The database holds a {what} ({owner}) that no log entry recorded.")


def _erasures(connection: Connection) -> Iterator[Problem]:
    """Permissions to delete that no erasure gave, and erasures that left something behind."""
    entries: dict[int, set[int]] = defaultdict(set)
    files: dict[int, set[str]] = defaultdict(set)
    for seq, target in connection.execute(select(erased_entries.c.seq, erased_entries.c.target)):
        entries[seq].add(target)
    for seq, sha256 in connection.execute(select(erased_blobs.c.seq, erased_blobs.c.sha256)):
        files[seq].add(sha256)
    for seq in connection.scalars(select(log.c.seq).where(log.c.type == ERASURE).order_by(log.c.seq)):
        document = documents.at(connection, seq)
        content = (document.content if document else None) or {}
        targets = {target["seq"] for target in content.get("targets", [])}
        if entries.pop(seq, set()) != targets or files.pop(seq, set()) != set(content.get("blobs", [])):
            yield Problem(seq, f"The list of what entry {seq} erased is not the one that was recorded.")
        left = connection.execute(select(func.min(payloads.c.seq)).where(payloads.c.seq.in_(sorted(targets)))).scalar()
        if left is not None:
            yield Problem(left, f"The content of entry {left} is there although entry {seq} erased it.")
    for seq in [*entries, *files][:1]:
        yield Problem(None, f"The database allows content to be deleted for entry {seq}, which is no erasure.")


class _Vote(NamedTuple):
    id: str
    supersedes: str | None
    verdict: Verdict
    kind: ReviewKind


def _queue(connection: Connection, size: int) -> Iterator[Problem]:
    """Places in the queue that do not follow from the decision and its reviews."""
    requests: dict[str, int] = defaultdict(int)
    for (subject,) in connection.execute(select(log.c.subject).where(log.c.type == REQUEST, log.c.seq <= size)):
        requests[subject] += 1
    late = set(connection.scalars(select(log.c.subject).where(log.c.seq > size)))
    after = 0
    while True:
        span = select(decisions.c.seq).where(decisions.c.seq > after, decisions.c.seq <= size).order_by(decisions.c.seq)
        seqs = list(connection.scalars(span.limit(_BATCH)))
        if not seqs:
            break
        between = decisions.c.seq.between(seqs[0], seqs[-1])
        votes: dict[str, list[_Vote]] = defaultdict(list)
        columns = select(reviews.c.decision_id, reviews.c.id, reviews.c.supersedes, reviews.c.verdict, reviews.c.kind)
        joined = columns.join(decisions, decisions.c.id == reviews.c.decision_id).where(between)
        for id, review, supersedes, verdict, kind in connection.execute(joined.order_by(reviews.c.seq)):
            votes[id].append(_Vote(review, supersedes, Verdict(verdict), ReviewKind(kind or ReviewKind.REVIEW)))
        rows = select(decisions.c.id, decisions.c.seq, decisions.c.gate, decisions.c.required_reviews, queue)
        for row in connection.execute(rows.outerjoin(queue, queue.c.decision_id == decisions.c.id).where(between)):
            if row.id in late:
                continue
            required = 1 if row.required_reviews is None else row.required_reviews
            due = standing(Gate(row.gate), required, votes[row.id], requests[row.id])
            stored = (row.gate_1, row.state, row.accepted, row.required) if row.decision_id else None
            if stored != (due.gate.value, due.state.value, due.accepted, due.required):
                yield Problem(
                    row.seq,
                    f"The place in the queue of decision {row.id} (entry {row.seq}) does not follow from its reviews: "
                    f"it should be {due.state}, {due.gate}.",
                )
                return
        after = seqs[-1]
    known = select(decisions.c.id)
    stray = connection.execute(select(queue.c.decision_id).where(queue.c.decision_id.not_in(known)).limit(1)).scalar()
    if stray is not None:
        yield Problem(None, f"The queue holds a decision ({stray}) that no log entry recorded.")


def _people(connection: Connection) -> Iterator[Problem]:
    """Passwords and login names that are not those that the log committed to."""
    stored = {row.account_id: row for row in connection.execute(select(credentials))}
    try:
        for document in documents.latest_of_each(connection, ACCOUNT):
            row = stored.pop(document.entry.subject, None)
            if document.content is None:
                continue
            fingerprint = (
                hashlib.sha256(row.password_hash.encode()).hexdigest() if row and row.password_hash is not None else None
            )
            if row is None or (row.login, fingerprint) != (
                document.content.get("login"),
                document.content.get("credential_sha256"),
            ):
                seq = document.entry.seq
                yield Problem(seq, f"The login name or password of the account in entry {seq} was changed by hand.")
    except (Tampered, InvalidRecord, AttributeError) as error:
        yield Problem(None, f"An account cannot be read: {error}.")
    if stored:
        yield Problem(None, f"The database holds a password for an account ({next(iter(stored))}) that no log entry recorded.")


def _controls(connection: Connection) -> Iterator[Problem]:
    stored = {row.decision_id: (row.seq, row.expected) for row in connection.execute(select(controls))}
    for document in documents.latest_of_each(connection, CONTROL):
        if document.content is None:
            continue
        due = (document.entry.seq, document.content.get("expected"))
        if stored.pop(document.entry.subject, None) != due:
            seq = document.entry.seq
            yield Problem(seq, f"The control item of entry {seq} is not the one that was recorded.")
    if stored:
        yield Problem(None, f"The database holds a control item ({next(iter(stored))}) that no log entry recorded.")
