"""A simulated operation: decisions of several sources whose true verdict is known here, and reviewers who state it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from audit import Access, AuditStore, Gate, PairReview, PairVerdict, Reason, Role, Verdict, new_id
from audit.records.clock import moment_text
from tests.support.audit.builders import blobs_of, decision
from tests.support.audit.team import Clock, add, come_back, join, judgement

START = datetime(2026, 3, 2, 8, tzinfo=UTC)  # a Monday
SHARE = 0.25


@dataclass(frozen=True)
class Case:
    """A decision and its true verdict. ``called``: the model said fault; ``fault``: it is one; ``route``: of sampling."""

    id: str
    source: str
    called: bool
    fault: bool
    missed_cause: bool
    route: str
    reviewed: bool

    @property
    def right(self) -> bool:
        return self.called == self.fault


def made(store: AuditStore, started: datetime, source: str | None, *, called: bool, route: str, **changes: Any) -> str:
    """Record one decision as the pipeline does: faults are held, a random share of the others is reviewed."""
    held = route not in ("random_control", "not_sampled")
    fields: dict[str, Any] = {
        "id": new_id(),
        "started_at": moment_text(started),
        "ended_at": moment_text(started + timedelta(seconds=2)),
        "label": "fault" if called else "normal",
        "event_count": 1_000,
        "sampling_route": route,
        "inclusion_probability": 1.0 if held else SHARE,
        "gate": Gate.HELD if held else Gate.RELEASED,
        "required_reviews": 0 if route == "not_sampled" else 1,
        "details": {"source": source, "selected_per_query": 5.0, "memory_mb": 600.5} if source else {},
    }
    record = decision(**(fields | changes))
    add(store, record, blobs_of())
    return record.id


def say(reviewer: Access, clock: Clock, id: str, *, called: bool, fault: bool, missed: bool, seconds: float = 60) -> None:
    """Review a decision by its true verdict."""
    claim, opened = reviewer.queue.claim_decision(id), clock.text
    clock.move(seconds)
    changes: dict[str, Any] = {"opened_at": opened}
    verdict = Verdict.APPROVE
    if called is not fault:
        verdict, changes["reason"] = Verdict.FLAG, Reason.WRONG_VERDICT
    elif missed:
        changes["pairs"] = (PairReview(None, None, 9, 4, PairVerdict.MISSING),)
    reviewer.queue.submit(claim, judgement(reviewer, claim, verdict, **changes))


def operate(store: AuditStore, clock: Clock, decisions: int = 120, seed: int = 1, **changes: Any) -> list[Case]:
    """Record decisions over three weeks on three lines, and review those that need it."""
    generator = np.random.default_rng(seed)
    clock.now = START
    aiko_id = join(store, f"aiko-{seed}", Role.REVIEWER).person.id
    cases = []
    for number in range(decisions):
        clock.now = max(clock.now, START + number * timedelta(days=21) / decisions)
        fault = bool(generator.random() < 0.3)
        called = fault if generator.random() < 0.85 else not fault
        route = "fault" if called else "random_control" if generator.random() < SHARE else "not_sampled"
        source = f"line-{number % 3 + 1}"
        id = made(store, clock.now, source, called=called, route=route, **changes)
        missed = called and fault and bool(generator.random() < 0.4)
        reviewed = route != "not_sampled"
        if reviewed:
            # Hours lie between two reviews, so the session has ended.
            say(come_back(store, aiko_id), clock, id, called=called, fault=fault, missed=missed)
        cases.append(Case(id, source, called, fault, missed, route, reviewed))
    return cases
