"""A full disk: a failed operation leaves nothing behind and says why, and the gate of a held decision stays closed.

    python -m tests.drills disk --json --rounds 40

The record lies on a small file system in memory (tmpfs), PostgreSQL's with the whole cluster; ballast fills it up to a random
rest, and people work until it is full. When PostgreSQL itself stops for lack of space, it has to answer again once there is
space, with everything that it acknowledged. Where mounting is not permitted, SQLite runs in a process whose files may not
grow (RLIMIT_FSIZE), and PostgreSQL is not tried.
"""

from __future__ import annotations

import random
import time
from argparse import Namespace
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg

from audit import Access, AuditStore, Claim, Gate, Head, Judgement, Role, StoreUnavailable, Verdict, gate, utc_now
from audit.storage.database import sqlite_path
from audit.storage.schema import sessions
from tests.drills.common import MISSING, Json, admit, figures, opened, say
from tests.drills.operations import Actor
from tests.drills.small_disk import Ballast, Limit, tmpfs
from tests.support.audit.builders import blobs_of, decision, sha
from tests.support.audit.team import add
from tests.support.postgres import Server, programs

_MIB = 1024 * 1024
_SIZES = {"sqlite": 24 * _MIB, "postgresql": 288 * _MIB}
# Largest rests: one of them is drawn, then a rest up to it. PostgreSQL also runs out while it writes a new segment of its log,
# 16 MiB.
_RESTS = {"sqlite": (0, 8192, 65_536, 400_000), "postgresql": (0, 8192, 262_144, 12 * _MIB, 24 * _MIB)}
_LARGEST = {"sqlite": 100_000, "postgresql": _MIB}
# What somebody else does meanwhile, and what leaves the first decision alone.
_WORK = ("decide", "decide", "decide_many", "claim", "submit", "submit", "skip", "release", "policy", "event", "account")
_WHY = ("the disk is full, nothing was stored", "the disk refused to write, nothing was stored")
_DOWN = ("the server does not answer",)


def drill(arguments: Namespace) -> Json:
    """Fill `--rounds` disks for each store."""
    if arguments.database is not None and sqlite_path(arguments.database) is None:
        return {"ok": False, "stores": {}, "not_tried": {"postgresql": "the disk of somebody else's server is not filled up"}}
    stores: Json = {}
    not_tried: Json = {}
    for kind in ("sqlite", "postgresql")[: 1 if arguments.database is not None else 2]:
        if kind == "postgresql" and programs() is None:
            not_tried[kind] = MISSING
            continue
        begun = time.monotonic()
        try:
            stores[kind] = _on_tmpfs(kind, arguments)
        except PermissionError as error:
            reason = f"no file system can be mounted here ({error})"
            if kind == "postgresql":
                not_tried[kind] = reason
                continue
            stores[kind] = _limited(arguments) | {"disk": f"RLIMIT_FSIZE of a process: {reason}"}
        stores[kind]["seconds"] = round(time.monotonic() - begun, 1)
    return {"ok": bool(stores) and all(store["ok"] for store in stores.values()), "stores": stores, "not_tried": not_tried}


def _on_tmpfs(kind: str, arguments: Namespace) -> Json:
    if arguments.no_mount:
        raise PermissionError("asked not to")
    with tmpfs(_SIZES[kind]) as folder:
        drilled = _Drill(kind, arguments.seed, Ballast(folder))
        found = (drilled.on_postgres if kind == "postgresql" else drilled.on_sqlite)(folder, arguments.rounds)
    return found | {"disk": f"tmpfs of {_SIZES[kind] // _MIB} MiB"}


def _limited(arguments: Namespace) -> Json:
    """Run SQLite in a process of its own, because the limit is on all its files."""
    with TemporaryDirectory(prefix="sparsemix-") as folder, ProcessPoolExecutor(1, get_context("fork")) as pool:
        return pool.submit(_in_process, Path(folder), arguments.seed, arguments.rounds).result()


def _in_process(folder: Path, seed: int, rounds: int) -> Json:
    return _Drill("sqlite", seed, Limit(folder / "audit.db")).on_sqlite(folder, rounds)


class _Drill:
    def __init__(self, kind: str, seed: int, ballast: Ballast | Limit) -> None:
        self.kind, self.random, self.ballast = kind, random.Random(f"{seed} {kind}"), ballast  # noqa: S311 - a drill
        self.counts: Counter[str] = Counter()
        self.messages: Counter[str] = Counter()
        self.faults: list[str] = []
        self.recoveries: list[float] = []
        self.server: Server | None = None

    def on_sqlite(self, folder: Path, rounds: int) -> Json:
        """Run with the record and its journal on the small disk."""
        return self._run(str(folder / "audit.db"), rounds)

    def on_postgres(self, folder: Path, rounds: int) -> Json:
        """Run with the cluster and its log on the small disk."""
        self.server = Server(folder / "cluster")
        with (self.server.data / "postgresql.conf").open("a", encoding="utf-8") as settings:
            settings.write("min_wal_size = 32MB\nmax_wal_size = 48MB\nshared_buffers = 16MB\nrestart_after_crash = on\n")
        self.server.start()
        try:
            return self._run(self.server.create(), rounds)
        finally:
            self.ballast.drop()
            with suppress(RuntimeError):
                self.server.stop("immediate")

    def _run(self, url: str, rounds: int) -> Json:
        with opened(url) as store:
            self.token, self.other = admit(store, "aiko", *Role), admit(store, "ben", *Role)
        for number in range(rounds):
            self._round(url)
            if number % 10 == 9:
                say(f"{self.kind}: {number + 1} full disks, {len(self.faults)} faults")
        never = [name for name in ("full",) if not self.counts[name]]
        return {
            "ok": not self.faults and not never,
            "rounds": rounds,
            "operations_refused_for_want_of_space": self.counts["full"],
            "operations_while_the_server_was_down": self.counts["down"],
            "server_started_again": self.counts["started"],
            "reviews_refused_and_gate_closed": self.counts["submit refused"],
            "gate_asked": self.counts["gate"],
            "operations_done": self.counts["done"],
            "messages": dict(self.messages),
            "faults": len(self.faults),
            "first_faults": self.faults[:5],
            "serves_again_after": figures(self.recoveries),
        }

    def _round(self, url: str) -> None:
        """Claim a held decision; fill the disk; try to release the decision and to do other work; then free the space."""
        with opened(url) as store:
            access = store.access(self.token)
            held = decision(gate=Gate.HELD)
            add(store, held, blobs_of())
            for claim in access.queue.claims():
                access.queue.release(claim)
            claim, approval = access.queue.claim_decision(held.id), _approval(access, held.id)
            with store.database.write() as connection:  # so that noting its use is due, too
                connection.execute(sessions.update().values(seen_at=sessions.c.created_at))
            actor = Actor(store.access(self.other), self.random)
            actor.claim = next(iter(actor.access.queue.claims()), None)
            self._gate(store, held.id, False)
            self.ballast.leave(self.random.randrange(self.random.choice(_RESTS[self.kind]) + 1))
            if self.server is not None and self.random.random() < 0.3:
                self._use_up_its_log(self.server)
            head = self._head(store)
            submitted = self._try(lambda: access.queue.submit(claim, approval))
            if submitted is False:
                self.counts["submit refused"] += 1
            self._gate(store, held.id, submitted is True)
            full = submitted is False
            for _ in range(400):
                before = self._head(store)
                done = self._try(lambda: self._work(actor))
                if done is False:
                    full = True
                    after = self._head(store)
                    if before is not None and after is not None and before != after:
                        self.faults.append(f"the log went from {before.size} to {after.size} entries although it was refused")
                    break
            if not full:
                self.faults.append("the disk did not become full")
            self._gate(store, held.id, submitted is True)
        self.ballast.drop()
        self._afterwards(url, held.id, claim, submitted is True, head.size if head is not None else 0)

    def _use_up_its_log(self, server: Server) -> None:
        """Have PostgreSQL need the next file of its write-ahead log, without which it cannot go on at all."""
        with suppress(psycopg.Error), psycopg.connect(server.url(), autocommit=True) as connection:
            for _ in range(8):
                connection.execute("SELECT pg_logical_emit_message(false, 'drill', repeat('x', 100000))")
                connection.execute("SELECT pg_switch_wal()")

    def _work(self, actor: Actor) -> object:
        """Do something small, or record an upload that takes much space at once."""
        if self.random.random() < 0.7:
            return actor.do(self.random.choice(_WORK))
        upload = self.random.randbytes(self.random.randrange(_LARGEST[self.kind]))
        return add(actor.store, decision(input_sha256=sha(upload), selections=()), {sha(upload): upload})

    def _try(self, act: Callable[[], object]) -> bool | None:
        """Return True when the action was done, False without space or without the server, None when refused otherwise."""
        try:
            done = act() is not None
        except StoreUnavailable as error:
            text = str(error).partition(": ")[2]
            down = any(sign in text for sign in _DOWN) and self.server is not None
            self.counts["down" if down else "full"] += 1
            self.messages[text] += 1
            if not down and not any(why in text for why in _WHY):
                self.faults.append(f"an error that does not say what is wrong: {error}")
            return False
        self.counts["done"] += done
        return True if done else None

    def _head(self, store: AuditStore) -> Head | None:
        try:
            return store.head()
        except StoreUnavailable:
            return None

    def _gate(self, store: AuditStore, id: str, released: bool) -> None:
        """Ask the gate, which may be open only if an approval was acknowledged, and is closed in doubt."""
        self.counts["gate"] += 1
        answer = gate(store, id)
        if answer.released and not released:
            self.faults.append("the gate is open although nobody's approval was stored")
        if released and not answer.released and self.server is None:
            self.faults.append(f"the gate is closed although the approval was acknowledged: {answer.reason}")

    def _afterwards(self, url: str, id: str, claim: Claim, submitted: bool, size: int) -> None:
        """Check, with space again, that everything acknowledged is there and work goes on."""
        begun = time.monotonic()
        self._serve_again()
        with opened(url) as store:
            self.recoveries.append(time.monotonic() - begun)
            report = store.verify()
            if not report.ok or report.size < size:
                self.faults.append(f"{report.size} of at least {size} entries: {report.problem_text}")
            self._gate(store, id, submitted)
            if not submitted:
                found = store.summary(id)
                if found.reviewed:
                    self.counts["reviewed after all"] += 1  # the answer was lost, as it may be, the review was not
                else:
                    access = store.access(self.token)
                    access.queue.submit(claim, _approval(access, id))
            self._gate(store, id, True)

    def _serve_again(self) -> None:
        """Wait for the server, which may have gone down or be recovering; start it if it gave up."""
        if self.server is None:
            return
        for _ in range(20):
            with suppress(psycopg.OperationalError):
                with psycopg.connect(self.server.url(), connect_timeout=10, autocommit=True) as connection:
                    connection.execute("CHECKPOINT")  # one that answers may yet be about to give up for want of space
                return
            with suppress(RuntimeError):  # it is there and still recovering
                self.server.start()
                self.counts["started"] += 1


def _approval(access: Access, id: str) -> Judgement:
    return Judgement(Verdict.APPROVE, utc_now(), sha(b"page"), access.case(id).entry_hash)
