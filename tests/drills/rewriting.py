"""Forgeries that fit together: the whole log hashed anew after a change, or its tail removed with all that depends on it.

Only a checkpoint that was kept elsewhere detects them. The changed entry can no longer be named, because every entry verifies.
A missing tail can be named: it begins after the last entry.
"""

from __future__ import annotations

import random
import secrets
from collections.abc import Callable
from typing import Any

from audit.access import AuditStore
from audit.log.chain import next_entry
from audit.log.merkle_tree import Frontier
from audit.log.proving import Tip, commitment
from audit.records.canonical import canonical, parse
from audit.storage.schema import CACHES, queue
from audit.verify.queue_check import rebuild
from tests.drills.forger import Forger, Row
from tests.drills.mutations import Facts, Mutation

__all__ = ["rechain", "truncate"]

# Types of entries whose content is compared with no other table.
_WITHOUT_ROWS = ("backup", "log_viewed", "signed_in", "skip", "export", "retention")


def rechain(forger: Forger, facts: Facts, rng: random.Random) -> Mutation:
    """Change, or remove, an entry and hash everything after it anew, head included."""
    what = rng.choice(list(_CHANGES))
    _CHANGES[what](forger, facts, rng)
    _hash_anew(forger)
    return Mutation(f"re-chain: {what}", None, defined=False)


def truncate(forger: Forger, facts: Facts, rng: random.Random) -> Mutation:
    """Remove the last entries, so that the log ends as if it had never been longer."""
    last = max(seq for seq, kind in facts.types.items() if kind == "erasure")  # what was erased cannot be put back
    # Not between an entry and its signature: the entry that nobody signed would be the first bad one, not the missing one.
    size = rng.choice([one for one in range(last, facts.size) if facts.types[one + 1] != "signature"])
    accounts = {row["subject"] for row in forger.rows("log") if row["type"] == "account" and row["seq"] > size}
    accounts -= {row["subject"] for row in forger.rows("log") if row["type"] == "account" and row["seq"] <= size}
    gone = {row["decision_id"] for row in forger.rows("queue") if row["seq"] > size}
    drop: list[tuple[str, Callable[[Row], bool]]] = [
        ("leases", lambda row: row["decision_id"] in gone),
        *((table.name, lambda row: row["seq"] > size) for table in (*CACHES, queue)),
        ("credentials", lambda row: row["account_id"] in accounts),
        ("sessions", lambda row: row["seq"] > size),
        ("payloads", lambda row: row["seq"] > size),
        ("log", lambda row: row["seq"] > size),
    ]
    for table, goes in drop:
        for row in forger.rows(table):
            if goes(row):
                forger.delete(table, row)
    named = {row["sha256"] for row in forger.rows("decision_files")}
    for row in forger.rows("blobs"):
        if row["sha256"] not in named:
            forger.delete("blobs", row)
    _hash_anew(forger)
    return Mutation("truncate", size + 1)


def settle(store: AuditStore) -> None:
    """Make the queue again from what is left."""
    with store.database.write() as connection:
        rebuild(store.database, connection)


def _hash_anew(forger: Forger) -> None:
    payloads = {row["seq"]: row for row in forger.rows("payloads")}
    tree, tip, ts = Frontier(), None, ""
    for row in forger.rows("log"):
        sealed = payloads.get(row["seq"])
        p = row["commitment"] if sealed is None else commitment(bytes.fromhex(sealed["salt"]), sealed["payload"].encode())
        ts = row["ts"]
        entry = next_entry(tip, ts=ts, actor=row["actor"], type=row["type"], subject=row["subject"], commitment=p)
        if (entry.commitment, entry.prev, entry.hash) != (row["commitment"], row["prev"], row["hash"]):
            forger.update("log", row, commitment=entry.commitment, prev=entry.prev, hash=entry.hash)
        tree.append(bytes.fromhex(entry.hash))
        tip = Tip(entry.seq, entry.hash)
    assert tip is not None
    head = forger.rows("log_head")[0]
    forger.update("log_head", head, size=tree.size, last_hash=tip.hash, ts=ts, peaks=tree.peaks())


def _reseal(forger: Forger, seq: int, change: Callable[[dict[str, Any]], None]) -> None:
    row = next(row for row in forger.rows("payloads") if row["seq"] == seq)
    content = parse(row["payload"])
    change(content)
    forger.update("payloads", row, salt=secrets.token_hex(32), payload=canonical(content).decode())


def _event(forger: Forger, facts: Facts, rng: random.Random) -> None:
    seq = rng.choice([seq for seq, kind in facts.types.items() if kind in _WITHOUT_ROWS])
    _reseal(forger, seq, lambda content: content.update(forged=rng.random()))


def _verdict(forger: Forger, facts: Facts, rng: random.Random) -> None:
    """Rewrite a model's verdict in row and payload."""
    row = rng.choice(forger.rows("decisions"))
    forger.update("decisions", row, label=row["label"] + "!", score=row["score"] / 2 + 0.1)
    _reseal(forger, row["seq"], lambda content: content.update(label=row["label"] + "!", score=row["score"] / 2 + 0.1))


def _comment(forger: Forger, facts: Facts, rng: random.Random) -> None:
    """Rewrite a reviewer's comment and name in row and payload."""
    row = rng.choice(forger.rows("reviews"))
    forger.update("reviews", row, comment="never said", reviewer_name="Eve")
    _reseal(forger, row["seq"], lambda content: content.update(comment="never said", reviewer_name="Eve"))


def _who_and_when(forger: Forger, facts: Facts, rng: random.Random) -> None:
    row = rng.choice(forger.rows("log"))
    forger.update("log", row, **rng.choice(({"actor": "eve"}, {"ts": "2020-01-01T00:00:00.000Z"})))


def _removal(forger: Forger, facts: Facts, rng: random.Random) -> None:
    """Remove an event and number everything after it anew."""
    seq = rng.choice([seq for seq, kind in facts.types.items() if kind in _WITHOUT_ROWS and kind != "signed_in"])
    for table in ("payloads", "log"):
        forger.delete(table, next(row for row in forger.rows(table) if row["seq"] == seq))
    for row in forger.rows("log"):
        if row["type"] == "erasure":
            targets = [target["seq"] for target in parse(_payload(forger, row["seq"]))["targets"]]
            if max(targets) > seq:
                _reseal(forger, row["seq"], lambda content: _renumber(content, seq))
    columns = [("erased_entries", "target"), ("erased_entries", "seq"), ("erased_blobs", "seq")]
    columns += [(table, "seq") for table in ("log", "payloads", *(one.name for one in CACHES), "queue", "sessions")]
    for table, column in columns:
        for row in sorted(forger.rows(table), key=lambda row: row[column]):
            if row[column] > seq:
                forger.update(table, row, **{column: row[column] - 1})


def _payload(forger: Forger, seq: int) -> str:
    return str(next(row["payload"] for row in forger.rows("payloads") if row["seq"] == seq))


def _renumber(content: dict[str, Any], seq: int) -> None:
    for target in content["targets"]:
        target["seq"] -= target["seq"] > seq


_CHANGES: dict[str, Callable[[Forger, Facts, random.Random], None]] = {
    "another event": _event,
    "another decision": _verdict,
    "another review": _comment,
    "another actor or time": _who_and_when,
    "an event removed": _removal,
}
