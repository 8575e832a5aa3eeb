"""`Fold`: a log read in order of `seq`, from hash to hash, each entry judged by `audit.log.authority`.

    fold = Fold(check, proving=True)
    for found in fold.problems(connection, size):       # span by span: what nobody had the right to
        ...
    fold.naming('"lot-17"')                             # numbers of entries that may name an input or a file

No index, view or trigger can hide an entry from it without breaking the chain. With the content of decisions and failures at
hand, it notes by hash what inputs and files they name, so that which decisions there are on an input is not asked of a cache.
"""

from __future__ import annotations

import hashlib
import json
import re
from array import array
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import BindParameter, Connection, bindparam, select

from audit.errors import Tampered
from audit.log.authority import Authority, EntryHeader, facts_of
from audit.log.chain import GENESIS, Tip, check_entry, hashed_texts, opens
from audit.log.entries import DECISION, ERASURE, FAILED_INPUT, REVIEW
from audit.log.roles import CONTENT
from audit.records.records import LogEntry
from audit.storage.engines import by_index, rows_of
from audit.storage.schema import erased_entries, log, payloads

_SPAN = 5_000  # entries read at once
_PEOPLE = CONTENT - {REVIEW}
# What names an input or its file, in canonical JSON: a match inside a text is impossible, for its quotation marks are escaped.
NAMING = {
    DECISION: re.compile(r'"(?:input_sha256|input_name)":("(?:[^"\\]|\\.)*")'),
    FAILED_INPUT: re.compile(r'"name":("(?:[^"\\]|\\.)*")'),
}
"""Kinds of entries that name an input or its file, and how."""
_WHOLE = _PEOPLE | NAMING.keys()  # kinds whose content only an erasure takes

_first: BindParameter[int] = bindparam("first")
_last: BindParameter[int] = bindparam("last")
_ROWS = select(log).where(log.c.seq.between(_first, _last)).order_by(log.c.seq)
_ENTRIES = _ROWS.with_only_columns(*(log.c[name] for name in EntryHeader._fields))
_SEALED = (
    select(payloads.c.seq, payloads.c.salt, payloads.c.payload)
    .join(log, log.c.seq == payloads.c.seq)
    .where(log.c.seq.between(_first, _last), payloads.c.seq.between(_first, _last))
)
_CONTENT = _SEALED.where(log.c.type.in_(sorted(CONTENT)))
_PROVEN = _SEALED.where(log.c.type.in_(sorted(CONTENT | NAMING.keys())))
_TARGETS = select(erased_entries.c.seq).where(erased_entries.c.target.between(_first, _last)).distinct()


class _Span(NamedTuple):
    """Consecutive entries, and the contents that the fold reads.

    To prove them: their rows in the log, salt and payload by number, and which ones should have content that no erasure took.
    """

    entries: Sequence[EntryHeader]
    contents: Mapping[int, Mapping[str, Any]]
    rows: Sequence[tuple[Any, ...]]
    sealed: Mapping[int, tuple[str, str]]
    missing: Collection[int]


class Fold:
    """`Authority` over entries as they are stored.

    `proving`: each is compared with the log's hashes; else they were verified before. ``check(entry, content)`` returns what is
    wrong with a signature (`Authority`).
    """

    def __init__(self, check: Callable[[EntryHeader, Mapping[str, Any]], str | None], *, proving: bool) -> None:
        self._facts: dict[int, Mapping[str, Any]] = {}
        self.authority = Authority(self._facts, check)
        self._proving = proving
        self._tip = Tip(0, GENESIS)
        self._before: EntryHeader | None = None
        self._erasures: dict[int, list[int]] = {}  # of each emptied entry, the erasures that list it
        self._names: dict[int, int | array[int]] = {}  # of what inputs and files are called, the entries, by its hash

    @property
    def size(self) -> int:
        """Return how many entries were read."""
        return self._before.seq if self._before else 0

    def is_erased(self, seq: int) -> bool:
        """Return whether an erasure that counts has taken the content of this entry."""
        return any(erasure not in self.authority.numbers.refused for erasure in self._erasures.get(seq, ()))

    def naming(self, text: str) -> Sequence[int]:
        """Return the numbers of the entries that may name this text, in canonical JSON, as an input or a file."""
        held = self._names.get(hash(text), ())
        return (held,) if isinstance(held, int) else held

    def has(self, seq: int, hash: str) -> bool:
        """Return whether this is the hash that the entry had when it was read."""
        return bytes(self.authority.hashes[(seq - 1) * 32 : seq * 32]).hex() == hash

    def signed(self, connection: Connection, seq: int) -> tuple[EntryHeader, Mapping[str, Any]]:
        """Return an entry that was read before, with the content of its signature. Raises `Tampered`."""
        rows = rows_of(connection, _ROWS, {"first": seq, "last": seq + 1})
        sealed = rows_of(connection, _CONTENT, {"first": seq + 1, "last": seq + 1})
        kept = [_gives(text, row[7]) and self.has(row[0], row[7]) for row, text in zip(rows, hashed_texts(rows), strict=True)]
        if kept != [True, True] or len(sealed) != 1 or not opens(sealed[0][1], sealed[0][2], rows[1][5]):
            raise Tampered(f"the signature of entry {seq} is not what was recorded")
        return EntryHeader._make((*rows[0][:5], rows[0][7])), _parsed(sealed[0][2])

    def problems(self, connection: Connection, size: int) -> Iterator[list[tuple[EntryHeader, str]]]:
        """Read on up to entry `size`; yield what nobody had the right to, span by span. Raises `Tampered`."""
        for span in self._read(connection, self.size, size):
            found: list[tuple[EntryHeader, str]] = []
            if self._proving:
                self._prove(span)
            for made in span.entries:
                found += self.authority.problems(made, span.contents.get(made.seq), self._before)
                self._before = made
                if made.type == ERASURE:
                    for target in _targets(span.contents.get(made.seq, {})):
                        self._erasures.setdefault(target, []).append(made.seq)
            yield found

    def _prove(self, span: _Span) -> None:
        seq, prev = self._tip
        for row, text in zip(span.rows, hashed_texts(span.rows), strict=True):
            seq += 1
            if row[0] != seq or row[6] != prev or not _gives(text, row[7]):
                problem = check_entry(Tip(seq - 1, prev) if seq > 1 else None, LogEntry(*row))
                raise Tampered(problem.text if problem else f"entry {seq} is not what was recorded")
            prev = row[7]
        for empty in span.missing:
            raise Tampered(f"the content of entry {empty} is not what was recorded")
        first = self._tip.seq + 1
        for number, (salt, payload) in span.sealed.items():
            row = span.rows[number - first]
            if not opens(salt, payload, row[5]):
                raise Tampered(f"the content of entry {number} is not what was recorded")
            for text in names.findall(payload) if (names := NAMING.get(row[3])) else ():
                held = self._names.get(hash(text))
                if held is None:
                    self._names[hash(text)] = number
                elif isinstance(held, int):
                    self._names[hash(text)] = array("I", (held, number))
                else:
                    held.append(number)
        self._tip = Tip(seq, prev)

    def _read(self, connection: Connection, after: int, size: int) -> Iterator[_Span]:
        """Yield spans of entries with the content that the fold reads; note in `_facts` what erasures kept of it."""
        if size - after > _SPAN:
            by_index(connection)
        for first in range(after + 1, size + 1, _SPAN):
            span = {"first": first, "last": min(first + _SPAN - 1, size)}
            rows: Sequence[tuple[Any, ...]] = ()
            kept, whole = (_PROVEN, _WHOLE) if self._proving else (_CONTENT, _PEOPLE)
            if self._proving:
                rows = rows_of(connection, _ROWS, span)
                entries = [EntryHeader(row[0], row[1], row[2], row[3], row[4], row[7]) for row in rows]
            else:
                entries = list(map(EntryHeader._make, rows_of(connection, _ENTRIES, span)))
            sealed = {seq: (salt, payload) for seq, salt, payload in rows_of(connection, kept, span)}
            read = [made.seq for made in entries if made.type in CONTENT and made.seq in sealed]
            contents = {seq: _parsed(sealed[seq][1]) for seq in read}
            emptied = {made.seq for made in entries if made.type in whole and made.seq not in sealed}
            erased = _erased(connection, span, emptied) if emptied else {}
            self._facts |= erased
            yield _Span(entries, contents, rows, sealed, emptied - erased.keys())


def _erased(connection: Connection, span: Mapping[str, int], emptied: set[int]) -> dict[int, Mapping[str, Any]]:
    """Return which of these entries an erasure lists, each with what it kept of them."""
    listed: dict[int, Mapping[str, Any]] = {}
    for (seq,) in rows_of(connection, _TARGETS, span):
        rows = rows_of(connection, _ROWS, {"first": seq, "last": seq})
        read = rows_of(connection, _CONTENT, {"first": seq, "last": seq})
        if not rows or not read or rows[0][3] != ERASURE or not opens(read[0][1], read[0][2], rows[0][5]):
            continue
        content = _parsed(read[0][2])
        listed |= {seq: {} for seq in emptied.intersection(_targets(content))} | facts_of(content)
    return listed


def _targets(erasure: Mapping[str, Any]) -> list[Any]:
    """Return the numbers of the entries that an erasure lists."""
    targets = erasure.get("targets")
    listed = [target.get("seq") for target in targets if isinstance(target, dict)] if isinstance(targets, list) else []
    return [seq for seq in listed if type(seq) is int]


def _gives(text: str | None, hash: object) -> bool:
    """Return whether the text of an entry has this hash."""
    try:
        return text is not None and hashlib.sha256(b"\x00" + text.encode()).hexdigest() == hash
    except UnicodeEncodeError:
        return False


def _parsed(payload: str) -> Mapping[str, Any]:
    try:
        content = json.loads(payload)  # the fold reads no numbers, and this is four times as fast as `canonical.parse`
    except (ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}
