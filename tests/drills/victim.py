"""A process that works on a record until it is killed: by itself at a named point, or by another process.

A named point is the n-th time that a statement of one kind touches one table, before or after it, or that a transaction
commits. The points use SQLAlchemy's events, in this process only: the product code has none of them.

Each line on the pipe is written in one piece: "ready", then for every operation its start and its acknowledgement.
"""

from __future__ import annotations

import json
import os
import random
import re
import signal
import time
from typing import Any, NamedTuple

from sqlalchemy import Engine, event

from audit import AuditStore, StoreUnavailable
from tests.drills.operations import OPERATIONS, Actor, Outcome

__all__ = ["ACKNOWLEDGING", "POINTS", "Point", "work"]

# Table -> statements that touch it, and the operations in which they do.
_TOUCHED: dict[str, dict[str, str]] = {
    "log": {"INSERT": ""},
    "payloads": {"INSERT": "", "DELETE": "erase"},
    "log_head": {"UPDATE": ""},
    "decisions": {"INSERT": "decide", "DELETE": "erase"},
    "blobs": {"INSERT": "decide", "DELETE": "erase"},
    "decision_files": {"INSERT": "decide", "DELETE": "erase"},
    "queue": {"INSERT": "decide", "UPDATE": "submit claim skip", "DELETE": "erase"},
    "leases": {"INSERT": "claim submit", "UPDATE": "claim renew", "DELETE": "submit release"},
    "skips": {"INSERT": "skip", "DELETE": "skip erase"},
    "reviews": {"INSERT": "submit amend", "DELETE": "erase submit"},
    "doubted_pairs": {"INSERT": "submit amend", "DELETE": "erase submit"},
    "controls": {"INSERT": "control submit", "DELETE": "erase submit"},
    "erased_entries": {"INSERT": "erase"},
    "erased_blobs": {"INSERT": "erase"},
    "credentials": {"INSERT": "account", "DELETE": "erase_account"},
    "sessions": {"UPDATE": "erase_account", "DELETE": "erase_account"},
}
_STATEMENT = re.compile(r"\s*(INSERT INTO|UPDATE|DELETE FROM)\s+(\w+)")
ACKNOWLEDGING = "after commit, before it is acknowledged"
_COMMIT = ("before commit", "after commit", ACKNOWLEDGING)


class Point(NamedTuple):
    """The point to die at, the `hit`-th time; `leading` names the operations that reach it."""

    name: str
    hit: int
    leading: tuple[str, ...] = ()


POINTS: dict[str, tuple[str, ...]] = {
    f"{when} {verb} {table}": tuple(leading.split())
    for table, verbs in _TOUCHED.items()
    for verb, leading in verbs.items()
    for when in ("before", "after")
} | dict.fromkeys(_COMMIT, ())


def work(url: str, token: str, seed: int, point: Point | None, pipe: int) -> None:
    """Do operations without end; with a point, mostly those that lead to it."""
    rng = random.Random(seed)  # noqa: S311 - a drill
    store = AuditStore(url)
    dying = _Dying(point)

    def tell(*said: Any) -> None:
        os.write(pipe, (json.dumps(said) + "\n").encode())

    def begin(name: str, ids: list[str]) -> None:
        tell("begin", name, ids)

    actor = Actor(store.access(token), rng, begin)
    actor.claim = next(iter(actor.access.queue.claims()), None)
    tell("ready", actor.access.person.id)
    dying.watch(store)
    while True:
        leading = point.leading if point is not None and rng.random() < 0.7 else ()
        name = rng.choice(leading) if leading else rng.choices(list(OPERATIONS), list(OPERATIONS.values()))[0]
        before = dying.commits
        try:
            done = actor.do(name)
        except StoreUnavailable as error:  # the server was stopped, or something is wrong
            tell("unavailable", str(error))
            signal.pause()
            return
        if dying.commits > before:
            dying.at(ACKNOWLEDGING)
        tell(*_acknowledged(done))


def _acknowledged(done: Outcome | None) -> tuple[Any, ...]:
    if done is None:
        return ("refused",)
    claim = done.claim and [done.claim.decision_id, done.claim.token]
    return ("done", [[entry.seq, entry.hash] for entry in done.entries], claim)


class _Dying:
    """Ends this process when it has reached its point often enough, as a power loss would; counts commits, too."""

    def __init__(self, point: Point | None) -> None:
        self._point = point
        self._left = point.hit if point else 0
        self._wrote = False
        self.commits = 0

    def at(self, name: str) -> None:
        """Note that the process has reached this point."""
        if self._point is not None and name == self._point.name:
            self._left -= 1
            if self._left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
                time.sleep(60)  # the signal is on its way

    def watch(self, store: AuditStore) -> None:
        """Attach the points to this process's engines."""
        event.listen(Engine, "before_cursor_execute", lambda *args: self._statement("before", args[2]))
        event.listen(Engine, "after_cursor_execute", lambda *args: self._statement("after", args[2]))
        event.listen(Engine, "commit", lambda *_: self._committing())
        event.listen(Engine, "rollback", lambda *_: self._forget())
        with store.database.read() as connection:
            dialect = connection.dialect
        commit = dialect.do_commit

        def do_commit(dbapi_connection: Any) -> None:
            commit(dbapi_connection)
            if self._wrote:
                self._forget()
                self.commits += 1
                self.at("after commit")

        dialect.do_commit = do_commit  # type: ignore[method-assign]

    def _committing(self) -> None:
        if self._wrote:
            self.at("before commit")

    def _forget(self) -> None:
        self._wrote = False

    def _statement(self, when: str, statement: str) -> None:
        found = _STATEMENT.match(statement)
        if found is not None:
            self._wrote = True
            self.at(f"{when} {found[1].partition(' ')[0]} {found[2]}")
