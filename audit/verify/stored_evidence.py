"""`StoredEvidence`: a record as verification and exports read it."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import func, select

from audit.errors import Tampered
from audit.log.entries import SealedContent, check_page
from audit.log.proving import GENESIS, ChainProblem
from audit.records.records import LogEntry
from audit.storage import queries
from audit.storage.database import Database, Head, read_head
from audit.storage.fold import Fold
from audit.storage.schema import erased_entries, log, log_head
from audit.storage.state import State
from audit.storage.stored_files import read_blob
from audit.verify.scan import Span, scan
from audit.verify.stray_rows import find_strays


class EntryEvidence(NamedTuple):
    """Everything that is stored for one entry, unchecked."""

    entry: LogEntry
    sealed: SealedContent | None
    erased: bool = False


class StoredEvidence:
    """Reads of evidence, unchecked unless they say otherwise. Every method may raise `StoreUnavailable`."""

    database: Database

    def blob(self, sha256: str) -> bytes:
        """Return a blob's content, hashed again. Raises `NotFound`; `Tampered` when the hash differs."""
        with self.database.read() as connection:
            return read_blob(connection, sha256)

    def entries(self, after: int = 0, limit: int = 1000) -> list[LogEntry]:
        """List log entries with `seq` above `after`, in order."""
        check_page(limit, after)
        with self.database.read() as connection:
            return queries.entries(connection, after, limit)

    def head(self) -> Head:
        """Return size, root and last hash, as the log's head keeps them. Raises `Tampered`."""
        with self.database.read() as connection:
            return read_head(connection)

    def log_size(self) -> int:
        """Return the highest `seq` in the log; 0 when it is empty."""
        with self.database.read() as connection:
            return int(connection.execute(select(func.max(log.c.seq))).scalar() or 0)

    def scan(self, after: int, limit: int, prev: str | None, good_blobs: set[object]) -> Span:
        """Prove the next entries, after the one whose hash is `prev`, and compare them with what hangs on them.

        `good_blobs`: the blobs that were checked; the scan adds to them."""
        with self.database.read() as connection:
            return scan(connection, after, limit, prev, good_blobs)

    def evidence(self, after: int, limit: int) -> list[EntryEvidence]:
        """Return the next `limit` entries with `seq` above `after`, with content, as of one moment."""
        with self.database.read() as connection:
            entries = queries.entries(connection, after, limit)
            if not entries:
                return []
            span = (entries[0].seq, entries[-1].seq)
            sealed = queries.sealed_between(connection, *span)
            erased = set(connection.scalars(select(erased_entries.c.target).where(erased_entries.c.target.between(*span))))
        return [EntryEvidence(e, sealed.get(e.seq), e.seq in erased) for e in entries]

    def strays(self, fold: Fold) -> list[ChainProblem]:
        """Find rows of any table that the entries which were verified do not account for."""
        with self.database.read() as connection:
            return find_strays(connection.execution_options(state=State.of(fold)), fold.size)

    def head_problem(self, size: int, root: str, last_hash: str) -> ChainProblem | None:
        """Return how the head contradicts the log's first `size` entries, or None; the log may have grown meanwhile."""
        try:
            head = self.head()
        except Tampered as error:
            return ChainProblem(None, f"The head of the log was changed: {error}.")
        if head.size < size or (head.size == size and (head.root, head.last_hash) != (root, last_hash or GENESIS)):
            return ChainProblem(None, "The head of the log was changed: it does not name the last entry and the root.")
        if head.size > size and not self.entries(after=size, limit=1):
            return ChainProblem(size + 1, f"Entry {size + 1} is missing: the head of the log counts {head.size} entries.")
        with self.database.read() as connection:  # one statement, so that both times are of one moment
            times = select(log_head.c.ts, log.c.ts).join_from(log_head, log, log.c.seq == log_head.c.size)
            row = connection.execute(times).first()
        if row is not None and row[0] != row[1]:
            return ChainProblem(None, "The head of the log was changed: its time is not that of the last entry.")
        return None
