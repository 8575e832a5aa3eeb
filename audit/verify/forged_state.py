"""Working state that people are let in by, and settings, against the log: what somebody wrote by hand.

Passwords, login names, sessions, control items; and policies, retention, accounts and tokens that hold what none can hold.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy import Connection, select

from audit.errors import InvalidRecord, Tampered
from audit.intake.registered_weights import in_use, registered
from audit.log.chain import Problem
from audit.log.entries import ACCOUNT, CONTROL, COSTS, POLICY, RETENTION, ROLLOUT, TOKEN
from audit.operation.costs import Costs
from audit.operation.rollout import check_content
from audit.people.sessions import Account, session_is_genuine
from audit.people.tokens import Token
from audit.records.vocabulary import Retention
from audit.review.review_policy import ReviewPolicy
from audit.storage import documents
from audit.storage.schema import controls, credentials, sessions

__all__ = ["find_forged"]


def find_forged(connection: Connection) -> Iterator[Problem]:
    """The problems found. The caller's connection must see one state throughout."""
    yield from _settings(connection)
    yield from _people(connection)
    yield from _sessions(connection)
    yield from _controls(connection)
    yield from _weights(connection)


def _people(connection: Connection) -> Iterator[Problem]:
    """Passwords and login names that are not those that the log committed to."""
    stored = {row.account_id: row for row in connection.execute(select(credentials))}
    try:
        for document in documents.latest_of_each(connection, ACCOUNT):
            row, seq = stored.pop(document.entry.subject, None), document.entry.seq
            if document.content is None:
                if row is not None:
                    yield Problem(seq, f"The login name of the account in entry {seq} is there although it was erased.")
                continue
            due = (document.content.get("login"), document.content.get("credential_sha256"))
            if row is None or (row.login, _fingerprint(row.password_hash)) != due:
                yield Problem(seq, f"The login name or password of the account in entry {seq} was changed by hand.")
    except (Tampered, InvalidRecord) as error:
        yield Problem(None, f"An account cannot be read: {error}.")
    if stored:
        yield Problem(None, f"The database holds a password for an account ({next(iter(stored))}) that no log entry recorded.")


def _sessions(connection: Connection) -> Iterator[Problem]:
    """Sessions that nobody signed in for."""
    for row in connection.execute(select(sessions)).mappings():
        if not session_is_genuine(documents.at(connection, row["seq"]), row):
            yield Problem(None, f"The database holds a session of the account {row['account_id']} that no sign-in opened.")
            return


def _settings(connection: Connection) -> Iterator[Problem]:
    """Policies, retention, accounts, tokens, costs and steps of the roll-out that hold what none can hold."""
    checks: tuple[tuple[str, Callable[[dict[str, Any], str], object]], ...] = (
        (POLICY, lambda content, _: ReviewPolicy.from_payload(content)),
        (RETENTION, lambda content, _: Retention(content["retention"])),
        (ACCOUNT, lambda content, _: Account.from_payload(content)),
        (COSTS, lambda content, _: Costs.from_payload(content)),
        (ROLLOUT, check_content),
        (TOKEN, Token.from_payload),
    )
    for type, build in checks:
        for document in documents.latest_of_each(connection, type):
            try:
                if document.content is not None:
                    build(document.content, document.entry.subject)
            except (InvalidRecord, ValueError, KeyError, TypeError):
                yield Problem(document.entry.seq, f"The content of entry {document.entry.seq} is no valid {type}.")


def _weights(connection: Connection) -> Iterator[Problem]:
    """Weights in use that nobody registered."""
    try:
        known, current = {one.sha256 for one in registered(connection)}, in_use(connection)
    except Tampered as error:
        yield Problem(None, f"Registered weights cannot be read: {error}.")
        return
    if current is not None and current.sha256 is not None and current.sha256 not in known:
        yield Problem(current.seq, f"The weights that entry {current.seq} put to use are not registered.")


def _fingerprint(hashed: object) -> object:
    """The hash of a credential as its account holds it; what is no text stays what it is, and never matches."""
    return hashlib.sha256(hashed.encode("utf-8", "surrogateescape")).hexdigest() if isinstance(hashed, str) else hashed


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
