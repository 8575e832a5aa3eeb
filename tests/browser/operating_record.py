"""A record as a plant has it after six weeks: a prototype on three lines, two of them rolled out, reviewed all along."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import numpy as np

from audit import Access, AuditStore, Judgement, Reason, ReviewPolicy, Role, RolloutPlan, StageName, StepKind, Verdict
from audit.log.signatures import Signer
from audit.people import sealed_keys, sessions
from audit.records.clock import moment_text
from tests.browser.sample_record import LEAD, LEAD_NAME, PASSWORD, REVIEWERS
from tests.support.dashboard.made_operation import LINES, SHARE, decision
from tests.support.dashboard.newcomers import newcomer

DECISIONS, DAYS = 420, 39.9
_SHOWN = sha256(b"made up").hexdigest()
_FAULTS, _RIGHT_BEFORE, _RIGHT_AFTER, _MISSED_CAUSE = 0.25, 0.93, 0.985, 0.12


class _Clock:
    """The record's clock, which goes through all of it."""

    def __init__(self) -> None:
        self.now = datetime.now(UTC) - timedelta(days=40)

    def __call__(self) -> datetime:
        return self.now


def fill(db: Path) -> None:
    """Make the record."""
    clock = _Clock()
    store = AuditStore(db, clock=clock)
    try:
        _Plant(store, clock).operate()
    finally:
        store.close()


class _Plant:
    def __init__(self, store: AuditStore, clock: _Clock) -> None:
        self.store, self.clock = store, clock
        self.random = np.random.default_rng(4)
        roles = (Role.ADMIN, Role.LEAD, Role.REVIEWER, Role.AUDITOR)
        self.signers: dict[str, Signer | None] = {}
        self.lead = store.accounts.set_up(LEAD, LEAD_NAME, PASSWORD, roles=roles).id
        lead = self._at_desk(self.lead)
        people = [newcomer(lead, login, name, (Role.REVIEWER,), PASSWORD) for login, name in REVIEWERS.items()]
        self.team = [access.person.id for access in people]
        lead.admin.set_policy(ReviewPolicy(sampling_share=SHARE))

    def operate(self) -> None:
        """All decisions in order, and the step to the second stage after a third of them."""
        stages = dict(RolloutPlan().stages)
        stages[StageName.PARTIAL] = replace(stages[StageName.PARTIAL], sources=("line-1", "press*"))
        self._at_desk(self.lead).operation.plan(RolloutPlan(stages), "Three lines on trial, then decided by KPI")
        begin, partial = self.clock.now, False
        for number in range(DECISIONS):
            self.clock.now = max(self.clock.now, begin + timedelta(days=DAYS * number / DECISIONS))
            if number == DECISIONS // 3:
                lead = self._at_desk(self.lead).operation
                lead.decide(StepKind.STAY, "Two more weeks: too many faults were called that were none")
                lead.decide(StepKind.GO, "Line 1 and the press want it, every fault is still looked at", against=True)
                partial = True
            self._decide(number, partial)

    def _decide(self, number: int, partial: bool) -> None:
        fault = self.random.random() < _FAULTS
        called = fault if self.random.random() < (_RIGHT_AFTER if partial else _RIGHT_BEFORE) else not fault
        source = LINES[number % len(LINES)]
        trial = not partial or source == "line-2"
        drawn = "random_control" if self.random.random() < SHARE else "not_sampled"
        route = "fault" if called else "trial" if trial else drawn
        id = decision(self.store, self.clock.now, source, route, called=bool(called))
        if route == "not_sampled" or (partial and route == "trial") or number > DECISIONS - 9:
            return
        reviewer = self._at_desk(self.team[number % len(self.team)])
        claim, opened = reviewer.queue.claim_decision(id), moment_text(self.clock.now)
        self.clock.now += timedelta(seconds=float(self.random.gamma(4, 30)))
        right, missed = called == fault, called and fault and self.random.random() < _MISSED_CAUSE
        reason = None if right and not missed else Reason.MISSING_CAUSE if right else Reason.WRONG_VERDICT
        verdict = Verdict.APPROVE if reason is None else Verdict.FLAG
        reviewer.queue.submit(claim, Judgement(verdict, opened, _SHOWN, reviewer.case(id).entry_hash, reason=reason))

    def _at_desk(self, account: str) -> Access:
        """A person signed in now: hours lie between what they do. Their key is opened once, and not for each signature."""
        with self.store.database.write() as connection:
            found = sessions.account(connection, account)
            session = sessions.open_session(self.store.database, connection, found, "password (argon2id)")
            if account not in self.signers:
                self.signers[account] = sealed_keys.opened(connection, account, PASSWORD)
        return Access(self.store, token=session.token, signer=self.signers[account])
