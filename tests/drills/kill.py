"""Processes that die while they write: no acknowledged entry may be lost, no half-written one may stay.

    python -m tests.drills kill --json --rounds 1000

Two processes at a time work on one record and are killed with SIGKILL, one at a named point (see `tests.drills.victim`), one
at a random moment. After each time a fresh store is opened and written to, which is timed, and the record is judged:

- every acknowledged entry exists, under its number and with its hash; every acknowledged claim is held, unless the operation
  at the kill, an erasure or a lead took it;
- the operation at the kill is stored completely or not at all: `verify` passes, and so do counts and joins that do not use it;
- several decisions of one batch are all there or none.

On a throw-away PostgreSQL server, the server itself is stopped without a checkpoint every now and then, too.
"""

from __future__ import annotations

import json
import os
import random
import signal
import time
from argparse import Namespace
from collections import Counter
from dataclasses import dataclass, field
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from typing import Any

from sqlalchemy import Connection, text

from audit import AuditError, Role
from tests.drills.common import Json, Place, admit, each, figures, opened, say
from tests.drills.victim import POINTS, Point, work

SPAN = 24  # kills on one record: verifying it takes longer each time
LONGEST = 4.0  # seconds until a process that did not reach its point is killed
RECOVERY = 2.0  # seconds within which a record must serve again
PEOPLE = 4
_fork = get_context("fork")  # from a parent that has imported everything already

# Each must be 0, computed without `verify`.
_WHOLE = {
    "gaps in the log": "SELECT max(seq) - count(*) FROM log",
    "head and log apart": "SELECT (SELECT size FROM log_head) - (SELECT count(*) FROM log)",
    "content without entry": "SELECT count(*) FROM payloads WHERE seq NOT IN (SELECT seq FROM log)",
    "entry without content": "SELECT count(*) FROM log WHERE seq NOT IN (SELECT seq FROM payloads) "
    "AND seq NOT IN (SELECT target FROM erased_entries)",
    "decision without entry": "SELECT count(*) FROM decisions WHERE seq NOT IN (SELECT seq FROM log WHERE type = 'decision')",
    "entry without decision": "SELECT count(*) FROM log WHERE type = 'decision' AND seq NOT IN (SELECT seq FROM decisions) "
    "AND seq NOT IN (SELECT target FROM erased_entries)",
    "review without entry": "SELECT count(*) FROM reviews WHERE seq NOT IN (SELECT seq FROM log WHERE type = 'review')",
    "entry without review": "SELECT count(*) FROM log WHERE type = 'review' AND seq NOT IN (SELECT seq FROM reviews) "
    "AND seq NOT IN (SELECT target FROM erased_entries)",
    "named file without decision": "SELECT count(*) FROM decision_files WHERE seq NOT IN (SELECT seq FROM decisions)",
    "pair without review": "SELECT count(*) FROM doubted_pairs WHERE seq NOT IN (SELECT seq FROM reviews)",
    "decision without file": "SELECT count(*) FROM decision_files WHERE sha256 NOT IN (SELECT sha256 FROM blobs)",
    "queue and decisions apart": "SELECT (SELECT count(*) FROM queue) - (SELECT count(*) FROM decisions)",
    "claim without decision": "SELECT count(*) FROM leases WHERE decision_id NOT IN (SELECT decision_id FROM queue)",
    "account without credential": "SELECT count(DISTINCT subject) - (SELECT count(*) FROM credentials) FROM log "
    "WHERE type = 'person' AND seq NOT IN (SELECT target FROM erased_entries)",
}


@dataclass
class _Victim:
    """A process and its output."""

    process: BaseProcess
    pipe: int
    point: Point | None
    said: bytes = b""

    def read(self, *, until_ready: bool = False) -> None:
        """Read the whole output of the process, or up to its first line."""
        while not (until_ready and b"\n" in self.said) and (more := os.read(self.pipe, 65536)):
            self.said += more

    def lines(self) -> list[list[Any]]:
        """Return the complete lines of the process; a line that the kill cut off does not count."""
        return [json.loads(line) for line in self.said.split(b"\n")[:-1]]


@dataclass
class _Record:
    """A record, and what was acknowledged to the processes on it."""

    url: str
    tokens: list[str]
    entries: dict[int, str] = field(default_factory=dict)
    claims: dict[str, list[str] | None] = field(default_factory=dict)  # by person
    batches: list[list[str]] = field(default_factory=list)  # under way at a kill
    broken: bool = False


def drill(arguments: Namespace) -> Json:
    """Kill `--rounds` processes in each store."""
    return each(arguments, lambda place: _Drill(place, arguments.seed).run(arguments.rounds))


class _Drill:
    def __init__(self, place: Place, seed: int) -> None:
        self.place, self.random = place, random.Random(f"{seed} {place.kind}")  # noqa: S311 - a drill
        self.kills: Counter[str] = Counter()
        self.acknowledged: Counter[str] = Counter()
        self.under_way: Counter[str] = Counter()
        self.lost: list[str] = []
        self.half_written: list[str] = []
        self.faults: list[str] = []
        self.recoveries: list[float] = []
        self.crashes = 0
        self.points = list(POINTS)

    def run(self, rounds: int) -> Json:
        killed = 0
        while killed < rounds:
            record = self._record()
            here = 0
            while here < SPAN and killed + here < rounds and not record.broken:
                here += self._round(
                    record, crash=self.place.server is not None and here + 2 >= SPAN and killed % (4 * SPAN) == 0
                )
            killed += here
            self.place.drop(record.url)
            say(f"{self.place.kind}: {killed} kills, {len(self.lost)} lost, {len(self.half_written)} half-written")
        named = {name: self.kills[name] for name in POINTS}
        slow = [seconds for seconds in self.recoveries if seconds >= RECOVERY]
        ok = not (self.lost or self.half_written or self.faults or slow)
        return {
            "ok": ok,
            "kills": killed,
            "at_random": self.kills["random"],
            "at_named_points": sum(named.values()),
            "named_points": named,
            "points_never_reached": [name for name, count in named.items() if not count],
            "server_crashes": self.crashes,
            "acknowledged": dict(self.acknowledged),
            "under_way_at_kill": dict(self.under_way),
            "acknowledged_lost": len(self.lost),
            "half_written": len(self.half_written),
            "other_faults": len(self.faults),
            "first_faults": [*self.lost, *self.half_written, *self.faults][:5],
            "recovery": figures(self.recoveries),
            "recovery_limit_s": RECOVERY,
        }

    def _record(self) -> _Record:
        url = self.place.copy()
        with opened(url) as store:
            return _Record(url, [admit(store, f"person-{i}", *Role) for i in range(PEOPLE)])

    def _round(self, record: _Record, *, crash: bool) -> int:
        if not self.points:
            self.points = list(POINTS)
        name = self.points.pop(self.random.randrange(len(self.points)))  # each as often as any other
        # A point of every operation would otherwise always be met in the first one.
        point = Point(name, self.random.randint(1, 2 if POINTS[name] else 12), POINTS[name])
        tokens = self.random.sample(record.tokens, 2)
        victims = [self._start(record, tokens[0], point), self._start(record, tokens[1], None)]
        for victim in victims:
            victim.read(until_ready=True)
        victims[1].process.join(self.random.uniform(0.0, 0.3))
        server = self.place.server
        if crash and server is not None:
            server.stop("immediate")
            server.start()
            self.crashes += 1
        _kill(victims[1])
        victims[0].process.join(LONGEST)
        self.kills["random" if _kill(victims[0]) else name] += 1
        self.kills["random"] += 1
        for victim in victims:
            victim.read()
            os.close(victim.pipe)
        self._judge(record, victims, crash)
        return len(victims)

    def _start(self, record: _Record, token: str, point: Point | None) -> _Victim:
        reading, writing = os.pipe()
        seed = self.random.randrange(2**32)
        process = _fork.Process(target=work, args=(record.url, token, seed, point, writing), daemon=True)
        process.start()
        os.close(writing)
        return _Victim(process, reading, point)

    def _judge(self, record: _Record, victims: list[_Victim], crash: bool) -> None:
        for victim in victims:
            if victim.process.exitcode != -signal.SIGKILL:
                self.faults.append(f"a process ended by an error instead of the kill at {victim.point}")
        busy = {self._listen(record, victim, crash) for victim in victims}
        begun = time.monotonic()
        try:
            self._recover(record, busy, begun)
        except AuditError as error:
            self.faults.append(f"no recovery after {[victim.point for victim in victims]}: {error}")
            record.broken = True

    def _recover(self, record: _Record, busy: set[str | None], begun: float) -> None:
        with opened(record.url) as store:
            entry = store.record_event("drill", "recovered", "", {})
            self.recoveries.append(time.monotonic() - begun)
            record.entries[entry.seq] = entry.hash
            with store.database.read() as connection:
                self._compare(connection, record, busy)
            report = store.verify()
        if not report.ok:
            self.half_written.append(str(report.problem_text))
            record.broken = True

    def _listen(self, record: _Record, victim: _Victim, crash: bool) -> str | None:
        """Note what was acknowledged; return the person who was in the middle of something."""
        lines = victim.lines()
        if not lines:
            self.faults.append(f"a process could not start to work at {victim.point}")
            return None
        person, under_way = str(lines[0][1]), None
        for line in lines[1:]:
            if line[0] == "begin":
                under_way = line
                continue
            if line[0] == "unavailable":
                if not crash:
                    self.faults.append(str(line[1]))
                continue
            if line[0] == "done":
                self.acknowledged[under_way[1] if under_way else "nothing to do"] += 1
                record.entries |= dict(line[1])
                record.claims[person] = line[2]
            elif under_way is not None:
                self.acknowledged["refused"] += 1
            under_way = None
        if under_way is None:
            return None
        self.under_way[under_way[1]] += 1
        if under_way[2]:
            record.batches.append(under_way[2])
        return person

    def _compare(self, connection: Connection, record: _Record, busy: set[str | None]) -> None:
        for what, query in _WHOLE.items():
            if connection.execute(text(query)).scalar():
                self.half_written.append(what)
        stored: dict[int, str] = dict(connection.execute(text("SELECT seq, hash FROM log")).tuples().all())
        self.lost += [f"entry {seq}" for seq, hashed in record.entries.items() if stored.get(seq) != hashed]
        there = {id for (id,) in connection.execute(text("SELECT subject FROM log WHERE type = 'decision'"))}
        self.half_written += [f"part of a batch: {ids}" for ids in record.batches if 0 < len(there & set(ids)) < len(ids)]
        record.batches.clear()
        held = {(id, token) for id, token in connection.execute(text("SELECT decision_id, token FROM leases"))}
        taken = {id for (id,) in connection.execute(text("SELECT subject FROM log WHERE type IN ('erasure', 'claim_freed')"))}
        for person, claim in record.claims.items():
            if person not in busy and claim is not None and tuple(claim) not in held and claim[0] not in taken:
                self.lost.append(f"the claim of {person} on {claim[0]}")
        # From here on the claims are what is held: what was under way at the kill is known now.
        now = connection.execute(text("SELECT actor, decision_id, token FROM leases")).all()
        record.claims = {actor: [id, token] for actor, id, token in now}


def _kill(victim: _Victim) -> bool:
    """Kill a process unless it died by its own hand."""
    alive = victim.process.is_alive()
    victim.process.kill()
    victim.process.join()
    return alive
