"""Three weeks of operation, recorded directly: decisions on three lines, reviews of held decisions and of the random sample."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from hashlib import sha256

import numpy as np

from audit import Access, AuditStore, BlobRef, DecisionRecord, Gate, Judgement, Reason, Verdict, new_id, utc_now
from audit.records.clock import moment_text
from tests.support.audit.team import add

LINES = ("line-1", "line-2", "press 2")
SHARE = 0.2
SHOWN = sha256(b"shown").hexdigest()
_INPUT, _BLOB = b"2026-03-01 09:30:00 pump low\n", b"selection"


def decision(store: AuditStore, started: datetime, source: str, route: str, *, called: bool) -> str:
    """Record a decision as the pipeline does: faults are held, a random share of the others is sampled; return its id."""
    held = route not in ("random_control", "not_sampled")
    made = DecisionRecord(
        id=new_id(),
        started_at=moment_text(started),
        ended_at=moment_text(started + timedelta(seconds=2 + len(source) / 4)),
        caller="test",
        intended_use="test",
        model_id="made",
        weights_sha256="ab" * 32,
        config_sha256="0" * 64,
        code_revision="test",
        runtime={"python": "3"},
        seed=0,
        deterministic=True,
        input_name=f"{source}.log",
        input_sha256=sha256(_INPUT).hexdigest(),
        sequence_sha256="0" * 64,
        event_count=4_000,
        label="fault" if called else "normal",
        score=0.9 if called else 0.1,
        threshold=0.5,
        policy="test",
        selections=(BlobRef(0, sha256(_BLOB).hexdigest(), 4_800, 1.0),),
        explanation_method="test",
        sampling_route=route,
        inclusion_probability=1.0 if held else SHARE,
        gate=Gate.HELD if held else Gate.RELEASED,
        warnings=(),
        details={"source": source, "selected_per_query": 1.2, "memory_mb": 640.0, "hold_reasons": [route] if held else []},
        required_reviews=0 if route == "not_sampled" else 1,
    )
    add(store, made, {sha256(content).hexdigest(): content for content in (_INPUT, _BLOB)})
    return made.id


def judge(reviewer: Access, id: str, *, right: bool, missed: bool = False) -> None:
    """Say whether the verdict was right, and whether its cause was missed."""
    claim = reviewer.queue.claim_decision(id)
    verdict = Verdict.APPROVE if right and not missed else Verdict.FLAG
    reason = None if verdict is Verdict.APPROVE else Reason.MISSING_CAUSE if right else Reason.WRONG_VERDICT
    reviewer.queue.submit(claim, Judgement(verdict, utc_now(), SHOWN, reviewer.case(id).entry_hash, reason=reason))


def operate(store: AuditStore, reviewer: Access, decisions: int = 90, *, seed: int = 1, waiting: int = 1) -> None:
    """Record three weeks up to now; the last `waiting` decisions that need a review have none yet."""
    generator = np.random.default_rng(seed)
    begin = datetime.now(UTC) - timedelta(days=21)
    open_ones: list[tuple[str, bool, bool]] = []
    for number in range(decisions):
        fault = bool(generator.random() < 0.3)
        called = fault if generator.random() < 0.93 else not fault
        route = "fault" if called else "random_control" if generator.random() < SHARE else "not_sampled"
        started = begin + number * timedelta(days=20.9) / decisions
        id = decision(store, started, LINES[number % len(LINES)], route, called=called)
        if route != "not_sampled":
            open_ones.append((id, called is fault, bool(called and fault and generator.random() < 0.1)))
    for id, right, missed in open_ones[: len(open_ones) - waiting]:
        judge(reviewer, id, right=right, missed=missed)
