"""The work of reviewers and leads in the queue, each action checked against the person's roles.

    claim = access.queue.claim()                                     # the next decision, under a lease
    case = access.case(claim.decision_id)                            # what the person is shown
    entry = access.queue.submit(claim, Judgement(Verdict.APPROVE, opened_at=..., shown_sha256=..., entry_hash=case.entry_hash))

The decision itself says how it comes into the queue (`required_reviews`, `due_at`, `sampling_route`, `inclusion_probability`).
`audit.review.claims` says who may claim what, `audit.review.judgements` what a review changes, `audit.review.gate` when the
gate opens.
"""

from __future__ import annotations

import random
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace

from sqlalchemy import Connection, select

from audit.errors import Conflict, InvalidRecord, NotFound
from audit.log.entries import CONTROL, REQUEST
from audit.people.rights import Action, RecordPart
from audit.people.sessions import Person
from audit.records import validation as v
from audit.records.clock import shifted
from audit.records.records import MAX_REVIEWERS, LogEntry, ReviewRecord
from audit.records.vocabulary import QueueState, ReviewKind, Verdict
from audit.review import claims
from audit.review.claims import Claim
from audit.review.gate import DecisionStanding
from audit.review.judgements import (
    Judgement,
    add_review,
    decided,
    drop_draft,
    keep_draft,
    lock_place,
    read_draft,
    refresh,
    review_of,
)
from audit.review.review_policy import current_policy
from audit.review.review_signatures import signatures_of
from audit.storage import caches, queries
from audit.storage.schema import decisions, doubted_pairs, leases, queue, reviews, skips

_TRIES = 20  # of a claim, while others hold the locks of what is left


class ReviewQueue(RecordPart):
    """The queue as one person works on it. Every method may raise `Denied` and `SignInFailed`."""

    def claim(self, kind: ReviewKind = ReviewKind.REVIEW) -> Claim | None:
        """Claim the next decision, or return the claim that this person holds already; None when nothing waits for them.

        With `ReviewKind.ADJUDICATION`: the next dispute. Only a lead who has not reviewed the decision settles it.
        """
        for _ in range(_TRIES):
            with self._rights.acting(_claim_action(_claimable_kind(kind))) as (connection, person):
                now = self._database.now(connection)
                claim = claims.claim_next(connection, person.id, now, current_policy(connection), kind)
                # Decisions that somebody else had locked were passed over, and may have places left.
                if claim is not None or not claims.any_left(connection, person.id, kind):
                    return claim
            time.sleep(random.uniform(0.002, 0.02))  # noqa: S311 - no secret hangs on a pause
        return None

    def upcoming(self, after: str, kind: ReviewKind = ReviewKind.REVIEW) -> str | None:
        """Return the decision that this person would be given next, besides `after`. It is not claimed: others may take it."""
        with self._rights.reading() as (connection, person):
            return claims.upcoming(connection, person.id, after, kind)

    def claim_decision(self, decision_id: str, kind: ReviewKind = ReviewKind.REVIEW) -> Claim:
        """Claim one decision. Raises `NotFound`; `Conflict` with the reason when it cannot be claimed."""
        with self._rights.acting(_claim_action(_claimable_kind(kind)), decision_id) as (connection, person):
            now = self._database.now(connection)
            return claims.claim_this(connection, decision_id, person.id, now, current_policy(connection), kind)

    def claims(self) -> list[Claim]:
        """Return the claims that this person holds, oldest first."""
        with self._rights.reading() as (connection, person):
            return claims.claims_of(connection, person.id)

    def renew(self, claim: Claim) -> Claim:
        """Extend a claim from now on. Raises `Conflict` when it was lost."""
        with self._rights.acting(_claim_action(claim.kind), claim.decision_id) as (connection, person):
            now = self._database.now(connection)
            return claims.renew(connection, _own(claim, person), now, current_policy(connection))

    def release(self, claim: Claim) -> None:
        """Give a claim back. Raises `Conflict` when it was lost before."""
        with self._rights.acting(Action.RELEASE_CLAIM, claim.decision_id) as (connection, person):
            claims.release(connection, _own(claim, person))

    def skip(self, claim: Claim, why: str = "") -> LogEntry:
        """Give a claim back; the person gets the decision again only when nothing else is left. Raises as `release`."""
        with self._rights.acting(Action.SKIP, claim.decision_id) as (connection, person):
            claims.release(connection, _own(claim, person))
            mine = (skips.c.decision_id == claim.decision_id) & (skips.c.actor == person.id)
            connection.execute(skips.delete().where(mine))
            now = self._database.now(connection)
            connection.execute(skips.insert().values(decision_id=claim.decision_id, actor=person.id, at=now))
            why = v.text("why", why, limit=v.MAX_COMMENT, empty=True)
            return self._append(connection, person, "skip", claim.decision_id, {"why": why})

    def submit(self, claim: Claim, judgement: Judgement) -> LogEntry:
        """Record the review of a claimed decision; the claim is used up.

        A claim that ran out still counts as long as nobody else was given its place. Raises `Conflict` when the claim is gone
        or the decision no longer waits, `InvalidRecord` for a review that breaks a rule, `EntryChanged` when the decision's
        entry is not the one that the person was shown; in each case nothing is stored.
        """
        action = Action.ADJUDICATE if claim.kind is ReviewKind.ADJUDICATION else Action.SUBMIT
        with self._rights.acting(action, claim.decision_id) as (connection, person):
            before = lock_place(connection, claim.decision_id)
            granted = claims.take(connection, _own(claim, person))
            if granted.kind is not claim.kind:
                raise InvalidRecord("the claim was granted for another kind of review")
            _require_waiting(before, granted)
            now = self._database.now(connection)
            if not judgement.suggestion_visible and not _was_hidden(connection, person, granted):
                judgement = replace(judgement, suggestion_visible=True)
            drop_draft(connection, claim.decision_id, person.id)
            review = review_of(person, granted, judgement, now)
            return add_review(self._database, connection, before, review, judgement.entry_hash)

    def keep_draft(self, decision_id: str, content: Mapping[str, object]) -> None:
        """Keep a review that is filled in and not sent yet, a JSON object. Raises `NotFound`, `InvalidRecord`."""
        with self._rights.acting(Action.READ, decision_id) as (connection, person):
            queries.require_decision(connection, decision_id)
            keep_draft(connection, decision_id, person.id, self._database.now(connection), content)

    def draft(self, decision_id: str) -> dict[str, object] | None:
        """Return what this person has filled in about a decision and not sent yet; None without a draft."""
        with self._rights.reading(subject=decision_id) as (connection, person):
            return read_draft(connection, decision_id, person.id)

    def last_review(self) -> ReviewRecord | None:
        """Return this person's newest review as long as they may still withdraw it; None after that."""
        with self._rights.reading() as (connection, person):
            newest = next(iter(queries.last_reviews(connection, person.id, 1)), None)
            if newest is None or newest.verdict is Verdict.WITHDRAW:
                return None
            seconds = current_policy(connection).undo_seconds
            open_still = self._database.now(connection) <= shifted(newest.submitted_at, seconds)
        return newest if open_still else None

    def recent_reviews(self, limit: int = 20) -> list[ReviewRecord]:
        """Return this person's last reviews, newest first."""
        with self._rights.reading() as (connection, person):
            return queries.last_reviews(connection, person.id, limit)

    def amend(self, review_id: str, judgement: Judgement) -> LogEntry:
        """Replace the person's own current review by a new one; the old one stays in the record.

        Raises `NotFound`; `Conflict` when the review is another person's, is not the current one, or a lead has settled the
        dispute; `EntryChanged` as `submit`.
        """
        with self._rights.acting(Action.AMEND, review_id) as (connection, person):
            before, old = self._own_review(connection, person, review_id)
            if judgement.verdict is Verdict.WITHDRAW:
                raise InvalidRecord("an amended review needs a verdict; to take the review back, withdraw it")
            new = review_of(person, None, judgement, self._database.now(connection), replaces=old)
            drop_draft(connection, old.decision_id, person.id)
            return add_review(self._database, connection, before, new, judgement.entry_hash)

    def withdraw(self, review_id: str) -> Claim | None:
        """Take the person's own review back: the gate closes again, and the same person claims the decision anew.

        Return None, without a claim, when others have reviewed the decision as well: a person who can read their reviews is no
        longer independent. Raises as `amend`; `Conflict` also when the time for withdrawing, or the dispute, is over.
        A person who withdraws was shown the decision at the review: the entry that they signed for must still be there.
        """
        with self._rights.acting(Action.WITHDRAW, review_id) as (connection, person):
            before, old = self._own_review(connection, person, review_id)
            now, policy = self._database.now(connection), current_policy(connection)
            if now > shifted(old.submitted_at, policy.undo_seconds):
                raise Conflict("the time for taking this review back is over; amend it instead")
            signature = signatures_of(connection, [old.id]).get(old.id)
            # Nothing says what was shown at a review that nobody signed.
            entry_hash = decided(connection, old.decision_id) if signature is None else signature.entry_hash
            back = Judgement(Verdict.WITHDRAW, old.opened_at, old.shown_sha256, entry_hash, old.suggestion_visible)
            add_review(self._database, connection, before, review_of(person, None, back, now, replaces=old), entry_hash)
            if old.kind is ReviewKind.CONTROL:
                return None
            try:
                return claims.claim_this(connection, old.decision_id, person.id, now, policy, old.kind)
            except Conflict:  # others have reviewed it: a person who has not read their reviews takes the place
                return None

    def request_review(self, decision_id: str, why: str) -> LogEntry:
        """Ask for one more independent review; until it is given, the decision is held.

        Raises `NotFound`; `Conflict` when a lead has settled the decision, or it asks for as many reviews as it can have.
        """
        with self._rights.acting(Action.REQUEST_REVIEW, decision_id) as (connection, person):
            before = lock_place(connection, decision_id)
            if before.required >= MAX_REVIEWERS:
                raise Conflict(f"decision {decision_id} asks for {before.required} reviews already, which is the limit")
            hours = current_policy(connection).due_hours
            due = shifted(self._database.now(connection), hours * 3600) if hours else None
            content = {"why": v.text("why", why, limit=v.MAX_COMMENT), "due_at": due}
            entry = self._append(connection, person, REQUEST, decision_id, content)
            if due is not None:
                earlier = (queue.c.decision_id == decision_id) & (queue.c.due_at > due)
                connection.execute(queue.update().where(earlier).values(due_at=due))
            if refresh(connection, decision_id).state is QueueState.SETTLED:
                raise Conflict(f"decision {decision_id} was settled by a lead; no further review can be asked for")
            return entry

    def free_claim(self, decision_id: str, actor: str) -> LogEntry:
        """Take away the claim of another person, e.g. one who went home. Raises `NotFound` when they hold none."""
        with self._rights.acting(Action.FREE_CLAIM_OF_OTHERS, decision_id) as (connection, person):
            held = next((c for c in claims.claims_of(connection, actor) if c.decision_id == decision_id), None)
            if held is None:
                raise NotFound(f"{actor} holds no claim on decision {decision_id}")
            claims.release(connection, held)
            return self._append(connection, person, "claim_freed", decision_id, {"actor": actor})

    def live_claims(self) -> list[Claim]:
        """Return all claims of all people, oldest first."""
        with self._rights.reading(Action.SEE_TEAM) as (connection, _):
            actors = connection.scalars(select(leases.c.actor).distinct().order_by(leases.c.actor)).all()
            return sorted((c for a in actors for c in claims.claims_of(connection, a)), key=lambda c: c.granted_at)

    def seed_control(self, decision_id: str, expected: Verdict, why: str) -> LogEntry:
        """Make a settled decision, whose right verdict is known, a control item. Raises `NotFound`, `Conflict`."""
        with self._rights.acting(Action.SEED_CONTROL, decision_id) as (connection, person):
            if lock_place(connection, decision_id).state is not QueueState.SETTLED:
                raise Conflict("only a settled decision can be a control item: reviews of it must not count for the gate")
            if expected not in (Verdict.APPROVE, Verdict.FLAG):
                raise InvalidRecord("a control item expects approve or flag")
            content = {"expected": expected.value, "why": v.text("why", why, limit=v.MAX_COMMENT)}
            entry = self._append(connection, person, CONTROL, decision_id, content)
            caches.keep(connection, [(CONTROL, decision_id, entry.seq, content)])
            return entry

    def flagged_signatures(self, signatures: Sequence[str]) -> set[str]:
        """Return those of these kinds of pairs that a reviewer has marked as spurious or missing."""
        with self._rights.reading() as (connection, _):
            marked = doubted_pairs.c.signature.in_(list(signatures))
            return set(connection.scalars(select(doubted_pairs.c.signature).distinct().where(marked)))

    def _own_review(self, connection: Connection, person: Person, review_id: str) -> tuple[DecisionStanding, ReviewRecord]:
        """Lock the review's decision; return its standing and the review. A ruling on a dispute still needs the lead's role."""
        decision_id = connection.execute(select(reviews.c.decision_id).where(reviews.c.id == review_id)).scalar()
        if decision_id is None:
            raise NotFound(f"no review has the id {review_id!r:.80}")
        before = lock_place(connection, decision_id)
        review = next(review for review in queries.reviews_of(connection, decision_id) if review.id == review_id)
        if review.reviewer_id != person.id:
            raise Conflict("this is another person's review; a lead settles disagreements")
        if review.verdict is Verdict.WITHDRAW:  # its place was given back, perhaps to somebody else
            raise Conflict("this review was taken back; claim the decision again to review it")
        if review.kind is ReviewKind.ADJUDICATION:
            self._rights.check(connection, Action.ADJUDICATE)
        return before, review


def _require_waiting(before: DecisionStanding, claim: Claim) -> None:
    due = claims.WAITING.get(claim.kind)
    if due is not None and before.state is not due:
        raise Conflict(
            f"decision {claim.decision_id} no longer waits for such a review (it is {before.state}); nothing was stored"
        )


def _was_hidden(connection: Connection, person: Person, claim: Claim) -> bool:
    """Return whether the model's verdict was hidden from this person until now (`visibility`). The record tells; the person's
    own statement does not count."""
    blind = connection.execute(select(decisions.c.blind).where(decisions.c.id == claim.decision_id)).scalar()
    if not blind or claim.kind is ReviewKind.ADJUDICATION:
        return False
    return not queries.reviewed_by(connection, person.id, [claim.decision_id])


def _claim_action(kind: ReviewKind) -> Action:
    return Action.ADJUDICATE if kind is ReviewKind.ADJUDICATION else Action.CLAIM


def _claimable_kind(kind: object) -> ReviewKind:
    if kind is not ReviewKind.REVIEW and kind is not ReviewKind.ADJUDICATION:
        raise InvalidRecord("claim a review or an adjudication; control items are mixed in at random and cannot be chosen")
    return kind


def _own(claim: Claim, person: Person) -> Claim:
    if claim.actor != person.id:
        raise Conflict(f"the claim on decision {claim.decision_id} is another person's")
    return claim
