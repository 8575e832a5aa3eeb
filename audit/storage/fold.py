"""`Fold`: a log read from the database in order of `seq`, each entry proven (`audit.log.proving`) and judged by `Authority`.

    fold = Fold(check)
    for found in fold.problems(connection, size):       # span by span: what nobody had the right to
        ...
    fold.naming("lot-17")                               # numbers of entries that may name an input or a file

It is read in the order of the table itself: no index, view or trigger can hide an entry, or file it under another kind, without
breaking the chain. It notes by hash what inputs and files decisions and failures name, so that which decisions there are on an
input is not asked of a cache.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, TextClause, select, text

from audit.errors import Tampered
from audit.log.authority import Authority, erasure_targets
from audit.log.entries import DECISION, ERASURE, FAILED_INPUT
from audit.log.proving import BEGIN, EntryHeader, Proven, Row, Tip, opens, parsed, prove
from audit.storage.engines import by_index, rows_of
from audit.storage.schema import erased_entries, log

_SPAN = 5_000  # entries read at once
NAMING = {DECISION: ("input_sha256", "input_name"), FAILED_INPUT: ("name",)}
"""Kinds of entries that name an input or its file, and in which fields."""

_TARGETS = select(erased_entries).where(erased_entries.c.target.between(text(":first"), text(":last")))


def _rows(dialect: str) -> TextClause:
    """Return the statement that reads entries with their contents. SQLite's planner could choose an index of the log."""
    columns = ", ".join([*(f"log.{column.name}" for column in log.columns), "payloads.salt", "payloads.payload"])
    table = "log NOT INDEXED" if dialect == "sqlite" else "log"
    # Both sides are limited to the range: otherwise PostgreSQL also reads every content before it.
    joined = "payloads ON payloads.seq = log.seq AND payloads.seq BETWEEN :first AND :last"
    where = "log.seq BETWEEN :first AND :last ORDER BY log.seq"
    return text(f"SELECT {columns} FROM {table} LEFT JOIN {joined} WHERE {where}")  # noqa: S608 - names of our own


_ROWS = {dialect: _rows(dialect) for dialect in ("sqlite", "postgresql")}


class Fold:
    """A log as far as it was read. ``check(entry, content)`` returns what is wrong with a signature (`Authority`)."""

    def __init__(self, check: Callable[[EntryHeader, Mapping[str, Any]], str | None]) -> None:
        self.authority = Authority(check)
        self.tip = BEGIN
        self._erasures: list[tuple[int, Mapping[str, Any]]] = []  # whose lists are still to be compared
        self._names: dict[int, int | array[int]] = {}  # of what inputs and files are called, the entries, by its hash

    @property
    def size(self) -> int:
        """Return how many entries were read."""
        return self.tip.seq

    def naming(self, name: str) -> Sequence[int]:
        """Return the numbers of the entries that may name this text as an input or a file."""
        held = self._names.get(hash(name), ())
        return (held,) if isinstance(held, int) else held

    def hash_at(self, seq: int) -> str:
        """Return the hash that an entry had when it was read; empty for one that was not."""
        return self.authority.hashes[(seq - 1) * 32 : seq * 32].hex()

    def signed(self, connection: Connection, seq: int) -> tuple[EntryHeader, Mapping[str, Any] | None, Mapping[str, Any]]:
        """Return an entry that was read before, its content, and that of its signature. Raises `Tampered`."""
        proven = _proven(connection, seq, seq + 1, Tip(seq - 1, self.hash_at(seq - 1) or BEGIN.hash))[0]
        read = [(made.hash, content) for made, content in zip(proven.entries, proven.contents, strict=True)]
        if [hash for hash, _ in read] != [self.hash_at(seq), self.hash_at(seq + 1)] or read[1][1] is None:
            raise Tampered(f"the signature of entry {seq} is not what was recorded")
        return proven.entries[0], read[0][1], read[1][1]

    def problems(self, connection: Connection, size: int) -> Iterator[list[tuple[EntryHeader, str]]]:
        """Read on up to entry `size`; yield what nobody had the right to, span by span. Raises `Tampered`."""
        if size - self.size > _SPAN:
            by_index(connection)
        while self.size < size:
            first = self.size + 1
            proven, facts = _proven(connection, first, min(self.size + _SPAN, size), self.tip)
            found = self.take(proven, facts)
            if proven.problem is not None or not proven.entries:
                raise Tampered(proven.problem.text.rstrip(".") if proven.problem else f"entry {first} is missing")
            for made, content in zip(proven.entries, proven.contents, strict=True):
                if made.type == ERASURE:
                    self._erasures.append((made.seq, content or {}))
            self._require_recorded(connection)
            yield found

    def _require_recorded(self, connection: Connection) -> None:
        """Raise `Tampered` unless erasures that count list entries as they were recorded: what they took is gone."""
        for seq, erasure in self._erasures:
            for target, (committed, _) in erasure_targets(erasure).items():
                row = next(iter(read_rows(connection, target, target)), None) if target in self.authority.erased else None
                if row is not None and (row[5] != committed or row[7] != self.hash_at(target)):
                    raise Tampered(f"what entry {seq} erased is not what entry {target} had recorded")
        # The signature of the last entry may come with the next entries.
        self._erasures = [one for one in self._erasures if one[0] == self.size]

    def take(self, proven: Proven, facts: Mapping[int, Mapping[str, Any]]) -> list[tuple[EntryHeader, str]]:
        """Take in the next entries; return those that nobody had the right to. ``facts``: what erasures kept of them."""
        self.authority.facts.update(facts)
        found: list[tuple[EntryHeader, str]] = []
        for made, content in zip(proven.entries, proven.contents, strict=True):
            found += self.authority.problems(made, content)
            for field in NAMING.get(made.type, ()) if content else ():
                self._note(str((content or {}).get(field)), made.seq)
        if proven.entries:
            self.tip = Tip(proven.entries[-1].seq, proven.entries[-1].hash)
        return found

    def _note(self, name: str, seq: int) -> None:
        held = self._names.get(hash(name))
        if held is None:
            self._names[hash(name)] = seq
        elif isinstance(held, int):
            self._names[hash(name)] = array("I", (held, seq))
        else:
            held.append(seq)


def read_rows(connection: Connection, first: int, last: int) -> Sequence[Row]:
    """Return the rows of these entries, with their contents, in the order of the table itself."""
    return rows_of(connection, _ROWS[connection.dialect.name], {"first": first, "last": last})


def erased_in(connection: Connection, rows: Sequence[Row]) -> tuple[dict[int, object], dict[int, Mapping[str, Any]]]:
    """Return the commitments of those of these entries that an erasure lists, and what it kept of them, by number.

    An erasure itself counts only once it was read in its turn.
    """
    emptied = {row[0] for row in rows if row[9] is None}
    erased: dict[int, object] = {}
    facts: dict[int, Mapping[str, Any]] = {}
    if not emptied:
        return erased, facts
    lists: dict[int, Mapping[int, tuple[object, Mapping[str, Any]]]] = {}
    for target, seq in rows_of(connection, _TARGETS, {"first": rows[0][0], "last": rows[-1][0]}):
        if type(seq) is not int:
            continue
        if seq not in lists:
            row = next(iter(read_rows(connection, seq, seq)), None)
            listed = row is not None and row[3] == ERASURE and opens(row[8], row[9], row[5])
            lists[seq] = erasure_targets(parsed(row[9])) if row is not None and listed else {}
        if target in emptied and target < seq and target in lists[seq]:
            erased[target], facts[target] = lists[seq][target]
    return erased, facts


def _proven(connection: Connection, first: int, last: int, tip: Tip) -> tuple[Proven, Mapping[int, Mapping[str, Any]]]:
    rows = read_rows(connection, first, last)
    erased, facts = erased_in(connection, rows)
    return prove(rows, tip, erased), facts
