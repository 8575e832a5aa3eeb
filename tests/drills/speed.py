"""Speed: verification of a long record, and work on a queue of a million decisions.

    python -m tests.drills speed --json --entries 200000 --items 1000000

Verification runs on a log of events alone and on a mixed one: of ten entries, four are decisions with two small files of their
own, four are reviews with a verdict on one pair, two are events. In a third log, made like the mixed one, the reviews are
signed. It has to say that the record is good, and, when one cell is changed, which entry is bad. `start_s` is what a start of
the app or the gate reads before it answers. The queue is recorded through `AuditStore.record_decisions`, on PostgreSQL or on
the store that --database names; then all queries of the Review page are timed, and a few processes claim and submit on it.
"""

from __future__ import annotations

import random
import time
from argparse import Namespace
from collections.abc import Callable, Sequence
from statistics import median

from sqlalchemy import bindparam

from audit import (
    Access,
    AuditStore,
    BlobRef,
    DecisionRecord,
    Gate,
    PairReview,
    PairVerdict,
    QueueState,
    ReviewRecord,
    Role,
    Verdict,
    new_id,
    to_payload,
    utc_now,
)
from audit.log.entries import REVIEW
from audit.people.sessions import Person
from audit.storage import caches
from audit.storage.database import Draft
from audit.storage.schema import queue
from audit.storage.state import state_of
from tests.drills.common import MISSING, Json, Place, admit, both_stores, figures, opened, places, say
from tests.drills.forger import forging
from tests.drills.operations import Actor
from tests.drills.race import Work, together
from tests.support.audit.builders import blobs_of, decision, review, sha
from tests.support.audit.team import add_all, enrol, join, set_up

ENTRIES_A_SECOND, SIGNED_A_SECOND = {"sqlite": 50_000, "postgresql": 40_000}, 15_000
PAGE_SECONDS = 1.0
CLAIM_P95_MS = 50.0
_BATCH = 2_000
_THINK = 0.1  # seconds
_SETTLE = (
    queue.update()
    .where(queue.c.decision_id == bindparam("decision"))
    .values(accepted=1, free=0, state=QueueState.SETTLED.value, gate=Gate.RELEASED.value)
)


def drill(arguments: Namespace) -> Json:
    """Time the verification on every store, and the queue on PostgreSQL or on the store that was named."""
    kinds, not_tried = both_stores(arguments.database)
    stores: Json = {}
    for kind in kinds:
        with places(arguments.database, kind) as place:
            stores[kind] = {name: _verified(place, name, arguments) for name in _LOGS}
            if arguments.items and (kind == "postgresql" or arguments.database is not None):
                stores[kind]["queue"] = _long_queue(place, arguments)
    if arguments.items and "postgresql" not in kinds and arguments.database is None:
        not_tried["queue"] = MISSING
    ok = all(part["ok"] for store in stores.values() for part in store.values())
    return {
        "ok": ok,
        "stores": stores,
        "targets": {
            "entries_a_second": ENTRIES_A_SECOND,
            "signed_a_second": SIGNED_A_SECOND,
            "page_s": PAGE_SECONDS,
            "claim_p95_ms": CLAIM_P95_MS,
        },
        "not_tried": not_tried,
    }


def _verified(place: Place, mix: str, arguments: Namespace) -> Json:
    url = place.copy()
    begun = time.monotonic()
    with opened(url) as store:
        _LOGS[mix](store, arguments.entries)
        built = time.monotonic() - begun
        vacuumed = _vacuum(place, store)
    say(f"{place.kind}: {mix} log of {arguments.entries} built in {built:.0f} s")
    took: list[float] = []
    with opened(url, read_only=True) as store:
        for _ in range(3):
            begun = time.perf_counter()
            report = store.verify()
            took.append(time.perf_counter() - begun)
    with opened(url, read_only=True) as store, store.database.read() as connection:  # as the app and the gate start
        begun = time.perf_counter()
        state_of(connection).follow(connection)
        started = time.perf_counter() - begun
    seq = _spoil(url, random.Random(arguments.seed))  # noqa: S311 - a drill
    with opened(url, read_only=True) as store:
        spoilt = store.verify()
    place.drop(url)
    usual = report.size / median(took)
    say(f"{place.kind}: {mix}: {usual:.0f} entries a second")
    asked = SIGNED_A_SECOND if mix == "signed" else ENTRIES_A_SECOND[place.kind]
    right = report.ok and report.size >= arguments.entries and (spoilt.ok, spoilt.problem_seq) == (False, seq)
    return {
        "ok": right and (arguments.no_targets or usual >= asked),
        "entries": report.size,
        "verified": report.ok,
        "checked": dict(report.checked),
        "entries_a_second": round(usual),
        "runs_s": [round(seconds, 2) for seconds in took],
        "start_s": round(started, 2),
        "vacuum_analyze_s": vacuumed,
        "spoilt_entry_named": spoilt.problem_seq == seq,
        "built_entries_a_second": round(report.size / built),
    }


def _spoil(url: str, rng: random.Random) -> int:
    """Append a space to the content of an entry in the last third; return its number."""
    with forging(url) as forger:
        size = forger.connection.execute("SELECT max(seq) FROM payloads").fetchone()[0]
        seq = rng.randint(2 * size // 3, size)
        forger.connection.execute(f"UPDATE payloads SET payload = payload || ' ' WHERE seq = {seq}")  # noqa: S608 - an int
    return seq


def events(store: AuditStore, entries: int) -> None:
    """Fill the log with sign-ins."""
    for start in range(0, entries, _BATCH):
        with store.database.write() as connection:
            numbers = range(start, min(entries, start + _BATCH))
            drafts = [Draft(f"person-{n % 50}", "signed_in", f"person-{n % 50}", {"how": "password", "n": n}) for n in numbers]
            store.database.append_all(connection, drafts)


def mixed(store: AuditStore, entries: int) -> None:
    """Fill the log with four decisions, four reviews and two events of ten; each decision is settled by the review of one of
    thirty people."""
    _fill(store, entries, [join(store, f"reviewer-{n}", Role.REVIEWER) for n in range(30)])


def signed(store: AuditStore, entries: int) -> None:
    """The same, and each review is signed: of twelve entries four are signatures."""
    root = set_up(store)
    _fill(store, entries, [enrol(store, root, f"reviewer-{n}", Role.REVIEWER) for n in range(30)])


def _fill(store: AuditStore, entries: int, people: Sequence[Access]) -> None:
    known = [(access.person, access.signer) for access in people]
    for start in range(0, entries, 2_500):
        size = min(2_500, entries - start)
        made = [_own_files(start + n) for n in range(round(size * 0.4))]
        hashes = {entry.subject: entry.hash for entry in add_all(store, made)}
        with store.database.write() as connection:
            given, logged = [], []
            for number, (person, signer) in enumerate(known):
                own = [_given(one, number, person) for one, _ in made[number :: len(people)]]
                store.database.sign_as(connection, signer)
                drafts = [
                    Draft(one.reviewer_id, REVIEW, one.decision_id, to_payload(one), decision=hashes[one.decision_id])
                    for one in own
                ]
                logged += store.database.append_all(connection, drafts)
                given += own
            rows = ((REVIEW, one.decision_id, entry.seq, to_payload(one)) for one, entry in zip(given, logged, strict=True))
            caches.keep(connection, rows)
            connection.execute(_SETTLE, [{"decision": one.decision_id} for one in given])
            rest = [Draft("operator-7", "log_viewed", f"page {n}", {"n": n}) for n in range(size - 2 * len(made))]
            store.database.append_all(connection, rest)


_LOGS = {"events": events, "mixed": mixed, "signed": signed}


def _own_files(number: int) -> tuple[DecisionRecord, dict[str, bytes]]:
    upload = f"2026-03-01 09:30:{number % 60:02d} pump P-{number} pressure low\n".encode() * 8
    layer = f"layer 0 of decision {number}\n".encode() * 8
    made = decision(input_sha256=sha(upload), selections=(BlobRef(0, sha(layer), 12, 1.0),), score=number / 1e6)
    return made, {sha(upload): upload, sha(layer): layer}


def _given(made: DecisionRecord, number: int, by: Person) -> ReviewRecord:
    pair = PairReview(0, 1, number, 2, PairVerdict.RELEVANT, "pump before stop", "0a1b2c3d")
    return review(
        made.id,
        reviewer_id=by.id,
        reviewer_name=by.name,
        role="reviewer",
        authentication=by.authentication,
        authenticated_at=by.authenticated_at,
        submitted_at=utc_now(),
        verdict=Verdict.APPROVE,
        pairs=(pair,),
        lease=new_id(),
    )


def _long_queue(place: Place, arguments: Namespace) -> Json:
    url = place.copy()
    with opened(url) as store:
        tokens = [admit(store, f"reviewer-{n}", Role.REVIEWER, Role.LEAD) for n in range(arguments.reviewers)]
        begun = time.monotonic()
        for start in range(0, arguments.items, 5_000):
            size = min(5_000, arguments.items - start)
            batch = [(_queued(start + n), blobs_of()) for n in range(size)]
            add_all(store, batch)
            if start % 100_000 == 0:
                say(f"{place.kind}: {start} of {arguments.items} decisions in the queue")
        built = time.monotonic() - begun
        vacuumed = _vacuum(place, store)
        page = _page(store.access(tokens[0]))
    work = together(url, tokens, arguments.seed, lambda store, token, rng: _some_reviews(store, token, rng, arguments.claims))
    place.drop(url)
    claims, submits = (figures([s for one in work for s in getattr(one, name)]) for name in ("claims", "submits"))
    faults = [one for done in work for one in done.unavailable]
    fast = page["total_s"] < PAGE_SECONDS and max(claims["p95_ms"], submits["p95_ms"]) < CLAIM_P95_MS
    say(f"{place.kind}: page {page['total_s']} s, claim p95 {claims['p95_ms']} ms, submit p95 {submits['p95_ms']} ms")
    return {
        "ok": not faults and all(not one.refused for one in work) and (arguments.no_targets or fast),
        "items": arguments.items,
        "recorded_a_second": round(arguments.items / built),
        "vacuum_analyze_s": vacuumed,
        "page": page,
        "reviewers": arguments.reviewers,
        "claim": claims,
        "submit": submits,
        "unavailable": faults[:3],
    }


def _queued(number: int) -> DecisionRecord:
    held = number % 10 == 0
    due = f"2026-03-{1 + number % 28:02d}T09:30:00.000Z" if held else None
    return decision(gate=Gate.HELD if held else Gate.RELEASED, due_at=due, required_reviews=1 + number % 2)


def _vacuum(place: Place, store: AuditStore) -> float | None:
    """Run the vacuum that PostgreSQL would run by itself within minutes after so many additions; return its seconds."""
    if place.kind != "postgresql":
        return None
    begun = time.monotonic()
    with store.database.read() as connection:
        connection.connection.driver_connection.autocommit = True  # type: ignore[union-attr]
        connection.exec_driver_sql("VACUUM ANALYZE")
        connection.invalidate()
    return round(time.monotonic() - begun, 1)


def _page(access: Access) -> Json:
    """Time the queries of the Review page three times; the slowest total counts."""
    asked: dict[str, Callable[[], object]] = {
        "counts": access.counts,
        "decisions": lambda: access.decisions(state=QueueState.OPEN, urgent_first=True, limit=200),
        "count_decisions": lambda: access.count_decisions(state=QueueState.OPEN),
        "head": access.head,
        "claims": access.queue.claims,
    }
    slowest: dict[str, float] = {}
    for _ in range(3):
        took = {}
        for name, ask in asked.items():
            begun = time.perf_counter()
            ask()
            took[name] = time.perf_counter() - begun
        if sum(took.values()) > sum(slowest.values()):
            slowest = took
    return {"total_s": round(sum(slowest.values()), 3), **{f"{name}_s": round(took, 3) for name, took in slowest.items()}}


def _some_reviews(store: AuditStore, token: str, rng: random.Random, claims: int) -> Work:
    """Claim and submit a number of reviews."""
    done, actor = Work(), Actor(store.access(token), rng)
    for _ in range(claims):
        begun = time.perf_counter()
        claim = actor.access.queue.claim()
        done.claims.append(time.perf_counter() - begun)
        if claim is None:
            break
        time.sleep(rng.expovariate(1 / _THINK))
        said = actor.judgement(claim.decision_id)
        begun = time.perf_counter()
        actor.access.queue.submit(claim, said)
        done.submits.append(time.perf_counter() - begun)
    return done
