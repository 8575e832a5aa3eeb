"""Claims on decisions: who works on what, under a lease and with a fencing token.

A claim belongs to one person until it is submitted, released or replaced; its token is the proof. A claim whose lease
has expired stays valid until somebody else gets its place; only then is its token invalid. So a wrong clock can cost a claim,
but never lets two people have the same place.

Everything here runs inside the caller's transaction, under the lock of the queue's row (PostgreSQL: FOR UPDATE, SKIP
LOCKED for the next one; SQLite: the file's write lock).
"""

from __future__ import annotations

import random
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, Select, and_, exists, or_, select

from audit.errors import Conflict, NotFound
from audit.log.entries import REQUEST
from audit.records.clock import shifted
from audit.records.validation import new_id
from audit.records.vocabulary import QueueState, ReviewKind, Verdict
from audit.review.review_policy import ReviewPolicy
from audit.storage.schema import controls, leases, log, queue, reviews, skips

_ADJUDICATION = ReviewKind.ADJUDICATION.value
_SKEW = 5.0  # seconds that servers' clocks may differ; a lease granted further in the future comes from a clock that stepped
_EXPIRED_AT_ONCE = 8  # expired claims that one call takes back at most
WAITING = {ReviewKind.REVIEW: QueueState.OPEN, ReviewKind.ADJUDICATION: QueueState.DISPUTED}


@dataclass(frozen=True, slots=True)
class Claim:
    """A person's hold on a decision: `token` must come back with the review; `kind` says what the review will count for."""

    decision_id: str
    actor: str
    token: str
    kind: ReviewKind
    granted_at: str
    expires_at: str


def claim_next(
    connection: Connection, actor: str, now: str, policy: ReviewPolicy, kind: ReviewKind = ReviewKind.REVIEW
) -> Claim | None:
    """Return the claim of this kind that this person has already, or claim the next decision that they may work on; None
    without one.

    Decisions whose gate is held come first, then those with the earliest due date, then those with the lowest seq; decisions
    that the person skipped come last. Nobody gets a decision that they have reviewed, so that reviews are independent and no
    party to a dispute settles it.
    """
    for own in claims_of(connection, actor):
        # A control item is handed out as a review, and must look like one.
        if (own.kind is ReviewKind.ADJUDICATION) is (kind is ReviewKind.ADJUDICATION) and _keep_if_needed(connection, own):
            with suppress(Conflict):  # the claim had run out and was lost at this moment
                return renew(connection, own, now, policy)
    _free_expired(connection, now)
    if kind is ReviewKind.REVIEW and policy.control_share > random.random():  # noqa: S311 - sampling, no secret
        # Only among other decisions: where nothing else waits, the reviewer would know the control item.
        control = _next_control(connection, actor) if any_left(connection, actor, kind) else None
        if control is not None:
            return _grant(connection, control, actor, now, policy, ReviewKind.CONTROL)
    for waiting in _in_turn(actor, kind):
        decision_id = connection.execute(waiting.with_for_update(skip_locked=True)).scalar()
        if decision_id is not None:
            return _take_place(connection, decision_id, actor, now, policy, kind)
    return None


def upcoming(connection: Connection, actor: str, after: str, kind: ReviewKind) -> str | None:
    """Return the decision that this person would be given next, besides the one with the id `after`, without claiming it."""
    turns = (waiting.where(queue.c.decision_id != after) for waiting in _in_turn(actor, kind))
    return next((str(id) for waiting in turns if (id := connection.execute(waiting).scalar()) is not None), None)


def _in_turn(actor: str, kind: ReviewKind) -> list[Select[str]]:
    """Return the query for the next decision that this person has not skipped, then that for the next one that they have."""
    skipped = exists().where(skips.c.decision_id == queue.c.decision_id, skips.c.actor == actor)
    waiting = select(queue.c.decision_id).where(_claimable(actor, kind))
    waiting = waiting.order_by(queue.c.priority, queue.c.due_at, queue.c.seq).limit(1)
    return [waiting.where(group) for group in (~skipped, skipped)]


def any_left(connection: Connection, actor: str, kind: ReviewKind) -> bool:
    """Return whether this person could claim any decision, as far as can be seen without a lock."""
    return connection.execute(select(queue.c.seq).where(_claimable(actor, kind)).limit(1)).first() is not None


def claim_this(connection: Connection, decision_id: str, actor: str, now: str, policy: ReviewPolicy, kind: ReviewKind) -> Claim:
    """Claim one decision. Raises `NotFound`; `Conflict` with the reason when it cannot be claimed."""
    item = lock_item(connection, decision_id)
    mine = select(leases).where(leases.c.decision_id == decision_id, leases.c.actor == actor)
    held = connection.execute(mine).mappings().first()
    if held and _keep_if_needed(connection, _claim(held)):
        return renew(connection, _claim(held), now, policy)
    _free_expired(connection, now, decision_id)
    if connection.execute(select(queue.c.seq).where(queue.c.decision_id == decision_id, _claimable(actor, kind))).first():
        return _take_place(connection, decision_id, actor, now, policy, kind)
    party = _was_party if kind is ReviewKind.ADJUDICATION else _not_independent
    involved = connection.execute(select(1).where(party(actor, decision_id))).first()
    if involved:
        raise Conflict(f"you have reviewed decision {decision_id}, or asked for a review: another person has to look at it")
    if item["state"] != (QueueState.DISPUTED if kind is ReviewKind.ADJUDICATION else QueueState.OPEN):
        raise Conflict(f"decision {decision_id} does not wait for such a review (it is {item['state']})")
    raise Conflict(f"somebody else is working on decision {decision_id}; choose another or try again later")


def renew(connection: Connection, claim: Claim, now: str, policy: ReviewPolicy) -> Claim:
    """Extend a claim from now on. Raises `Conflict` when it was lost."""
    until = shifted(now, policy.lease_seconds)
    updated = connection.execute(leases.update().where(_is(claim)).values(expires_at=until, renewed_at=now))
    if updated.rowcount != 1:
        raise _lost(claim)
    return replace(claim, expires_at=until)


def take(connection: Connection, claim: Claim) -> Claim:
    """Use up a claim, whose decision is locked, and return it as it was granted. Raises `Conflict` when it was lost."""
    granted = connection.execute(select(leases).where(_is(claim))).mappings().first()
    if granted is None or connection.execute(leases.delete().where(_is(claim))).rowcount != 1:
        raise _lost(claim)
    return _claim(granted)


def release(connection: Connection, claim: Claim) -> None:
    """Give a claim back unused. Raises `Conflict` when it was lost before."""
    lock_item(connection, claim.decision_id)
    _give_place_back(connection, take(connection, claim))


def claims_of(connection: Connection, actor: str) -> list[Claim]:
    """Return all claims of a person, oldest first."""
    rows = connection.execute(select(leases).where(leases.c.actor == actor).order_by(leases.c.granted_at))
    return [_claim(row) for row in rows.mappings()]


def lock_item(connection: Connection, decision_id: str) -> RowMapping:
    """Lock a decision's place in the queue and return its row. Raises `NotFound`."""
    row = connection.execute(select(queue).where(queue.c.decision_id == decision_id).with_for_update()).mappings().first()
    if row is None:
        raise NotFound(f"no decision has the id {decision_id!r:.80}")
    return row


def _claimable(actor: str, kind: ReviewKind) -> ColumnElement[bool]:
    state = QueueState.DISPUTED if kind is ReviewKind.ADJUDICATION else QueueState.OPEN
    leased = exists().where(leases.c.decision_id == queue.c.decision_id, leases.c.actor == actor)
    party = _was_party if kind is ReviewKind.ADJUDICATION else _not_independent
    return and_(queue.c.state == state.value, queue.c.free > 0, ~leased, ~party(actor, queue.c.decision_id))


def _was_party(actor: str, decision_id: Any) -> ColumnElement[bool]:
    """Return the condition that this person ever reviewed the decision, also withdrawn: only an outsider settles a dispute."""
    mine = reviews.alias("ever_mine")
    return exists().where(
        mine.c.decision_id == decision_id, mine.c.reviewer_id == actor, mine.c.kind.is_distinct_from(_ADJUDICATION)
    )


def _not_independent(actor: str, decision_id: Any) -> ColumnElement[bool]:
    """Return the condition that this person is no longer independent.

    Any of: a review of theirs counts; they withdrew one when others had reviewed already, whose reviews they could then read;
    they asked for one more review when others had reviewed.
    """
    mine, later, other = reviews.alias("mine"), reviews.alias("later"), reviews.alias("other")
    counts = and_(
        mine.c.verdict != Verdict.WITHDRAW.value,
        ~exists().where(later.c.supersedes == mine.c.id),
    )
    seen = exists().where(other.c.decision_id == mine.c.decision_id, other.c.reviewer_id != actor)
    reviewed = exists().where(
        mine.c.decision_id == decision_id,
        mine.c.reviewer_id == actor,
        mine.c.kind.is_distinct_from(ReviewKind.CONTROL.value),
        or_(counts, seen),
    )
    requested = exists().where(log.c.subject == decision_id, log.c.type == REQUEST, log.c.actor == actor)
    read = reviews.alias("read")
    others = exists().where(read.c.decision_id == decision_id, read.c.reviewer_id != actor)
    return or_(reviewed, and_(requested, others))


def _next_control(connection: Connection, actor: str) -> str | None:
    """Lock and return a control item that this person has neither reviewed, not even as an ordinary decision, nor skipped.

    A control item that waits for reviews again is an ordinary decision for that time.
    """
    seen = exists().where(reviews.c.decision_id == controls.c.decision_id, reviews.c.reviewer_id == actor)
    skipped = exists().where(skips.c.decision_id == controls.c.decision_id, skips.c.actor == actor)
    settled = exists().where(queue.c.decision_id == controls.c.decision_id, queue.c.state == QueueState.SETTLED.value)
    first = select(controls.c.decision_id).where(settled, ~seen, ~skipped).order_by(controls.c.seq).limit(20)
    unseen = connection.scalars(first).all()
    if not unseen:
        return None
    chosen = random.choice(unseen)  # noqa: S311 - sampling, no secret
    try:
        # Under the lock: the decision may be erased, or wait for reviews again, at this moment.
        return chosen if lock_item(connection, chosen)["state"] == QueueState.SETTLED.value else None
    except NotFound:
        return None


def _take_place(
    connection: Connection, decision_id: str, actor: str, now: str, policy: ReviewPolicy, kind: ReviewKind
) -> Claim:
    connection.execute(queue.update().where(queue.c.decision_id == decision_id).values(free=queue.c.free - 1))
    return _grant(connection, decision_id, actor, now, policy, kind)


def _give_place_back(connection: Connection, claim: Claim) -> None:
    """Free the claim's place if the decision still waits for this kind: a claim on an earlier dispute has none in a new one."""
    state = WAITING.get(claim.kind)
    if state is not None:
        place = queue.update().where(queue.c.decision_id == claim.decision_id, queue.c.state == state.value)
        connection.execute(place.values(free=queue.c.free + 1))


def _keep_if_needed(connection: Connection, claim: Claim) -> bool:
    """Delete the claim unless its decision still waits for this kind of review, because others may have changed their reviews
    meanwhile. Return whether it was kept."""
    state = connection.execute(select(queue.c.state).where(queue.c.decision_id == claim.decision_id)).scalar()
    if state is None:  # erased
        connection.execute(leases.delete().where(_is(claim)))
        return False
    if claim.kind is ReviewKind.CONTROL or state == WAITING[claim.kind].value:
        return True
    # Under the lock, or the place could be counted as taken while the claim is deleted.
    if lock_item(connection, claim.decision_id)["state"] == WAITING[claim.kind].value:
        return True
    connection.execute(leases.delete().where(_is(claim)))
    return False


def _grant(connection: Connection, decision_id: str, actor: str, now: str, policy: ReviewPolicy, kind: ReviewKind) -> Claim:
    claim = Claim(decision_id, actor, new_id(), kind, now, shifted(now, policy.lease_seconds))
    connection.execute(leases.insert(), {**asdict(claim), "renewed_at": now})
    return claim


def _free_expired(connection: Connection, now: str, decision_id: str | None = None) -> None:
    """Take back expired claims, each under the lock of its decision; pass over decisions that others have locked."""
    over = or_(leases.c.expires_at <= now, leases.c.renewed_at > shifted(now, _SKEW))
    which = over if decision_id is None else and_(over, leases.c.decision_id == decision_id)
    expired = connection.execute(select(leases).where(which).order_by(leases.c.expires_at).limit(_EXPIRED_AT_ONCE))
    for claim in map(_claim, expired.mappings().all()):
        lock = select(queue.c.seq).where(queue.c.decision_id == claim.decision_id).with_for_update(skip_locked=True)
        if connection.execute(lock).first() is None:
            continue
        if connection.execute(leases.delete().where(_is(claim), over)).rowcount == 1:
            _give_place_back(connection, claim)


def _claim(row: RowMapping) -> Claim:
    fields = {name: row[name] for name in ("decision_id", "actor", "token", "granted_at", "expires_at")}
    return Claim(kind=ReviewKind(row["kind"]), **fields)


def _is(claim: Claim) -> ColumnElement[bool]:
    return and_(leases.c.decision_id == claim.decision_id, leases.c.actor == claim.actor, leases.c.token == claim.token)


def _lost(claim: Claim) -> Conflict:
    return Conflict(
        f"your claim on decision {claim.decision_id} is gone: it had run out and somebody else took it, or it was used or "
        "given back before; nothing was stored"
    )
