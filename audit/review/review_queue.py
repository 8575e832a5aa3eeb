"""`ReviewQueue`: the work of reviewers and leads, each action checked against the person's roles.

    claim = access.queue.claim()                                     # the next decision, under a lease
    entry = access.queue.submit(claim, Judgement(Verdict.APPROVE, opened_at=..., shown_sha256=...))

How a decision comes into the queue stands in it (`required_reviews`, `due_at`, `sampling_route`, `inclusion_probability`); who
may claim what is in `audit.review.claims`, what a review leads to in `audit.review.judgements`, when the gate opens in
`audit.review.gate`.
"""

from __future__ import annotations

import random
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection, select

from audit.errors import Conflict, InvalidRecord, NotFound
from audit.log.entries import CONTROL, REQUEST
from audit.people.rights import Rights
from audit.people.roles import Action
from audit.people.sessions import Person
from audit.records import validation as v
from audit.records.clock import shifted
from audit.records.records import MAX_REVIEWERS, LogEntry, PairReview, ReviewRecord
from audit.records.validation import new_id
from audit.records.vocabulary import PairVerdict, QueueState, Reason, ReviewKind, Role, Verdict
from audit.review import claims, drafts
from audit.review.claims import Claim
from audit.review.gate import Standing
from audit.review.judgements import add_review, lock_place, refresh
from audit.review.review_policy import current_policy
from audit.storage import queries
from audit.storage.schema import controls, decisions, leases, pair_reviews, queue, reviews, skips

__all__ = ["Judgement", "ReviewQueue"]

_TRIES = 20  # of a claim, while others hold the locks of what is left
_SKEW = 86_400.0  # seconds: a clock that was set back since the page was opened must cost nobody their work


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a person says about a decision, and what they had before them when they said it."""

    verdict: Verdict
    opened_at: str
    shown_sha256: str
    suggestion_visible: bool = True
    pairs: tuple[PairReview, ...] = ()
    reason: Reason | None = None
    comment: str = ""
    corrected_label: str | None = None


class ReviewQueue:
    """The queue as one person works on it. Every method may raise `Denied` and `SignInFailed`."""

    def __init__(self, rights: Rights) -> None:
        self._rights = rights
        self._database = rights.database

    def claim(self, kind: ReviewKind = ReviewKind.REVIEW) -> Claim | None:
        """Claim the next decision, or go on with the one claimed already; None when nothing waits for this person.

        With `ReviewKind.ADJUDICATION` the next dispute, which a lead settles who has not reviewed it.
        """
        for _ in range(_TRIES):
            with self._rights.acting(_claiming(_asked(kind))) as (connection, person):
                now = self._database.now(connection)
                claim = claims.claim_next(connection, person.id, now, current_policy(connection), kind)
                # What somebody else has locked this very moment was passed over, and may have places left.
                if claim is not None or not claims.any_left(connection, person.id, kind):
                    return claim
            time.sleep(random.uniform(0.002, 0.02))  # noqa: S311 - no secret hangs on a pause
        return None

    def claim_decision(self, decision_id: str, kind: ReviewKind = ReviewKind.REVIEW) -> Claim:
        """Claim one decision. Errors: `NotFound`; `Conflict` with the reason why it cannot be had."""
        with self._rights.acting(_claiming(_asked(kind)), decision_id) as (connection, person):
            now = self._database.now(connection)
            return claims.claim_this(connection, decision_id, person.id, now, current_policy(connection), kind)

    def claims(self) -> list[Claim]:
        """What this person holds, oldest first."""
        with self._rights.reading() as (connection, person):
            return claims.held_by(connection, person.id)

    def renew(self, claim: Claim) -> Claim:
        """Extend a claim from now on. Errors: `Conflict` when it was lost."""
        with self._rights.acting(_claiming(claim.kind), claim.decision_id) as (connection, person):
            now = self._database.now(connection)
            return claims.renew(connection, _own(claim, person), now, current_policy(connection))

    def release(self, claim: Claim) -> None:
        """Give a claim back. Errors: `Conflict` when it was lost before."""
        with self._rights.acting(Action.RELEASE_CLAIM, claim.decision_id) as (connection, person):
            claims.release(connection, _own(claim, person))

    def skip(self, claim: Claim, why: str = "") -> LogEntry:
        """Give a claim back and see the decision again only when nothing else is left. Errors as `release`."""
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

        A claim that ran out still counts as long as nobody else was given its place. Errors: `Conflict` when it is gone or
        the decision is no longer waiting, `InvalidRecord` for a review that breaks a rule; in each case nothing is stored.
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
            drafts.drop(connection, claim.decision_id, person.id)
            return add_review(self._database, connection, before, _record(person, granted, judgement, now))

    def keep_draft(self, decision_id: str, content: Mapping[str, object]) -> None:
        """Keep what is filled in and not sent yet, a JSON object. Errors: `NotFound`, `InvalidRecord`."""
        with self._rights.acting(Action.READ, decision_id) as (connection, person):
            queries.require_decision(connection, decision_id)
            drafts.keep(connection, decision_id, person.id, self._database.now(connection), content)

    def draft(self, decision_id: str) -> dict[str, object] | None:
        """What this person has filled in about a decision and not sent yet."""
        with self._rights.reading(subject=decision_id) as (connection, person):
            return drafts.read(connection, decision_id, person.id)

    def last_review(self) -> ReviewRecord | None:
        """This person's newest review, as long as they may still withdraw it."""
        with self._rights.reading() as (connection, person):
            found = queries.last_reviews(connection, person.id, 1)
            if not found or found[0].verdict is Verdict.WITHDRAW:
                return None
            seconds = current_policy(connection).undo_seconds
            open_still = self._database.now(connection) <= shifted(found[0].submitted_at, seconds)
        return found[0] if open_still else None

    def recent_reviews(self, limit: int = 20) -> list[ReviewRecord]:
        """What this person said last, newest first."""
        with self._rights.reading() as (connection, person):
            return queries.last_reviews(connection, person.id, limit)

    def amend(self, review_id: str, judgement: Judgement) -> LogEntry:
        """Replace one's own current review by a new one; the old one stays in the record.

        Errors: `NotFound`; `Conflict` when it is not one's own, not the current one, or a lead has settled the dispute.
        """
        with self._rights.acting(Action.AMEND, review_id) as (connection, person):
            before, old = self._own_review(connection, person, review_id)
            if judgement.verdict is Verdict.WITHDRAW:
                raise InvalidRecord("to take a review back, withdraw it: there is a time for that")
            new = _record(person, None, judgement, self._database.now(connection), replaces=old)
            drafts.drop(connection, old.decision_id, person.id)
            return add_review(self._database, connection, before, new)

    def withdraw(self, review_id: str) -> Claim | None:
        """Take one's own review back: the gate closes again, and the decision is claimed anew by the same person.

        Not so (None) when others have reviewed it as well: whoever can read them is no longer independent.

        Errors: as `amend`; `Conflict` also when the time for it, or the dispute, is over.
        """
        with self._rights.acting(Action.WITHDRAW, review_id) as (connection, person):
            before, old = self._own_review(connection, person, review_id)
            now, policy = self._database.now(connection), current_policy(connection)
            if now > shifted(old.submitted_at, policy.undo_seconds):
                raise Conflict("the time for taking this review back is over; amend it instead")
            back = Judgement(Verdict.WITHDRAW, old.opened_at, old.shown_sha256, old.suggestion_visible)
            add_review(self._database, connection, before, _record(person, None, back, now, replaces=old))
            if old.kind is ReviewKind.CONTROL:
                return None
            try:
                return claims.claim_this(connection, old.decision_id, person.id, now, policy, old.kind)
            except Conflict:  # others have reviewed it: somebody who has not read them takes the place
                return None

    def request_review(self, decision_id: str, why: str) -> LogEntry:
        """Ask for one more independent review; until it is given, the decision is held.

        Errors: `NotFound`; `Conflict` when a lead has settled it or it has as many reviews as it can have.
        """
        with self._rights.acting(Action.REQUEST_REVIEW, decision_id) as (connection, person):
            found = lock_place(connection, decision_id)
            if found.required >= MAX_REVIEWERS:
                raise Conflict(f"decision {decision_id} asks for {found.required} reviews already, which is the limit")
            hours = current_policy(connection).due_hours
            due = shifted(self._database.now(connection), hours * 3600) if hours else None
            content = {"why": v.text("why", why, limit=v.MAX_COMMENT), "due_at": due}
            entry = self._append(connection, person, REQUEST, decision_id, content)
            if due is not None:
                earlier = (queue.c.decision_id == decision_id) & (queue.c.due_at > due)
                connection.execute(queue.update().where(earlier).values(due_at=due))
            if refresh(connection, decision_id).state is QueueState.SETTLED:
                raise Conflict(f"decision {decision_id} was settled by a lead, and that stands")
            return entry

    def free_claim(self, decision_id: str, actor: str) -> LogEntry:
        """Take somebody's claim away, e.g. of a person who went home. Errors: `NotFound` when they hold none."""
        with self._rights.acting(Action.FREE_CLAIM_OF_OTHERS, decision_id) as (connection, person):
            held = next((c for c in claims.held_by(connection, actor) if c.decision_id == decision_id), None)
            if held is None:
                raise NotFound(f"{actor} holds no claim on decision {decision_id}")
            claims.release(connection, held)
            return self._append(connection, person, "claim_freed", decision_id, {"actor": actor})

    def live_claims(self) -> list[Claim]:
        """All claims of all people, oldest first."""
        with self._rights.reading(Action.SEE_TEAM) as (connection, _):
            actors = connection.scalars(select(leases.c.actor).distinct().order_by(leases.c.actor)).all()
            return sorted((c for a in actors for c in claims.held_by(connection, a)), key=lambda c: c.granted_at)

    def seed_control(self, decision_id: str, expected: Verdict, why: str) -> LogEntry:
        """Make a settled decision, whose right verdict is known, a control item. Errors: `NotFound`, `Conflict`."""
        with self._rights.acting(Action.SEED_CONTROL, decision_id) as (connection, person):
            if lock_place(connection, decision_id).state is not QueueState.SETTLED:
                raise Conflict("only a settled decision can be a control item: its review must not count for the gate")
            if expected not in (Verdict.APPROVE, Verdict.FLAG):
                raise InvalidRecord("a control item expects approve or flag")
            content = {"expected": expected.value, "why": v.text("why", why, limit=v.MAX_COMMENT)}
            entry = self._append(connection, person, CONTROL, decision_id, content)
            connection.execute(controls.delete().where(controls.c.decision_id == decision_id))
            connection.execute(controls.insert().values(decision_id=decision_id, seq=entry.seq, expected=expected.value))
            return entry

    def flagged_signatures(self, signatures: Sequence[str]) -> set[str]:
        """Which of these kinds of pairs somebody has called spurious or missing."""
        with self._rights.reading() as (connection, _):
            wrong = (PairVerdict.SPURIOUS.value, PairVerdict.MISSING.value)
            found = select(pair_reviews.c.signature).distinct()
            found = found.where(pair_reviews.c.signature.in_(list(signatures)), pair_reviews.c.verdict.in_(wrong))
            return set(connection.scalars(found))

    def _append(
        self, connection: Connection, person: Person, type: str, subject: str, payload: Mapping[str, object]
    ) -> LogEntry:
        return self._database.append(connection, actor=person.id, type=type, subject=subject, payload=payload)

    def _own_review(self, connection: Connection, person: Person, review_id: str) -> tuple[Standing, ReviewRecord]:
        """Where the locked decision stands, and the review; one that settles a dispute needs the role that it was given in."""
        decision_id = connection.execute(select(reviews.c.decision_id).where(reviews.c.id == review_id)).scalar()
        if decision_id is None:
            raise NotFound(f"no review has the id {review_id!r:.80}")
        before = lock_place(connection, decision_id)
        found = next(review for review in queries.reviews_of(connection, decision_id) if review.id == review_id)
        if found.reviewer_id != person.id:
            raise Conflict("this is another person's review; a lead settles disagreements")
        if found.verdict is Verdict.WITHDRAW:  # its place was given back, perhaps to somebody else
            raise Conflict("this review was taken back; claim the decision again to review it")
        if found.kind is ReviewKind.ADJUDICATION:
            self._rights.check(connection, Action.ADJUDICATE)
        return before, found


def _require_waiting(before: Standing, claim: Claim) -> None:
    due = {ReviewKind.REVIEW: QueueState.OPEN, ReviewKind.ADJUDICATION: QueueState.DISPUTED}.get(claim.kind)
    if due is not None and before.state is not due:
        raise Conflict(f"decision {claim.decision_id} no longer waits for this ({before.state}); nothing was stored")


def _was_hidden(connection: Connection, person: Person, claim: Claim) -> bool:
    """Whether the model's word was kept from this person until now (`visibility`): they cannot say so themselves."""
    blind = connection.execute(select(decisions.c.blind).where(decisions.c.id == claim.decision_id)).scalar()
    if not blind or claim.kind is ReviewKind.ADJUDICATION:
        return False
    return not queries.reviewed_by(connection, person.id, [claim.decision_id])


def _claiming(kind: ReviewKind) -> Action:
    return Action.ADJUDICATE if kind is ReviewKind.ADJUDICATION else Action.CLAIM


def _asked(kind: object) -> ReviewKind:
    if kind is not ReviewKind.REVIEW and kind is not ReviewKind.ADJUDICATION:
        raise InvalidRecord("a claim is for a review or for an adjudication; control items come by chance among the others")
    return kind


def _own(claim: Claim, person: Person) -> Claim:
    if claim.actor != person.id:
        raise Conflict(f"the claim on decision {claim.decision_id} is another person's")
    return claim


def _record(
    person: Person, claim: Claim | None, judgement: Judgement, now: str, replaces: ReviewRecord | None = None
) -> ReviewRecord:
    """The review as it is recorded: who, as what, how and when established, assigned, opened, submitted."""
    if v.moment("opened_at", judgement.opened_at) > shifted(now, _SKEW):
        raise InvalidRecord("a review cannot have been opened in the future; check the clock of the machine that sent it")
    source = replaces or claim
    if source is None:
        raise InvalidRecord("a review needs a claim, or a review that it replaces")
    kind = source.kind
    role = Role.LEAD if kind is ReviewKind.ADJUDICATION or Role.REVIEWER not in person.roles else Role.REVIEWER
    return ReviewRecord(
        id=new_id(),
        decision_id=source.decision_id,
        reviewer_id=person.id,
        reviewer_name=person.name,
        role=role.value,
        authentication=person.authentication,
        authenticated_at=person.authenticated_at,
        assigned_at=claim.granted_at if claim else replaces.assigned_at if replaces else None,
        opened_at=judgement.opened_at,
        submitted_at=now,
        shown_sha256=judgement.shown_sha256,
        suggestion_visible=judgement.suggestion_visible,
        verdict=judgement.verdict,
        pairs=judgement.pairs,
        reason=judgement.reason,
        comment=judgement.comment,
        corrected_label=judgement.corrected_label,
        supersedes=replaces.id if replaces else None,
        kind=kind,
        lease=claim.token if claim else None,
    )
