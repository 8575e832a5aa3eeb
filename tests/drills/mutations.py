"""Mutations of the rows of a record, and the entry that the verification has to name for each.

A mutation returns the entry that must be called bad first, or None where no single entry is bad: a head, a session, a row that
belongs to no entry, a log rewritten so that all of it fits together. Leases, skips, the last use of a session and the counters
against guessing passwords are working state, which grants and proves nothing: they are left out.
"""

from __future__ import annotations

import random
import zlib
from collections.abc import Callable
from typing import Any, NamedTuple

from audit.errors import Tampered
from audit.storage.schema import APPEND_ONLY, CACHES, METADATA
from audit.storage.stored_files import unpack
from tests.drills.forger import Forger, NoChange, Row, another

__all__ = ["KINDS", "Facts", "Mutation", "mutate"]

EVIDENCE = tuple(table.name for table in APPEND_ONLY)
CACHED = tuple(table.name for table in CACHES)
DERIVED = (*CACHED, "log_head", "queue", "credentials", "sessions")
_NOTHING_PROVEN = {
    ("credentials", "failures"),
    ("credentials", "locked_until"),
    ("credentials", "signing_failures"),
    ("credentials", "signing_locked_until"),
    ("sessions", "created_at"),
    ("sessions", "seen_at"),
    ("sessions", "ended_at"),
}
_CELLS = [
    (table, column.name)
    for table in (*EVIDENCE, *DERIVED)
    for column in METADATA.tables[table].columns
    if (table, column.name) not in _NOTHING_PROVEN
]


class Mutation(NamedTuple):
    """The change that was made, and the entry to be named; `defined` is False where several would be right."""

    what: str
    expected: int | None
    defined: bool = True
    change: str = ""


class Facts:
    """The entry behind each row, read from the intact record."""

    def __init__(self, forger: Forger) -> None:
        log = forger.rows("log")
        self.size = len(log)
        self.types = {row["seq"]: row["type"] for row in log}
        self.accounts: dict[str, int] = {row["subject"]: row["seq"] for row in log if row["type"] == "account"}
        self.files: dict[str, int] = {}
        for row in forger.rows("decision_files"):
            self.files[row["sha256"]] = min(row["seq"], self.files.get(row["sha256"], row["seq"]))
        self.erased = {row["target"]: row["seq"] for row in forger.rows("erased_entries")}
        nameless = {row["subject"] for row in log if row["type"] == "person" and row["seq"] in self.erased}
        self.erased_accounts = {id: self.accounts[id] for id in nameless}

    def erasure(self, seq: Any) -> int | None:
        """Return the number if it is the number of an erasure, else None."""
        return seq if self.types.get(seq) == "erasure" else None

    def entry_of(self, table: str, row: Row) -> int | None:
        """Return the entry that proves a row."""
        if table in ("log", "payloads", "queue", "erased_blobs", *CACHED):
            return int(row["seq"])
        if table == "blobs":
            return self.files.get(row["sha256"])
        if table == "erased_entries":
            return int(row["target"])
        if table == "credentials":
            return self.accounts[row["account_id"]]
        return None


def mutate(kind: str, forger: Forger, facts: Facts, rng: random.Random) -> Mutation:
    """Make one change of this kind. Raises `NoChange` when the database refused it."""
    made = _DOING[kind](forger, facts, rng)
    # An erasure that no longer holds is bad, and so is what it took, which stands before it.
    return made._replace(defined=made.defined and facts.erasure(made.expected) is None)


def _some(forger: Forger, table: str, rng: random.Random) -> Row:
    rows = forger.rows(table)
    if not rows:
        raise NoChange(f"{table} is empty")
    return rng.choice(rows)


def _cell(forger: Forger, facts: Facts, rng: random.Random) -> Mutation:
    table, column = rng.choice(_CELLS)
    row = _some(forger, table, rng)
    before = dict(row)
    value = another(row[column], [other[column] for other in forger.rows(table)], rng, forger.kind)
    expected = facts.entry_of(table, before)
    forger.update(table, row, **{column: value})
    now = next((other for other in forger.rows(table) if other["_where"] == row["_where"]), None)
    changed = now[column] if now else value
    if table == "blobs" and now is not None and column != "sha256":
        _refuse_same_content(before, now)
    change = f"{before[column]!r:.60} -> {changed!r:.60}"
    return Mutation(f"cell {table}.{column}", *_named(facts, table, column, expected, changed), change)


def _named(facts: Facts, table: str, column: str, expected: int | None, changed: Any) -> tuple[int | None, bool]:
    """Return the first bad entry after a cell's change; a row that moves to another owner makes both owners' entries bad."""
    if table == "log_head" and column == "size":
        return None, False  # either the head is wrong, or entries are missing that it counts
    other: Any = None
    if column == "seq" and table in CACHED:
        other = changed if changed in facts.types else None
    elif column == "seq" and table == "erased_blobs":
        other = facts.erasure(changed)
    return (min(expected, other) if expected is not None and other is not None else expected), True


def _refuse_same_content(before: Row, now: Row) -> None:
    """Raise `NoChange` when the same content is only packed in another way."""
    try:
        unpack(before["sha256"], now["encoding"], now["data"])
    except Tampered:
        return
    raise NoChange("the same content")


def _delete(forger: Forger, facts: Facts, rng: random.Random) -> Mutation:
    table = rng.choice([name for name in (*EVIDENCE, *DERIVED) if name != "sessions"])  # without one, somebody signs in again
    row = _some(forger, table, rng)
    forger.delete(table, row)
    return Mutation(f"delete {table}", facts.entry_of(table, row))


_NEW = {
    "id": "f" * 32,
    "token_sha256": "f" * 64,
    "decision_id": "f" * 32,
    "sha256": "f" * 64,
    "account_id": "f" * 32,
    "login": "eve",
}


def _insert(forger: Forger, facts: Facts, rng: random.Random) -> Mutation:
    """Insert a copy of a row under another key: of no entry, of an entry of another kind, or as one more part of a whole."""
    table = rng.choice((*EVIDENCE, *DERIVED))
    row = dict(_some(forger, table, rng))
    seq = rng.choice((facts.size + 1, facts.size + 7, 0, -3, rng.randint(1, facts.size)))
    expected: int | None = seq
    if table == "log":
        expected = min(seq, facts.size + 1)
    if table in ("erased_entries", "erased_blobs"):
        key = "target" if table == "erased_entries" else "sha256"
        row[key] = rng.randint(1, facts.size) if key == "target" else "f" * 64
        row["seq"] = rng.choice((row["seq"], rng.randint(1, facts.size)))
        expected = facts.erasure(row["seq"])
    else:
        row |= {name: value for name, value in _NEW.items() if name in row and (name == "id" or table not in CACHED)}
        if table in ("log", "payloads", *CACHED):
            row["seq"] = seq
        elif table == "queue":
            row["seq"], expected = facts.size + 50, None
        elif table == "log_head":
            row["id"], expected = rng.choice((0, 2)), None
        else:
            expected = None
            if table == "credentials" and rng.random() < 0.4:  # a name that was erased is back
                row["account_id"], expected = rng.choice(list(facts.erased_accounts.items()))
    forger.insert(table, row)
    if table == "payloads" and facts.types.get(seq) is not None:
        return Mutation("insert payloads", seq)
    return Mutation(f"insert {table}", expected)


def _swap(forger: Forger, facts: Facts, rng: random.Random) -> Mutation:
    """Exchange everything but the keys of two rows."""
    left_out = ("log_head", "erased_entries", "erased_blobs", "sessions")
    table = rng.choice([name for name in (*EVIDENCE, *DERIVED) if name not in left_out])
    rows = forger.rows(table)
    one, other = rng.sample(rows, 2)
    keys = {"log": "seq", "payloads": "seq", "blobs": "sha256", "credentials": "account_id", "queue": "decision_id"}
    keys |= dict.fromkeys(CACHED, "seq")
    counted = {"failures", "locked_until", "signing_failures", "signing_locked_until"}
    unique = {"seq", "login", *counted} if table != "log" else {"seq"}
    unique |= {"id"} if table in CACHED else set()
    names = [name for name in one if name not in ("_where", keys[table], "position") and name not in unique]
    entries = [facts.entry_of(table, one), facts.entry_of(table, other)]
    first, second = {name: one[name] for name in names}, {name: other[name] for name in names}
    if first == second or (table == "decision_files" and entries[0] == entries[1]):
        raise NoChange("two equal rows")
    forger.update(table, one, **second)
    forger.update(table, other, **first)
    return Mutation(f"swap {table}", min(entry for entry in entries if entry is not None))


def _forged_erasure(forger: Forger, facts: Facts, rng: random.Random) -> Mutation:
    """Delete content, and insert a row that claims an erasure for it."""
    row = _some(forger, "payloads", rng)
    seq = row["seq"]
    claimed = rng.choice((*{*facts.erased.values()}, rng.randint(1, facts.size)))
    forger.insert("erased_entries", {"target": seq, "seq": claimed})
    forger.delete("payloads", row)
    for table in CACHED:
        for gone in [found for found in forger.rows(table) if found["seq"] == seq]:
            forger.delete(table, gone)
    return Mutation("forged erasure", seq)  # what else depended on it is bad, too: its reviews, its files, its place


def _own_content(forger: Forger, facts: Facts, rng: random.Random) -> Mutation:
    """Replace a file by another one under the same hash."""
    row = _some(forger, "blobs", rng)
    content = rng.randbytes(40)
    encoding = rng.choice(("raw", "zlib"))
    forger.update("blobs", row, encoding=encoding, data=zlib.compress(content) if encoding == "zlib" else content)
    return Mutation("replace blobs", facts.files.get(row["sha256"]))


_DOING: dict[str, Callable[[Forger, Facts, random.Random], Mutation]] = {
    "cell": _cell,
    "delete": _delete,
    "insert": _insert,
    "swap": _swap,
    "forged erasure": _forged_erasure,
    "blob": _own_content,
}
KINDS = {"cell": 10, "delete": 3, "insert": 3, "swap": 3, "forged erasure": 1, "blob": 1}
