"""`SqlStore`: the record in SQLite through SQLAlchemy Core.

What is particular to SQLite lives in `sqlite_engine` and in the triggers of `migrations`. PostgreSQL needs its own
engine function and trigger texts, and in `_write` a lock on the head of the log in place of BEGIN IMMEDIATE.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, func, select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from audit import queries
from audit.blobs import blobs_to_store, referenced
from audit.checkpoint import Checkpoint
from audit.errors import Conflict, NotFound, StoreUnavailable, Tampered
from audit.log import GENESIS, Frontier, Problem
from audit.migrations import migrate, require_current
from audit.payload import to_payload
from audit.records import DecisionRecord, DecisionSummary, Gate, LogEntry, ReviewRecord
from audit.rows import decision_rows, review_rows
from audit.rules import DECISION, REVIEW, Sealed, check_event, check_page, check_supersedes, seal
from audit.schema import blobs as blob_table
from audit.schema import decisions, log, pair_reviews, payloads, reviews, selections
from audit.sqlite_engine import create_private_file, sqlite_engine, translated
from audit.store import Head
from audit.strays import find_strays
from audit.verification import Evidence, VerificationReport, verify_source

__all__ = ["SqlStore"]


class SqlStore:
    """An `AuditStore` in one SQLite file.

    `url` is a path or `sqlite:///path`. A missing file is created with mode 0600, unless `read_only`: then
    the store never creates, migrates or changes anything. Errors: `StoreUnavailable`.
    """

    def __init__(self, url: str | Path, *, read_only: bool = False) -> None:
        self.path = _sqlite_path(url)
        if not read_only:
            create_private_file(self.path)
        elif not self.path.is_file():
            raise StoreUnavailable(f"there is no audit database at {self.path}; check the path")
        self._reading = sqlite_engine(self.path, read_only=read_only)
        self._writing = self._reading.execution_options(write=True)
        # Threads of one process queue here: SQLite's busy handler is not fair and would starve some of them.
        self._one_writer = threading.Lock()
        try:
            if read_only:
                with self._read() as connection:
                    require_current(connection)
            else:
                with self._write() as connection:
                    migrate(connection)
        except StoreUnavailable:
            self.close()
            raise

    @contextmanager
    def _read(self) -> Iterator[Connection]:
        with translated(self.path), self._reading.connect() as connection:
            yield connection

    @contextmanager
    def _write(self) -> Iterator[Connection]:
        with self._one_writer, translated(self.path), self._writing.begin() as connection:
            yield connection

    def record_decision(self, decision: DecisionRecord, blobs: Mapping[str, bytes]) -> LogEntry:
        with self._write() as connection:
            if connection.execute(select(decisions.c.seq).where(decisions.c.id == decision.id)).first():
                raise Conflict(f"decision {decision.id} is recorded already")
            stored = queries.stored_blobs(connection, referenced(decision))
            new = blobs_to_store(decision, blobs, stored)
            entry = _append(connection, decision.caller, DECISION, decision.id, to_payload(decision))
            for sha256, blob in new.items():
                connection.execute(blob_table.insert().values(sha256=sha256, encoding=blob.encoding, data=blob.data))
            row, parts = decision_rows(decision, entry.seq)
            connection.execute(decisions.insert().values(row))
            if parts:
                connection.execute(selections.insert(), parts)
        return entry

    def record_review(self, review: ReviewRecord) -> LogEntry:
        with self._write() as connection:
            queries.require_decision(connection, review.decision_id)
            if connection.execute(select(reviews.c.seq).where(reviews.c.id == review.id)).first():
                raise Conflict(f"review {review.id} is recorded already")
            newest = select(reviews.c.id).where(reviews.c.decision_id == review.decision_id)
            current = connection.execute(newest.order_by(reviews.c.seq.desc()).limit(1)).scalar()
            check_supersedes(review, current)
            entry = _append(connection, review.reviewer_id, REVIEW, review.decision_id, to_payload(review))
            row, parts = review_rows(review, entry.seq)
            connection.execute(reviews.insert().values(row))
            if parts:
                connection.execute(pair_reviews.insert(), parts)
        return entry

    def record_event(self, actor: str, type: str, subject: str, payload: Mapping[str, object]) -> LogEntry:
        content = check_event(actor, type, subject, payload)
        with self._write() as connection:
            return _append(connection, actor, type, subject, content)

    def decision(self, id: str) -> DecisionRecord:
        return self.summary(id).decision

    def summary(self, id: str) -> DecisionSummary:
        with self._read() as connection:
            queries.require_decision(connection, id)
            return queries.summaries(connection, decisions.c.id == id)[0]

    def decisions(
        self, *, gate: Gate | None = None, unreviewed: bool = False, limit: int = 100, offset: int = 0
    ) -> list[DecisionSummary]:
        check_page(limit, offset)
        with self._read() as connection:
            return queries.summaries(connection, gate=gate, unreviewed=unreviewed, limit=limit, offset=offset)

    def count_decisions(self, *, gate: Gate | None = None, unreviewed: bool = False) -> int:
        with self._read() as connection:
            return queries.count(connection, gate, unreviewed)

    def reviews(self, decision_id: str) -> list[ReviewRecord]:
        with self._read() as connection:
            queries.require_decision(connection, decision_id)
            return queries.reviews_of(connection, decision_id)

    def next_for_review(self, skip: Collection[str] = ()) -> DecisionSummary | None:
        with self._read() as connection:
            return queries.waiting(connection, skip)

    def blob(self, sha256: str) -> bytes:
        with self._read() as connection:
            return queries.read_blob(connection, sha256)

    def entries(self, after: int = 0, limit: int = 1000) -> list[LogEntry]:
        check_page(limit, after)
        with self._read() as connection:
            return queries.entries(connection, after, limit)

    def sealed(self, seq: int) -> Sealed:
        with self._read() as connection:
            found = queries.sealed_between(connection, seq, seq).get(seq)
        if found is None:
            raise NotFound(f"the log has no content for entry {seq}")
        return found

    def head(self) -> Head:
        tree, last = Frontier(), GENESIS
        with self._read() as connection:
            for last in connection.scalars(select(log.c.hash).order_by(log.c.seq)):
                try:
                    tree.append(bytes.fromhex(last))
                except (TypeError, ValueError) as error:
                    raise Tampered(f"the hash of entry {tree.size + 1} is no hash; run `python -m audit verify`") from error
        return Head(tree.size, tree.root().hex(), last)

    def verify(
        self,
        progress: Callable[[int, int], None] | None = None,
        checkpoint: Checkpoint | None = None,
    ) -> VerificationReport:
        return verify_source(self, progress, checkpoint)

    def close(self) -> None:
        self._reading.dispose()

    def log_size(self) -> int:
        with self._read() as connection:
            return int(connection.execute(select(func.max(log.c.seq))).scalar() or 0)

    def evidence(self, after: int, limit: int) -> list[Evidence]:
        with self._read() as connection:
            found = queries.entries(connection, after, limit)
            if not found:
                return []
            span = (found[0].seq, found[-1].seq)
            sealed = queries.sealed_between(connection, *span)
            rows = queries.rows_by_seq(connection, *span)
        return [Evidence(entry, sealed.get(entry.seq), rows.get(entry.seq, [])) for entry in found]

    def strays(self) -> list[Problem]:
        with self._read() as connection:
            return find_strays(connection)


def _append(connection: Connection, actor: str, type: str, subject: str, payload: Mapping[str, object]) -> LogEntry:
    previous = queries.last_entry(connection)
    entry, sealed = seal(previous, actor=actor, type=type, subject=subject, payload=payload)
    values = {column.name: getattr(entry, column.name) for column in log.columns}
    connection.execute(log.insert().values(values))
    connection.execute(payloads.insert().values(seq=entry.seq, **sealed._asdict()))
    return entry


def _sqlite_path(url: str | Path) -> Path:
    if isinstance(url, Path) or "://" not in url:
        return Path(url)
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise StoreUnavailable("the address of the audit database is not a path or sqlite:///path") from error
    if parsed.get_backend_name() != "sqlite":
        raise StoreUnavailable(f"{parsed.get_backend_name()} is not supported yet; use a path or sqlite:///path")
    if not parsed.database or parsed.database == ":memory:":
        raise StoreUnavailable("an audit record in memory would be lost; give a path, or use MemoryStore in tests")
    return Path(parsed.database)
