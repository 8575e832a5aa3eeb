"""The fast pass of verification: reads many entries at once and decides only whether each of them is proven.

An entry is proven when its number, hash and link are right, its content opens the commitment, its rows print to exactly the
text that was committed, and every file that it names matches its hash. All other entries are left to
`audit.verify.verification`, which checks one entry at a time and says what is wrong. So this module explains nothing, and it
must never be more lenient than `audit.verify.verification`.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from json.encoder import encode_basestring
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy import BindParameter, ColumnElement, Connection, Select, Table, bindparam, case, func, select, type_coerce
from sqlalchemy.types import NullType

from audit.errors import NotFound, Tampered
from audit.log.chain import FORMAT_VERSION, GENESIS
from audit.log.entries import DECISION, REVIEW, WEIGHTS
from audit.storage.engines import by_index, read_fast, rows_of
from audit.storage.queries import DECISION_TEXT, PAIR_TEXT, REVIEW_TEXT, SELECTION_TEXT, read_blob
from audit.storage.rows import RowPrinter, unpack
from audit.storage.schema import blobs, decisions, erased_entries, log, pair_reviews, payloads, reviews, selections

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


def _rows_of(table: Table, *extra: ColumnElement[Any]) -> Select[Any]:
    return select(table, *extra).where(table.c.seq.between(_first, _last))


def _parts_of(table: Table, child: Table, *extra: ColumnElement[Any]) -> Select[Any]:
    owner = child.columns[0]
    joined = select(child, *extra, table.c.seq).join_from(child, table, table.c.id == owner)
    return joined.where(table.c.seq.between(_first, _last))


_FILE = (blobs.c.encoding, _CONTENT)
_DECISIONS = _rows_of(decisions, *_FILE).outerjoin(blobs, blobs.c.sha256 == decisions.c.input_sha256)
_SELECTIONS = _parts_of(decisions, selections, *_FILE).outerjoin(blobs, blobs.c.sha256 == selections.c.sha256)
_REVIEWS = _rows_of(reviews)
_PAIRS = _parts_of(reviews, pair_reviews)
_ABOUT = {_DECISIONS: decisions.columns.keys().index("id"), _REVIEWS: reviews.columns.keys().index("decision_id")}
_INPUT, _WEIGHTS = decisions.columns.keys().index("input_sha256"), decisions.columns.keys().index("weights_blob")
_SELECTION_FILE = selections.columns.keys().index("sha256")
_HASHED = f'{{"actor":%s,"p":%s,"prev":%s,"seq":%s,"subject":%s,"ts":%s,"type":%s,"v":{FORMAT_VERSION}}}'
# Numbers of columns: seq in a row, the position in a part, and last in a part the seq of the row that it belongs to.
_SEQ, _POSITION, _PART_OF = 1, 1, -1


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


def _hashed_texts(entries: Sequence[tuple[Any, ...]]) -> list[str | None]:
    """Return the texts that entries are hashed as (`audit.log.chain`), column by column; None where a cell is not text."""
    if not entries:
        return []
    numbers, *texts = list(zip(*entries, strict=True))[:7]
    try:
        printed = [list(map(encode_basestring, column)) for column in texts]
    except TypeError:
        return [None] if len(entries) == 1 else [text for entry in entries for text in _hashed_texts([entry])]
    ts, actor, kind, subject, committed, link = printed
    return list(map(_HASHED.__mod__, zip(actor, committed, link, numbers, subject, ts, kind, strict=True)))


def _inner(parts: list[tuple[Any, str | None, Any]]) -> str | None:
    """Return the text of a row's list of parts (position, text, file); None when it cannot be the recorded list."""
    if len(parts) > 1:
        try:
            parts.sort(key=itemgetter(0))
        except TypeError:  # a forged position
            return None
    printed = [text for number, (position, text, _) in enumerate(parts) if text is not None and position == number]
    return f"[{','.join(printed)}]" if len(printed) == len(parts) else None


class _Scan:
    def __init__(self, connection: Connection, after: int, limit: int, good_blobs: set[object]) -> None:
        self._connection = connection
        self._good = good_blobs
        self._span = {"first": after + 1, "last": after + limit}
        self._entries = self._fetch(_ENTRIES, **self._span)
        empty = any(entry[-1] is None for entry in self._entries)
        self._erased = {row[0] for row in self._fetch(_ERASED_ENTRIES, **self._span)} if empty else set()
        # By entry: the text of its row, the files that the row names, and the decision that it is about; None when it has two
        # rows, or parts that cannot be the recorded ones.
        self._texts: dict[Any, tuple[str | None, list[Any], Any] | None] = {}
        self._print(_REVIEWS, REVIEW_TEXT, _PAIRS, PAIR_TEXT)
        if self._print(_DECISIONS, DECISION_TEXT, _SELECTIONS, SELECTION_TEXT):
            self._hash_remaining()

    def _fetch(self, statement: Select[Any], **values: int) -> Sequence[tuple[Any, ...]]:
        return rows_of(self._connection, statement, values)

    def _print(self, rows: Select[Any], print_row: RowPrinter, parts: Select[Any], print_part: RowPrinter) -> bool:
        fetched = self._fetch(rows, **self._span)
        if not fetched:
            return False
        texts, with_files, about = self._texts, rows is _DECISIONS, _ABOUT[rows]
        owned: dict[Any, list[tuple[Any, str | None, Any]]] = defaultdict(list)
        found = self._fetch(parts, **self._span)
        for part, text in zip(found, print_part.all(found), strict=True):
            owned[part[_PART_OF]].append((part[_POSITION], text, part[_SELECTION_FILE] if with_files else None))
            if with_files:
                self._hash(part[_SELECTION_FILE], part[-3], part[-2])
        inner = [_inner(owned.get(row[_SEQ], [])) for row in fetched]
        printed = print_row.all([(*row, "" if inside is None else inside) for row, inside in zip(fetched, inner, strict=True)])
        for row, inside, text in zip(fetched, inner, printed, strict=True):
            seq = row[_SEQ]
            files: list[Any] = []
            if with_files:
                files = [row[_INPUT], *filter(None, (row[_WEIGHTS],)), *(file for _, _, file in owned.get(seq, ()))]
                self._hash(row[_INPUT], row[-2], row[-1])
            texts[seq] = None if inside is None or seq in texts else (text, files, row[about])
        return True

    def _hash(self, sha256: Any, encoding: Any, content: Any) -> None:
        if content is not None and sha256 not in self._good:
            try:
                unpack(sha256, encoding, content)
            except Tampered:
                return
            self._good.add(sha256)

    def _hash_remaining(self) -> None:
        """Hash the large files, one after the other, and weights, which most decisions share."""
        named = {name for text in self._texts.values() if text is not None for name in text[1]}
        # Names that cannot be a hash are left out: SQLite cannot be queried for text that is not UTF-8.
        for sha256 in [name for name in named - self._good if type(name) is str and name.isascii()]:
            with suppress(Tampered, NotFound):
                read_blob(self._connection, sha256)
                self._good.add(sha256)

    def span(self, seq: int, prev: str) -> Span:
        """Judge the entries one after the other, in one function: a call per entry would cost more than its work."""
        sha256, texts, good = hashlib.sha256, self._texts, self._good
        first = prev
        hashes: list[str] = []
        kinds: list[str] = []
        doubtful: set[int] = set()
        for entry, text in zip(self._entries, _hashed_texts(self._entries), strict=True):
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
            if payload is None and salt is None and seq in self._erased and seq not in texts:
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
                if row is None or row[0] != payload or row[2] != subject or not good.issuperset(row[1]):
                    doubtful.add(seq)
            elif kind == WEIGHTS or seq in texts:  # weights are few and large: each is checked closely
                doubtful.add(seq)
        return Span(first, hashes, kinds, doubtful)
