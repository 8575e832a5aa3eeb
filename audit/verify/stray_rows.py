"""Rows that no log entry accounts for, and working state that contradicts the log. Run after the entries were verified.

Of the log: settings whose content is not valid
(policies, retention, accounts, costs, roll-out, tokens, fine lines); weights in use that nobody registered. Of the working
state: passwords, login names, sessions and control items that somebody wrote by hand, sessions that were over, places in the
queue (`audit.verify.queue_check`).
"""

from __future__ import annotations

import hashlib
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy import Connection, exists, func, or_, select

from audit.errors import InvalidRecord, Tampered
from audit.intake.inputs import check_failure
from audit.intake.marks import check_content as check_marks
from audit.intake.registered_weights import in_use, registered
from audit.log.entries import (
    COSTS,
    ERASURE,
    FAILED_INPUT,
    FINE_LINES,
    POLICY,
    RETENTION,
    ROLLOUT,
    SUBMITTED_AS,
    TOKEN,
    WEIGHTS,
)
from audit.log.proving import ChainProblem
from audit.operation.costs import Costs
from audit.operation.rollout import check_content
from audit.people.sessions import latest_of_each, sign_in_of
from audit.people.tokens import Token
from audit.records import validation as v
from audit.records.vocabulary import Retention
from audit.review.review_policy import ReviewPolicy
from audit.storage import documents
from audit.storage.engines import read_fast
from audit.storage.indexes import indexes_problem
from audit.storage.schema import (
    CACHES,
    blobs,
    credentials,
    decision_files,
    erased_blobs,
    erased_entries,
    log,
    payloads,
    sessions,
)
from audit.verify.queue_check import queue_problems


def find_strays(connection: Connection, size: int) -> list[ChainProblem]:
    """Return the problems found, those of the evidence first; `size`: entries that were verified, later ones are left out.

    The caller's connection must see one state throughout.
    """
    if (told := indexes_problem(connection)) is not None:
        return [ChainProblem(None, told)]
    # From here on, entries are read as documents, which raises for entries that no log can have: so stray rows end the search.
    if strays := [*_rows_without_entry(connection, size), *_files_without_owner(connection)]:
        return _in_order(strays)
    if evidence := list(_erasures(connection)):
        return _in_order(evidence)
    # An added review also changes its decision's place in the queue: the cause is named before its consequence.
    derived = [
        *read_fast(connection, lambda: list(queue_problems(connection, size))),
        *_forged_state(connection),
    ]
    return _in_order(derived)


def _in_order(problems: list[ChainProblem]) -> list[ChainProblem]:
    # A forged cell may hold anything in place of a number.
    return sorted(problems, key=lambda problem: problem.seq if type(problem.seq) is int else sys.maxsize)


def _rows_without_entry(connection: Connection, size: int) -> Iterator[ChainProblem]:
    """Yield rows under numbers that no entry has; rows under the number of an entry were verified with that entry."""
    for table in (log, payloads, *CACHES):
        entry = log.alias("entry")
        stray = or_(table.c.seq.is_(None), table.c.seq < 1, (table.c.seq > size) & ~exists().where(entry.c.seq == table.c.seq))
        if connection.dialect.name == "sqlite":  # its columns also hold 6.5, which lies between two entries
            stray = or_(stray, func.typeof(table.c.seq) != "integer")
        row = connection.execute(select(table.c.seq).where(stray).order_by(table.c.seq).limit(1)).first()
        if row is not None:
            text = f"A row in the table {table.name} claims to be of entry {row[0]}, but the log has no such entry."
            yield ChainProblem(row[0], text)


def _files_without_owner(connection: Connection) -> Iterator[ChainProblem]:
    unnamed = ~exists().where(decision_files.c.sha256 == blobs.c.sha256) & blobs.c.sha256.not_in(
        select(log.c.subject).where(log.c.type == WEIGHTS)
    )
    stray = connection.execute(select(blobs.c.sha256).where(or_(unnamed, blobs.c.sha256.is_(None))).limit(1)).first()
    if stray is not None:
        yield ChainProblem(None, f"The database holds a file ({stray[0]}) that no log entry recorded.")


def _erasures(connection: Connection) -> Iterator[ChainProblem]:
    """Yield permissions to delete that no erasure gave, and erasures that left something behind."""
    entries: dict[int, set[int]] = defaultdict(set)
    files: dict[int, set[str]] = defaultdict(set)
    for seq, target in connection.execute(select(erased_entries.c.seq, erased_entries.c.target)):
        entries[seq].add(target)
    for seq, sha256 in connection.execute(select(erased_blobs.c.seq, erased_blobs.c.sha256)):
        files[seq].add(sha256)
    for seq in connection.scalars(select(log.c.seq).where(log.c.type == ERASURE).order_by(log.c.seq)):
        document = documents.at(connection, seq)
        content = (document.content if document else None) or {}
        try:
            targets = {target["seq"] for target in content.get("targets", [])}
            named, numbers = set(content.get("blobs", [])), all(type(seq) is int and abs(seq) < 2**63 for seq in targets)
        except (TypeError, KeyError):
            numbers = False
        if not numbers:
            yield ChainProblem(seq, f"The content of entry {seq} is not a valid erasure.")
            continue
        if entries.pop(seq, set()) != targets or files.pop(seq, set()) != named:
            yield ChainProblem(seq, f"The list of what entry {seq} erased is not the one that was recorded.")
        left = connection.execute(select(func.min(payloads.c.seq)).where(payloads.c.seq.in_(sorted(targets)))).scalar()
        if left is not None:
            yield ChainProblem(left, f"The content of entry {left} still exists although entry {seq} erased it.")
    for seq in [*entries, *files][:1]:
        yield ChainProblem(None, f"The database allows content to be deleted for entry {seq}, which is not an erasure.")


def _forged_state(connection: Connection) -> Iterator[ChainProblem]:
    """Yield working state and settings that somebody wrote by hand."""
    yield from _settings(connection)
    yield from _people(connection)
    yield from _sessions(connection)
    yield from _weights(connection)


def _people(connection: Connection) -> Iterator[ChainProblem]:
    """Yield passwords and login names that are not those that the log committed to."""
    stored = {row.account_id: row for row in connection.execute(select(credentials))}
    try:
        for entry, account in latest_of_each(connection):
            row, seq = stored.pop(entry.subject, None), entry.seq
            if account is None:
                if row is not None:
                    yield ChainProblem(
                        seq, f"The login name of the account in entry {seq} still exists although it was erased."
                    )
                continue
            if row is None or (row.login, _fingerprint(row.password_hash)) != (account.login, account.credential_sha256):
                yield ChainProblem(seq, f"The login name or password of the account in entry {seq} was changed by hand.")
    except (Tampered, InvalidRecord) as error:
        yield ChainProblem(None, f"An account cannot be read: {error}.")
    if stored:
        yield ChainProblem(
            None, f"The database holds a password for an account ({next(iter(stored))}) that no log entry recorded."
        )


def _sessions(connection: Connection) -> Iterator[ChainProblem]:
    """Yield sessions that nobody signed in for, and sessions that were over and revived."""
    for row in connection.execute(select(sessions)).mappings():
        if row["ended_at"] is None and sign_in_of(connection, row) is None:
            yield ChainProblem(
                None,
                f"The database holds a session of the account {row['account_id']} that no sign-in opened, or that had ended.",
            )
            return


def _settings(connection: Connection) -> Iterator[ChainProblem]:
    """Yield policies, retention, tokens, costs, steps of the roll-out and marks whose content is not valid."""
    checks: tuple[tuple[str, Callable[[dict[str, Any], str], object]], ...] = (
        (POLICY, lambda content, _: documents.setting_from(ReviewPolicy, content)),
        (RETENTION, lambda content, _: Retention(content["retention"])),
        (COSTS, lambda content, _: documents.setting_from(Costs, content)),
        (ROLLOUT, check_content),
        (TOKEN, Token.from_payload),
        (FINE_LINES, lambda content, _: check_marks(content)),
        (FAILED_INPUT, lambda content, _: check_failure(content)),
        (SUBMITTED_AS, lambda content, _: v.sha256_hex("input_sha256", content["input_sha256"])),
    )
    for type, build in checks:
        # Of some all entries count, of everything else the last.
        read = documents.every if type in (FINE_LINES, FAILED_INPUT, SUBMITTED_AS) else documents.latest_of_each
        for document in read(connection, type):
            try:
                if document.content is not None:
                    build(document.content, document.entry.subject)
            except (InvalidRecord, ValueError, KeyError, TypeError):
                yield ChainProblem(document.entry.seq, f"The content of entry {document.entry.seq} is not a valid {type}.")


def _weights(connection: Connection) -> Iterator[ChainProblem]:
    """Yield weights in use that nobody registered."""
    try:
        known, current = {weights.sha256 for weights in registered(connection)}, in_use(connection)
    except Tampered as error:
        yield ChainProblem(None, f"Registered weights cannot be read: {error}.")
        return
    if current is not None and current.sha256 is not None and current.sha256 not in known:
        yield ChainProblem(current.seq, f"The weights that entry {current.seq} put to use are not registered.")


def _fingerprint(hashed: object) -> object:
    """Return the hash of a credential as its account holds it; a value that is not text stays as it is and never matches."""
    return hashlib.sha256(hashed.encode("utf-8", "surrogateescape")).hexdigest() if isinstance(hashed, str) else hashed
