"""The fast pass of verification: reads many entries at once and decides only whether each of them is proven.

An entry is proven when its number, hash and link are right, its content opens the commitment, the caches hold exactly the rows
that its content gives (`audit.storage.caches`), and every file that it names matches its hash. All other entries are left to
`audit.verify.verification`, which checks one entry at a time and says what is wrong. So this module explains nothing, and it
must never be more lenient than `audit.verify.verification`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

from sqlalchemy import BindParameter, Connection, bindparam, case, func, select, type_coerce
from sqlalchemy.types import NullType

from audit.errors import NotFound, Tampered
from audit.log.chain import GENESIS, hashed_texts
from audit.log.entries import CONTROL, DECISION, WEIGHTS
from audit.storage import caches
from audit.storage.caches import CACHED, files_named, project
from audit.storage.engines import by_index, read_fast, rows_of
from audit.storage.schema import blobs, decision_files, erased_entries, log, payloads
from audit.storage.stored_files import read_blob, unpack

ERASED = "erased"
_SMALL = 32 * 1024  # bytes; stored files up to this size are read many at once

_first: BindParameter[int] = bindparam("first")
_last: BindParameter[int] = bindparam("last")
# Both sides of the join are limited to the range: otherwise PostgreSQL also reads every payload before the range.
_ENTRIES = (
    select(log, payloads.c.salt, payloads.c.payload)
    .outerjoin(payloads, (payloads.c.seq == log.c.seq) & payloads.c.seq.between(_first, _last))
    .where(log.c.seq.between(_first, _last))
    .order_by(log.c.seq)
)
_ERASED_ENTRIES = select(erased_entries.c.target).where(erased_entries.c.target.between(_first, _last))
# Only small files, because thousands are in memory at the same time. Without a column type, the driver's value is returned
# unchanged: a forged cell may hold text or a number.
_CONTENT = type_coerce(case((func.length(blobs.c.data) <= _SMALL, blobs.c.data)), NullType())
_FILES = (
    select(blobs.c.sha256, blobs.c.encoding, _CONTENT)
    .join(decision_files, decision_files.c.sha256 == blobs.c.sha256)
    .where(decision_files.c.seq.between(_first, _last))
)


class Span(NamedTuple):
    """Consecutive entries after the entry whose hash is `prev`: hashes, kinds, and the numbers of the unproven entries.

    The kind is the entry's type, or `ERASED`. The span ends where the chain itself is broken.
    """

    prev: str
    hashes: list[str]
    kinds: list[str]
    doubtful: set[int]


def scan(connection: Connection, after: int, limit: int, prev: str | None, good_blobs: set[object]) -> Span:
    """Scan up to `limit` entries that follow entry `after`, whose hash is `prev` (None: read the hash from the log).

    `good_blobs` are blobs whose hash was checked; the scan adds to them. The connection must see one state throughout.
    """
    by_index(connection)
    if prev is None:
        prev = str(connection.execute(select(log.c.hash).where(log.c.seq == after)).scalar()) if after else GENESIS
    return read_fast(connection, lambda: _Scan(connection, after, limit, good_blobs).span(after, prev))


class _Scan:
    def __init__(self, connection: Connection, after: int, limit: int, good_blobs: set[object]) -> None:
        self._connection = connection
        self._good = good_blobs
        span = {"first": after + 1, "last": after + limit}
        self._entries = rows_of(connection, _ENTRIES, span)
        empty = any(entry[-1] is None for entry in self._entries)
        self._erased = {row[0] for row in rows_of(connection, _ERASED_ENTRIES, span)} if empty else set()
        self._cached = caches.stored(connection, after + 1, after + limit)
        if self._cached:
            for sha256, encoding, content in rows_of(connection, _FILES, span):
                if content is not None and sha256 not in good_blobs:
                    with suppress(Tampered):
                        unpack(sha256, encoding, content)
                        good_blobs.add(sha256)

    def _proven(self, kind: str, seq: int, subject: str, payload: str) -> bool:
        """Return whether the caches hold what this content gives, and every file that it names is what it was."""
        try:
            content = json.loads(payload)  # three times as fast as `canonical.parse`, and large numbers are compared as well
            files = files_named(content) if kind == DECISION else set()
            about = subject if kind == CONTROL else content["id" if kind == DECISION else "decision_id"]
            rows = _held(project(kind, subject, seq, content))
            return about == subject and self._cached.get(seq) == rows and self._hashed(files)
        except (KeyError, TypeError, ValueError, AttributeError, RecursionError):
            return False

    def _hashed(self, files: set[str]) -> bool:
        """Return whether these files match their hashes; large ones are read one after the other."""
        for sha256 in files - self._good:
            # Names that cannot be a hash are left out: SQLite cannot be queried for text that is not UTF-8.
            with suppress(Tampered, NotFound):
                if type(sha256) is str and sha256.isascii():
                    read_blob(self._connection, sha256)
                    self._good.add(sha256)
        return self._good.issuperset(files)

    def span(self, seq: int, prev: str) -> Span:
        """Judge the entries one after the other, in one function: a call per entry would cost more than its work."""
        sha256, cached = hashlib.sha256, self._cached
        first = prev
        hashes: list[str] = []
        kinds: list[str] = []
        doubtful: set[int] = set()
        for entry, text in zip(self._entries, hashed_texts(self._entries), strict=True):
            number, _, _, kind, subject, committed, link, hashed, salt, payload = entry
            seq += 1
            try:
                chained = text is not None and sha256(b"\x00" + text.encode()).hexdigest() == hashed
            except UnicodeEncodeError:
                chained = False
            hashes.append(hashed)
            kinds.append(kind)
            if not chained or number != seq or link != prev or type(number) is not int:
                doubtful.add(seq)
                break
            prev = hashed
            if payload is None and salt is None and seq in self._erased and seq not in cached:
                kinds[-1] = ERASED
                continue
            try:
                opens = bytes.fromhex(salt)
                if sha256(opens + payload.encode()).hexdigest() != committed or opens.hex() != salt:
                    doubtful.add(seq)
                    continue
            except (ValueError, TypeError, AttributeError):
                doubtful.add(seq)
                continue
            if kind in CACHED:
                if not self._proven(kind, seq, subject, payload):
                    doubtful.add(seq)
            elif kind == WEIGHTS or seq in cached:  # weights are few and large: each is checked closely
                doubtful.add(seq)
        return Span(first, hashes, kinds, doubtful)


def _held(rows: Mapping[Any, Sequence[tuple[Any, ...]]]) -> dict[Any, list[tuple[Any, ...]]]:
    return {table: list(found) for table, found in rows.items() if found}
