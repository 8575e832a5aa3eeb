"""Judgements: drafts, reviews, and how each review moves its decision's place in the queue and its gate.

A draft is a judgement that is filled in and not sent yet, kept so that a reload or a lost connection costs nothing. It is
working state and no evidence: only its author reads it, and the review that is sent takes its place.

Everything here runs inside the caller's transaction. Locks are always taken in the order queue row, head of the log.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, case, delete, func, select

from audit.errors import Conflict, EntryChanged, InvalidRecord, NotFound, Tampered
from audit.log import standing as rules
from audit.log.entries import DECISION, REQUEST, REVIEW
from audit.people.sessions import Person
from audit.records import validation as v
from audit.records.canonical import canonical, parse
from audit.records.clock import shifted
from audit.records.payload import to_payload
from audit.records.records import DecisionRecord, LogEntry, PairReview, ReviewRecord, Seen
from audit.records.vocabulary import Gate, QueueState, Reason, ReviewKind, Role, Verdict
from audit.review.claims import Claim, lock_item
from audit.review.gate import DecisionStanding, standing
from audit.storage import caches, documents, queries
from audit.storage.database import Database, Draft
from audit.storage.schema import NO_DUE_DATE, drafts, leases, queue
from audit.storage.state import state_of

MAX_DRAFT = 200_000  # characters of JSON: the longest comment and a thousand pairs
_SKEW = 86_400.0  # seconds: a clock that was set back since the page was opened must cost nobody their work


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a person says about a decision, and what the person had before them at that moment.

    `entry_hash`: of the decision's entry as it was shown (`Case.entry_hash`); `seen`: what of the evidence was in view.
    """

    verdict: Verdict
    opened_at: str
    shown_sha256: str
    entry_hash: str
    suggestion_visible: bool = True
    pairs: tuple[PairReview, ...] = ()
    reason: Reason | None = None
    comment: str = ""
    corrected_label: str | None = None
    seen: Seen | None = None


def keep_draft(connection: Connection, decision_id: str, actor: str, now: str, content: Mapping[str, object]) -> None:
    """Keep `content` in place of an earlier draft. Raises `InvalidRecord` when it is not a JSON object, or too long."""
    text = canonical(v.json_object("draft", content)).decode()
    if len(text) > MAX_DRAFT:
        raise InvalidRecord(f"the draft takes {len(text)} characters of JSON, at most {MAX_DRAFT} are kept")
    drop_draft(connection, decision_id, actor)
    connection.execute(drafts.insert().values(decision_id=decision_id, actor=actor, at=now, content=text))


def read_draft(connection: Connection, decision_id: str, actor: str) -> dict[str, object] | None:
    """Return the draft; None without one, or when it can no longer be read."""
    mine = (drafts.c.decision_id == decision_id) & (drafts.c.actor == actor)
    text = connection.execute(select(drafts.c.content).where(mine)).scalar()
    if text is None:
        return None
    try:
        return v.json_object("draft", parse(text))
    except InvalidRecord:
        return None


def drop_draft(connection: Connection, decision_id: str, actor: str) -> None:
    """Delete the draft, if there is one."""
    connection.execute(delete(drafts).where(drafts.c.decision_id == decision_id, drafts.c.actor == actor))


def queue_row(decision: DecisionRecord, seq: int) -> dict[str, object]:
    """Return the place in the queue that a decision gets when it is recorded."""
    initial = standing(decision.gate, decision.required_reviews, ())
    return {
        "decision_id": decision.id,
        "seq": seq,
        "priority": 0 if decision.gate is Gate.HELD else 1,
        "due_at": decision.due_at or NO_DUE_DATE,
        "required": initial.required,
        "accepted": 0,
        "free": initial.required if initial.state is QueueState.OPEN else 0,
        "state": initial.state.value,
        "gate": initial.gate.value,
    }


def place_in_queue(connection: Connection, decision_id: str) -> DecisionStanding:
    """Derive a decision's standing from the entries about it: the decision, its reviews and the requests for more.

    Raises `NotFound` for an unknown or erased decision, `Tampered`.
    """
    decision, given = queries.decision_of(connection, decision_id), queries.reviews_of(connection, decision_id)
    requests = documents.count(connection, REQUEST, decision_id)
    return standing(decision.gate, decision.required_reviews, given, requests)


def proven_standing(connection: Connection, decision_id: str) -> DecisionStanding:
    """Derive a decision's standing for the gate: no entry that could change it was made without the right to it.

    Raises as `place_in_queue`.
    """
    if type(decision_id) is not str:
        raise NotFound(f"no decision has the id {decision_id!r:.80}")
    state = state_of(connection)
    for read in (None, queries.decision_of, queries.reviews_of):
        if read is not None:  # what cannot be read is refused then
            read(connection, decision_id)
        if (problem := state.closing(connection, decision_id)) is not None:
            raise Tampered(problem.text)
    found = state.standing(connection, decision_id)
    if found is None:
        raise Tampered(f"a review of decision {decision_id} cannot be read")
    return DecisionStanding.of(found)


def lock_place(connection: Connection, decision_id: str) -> DecisionStanding:
    """Lock a decision's place in the queue; return its standing by the evidence, whatever its row says. Raises `NotFound`."""
    lock_item(connection, decision_id)
    return place_in_queue(connection, decision_id)


def refresh(connection: Connection, decision_id: str) -> DecisionStanding:
    """Bring a locked decision's row of the queue up to date with the evidence and the live claims."""
    place = place_in_queue(connection, decision_id)
    kind = ReviewKind.ADJUDICATION if place.state is QueueState.DISPUTED else ReviewKind.REVIEW
    claimed = select(func.count()).where(leases.c.decision_id == decision_id, leases.c.kind == kind.value)
    places = {QueueState.OPEN: place.required - place.accepted, QueueState.DISPUTED: 1, QueueState.SETTLED: 0}[place.state]
    taken = connection.execute(claimed).scalar_one() if places else 0
    connection.execute(
        queue.update()
        .where(queue.c.decision_id == decision_id)
        .values(
            required=place.required,
            accepted=place.accepted,
            free=max(0, places - taken),
            state=place.state.value,
            gate=place.gate.value,
            # A closed gate holds somebody up, whatever the decision's gate was when it was recorded.
            priority=case((queue.c.priority == 0, 0), else_=0 if place.gate is Gate.HELD else 1),
        )
    )
    return place


def review_of(
    person: Person, claim: Claim | None, judgement: Judgement, now: str, replaces: ReviewRecord | None = None
) -> ReviewRecord:
    """Return the review as it is recorded: who gave it, in which role, how and when they signed in; when it was assigned,
    opened and submitted. Raises `InvalidRecord` when it was opened in the future, or rests on no claim and no review."""
    if v.moment("opened_at", judgement.opened_at) > shifted(now, _SKEW):
        raise InvalidRecord("a review cannot have been opened in the future; check the clock of the machine that sent it")
    source = replaces or claim
    if source is None:
        raise InvalidRecord("a review needs a claim, or a review that it replaces")
    kind = source.kind
    role = Role.LEAD if kind is ReviewKind.ADJUDICATION or Role.REVIEWER not in person.roles else Role.REVIEWER
    return ReviewRecord(
        id=v.new_id(),
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
        seen=judgement.seen,
    )


def add_review(
    database: Database, connection: Connection, before: DecisionStanding, review: ReviewRecord, entry_hash: str
) -> LogEntry:
    """Record a review of a decision that is locked and whose standing is `before`. The entry's actor is the reviewer's id,
    its subject the decision; `entry_hash`: of the decision's entry as the reviewer was shown it, which the signature names.

    A review supersedes the same reviewer's current one of the same kind, and must name it; without a current one it supersedes
    none: independent reviews never replace each other. Once others have reviewed the decision, so that their reviews can be
    read, nobody changes their verdict: only a lead settles a disagreement.

    Raises `NotFound`; `Conflict` when a rule above is broken, or when a lead has settled the dispute; `EntryChanged` when the
    log has another entry of the decision now.
    """
    if decided(connection, review.decision_id) != entry_hash:
        raise EntryChanged(review.decision_id)
    given = queries.reviews_of(connection, review.decision_id)
    own = [old.verdict for old in given if (old.reviewer_id, old.kind) == (review.reviewer_id, ReviewKind.CONTROL)]
    if own and review.kind is ReviewKind.CONTROL and review.verdict not in (own[-1], Verdict.WITHDRAW):
        # It is settled, so everybody can read what others said.
        raise Conflict(f"your review of decision {review.decision_id} can be explained or withdrawn, and keeps its verdict")
    stood = rules.Standing(before.gate.value, before.state.value, before.accepted, before.required)
    refused = rules.refused_review(_counted(review), [_counted(old) for old in given], lambda: stood)
    if refused is not None:  # what the log would not let count is not written: it would close the gate
        why = refused.replace(review.reviewer_id, "you")
        raise Conflict(f"this review of decision {review.decision_id} would not count: {why}; read the decision again")
    draft = Draft(review.reviewer_id, REVIEW, review.decision_id, to_payload(review), entry_hash)
    (entry,) = database.append_all(connection, [draft])
    caches.keep(connection, [(REVIEW, draft.subject, entry.seq, draft.payload)])
    refresh(connection, review.decision_id)
    return entry


def _counted(review: ReviewRecord) -> rules.GivenReview:
    return rules.GivenReview(review.id, review.reviewer_id, review.kind.value, review.verdict.value, review.supersedes)


def decided(connection: Connection, decision_id: str) -> str:
    """Return the hash of a decision's entry as the log has it now. Raises `Tampered`."""
    for entry, _ in documents.texts(connection, state_of(connection).newest(connection, decision_id, (DECISION,))):
        return entry.hash
    if (closing := state_of(connection).closing(connection, decision_id)) is not None:
        raise Tampered(closing.text)
    raise EntryChanged(decision_id)
