"""Clocks that step by an hour or run backwards while several reviewers work.

    python -m tests.drills clock --json --rounds 2000

Each reviewer has a store of their own, as if on a server of their own, whose injected clock is set forward and back by an hour
or runs backwards for a while. After every action the drill checks that no place is held or filled twice, and that the entry
after a step notes it. At the end all reviewers leave, and others with correct clocks must finish all work. Where the library
faketime is installed, the same is done to the clock of a throw-away PostgreSQL server itself.
"""

from __future__ import annotations

import os
import random
import shutil
import tempfile
from argparse import Namespace
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import text

from audit import AuditStore, Denied, QueueState, Role, SignInFailed
from audit.records.clock import parse_moment
from audit.records.records import MAX_REVIEWERS
from tests.drills.common import Json, Place, admit, both_stores, opened, places, say
from tests.drills.operations import Actor, Refused
from tests.support.audit.team import come_back, set_policy
from tests.support.postgres import Server

PEOPLE = 5
LEASE = 30  # seconds
_HOUR = 3600.0
_DOUBLE = (
    "SELECT count(*) FROM queue q WHERE q.state = 'open' AND q.required - q.accepted < "
    "(SELECT count(*) FROM leases l WHERE l.decision_id = q.decision_id AND l.kind = 'review')",
    "SELECT count(*) FROM (SELECT decision_id FROM leases WHERE kind = 'adjudication' GROUP BY decision_id "
    "HAVING count(*) > 1) twice",
    "SELECT count(*) FROM (SELECT reviewer_id FROM reviews r WHERE verdict <> 'withdraw' AND kind = 'review' AND NOT EXISTS "
    "(SELECT 1 FROM reviews later WHERE later.supersedes = r.id) GROUP BY decision_id, reviewer_id HAVING count(*) > 1) twice",
)
_WORK = ("decide", "claim", "claim", "submit", "submit", "submit", "skip", "release", "renew", "amend", "withdraw")
_OTHER_WORK = ("adjudicate", "ask", "event", "erase", "control", "free")
_LIBRARY = ("/usr/lib/*/faketime/libfaketime.so.1", "/usr/lib*/faketime/libfaketime.so.1")

Move = Callable[[int, float], None]  # whose clock (-1: everybody's), by how many seconds


class _Clock:
    """This machine's clock, set wrong by so many seconds."""

    def __init__(self) -> None:
        self.wrong = 0.0

    def __call__(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self.wrong)


def drill(arguments: Namespace) -> Json:
    """Step injected clocks on every store, then a server's own clock."""
    kinds, not_tried = both_stores(arguments.database)
    stores: Json = {}
    for kind in kinds:
        with places(arguments.database, kind, durable=False) as place:
            stores[kind] = _injected(place, arguments)
    moved = _servers_own(arguments, kinds)
    return {
        "ok": all(store["ok"] for store in stores.values()) and moved.get("ok", True),
        "stores": stores,
        "server_clock": moved,
        "not_tried": not_tried,
    }


def _injected(place: Place, arguments: Namespace) -> Json:
    clocks = [_Clock() for _ in range(PEOPLE)]
    everybodys = _Clock()  # time goes by for all of them

    def reading(clock: _Clock) -> Callable[[], datetime]:
        return lambda: clock() + timedelta(seconds=everybodys.wrong)

    def move(who: int, seconds: float) -> None:
        (everybodys if who < 0 else clocks[who]).wrong += seconds

    url = place.copy()
    with ExitStack() as stack:
        stores = [stack.enter_context(opened(url, clock=reading(clock))) for clock in clocks]
        right = stack.enter_context(opened(url, clock=reading(_Clock())))
        found = _Drill(f"{place.kind}, injected clocks", stores, right, move, arguments).run(arguments.rounds)
    place.drop(url)
    return found


def _servers_own(arguments: Namespace, kinds: list[str]) -> Json:
    library = next((path for pattern in _LIBRARY for path in Path("/").glob(pattern[1:])), None)
    if arguments.database is not None or "postgresql" not in kinds:
        return {"moved": False, "why": "only the clock of a throw-away server may be moved, and there is none"}
    if library is None:
        return {"moved": False, "why": "the library faketime is not installed: the server's own clock was not moved"}
    with _faked_server(library) as (server, set_wrong), ExitStack() as stack:
        url = server.create()
        stores = [stack.enter_context(opened(url)) for _ in range(PEOPLE)]
        right = stack.enter_context(opened(url))
        wrong = [0.0]

        def move(who: int, seconds: float) -> None:
            wrong[0] += seconds
            set_wrong(wrong[0])

        drilled = _Drill("PostgreSQL's own clock", stores, right, move, arguments)
        return drilled.run(max(1, arguments.rounds // 4)) | {"moved": True}


@contextmanager
def _faked_server(library: Path) -> Iterator[tuple[Server, Callable[[float], None]]]:
    """Start a server whose processes read a clock that a file sets. Their monotonic clock, by which they wait, stays real."""
    folder = Path(tempfile.mkdtemp(prefix="sparsemix-"))
    offset = Path(tempfile.mkstemp(prefix="sparsemix-clock-")[1])
    offset.chmod(0o644)
    names = {"LD_PRELOAD": str(library), "FAKETIME_TIMESTAMP_FILE": str(offset), "FAKETIME_NO_CACHE": "1"}
    names |= {"FAKETIME_DONT_FAKE_MONOTONIC": "1"}

    def set_wrong(seconds: float) -> None:
        partial = offset.with_suffix(".partial")
        partial.write_text(f"{seconds:+.3f}")
        partial.chmod(0o644)
        partial.replace(offset)

    set_wrong(0)
    server = Server(folder, durable=False)
    before = {name: os.environ.get(name) for name in names}
    os.environ.update(names)
    try:
        server.start()
    finally:
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})
    try:
        yield server, set_wrong
    finally:
        set_wrong(0)
        server.stop("immediate")
        shutil.rmtree(folder, ignore_errors=True)
        offset.unlink()


def _undone(store: AuditStore) -> None:
    """Append an entry and roll it back: the step of the clock that it noted must be noted again by the next entry."""
    with suppress(InterruptedError), store.database.write() as connection:
        store.database.append(connection, actor="drill", type="undone", subject="", payload={})
        raise InterruptedError


class _Drill:
    def __init__(self, name: str, stores: list[AuditStore], right: AuditStore, move: Move, arguments: Namespace) -> None:
        self.name, self.right, self.move = name, right, move
        self.random = random.Random(f"{arguments.seed} {name}")  # noqa: S311 - a drill
        set_policy(right, lease_seconds=LEASE)
        self.actors = [Actor(s.access(admit(s, f"person-{i}", *Role)), self.random) for i, s in enumerate(stores)]
        self.ids = [actor.access.person.id for actor in self.actors]
        self.unnoted: set[int] = set()  # people whose clock stepped, and who have appended nothing since
        self.appended: set[int] = set()
        self.backwards = [0] * len(stores)  # actions for which a clock still runs backwards
        self.counts: Counter[str] = Counter()
        self.faults: list[str] = []

    def run(self, rounds: int) -> Json:
        for number in range(rounds):
            self._clocks()
            self._act(self.random.randrange(len(self.actors)))
            if number % 100 == 99:
                self._verify()
        stuck = self._finish()
        self._verify()
        disorder = self._order()
        say(f"{self.name}: {rounds} actions, {self.counts['steps']} steps, {len(self.faults)} faults, {stuck} stuck")
        return {
            "ok": not self.faults and not stuck and self.counts["steps noted"] > 0,
            "actions": rounds,
            "steps_of_an_hour": self.counts["steps"],
            "runs_backwards": self.counts["runs"],
            "entries_older_than_the_one_before": disorder["backwards"],
            "anomalies_recorded": disorder["anomalies"],
            "steps_noted_with_the_next_entry": self.counts["steps noted"],
            "steps_not_noted": self.counts["steps not noted"],
            "sessions_run_out_and_signed_in_again": self.counts["signed in again"],
            "refused": self.counts["refused"],
            "done": self.counts["done"],
            "held_or_filled_twice": self.counts["double"],
            "stuck": stuck,
            "faults": len(self.faults),
            "first_faults": self.faults[:5],
        }

    def _clocks(self) -> None:
        self.move(-1, self.random.uniform(0, 4))  # time goes by
        for who in range(len(self.actors)):
            if self.backwards[who]:
                self.backwards[who] -= 1
                self.move(who, -self.random.uniform(1.5, 8))
        drawn = self.random.random()
        who = self.random.randrange(len(self.actors))
        if drawn < 0.04:
            self.counts["steps"] += 1
            self.move(who, self.random.choice((_HOUR, -_HOUR)))
            self.unnoted.add(who)
        elif drawn < 0.05:
            self.counts["runs"] += 1
            self.backwards[who] = 10

    def _act(self, who: int) -> None:
        actor, size = self.actors[who], self.right.head().size
        try:
            if self.random.random() < 0.1:
                _undone(actor.store)
            done = actor.do(self.random.choice(_WORK if self.random.random() < 0.85 else _OTHER_WORK))
            self.counts["refused" if done is None else "done"] += 1
        except SignInFailed:
            self.counts["signed in again"] += 1
            actor.access = come_back(actor.store, self.ids[who])
        new = self.right.entries(after=size)
        if new and who in self.unnoted:
            self.unnoted.remove(who)
            if who in self.appended:
                noted = any(entry.type == "clock_anomaly" for entry in new)
                self.counts["steps noted" if noted else "steps not noted"] += 1
                if not noted:
                    self.faults.append(f"entry {new[0].seq} came after a step of its clock, and nothing says so")
        if new:
            self.appended.add(who)
        with self.right.database.read() as connection:
            double = sum(connection.execute(text(query)).scalar_one() for query in _DOUBLE)
        if double:
            self.counts["double"] += double
            self.faults.append(f"a place is held or filled twice at entry {size}")

    def _verify(self) -> None:
        report = self.right.verify()
        if not report.ok:
            self.faults.append(str(report.problem_text))

    def _order(self) -> Counter[str]:
        """Count the entries that are older than the one before, each of which must be a noted anomaly, and all anomalies."""
        found: Counter[str] = Counter()
        size = self.right.head().size
        before = None
        for entry in (entry for start in range(0, size, 1000) for entry in self.right.entries(after=start)):
            found["anomalies"] += entry.type == "clock_anomaly"
            if before is not None and (parse_moment(entry.ts) - parse_moment(before.ts)).total_seconds() < -1:
                found["backwards"] += 1
                if entry.type != "clock_anomaly":
                    self.faults.append(f"entry {entry.seq} is older than the one before, and nothing says so")
            before = entry
        return found

    def _finish(self) -> int:
        """Let others, as many as any decision can need, finish the work while the first people keep what they hold; return how
        many decisions stay open."""
        others = [
            Actor(self.right.access(admit(self.right, f"late-{i}", Role.REVIEWER)), self.random) for i in range(MAX_REVIEWERS)
        ]
        idle = 0
        while self.right.count_decisions(state=QueueState.OPEN) and idle < 3:
            idle += 1
            for actor in others:
                with suppress(*Refused, Denied):
                    while (claim := actor.access.queue.claim()) is not None:
                        actor.access.queue.submit(claim, actor.judgement(claim.decision_id))
                        idle = 0
            self.move(-1, LEASE + 1)
        return self.right.count_decisions(state=QueueState.OPEN)
