"""Forgeries by the owner of a database: no trigger and no foreign key stops them."""

# ruff: noqa: S608 - forging by hand is the point; no text comes from outside

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg

from audit import AuditStore, BlobRef, Checkpoint, PairReview, PairVerdict, Verdict
from audit.log.chain import hash_of
from audit.log.proving import commitment
from audit.records.records import LogEntry
from audit.storage.database import sqlite_path
from tests.support.audit.builders import blobs_of, decision, sha
from tests.support.audit.databases import Databases
from tests.support.audit.team import add, give, judgement, record

__all__ = ["OTHER", "copied", "edit", "fill", "owner", "rewritten", "signed", "value", "verdict"]

OTHER = b"arrow-ipc-stream-of-another-layer"
_PAIRS = (PairReview(0, 1, 5, 2, PairVerdict.RELEVANT, "pump"), PairReview(None, None, 9, 4, PairVerdict.MISSING))


def fill(store: AuditStore) -> None:
    """Record seven entries: event, decision, decision, review of 2, amended review, decision, event."""
    store.record_event("app", "start", "app", {})
    first, second = decision(), decision(selections=(BlobRef(0, sha(OTHER), 3, 0.5),))
    add(store, first, blobs_of())
    add(store, second, blobs_of(OTHER))
    aiko = store.single_user("Aiko")
    review = give(aiko, first.id, pairs=_PAIRS, comment="looks right")
    aiko.queue.amend(review.id, judgement(aiko, review, Verdict.FLAG, pairs=_PAIRS))
    record(store)
    store.record_event("r1", "note", "all", {"rows": 3})


@contextmanager
def copied(url: str, folder: Path, databases: Databases | None) -> Iterator[str]:
    """Yield a private copy to forge."""
    path = sqlite_path(url)
    if databases is None or path is not None:
        yield f"sqlite:///{shutil.copy(path or '', folder / 'audit.db')}"
        return
    copy = databases.copy(url)
    yield copy
    databases.drop(copy)


@contextmanager
def owner(url: str, *, guarded: bool = False) -> Iterator[Any]:
    """Open a connection that may execute anything; `guarded`: with triggers. The catalogue is as before in the end."""
    path = sqlite_path(url)
    if path is None:
        with psycopg.connect(url) as connection:
            if not guarded:
                connection.execute("SET session_replication_role = replica")
            yield connection
        return
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("PRAGMA synchronous=OFF")  # a forgery need not survive a power loss
        if not guarded:
            triggers = connection.execute("SELECT name, sql FROM sqlite_master WHERE type='trigger'").fetchall()
            for name, _ in triggers:
                connection.execute(f"DROP TRIGGER {name}")
            yield connection
            for _, statement in triggers:
                connection.execute(statement)
            return
        yield connection


def edit(url: str, *statements: str) -> None:
    """Execute statements; each must change something."""
    with owner(url) as connection:
        for statement in statements:
            assert connection.execute(statement).rowcount != 0, f"nothing changed: {statement}"


@contextmanager
def rewritten(url: str, id: str) -> Iterator[None]:
    """Let a decision's payload and entry name another model, all hashes as they should be; put them back in the end."""
    with owner(url) as connection:
        fields = ", ".join(LogEntry.__match_args__)
        at = f"FROM log WHERE subject = '{id}' AND type = 'decision'"
        entry = LogEntry(*connection.execute(f"SELECT {fields} {at}").fetchone())
        salt, payload = connection.execute(f"SELECT salt, payload FROM payloads WHERE seq = {entry.seq}").fetchone()
    model = json.loads(payload)["model_id"]
    other = payload.replace(f'"model_id":"{model}"', f'"model_id":"{model} 2"')
    changed = replace(entry, commitment=commitment(bytes.fromhex(salt), other.encode()))

    def put(payload: str, entry: LogEntry) -> None:
        quoted, to = payload.replace("'", "''"), f"commitment = '{entry.commitment}', hash = '{entry.hash}'"
        edit(
            url,
            f"UPDATE payloads SET payload = '{quoted}' WHERE seq = {entry.seq}",
            f"UPDATE log SET {to} WHERE seq = {entry.seq}",
        )

    put(other, replace(changed, hash=hash_of(changed)))
    try:
        yield
    finally:
        put(payload, entry)


def value(url: str, query: str) -> Any:
    """Return the one value that a query finds."""
    with owner(url, guarded=True) as connection:
        return connection.execute(query).fetchone()[0]


def verdict(url: str, checkpoint: Checkpoint | None = None) -> tuple[int | None, str]:
    """Verify a forged record; return the number of the bad entry and the sentence about it."""
    store = AuditStore(url, read_only=True)
    try:
        report = store.verify(checkpoint=checkpoint)
    finally:
        store.close()
    assert not report.ok
    return report.problem_seq, report.problem_text or ""


def signed(url: str) -> Checkpoint:
    """Return a checkpoint of the record as it is."""
    store = AuditStore(url, read_only=True)
    head = store.head()
    store.close()
    return Checkpoint("o", head.size, head.root)
