"""Good entries of every kind, by people and programs of a record that is to be forged, and how a database gets them."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection, select

from audit import Access, Gate, InvalidRecord, NotFound, ReviewRecord, Role, new_id
from audit.log.entries import SealedContent, seal
from audit.log.merkle_tree import frontier_of
from audit.log.proving import Tip
from audit.operation.costs import Costs
from audit.operation.rollout_plan import RolloutPlan, StageName
from audit.operation.rollout_plan import Stage as StageOfPlan
from audit.people import tokens
from audit.records.clock import shifted
from audit.records.payload import decision_from_payload, review_from_payload, to_payload
from audit.records.records import LogEntry
from audit.review.judgements import queue_row, refresh
from audit.review.review_policy import ReviewPolicy
from audit.storage import caches
from audit.storage.schema import log, log_head, payloads, queue
from tests.support.audit.builders import SELECTION, UPLOAD, decision, review, sha

__all__ = ["HOUR", "Cast", "Person", "append", "good", "make", "person_of", "stored"]

HOUR = 3600


@dataclass(frozen=True)
class Person:
    """Who acts: id, printed name, and when and how they signed in."""

    id: str
    name: str = "Nobody"
    at: str = "2026-03-01T10:00:00.000Z"
    how: str = "password (argon2id)"
    role: str = "reviewer"


@dataclass(frozen=True)
class Cast:
    """The people, programs and decisions of the record that is forged: `by_role` has one person of each role alone."""

    by_role: Mapping[Role, Person]
    other: Mapping[Role, Person]
    wrong: Mapping[str, Person]
    programs: Mapping[str, Person]
    open: str
    released: str
    reviewed: ReviewRecord
    disputed: str
    ruled: str
    weights: str
    token: str
    now: str


def person_of(access: Access) -> Person:
    """Return who acts with this access."""
    person = access.person
    role = "reviewer" if Role.REVIEWER in person.roles else "lead"
    return Person(person.id, person.name, person.authenticated_at, person.authentication, role)


def append(connection: Connection, now: str, actor: str, type: str, subject: str, payload: Mapping[str, Any]) -> int:
    """Append an entry as the program does, at a time of one's choice, with its rows; return its number."""
    head = connection.execute(select(log_head.c.size, log_head.c.last_hash)).one()
    entry, sealed = seal(Tip(*head), ts=now, actor=actor, type=type, subject=subject, payload=payload)
    stored(connection, entry, sealed, payload)
    return entry.seq


def stored(connection: Connection, entry: LogEntry, sealed: SealedContent, payload: Mapping[str, Any]) -> None:
    """Write the next entry of the log, and its rows where its content has any."""
    connection.execution_options(appended=True)
    head = connection.execute(select(log_head)).mappings().one()
    tree = frontier_of(head["size"], head["peaks"])
    tree.append(bytes.fromhex(entry.hash))
    connection.execute(log.insert(), asdict(entry))
    connection.execute(payloads.insert(), {"seq": entry.seq, **sealed._asdict()})
    connection.execute(log_head.update().values(size=tree.size, last_hash=entry.hash, ts=entry.ts, peaks=tree.peaks()))
    with suppress(InvalidRecord, NotFound, KeyError, TypeError, AttributeError):
        if entry.type == "decision":
            connection.execute(queue.insert(), queue_row(decision_from_payload(payload), entry.seq))
        if entry.type == "review":
            review_from_payload(payload)
        caches.keep(connection, [(entry.type, entry.subject, entry.seq, payload)])
        if entry.type in ("review", "review_requested"):
            refresh(connection, entry.subject)


def good(cast: Cast, kind: str, by: Person, now: str) -> tuple[str, dict[str, Any]]:
    """Return subject and content of a good entry of this kind by this person."""
    if kind == "decision":
        made = decision(gate=Gate.RELEASED, required_reviews=0)
        return made.id, to_payload(made)
    if kind == "review":
        times = dict.fromkeys(("assigned_at", "opened_at", "submitted_at"), now)
        made = to_payload(review(cast.open, **times, authenticated_at=by.at, role=by.role, pairs=(), lease=new_id()))
        return cast.open, made | {"reviewer_id": by.id, "reviewer_name": by.name, "authentication": by.how}
    subject, content = _contents(cast, now)[kind]
    return subject, dict(content)


def _contents(cast: Cast, now: str) -> dict[str, tuple[str, Mapping[str, Any]]]:
    """Return subject and content of a good entry of every kind that has no rows."""
    plan = RolloutPlan({name: StageOfPlan() for name in StageName})
    name = {"name": "line.log", "input_sha256": sha(UPLOAD)}
    new = tokens.Token(sha(b"token"), cast.programs["good"].id, now, shifted(now, HOUR * 24), revoked=False)
    return {
        "claim_freed": (cast.open, {"actor": cast.by_role[Role.REVIEWER].id}),
        "control": (cast.ruled, {"expected": "approve", "why": "known"}),
        "costs": ("assumptions", asdict(Costs())),
        "erasure": (cast.open, {"targets": [], "blobs": [], "why": "gone"}),
        "export": ("bundle", {"entries": 1, "root": "", "last_hash": ""}),
        "failed_input": (sha(b"x"), {"name": "x", "weights_sha256": sha(b"w"), "code": "empty", "why": "empty"}),
        "feedback": (sha(b"f"), {"labels": 0}),
        "fine_lines": ("line 3", {"forgotten": None}),
        "policy": ("reviews", asdict(ReviewPolicy())),
        "reading": ("line 3", {"settings": {"time_zone": "UTC"}}),
        "reference": ("line 3", {"since": None, "why": "new pump"}),
        "retention": (cast.open, {"retention": "standard", "why": "short"}),
        "review_requested": (cast.open, {"why": "look again", "due_at": None}),
        "rollout": ("plan", {**plan.payload(), "why": "begin"}),
        "skip": (cast.open, {"why": ""}),
        "submitted_as": (sha(b"name"), name),
        "token": (new.sha256, new.payload()),
        "weights": (sha(SELECTION), {"name": "own", "weights_sha256": sha(SELECTION), "card": {}, "started_from": None}),
        "weights_in_use": ("weights", {"weights_sha256": cast.weights}),
        "weights_retired": (cast.weights, {"retired": True, "why": "old"}),
    }


def make(connection: Connection, cast: Cast, kind: str, by: Person, now: str) -> int:
    """Append a good entry of this kind by this person, with its rows; return its number."""
    return append(connection, now, by.id, kind, *good(cast, kind, by, now))
