"""Many reviewers on one queue: no review is lost or done twice, even when a reviewer is late or leaves.

    python -m tests.drills race --json --reviewers 32 --items 10000 --overlaps 1,2,3 --think 0.75

Each reviewer is a process with a session of its own. It claims, thinks (an exponential pause, and now and then one beyond its
claim's lease), then submits; some claims are skipped, released or renewed. It stops when nothing is open. The result is
judged from the evidence alone: the stored reviews against the tokens that were acknowledged and refused.

All processes share this machine with the database, so the pause is what keeps the machine from being the bottleneck.
"""

from __future__ import annotations

import json
import os
import random
import time
from argparse import Namespace
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import text

from audit import AuditStore, Conflict, Gate, QueueState, Role, StoreUnavailable
from tests.drills.common import Json, Place, admit, each, figures, opened, say
from tests.drills.operations import Actor
from tests.support.audit.builders import blobs_of, decision
from tests.support.audit.team import add_all, set_policy

CLAIM_P95_MS = 50.0  # on PostgreSQL
_PATIENCE = 120.0  # seconds without any progress, after which what is open counts as stuck
_fork = get_context("fork")


@dataclass
class Work:
    """The work of one reviewer: tokens of the reviews that were acknowledged and refused, seconds of each call."""

    accepted: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    lost: int = 0  # claims that were gone at skip, release or renewal
    skipped: int = 0
    released: int = 0
    late: int = 0  # pauses beyond the lease
    unavailable: list[str] = field(default_factory=list)
    claims: list[float] = field(default_factory=list)
    submits: list[float] = field(default_factory=list)


def drill(arguments: Namespace) -> Json:
    """Run every overlap on every store."""

    def on(place: Place) -> Json:
        runs = [_one(place, arguments, overlap) for overlap in map(int, arguments.overlaps.split(","))]
        return {"ok": all(run["ok"] for run in runs), "overlaps": runs}

    return each(arguments, on)


def _one(place: Place, arguments: Namespace, overlap: int) -> Json:
    url = place.copy()
    begun = time.monotonic()
    with opened(url) as store:
        set_policy(store, lease_seconds=arguments.lease, overlap=overlap)
        tokens = [admit(store, f"reviewer-{i}", Role.REVIEWER) for i in range(arguments.reviewers)]
        fill(store, arguments.items, overlap)
    seeded, begun = time.monotonic() - begun, time.monotonic()
    say(f"{place.kind}: {arguments.items} decisions recorded, overlap {overlap}")
    work = together(url, tokens, arguments.seed, lambda store, token, rng: review(store, token, rng, arguments))
    took = time.monotonic() - begun
    judged = _judge(url, overlap, work)
    place.drop(url)
    claims, submits = (figures([s for one in work for s in getattr(one, name)]) for name in ("claims", "submits"))
    fast = place.kind != "postgresql" or arguments.no_targets or claims["p95_ms"] < CLAIM_P95_MS
    faults = [told for one in work for told in one.unavailable]
    say(f"{place.kind}: overlap {overlap} done in {took:.0f} s, claim p95 {claims['p95_ms']} ms")
    return {
        "ok": all(not judged[name] for name in ("excess", "double", "missing", "stuck", "claims_left", "unknown", "traces"))
        and judged["verified"]
        and fast
        and not faults,
        "overlap": overlap,
        **judged,
        "claim": claims,
        "submit": submits,
        "claim_p95_target_ms": CLAIM_P95_MS if place.kind == "postgresql" else None,
        "reviews_a_second": round(sum(len(one.accepted) for one in work) / took, 1),
        "pauses_beyond_the_lease": sum(one.late for one in work),
        "lost_leases": sum(one.lost + len(one.refused) for one in work),
        "refused_submits": sum(len(one.refused) for one in work),
        "skipped": sum(one.skipped for one in work),
        "released": sum(one.released for one in work),
        "unavailable": faults[:3],
        "seeding_s": round(seeded, 1),
        "reviewing_s": round(took, 1),
        "load": os.getloadavg()[0],
    }


def fill(store: AuditStore, items: int, overlap: int) -> None:
    """Record decisions that wait for reviews."""
    made = [decision(required_reviews=overlap, gate=Gate.HELD if i % 4 == 0 else Gate.RELEASED) for i in range(items)]
    for start in range(0, items, 500):
        add_all(store, [(one, blobs_of()) for one in made[start : start + 500]])


def together(url: str, tokens: Sequence[str], seed: int, act: Callable[[AuditStore, str, random.Random], Work]) -> list[Work]:
    """Let a process work for each token, all at once; return the work of each."""

    def one(number: int, out: Path) -> None:
        with opened(url) as store:
            done = act(store, tokens[number], random.Random(f"{seed} {number}"))  # noqa: S311 - a drill
        out.write_text(json.dumps(asdict(done)))

    with TemporaryDirectory(prefix="sparsemix-") as folder:
        outs = [Path(folder) / f"{number}.json" for number in range(len(tokens))]
        processes = [_fork.Process(target=one, args=(number, out)) for number, out in enumerate(outs)]
        for process in processes:
            process.start()
        for process in processes:
            process.join()
        broken = Work(unavailable=["a reviewer's process ended by an error"])
        return [Work(**json.loads(out.read_text())) if out.exists() else broken for out in outs]


def review(store: AuditStore, token: str, rng: random.Random, arguments: Namespace) -> Work:
    """Work through the queue until nothing is open."""
    done = Work()
    actor = Actor(store.access(token), rng)
    moved, was_open = time.monotonic(), -1
    while time.monotonic() - moved < _PATIENCE:
        try:
            begun = time.perf_counter()
            claim = actor.access.queue.claim()
            done.claims.append(time.perf_counter() - begun)
            if claim is None:
                still = store.count_decisions(state=QueueState.OPEN)
                if still == 0:
                    break
                if still != was_open:
                    moved, was_open = time.monotonic(), still
                time.sleep(rng.uniform(0.05, arguments.lease / 2))  # others hold what is left, until their leases end
                continue
            moved, actor.claim = time.monotonic(), claim
            _finish_claim(actor, done, arguments)
        except StoreUnavailable as error:
            done.unavailable.append(str(error))
            if len(done.unavailable) > 3:
                break
    return done


def _finish_claim(actor: Actor, done: Work, arguments: Namespace) -> None:
    rng, queue, claim = actor.random, actor.access.queue, actor.claim
    assert claim is not None
    late = rng.random() < 0.05
    done.late += late
    time.sleep(
        arguments.lease + rng.uniform(0.05, 1.0) if late else rng.expovariate(1 / arguments.think) if arguments.think else 0
    )
    drawn = rng.random()
    try:
        if drawn < 0.03:
            queue.skip(claim, "not mine")
            done.skipped += 1
            return
        if drawn < 0.05:
            queue.release(claim)
            done.released += 1
            return
        if drawn < 0.08:
            claim = queue.renew(claim)
    except Conflict:
        done.lost += 1
        return
    said = actor.judgement(claim.decision_id)
    begun = time.perf_counter()
    try:
        queue.submit(claim, said)
    except Conflict:
        done.refused.append(claim.token)
    else:
        done.submits.append(time.perf_counter() - begun)
        done.accepted.append(claim.token)


def _judge(url: str, overlap: int, work: Sequence[Work]) -> Json:
    """Count from the stored evidence; the queue is read only for decisions that are stuck in it."""
    given: dict[str, list[Any]] = defaultdict(list)
    tokens: Counter[str] = Counter()
    with opened(url) as store:
        with store.database.read() as connection:
            decisions = connection.execute(text("SELECT id FROM decisions")).scalars().all()
            left = connection.execute(text("SELECT count(*) FROM leases")).scalar_one()
        for id in decisions:
            for review in store.reviews(id):
                given[id].append(review.reviewer_id)
                tokens[str(review.lease)] += 1
        states = {state.value: store.count_decisions(state=state) for state in QueueState}
        report = store.verify()
    accepted = {token for one in work for token in one.accepted}
    return {
        "items": len(decisions),
        "reviews": tokens.total(),
        "excess": sum(max(0, len(given[id]) - overlap) for id in decisions),
        "missing": sum(max(0, overlap - len(given[id])) for id in decisions),
        "double": sum(len(people) - len(set(people)) for people in given.values()) + tokens.total() - len(tokens),
        "stuck": states["open"],
        "claims_left": left,
        "unknown": len(accepted - tokens.keys()),  # acknowledged, but not there
        "traces": len(tokens.keys() - accepted),  # there, but refused or never acknowledged
        "states": states,
        "verified": report.ok,
        "problem": report.problem_text,
    }
