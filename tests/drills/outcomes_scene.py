"""A copy of a record on which the drill `outcomes` makes a sequence of moves, and how an entry is written into it.

An entry is written as the program writes it: with its signature, its content and its rows in caches.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Connection, func, select
from sqlalchemy.exc import DBAPIError

from audit import AuditError, AuditStore, gate
from audit.log.chain import Tip
from audit.log.entries import SealedContent, seal
from audit.log.merkle_tree import frontier_of
from audit.log.signatures import meaning_of, sign
from audit.records.payload import decision_from_payload
from audit.records.records import LogEntry
from audit.review.judgements import queue_row, refresh
from audit.storage import caches
from audit.storage.schema import log, log_head, payloads, queue
from tests.drills.outcomes_records import Record, Session

Json = dict[str, Any]


class Scene:
    """A copy of a record on which a sequence of moves is made, with a gate that runs all the while.

    ``focus``: what the sequence is about; ``attacker``: who also writes to the database.
    """

    def __init__(self, made: Record, url: str, focus: str, attacker: str) -> None:
        self.record, self.url = made, url
        self.focus = made.decisions.get(focus, "")
        self.lot = focus if focus in made.lots else ""
        if self.lot:
            self.focus = made.decisions["allowed"]
        self.attacker = made.people[attacker]
        self.others = [member for name, member in made.people.items() if name != attacker]
        self.running = Session(made, url)
        # What the gate is asked about: besides, what is released and what is rejected by people.
        self.ids = list(dict.fromkeys((self.focus, *(made.decisions[name] for name in ("allowed", "approved", "rejected")))))
        self.forged: list[str] = []  # session tokens that nobody got by signing in
        self.real: list[str] = []
        self.held: list[tuple[LogEntry, SealedContent, Mapping[str, Any]]] = []  # entries whose content is still to come
        self.last = 0  # number of the newest forged entry
        self.spoilt = False  # one thing is wrong already: what follows is most often as it should be
        self.as_read: list[Json] = []  # what the running gate had read before somebody changed it
        self.gone = False  # what the running gate had read was taken away
        self.ask()

    def ask(self) -> frozenset[str]:
        """Let the running gate answer for every decision; return the ids of those that it releases."""
        return released(self.running.store, self.ids)

    def restart(self) -> None:
        """Stop the running gate, and start another."""
        self.close()
        self.as_read = []
        self.running = Session(self.record, self.url)
        self.ask()

    def close(self) -> None:
        """Stop the running gate."""
        with suppress(AuditError):  # what it still had to note
            self.running.close()

    @property
    def now(self) -> str:
        """The time at which entries are made."""
        return self.record.clock.text

    def size(self) -> int:
        """Return how many entries there are."""
        with self.running.store.database.read() as connection:
            return int(connection.scalar(select(func.count()).select_from(log)) or 0)

    def entries(self) -> list[Json]:
        """Return all entries as the database has them, contents included."""
        found = select(log, payloads.c.salt, payloads.c.payload).outerjoin(payloads, payloads.c.seq == log.c.seq)
        with self.running.store.database.read() as connection:
            return [dict(row) for row in connection.execute(found.order_by(log.c.seq)).mappings()]

    def entries_as_read(self) -> list[Json]:
        """Return all entries as the running gate read them."""
        merged = {one["seq"]: one for one in (*self.entries(), *self.as_read)}
        return [merged[seq] for seq in sorted(merged)]

    def about(self, subject: str, kind: str) -> list[tuple[LogEntry, Json]]:
        """Return the entries of a kind about a subject, with their contents."""
        names = [column.name for column in log.columns]
        return [
            (LogEntry(*(one[name] for name in names)), json.loads(one["payload"]))
            for one in self.entries()
            if (one["subject"], one["type"]) == (subject, kind) and one["payload"] is not None
        ]

    def words(self) -> list[Json]:
        """Return the contents of the words on the focus, oldest first."""
        return [content for _, content in self.about(self.focus, "review")]

    def current(self, by: str, kind: str) -> Json | None:
        """Return a person's current word on the focus; None without one."""
        own = [word for word in self.words() if (word.get("reviewer_id"), word.get("kind")) == (by, kind)]
        return own[-1] if own and own[-1].get("verdict") != "withdraw" else None

    def word_id(self, r: random.Random) -> str | None:
        """Return the id of a word on the focus, most often the last of another person."""
        words = self.words()
        other = [word["id"] for word in words if word.get("reviewer_id") != self.attacker.id]
        if other and r.random() < 0.7:
            return str(other[-1])
        return str(r.choice(words)["id"]) if words else None

    def decided(self) -> str | None:
        """Return the hash of the entry that decided the focus."""
        entries = self.about(self.focus, "decision")
        return entries[0][0].hash if entries else None

    def put(
        self,
        actor: str,
        kind: str,
        subject: str,
        content: Mapping[str, Any],
        *,
        ts: str | None = None,
        signature: Mapping[str, Any] | None = None,
        signer: str | None = None,
        key: Ed25519PrivateKey | None = None,
        hold: bool = False,
    ) -> None:
        """Write an entry, its rows in caches, and its signature by ``key``; ``signature``: fields of it that are others.

        ``hold``: its content comes later.
        """
        with self.running.store.database.write() as connection:
            connection.execution_options(appended=True)
            entry, sealed = self._next(connection, actor, kind, subject, content, ts)
            self._store(connection, entry, None if hold else sealed, content)
            self.last = entry.seq
            if key is not None:
                fields: Json = {"hash": entry.hash, "meaning": _meaning(kind, content)}
                if kind == "review":
                    fields |= {"shown": content.get("shown_sha256"), "decision": self.decided()}
                made = sign(key, **(fields | (signature or {})))
                follows, opened = self._next(connection, signer or actor, "signature", entry.hash, made, ts)
                self._store(connection, follows, opened, made)
        if hold:
            self.held.append((entry, sealed, content))

    def _next(
        self, connection: Connection, actor: str, kind: str, subject: str, content: Mapping[str, Any], ts: str | None
    ) -> tuple[LogEntry, SealedContent]:
        head = connection.execute(select(log.c.seq, log.c.hash).order_by(log.c.seq.desc()).limit(1)).one()
        return seal(Tip(*head), ts=ts or self.now, actor=actor, type=kind, subject=subject, payload=content)

    def _store(self, connection: Connection, entry: LogEntry, sealed: SealedContent | None, content: Mapping[str, Any]) -> None:
        head = connection.execute(select(log_head)).mappings().one()
        tree = frontier_of(head["size"], head["peaks"])
        tree.append(bytes.fromhex(entry.hash))
        connection.execute(log.insert(), asdict(entry))
        connection.execute(log_head.update().values(size=tree.size, last_hash=entry.hash, ts=entry.ts, peaks=tree.peaks()))
        if sealed is not None:
            self.deliver(connection, entry, sealed, content)

    def deliver(self, connection: Connection, entry: LogEntry, sealed: SealedContent, content: Mapping[str, Any]) -> None:
        """Write the content of an entry, and put the caches in order."""
        connection.execution_options(appended=True)
        connection.execute(payloads.insert(), {"seq": entry.seq, **sealed._asdict()})
        with suppress(AuditError, KeyError, TypeError, AttributeError, ValueError, DBAPIError), connection.begin_nested():
            if entry.type == "decision":
                connection.execute(queue.insert(), queue_row(decision_from_payload(content), entry.seq))
            caches.keep(connection, [(entry.type, entry.subject, entry.seq, content)])
        with suppress(AuditError, KeyError, TypeError, AttributeError, ValueError, DBAPIError), connection.begin_nested():
            if entry.type in ("review", "review_requested"):
                refresh(connection, entry.subject)


def released(store: AuditStore, ids: list[str]) -> frozenset[str]:
    """Return which of these decisions the gate of a store releases."""
    return frozenset(id for id in ids if gate(store, id))


def _meaning(kind: str, content: Mapping[str, Any]) -> str:
    try:
        return meaning_of(kind, content)
    except KeyError:
        return "The program did this."


Move = Callable[[Scene, random.Random], None]
"""What somebody does: it changes the record of a scene."""
