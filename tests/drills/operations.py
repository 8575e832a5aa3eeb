"""One person who does, at random, everything that can be done to a record: for processes that are killed, and clean records."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from audit import (
    Access,
    AuditStore,
    BlobRef,
    Claim,
    Conflict,
    DecisionRecord,
    Gate,
    InvalidRecord,
    Judgement,
    LogEntry,
    NotFound,
    PairReview,
    PairVerdict,
    QueueState,
    Reason,
    Retention,
    ReviewKind,
    ReviewPolicy,
    ReviewRecord,
    Role,
    Verdict,
    new_id,
    utc_now,
)
from tests.drills.common import admit
from tests.support.audit.builders import UPLOAD, decision, sha
from tests.support.audit.team import add, add_all

__all__ = ["OPERATIONS", "Actor", "Outcome", "Refused"]

Refused = (Conflict, NotFound, InvalidRecord)  # what an honest person may be told; anything else is a fault

# Weights: decisions and reviews make up most of a record.
OPERATIONS: dict[str, int] = {
    "decide": 6,
    "decide_many": 2,
    "claim": 6,
    "submit": 8,
    "amend": 2,
    "withdraw": 2,
    "release": 1,
    "renew": 1,
    "skip": 1,
    "adjudicate": 2,
    "ask": 1,
    "control": 1,
    "free": 1,
    "retain": 1,
    "erase": 2,
    "policy": 1,
    "event": 2,
    "account": 2,
    "erase_account": 1,
}


def _nobody_hears(name: str, ids: list[str]) -> None:
    pass


class Outcome(NamedTuple):
    """What an operation acknowledged: entries of the log, and the claim that this person holds now."""

    entries: Sequence[LogEntry] = ()
    claim: Claim | None = None


class Actor:
    """A person with all roles. `begin` hears what is about to be done, with the ids of the decisions that are recorded."""

    def __init__(self, access: Access, rng: random.Random, begin: Callable[[str, list[str]], None] | None = None) -> None:
        self.access, self.store, self.random = access, access.store, rng
        self.begin = begin or _nobody_hears
        self.claim: Claim | None = None

    @staticmethod
    def joined(store: AuditStore, login: str, rng: random.Random) -> Actor:
        """Create a new person."""
        return Actor(store.access(admit(store, login, *Role)), rng)

    def anything(self) -> Outcome | None:
        """Do one operation at random; None when it was refused."""
        return self.do(self.random.choices(list(OPERATIONS), list(OPERATIONS.values()))[0])

    def do(self, name: str) -> Outcome | None:
        """Do one operation by its name, or what it needs first (a claim, a decision); None when it was refused."""
        try:
            done: Outcome | None = getattr(self, f"_{name}")(name)
        except Refused:
            return None
        if done is not None:
            self.claim = done.claim
        return done

    def _new(self) -> tuple[DecisionRecord, dict[str, bytes]]:
        upload = UPLOAD if self.random.random() < 0.3 else self.random.randbytes(40) + UPLOAD
        layers = [self.random.randbytes(60) for _ in range(self.random.randint(1, 2))]
        made = decision(
            input_sha256=sha(upload),
            selections=tuple(BlobRef(i, sha(content), 12, self.random.random()) for i, content in enumerate(layers)),
            required_reviews=self.random.choice((1, 1, 2, 3)),
            gate=self.random.choice((Gate.HELD, Gate.RELEASED)),
            score=self.random.random(),
            due_at=utc_now() if self.random.random() < 0.3 else None,
        )
        return made, {sha(content): content for content in (upload, *layers)}

    def _decide(self, name: str) -> Outcome:
        made, blobs = self._new()
        self.begin(name, [made.id])
        return Outcome([add(self.store, made, blobs)], self.claim)

    def _decide_many(self, name: str) -> Outcome:
        batch = [self._new() for _ in range(3)]
        self.begin(name, [made.id for made, _ in batch])
        return Outcome(add_all(self.store, batch), self.claim)

    def _claim(self, name: str) -> Outcome:
        self.begin(name, [])
        return Outcome(claim=self.access.queue.claim())

    def _adjudicate(self, name: str) -> Outcome:
        if self.claim is not None:
            return self._submit(name)
        self.begin(name, [])
        return Outcome(claim=self.access.queue.claim(ReviewKind.ADJUDICATION))

    def _submit(self, name: str) -> Outcome:
        if self.claim is None:
            return self._claim(name)
        self.begin(name, [])
        return Outcome([self.access.queue.submit(self.claim, self.judgement(self.claim.decision_id))])

    def judgement(self, decision_id: str) -> Judgement:
        """Draw a random verdict on a decision, sometimes with verdicts on pairs."""
        verdict = self.random.choice((Verdict.APPROVE, Verdict.APPROVE, Verdict.FLAG))
        pairs = [PairReview(0, i, 5, 2, PairVerdict.SPURIOUS, "no link") for i in range(self.random.randrange(3))]
        reason = Reason.WRONG_CAUSE if verdict is Verdict.FLAG else None
        shown = sha(b"page"), self.access.case(decision_id).entry_hash
        return Judgement(verdict, utc_now(), *shown, pairs=tuple(pairs), reason=reason, comment="seen")

    def _mine(self) -> ReviewRecord | None:
        """Return a review that this person gave and that nothing replaced."""
        for seen in self.store.decisions(limit=20, newest_first=True):
            given = self.store.reviews(seen.decision.id)
            replaced = {review.supersedes for review in given}
            for review in given:
                own = review.reviewer_id == self.access.person.id and review.id not in replaced
                if own and review.verdict is not Verdict.WITHDRAW:
                    return review
        return None

    def _amend(self, name: str) -> Outcome | None:
        review = self._mine()
        self.begin(name, [])
        if review is None:
            return self._submit(name)
        return Outcome([self.access.queue.amend(review.id, self.judgement(review.decision_id))], self.claim)

    def _withdraw(self, name: str) -> Outcome | None:
        review = self._mine()
        if review is None or self.claim is not None:
            return self._submit(name)
        self.begin(name, [])
        return Outcome(claim=self.access.queue.withdraw(review.id))

    def _release(self, name: str) -> Outcome | None:
        if self.claim is None:
            return self._claim(name)
        self.begin(name, [])
        self.access.queue.release(self.claim)
        return Outcome()

    def _renew(self, name: str) -> Outcome | None:
        if self.claim is None:
            return self._claim(name)
        self.begin(name, [])
        return Outcome(claim=self.access.queue.renew(self.claim))

    def _skip(self, name: str) -> Outcome | None:
        if self.claim is None:
            return self._claim(name)
        self.begin(name, [])
        return Outcome([self.access.queue.skip(self.claim, "not mine")])

    def _some(self, **options: Any) -> str | None:
        found = self.store.decisions(limit=10, newest_first=True, **options)
        return self.random.choice(found).decision.id if found else None

    def _ask(self, name: str) -> Outcome | None:
        return self._about(self._some(), name, lambda id: self.access.queue.request_review(id, "look again"))

    def _control(self, name: str) -> Outcome | None:
        seed = self.access.queue.seed_control
        return self._about(self._some(state=QueueState.SETTLED), name, lambda id: seed(id, Verdict.FLAG, "known"))

    def _retain(self, name: str) -> Outcome | None:
        keep = self.access.admin.set_retention
        return self._about(self._some(), name, lambda id: keep(id, Retention.EXTENDED, "asked for"))

    def _erase(self, name: str) -> Outcome | None:
        found = self._about(self._some(), name, lambda id: self.access.admin.erase(id, "asked for", early=True))
        gone = found is not None and self.claim is not None and found.entries[0].subject == self.claim.decision_id
        return Outcome(found.entries) if found is not None and gone else found

    def _about(self, id: str | None, name: str, act: Callable[[str], LogEntry]) -> Outcome | None:
        if id is None:
            return self._decide(name)
        self.begin(name, [])
        return Outcome([act(id)], self.claim)

    def _free(self, name: str) -> Outcome | None:
        others = [claim for claim in self.access.queue.live_claims() if claim.actor != self.access.person.id]
        if not others:
            return self._claim(name)
        self.begin(name, [])
        freed = self.random.choice(others)
        return Outcome([self.access.queue.free_claim(freed.decision_id, freed.actor)], self.claim)

    def _policy(self, name: str) -> Outcome:
        self.begin(name, [])
        policy = ReviewPolicy(overlap=self.random.randint(1, 3), control_share=0.1)
        return Outcome([self.access.admin.set_policy(policy)], self.claim)

    def _event(self, name: str) -> Outcome:
        self.begin(name, [])
        return Outcome([self.store.record_event("drill", "seen", "", {"n": self.random.random()})], self.claim)

    def _account(self, name: str) -> Outcome:
        self.begin(name, [])
        admit(self.store, f"new-{new_id()[:10]}", Role.VIEWER)
        return Outcome((), self.claim)

    def _erase_account(self, name: str) -> Outcome | None:
        spare = [account for account in self.access.admin.accounts() if account.login.startswith("new-")]
        if not spare:
            return self._account(name)
        if spare[0].active:
            self.begin(name, [])
            self.access.admin.change_account(spare[0], active=False)
            return Outcome((), self.claim)
        self.begin(name, [])
        return Outcome([self.access.admin.erase_account(spare[0].id, "left")], self.claim)
