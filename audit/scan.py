"""The fast pass of verification: many entries at once, and of each only whether it is beyond doubt.

An entry is beyond doubt when its number, hash and link hold, its content opens the commitment, its rows print to exactly
the text that was committed, and every file that it names has its hash. Whatever is not is left to `audit.verification`,
which looks at one entry at a time and says what is wrong. So nothing here has to explain anything, and nothing here may be
more lenient than what is there.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from json.encoder import encode_basestring
from typing import Any, NamedTuple

from sqlalchemy import BindParameter, Connection, Select, Table, bindparam, func, select, type_coerce
from sqlalchemy.types import NullType

from audit.blobs import unpack
from audit.engines import read_fast
from audit.errors import NotFound, Tampered
from audit.log import FORMAT_VERSION, GENESIS
from audit.queries import DECISION_TEXT, PAIR_TEXT, REVIEW_TEXT, SELECTION_TEXT, read_blob
from audit.rows import RowText
from audit.rules import DECISION, REVIEW
from audit.schema import blobs, decisions, erased_entries, log, pair_reviews, payloads, reviews, selections

__all__ = ["ERASED", "Span", "scan"]

ERASED = "erased"
_SMALL = 32 * 1024  # bytes of a file as it is stored, up to which many are read at once

_first: BindParameter[int] = bindparam("first")
_last: BindParameter[int] = bindparam("last")
# The range stands on both sides, or PostgreSQL reads every payload before it as well.
_ENTRIES = (
    select(log, payloads.c.salt, payloads.c.payload)
    .outerjoin(payloads, (payloads.c.seq == log.c.seq) & payloads.c.seq.between(_first, _last))
    .where(log.c.seq.between(_first, _last))
    .order_by(log.c.seq)
)
_GONE = select(erased_entries.c.target).where(erased_entries.c.target.between(_first, _last))


def _parts_of(table: Table, child: Table) -> Select[Any]:
    owner = child.columns[0]
    joined = select(table.c.seq, child).join_from(child, table, table.c.id == owner)
    return joined.where(table.c.seq.between(_first, _last)).order_by(owner, child.c.position)


def _small_files(by: Select[Any]) -> Select[Any]:
    named = by.where(decisions.c.seq.between(_first, _last)).distinct().subquery()
    # Without a type, the driver's value comes as it is: a forged cell may hold text or a number.
    data = type_coerce(blobs.c.data, NullType())
    found = select(blobs.c.sha256, blobs.c.encoding, data).join_from(named, blobs, blobs.c.sha256 == named.c[0])
    return found.where(func.length(blobs.c.data) <= _SMALL)


_DECISIONS = select(decisions).where(decisions.c.seq.between(_first, _last))
_SELECTIONS = _parts_of(decisions, selections)
_REVIEWS = select(reviews).where(reviews.c.seq.between(_first, _last))
_PAIRS = _parts_of(reviews, pair_reviews)
_FILES = (
    _small_files(select(decisions.c.input_sha256)),
    _small_files(select(selections.c.sha256).join(decisions, decisions.c.id == selections.c.decision_id)),
)
_INPUT, _WEIGHTS = decisions.columns.keys().index("input_sha256"), decisions.columns.keys().index("weights_blob")
_SELECTION_FILE = selections.columns.keys().index("sha256")


class Span(NamedTuple):
    """Consecutive entries after the one whose hash is `prev`: hashes, kinds, and the numbers of those in doubt.

    The kind is the entry's type, or `ERASED`. Where the chain itself is in doubt, the span ends.
    """

    prev: str
    hashes: list[str]
    kinds: list[str]
    doubtful: set[int]


def scan(connection: Connection, after: int, limit: int, prev: str | None, good_blobs: set[object]) -> Span:
    """Scan up to `limit` entries that follow entry `after`, whose hash is `prev` (None: take the stored one's word for it).

    `good_blobs` are known to be good, and grow. The connection must see one state throughout.
    """
    if connection.dialect.name == "postgresql":
        # Everything is a narrow range of an index; the planner would rather read whole tables, for every span again.
        connection.exec_driver_sql("; ".join(f"SET LOCAL enable_{way} = off" for way in ("seqscan", "hashjoin", "mergejoin")))
    if prev is None:
        prev = str(connection.execute(select(log.c.hash).where(log.c.seq == after)).scalar()) if after else GENESIS
    return read_fast(connection, lambda: _Scan(connection, after, limit, good_blobs).span(after, prev))


class _Scan:
    def __init__(self, connection: Connection, after: int, limit: int, good_blobs: set[object]) -> None:
        self._connection = connection
        self._good = good_blobs
        self._span = {"first": after + 1, "last": after + limit}
        self._entries = self._fetch(_ENTRIES, **self._span)
        self._gone = {row[0] for row in self._fetch(_GONE, **self._span)}
        # The text of each entry's row, and the files that it names; None where there are two rows.
        self._texts: dict[Any, tuple[str | None, list[Any]] | None] = {}
        self._print(_REVIEWS, REVIEW_TEXT, _PAIRS, PAIR_TEXT, ())
        if self._print(_DECISIONS, DECISION_TEXT, _SELECTIONS, SELECTION_TEXT, (_INPUT, _WEIGHTS)):
            self._hash_files()

    def _fetch(self, statement: Select[Any], **values: int) -> Sequence[Sequence[Any]]:
        """Rows as the driver gives them: plain tuples, and a forged cell as what it is."""
        cursor = self._connection.execute(statement, values).cursor
        return [] if cursor is None else cursor.fetchall()

    def _print(
        self, rows: Select[Any], print_row: RowText, parts: Select[Any], print_part: RowText, files: tuple[int, ...]
    ) -> bool:
        found = self._fetch(rows, **self._span)
        if not found:
            return False
        inner: dict[Any, list[str | None]] = defaultdict(list)
        named: dict[Any, list[Any]] = defaultdict(list)
        for seq, *part in self._fetch(parts, **self._span):
            own = inner[seq]
            own.append(print_part(part) if part[1] == len(own) else None)
            if files:
                named[seq].append(part[_SELECTION_FILE])
        seq_at = 1  # the second column of both tables
        for row in found:
            seq = row[seq_at]
            printed = inner.get(seq, ())
            text = None if None in printed else print_row(row, f"[{','.join(printed)}]")  # type: ignore[arg-type]
            self._texts[seq] = None if seq in self._texts else (text, [row[at] for at in files] + named.get(seq, []))
        return True

    def _hash_files(self) -> None:
        """Most files are small and read together; the large ones must not be in memory at the same time."""
        good = self._good
        for statement in _FILES:
            for sha256, encoding, data in self._fetch(statement, **self._span):
                if sha256 not in good:
                    with suppress(Tampered):
                        unpack(sha256, encoding, data)
                        good.add(sha256)
        named = {name for found in self._texts.values() if found is not None for name in found[1]}
        for sha256 in named - good - {None}:
            with suppress(Tampered, NotFound):
                read_blob(self._connection, sha256)
                good.add(sha256)

    def span(self, seq: int, prev: str) -> Span:
        """Judge the entries one after the other. In one piece: a call for each costs more than what it does."""
        quoted, sha256, texts, good = encode_basestring, hashlib.sha256, self._texts, self._good
        first = prev
        hashes: list[str] = []
        kinds: list[str] = []
        doubtful: set[int] = set()
        for number, ts, actor, kind, subject, committed, link, hashed, salt, payload in self._entries:
            seq += 1
            try:
                text = (
                    f'{{"actor":{quoted(actor)},"p":{quoted(committed)},"prev":{quoted(link)},"seq":{number},'
                    f'"subject":{quoted(subject)},"ts":{quoted(ts)},"type":{quoted(kind)},"v":{FORMAT_VERSION}}}'
                )
                chained = number == seq and link == prev and sha256(b"\x00" + text.encode()).hexdigest() == hashed
            except (TypeError, UnicodeEncodeError):
                chained = False
            hashes.append(hashed)
            kinds.append(kind)
            if not chained or type(number) is not int:
                doubtful.add(seq)
                break
            prev = hashed
            if payload is None and salt is None and seq in self._gone and seq not in texts:
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
            if kind in (DECISION, REVIEW):
                row = texts.get(seq)
                if row is None or row[0] != payload or not all(name in good or name is None for name in row[1]):
                    doubtful.add(seq)
        return Span(first, hashes, kinds, doubtful)
