"""Which reviewed decisions leave the record together: the last reviewed first, as many as whoever learns from them accepts.

Reviews go on for years, and a set that grew with them would be refused one day. So it has an upper bound, which is that of
`sparsemix.training.feedback.reading`: in decisions, in bytes of inputs, and in what is said of them. What does not fit is
counted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, and_, exists, func, select

from audit.records.canonical import canonical
from audit.records.records import DecisionRecord, ReviewRecord
from audit.records.vocabulary import QueueState, ReviewKind, Verdict
from audit.review.gate import current_reviews
from audit.storage import queries
from audit.storage.schema import decisions, queue, reviews

__all__ = ["MOST_DECISIONS", "Chosen", "ReviewedCase", "fitting", "last_reviewed", "waiting"]

MOST_DECISIONS = 10_000
MOST_BYTES = 2**30
"""All inputs together."""
MOST_INPUT_BYTES = 64 * 2**20
"""One input."""
MOST_SAID_BYTES = 60 * 2**20
"""What is said of all decisions, as JSON."""
_AT_ONCE = 100
_OPEN = select(queue.c.decision_id).where(queue.c.state == QueueState.OPEN.value)
_DECISION_BYTES, _PAIR_BYTES = 600, 140  # JSON's field names, hashes and numbers of any size


class ReviewedCase(NamedTuple):
    """What is needed of a decision, and its reviews that count; ``reading``: how its input was read, as it was recorded."""

    seq: int
    id: str
    input_sha256: str
    input_name: str
    weights_sha256: str
    reading: object
    label: str
    reviews: list[ReviewRecord]

    def most_bytes(self) -> int:
        """How long what is said of it can become."""
        labels = {self.label, *(review.corrected_label for review in self.reviews)}
        own = len(canonical([self.input_name, self.reading])) + max(len(canonical(label)) for label in labels)
        return own + _DECISION_BYTES + _PAIR_BYTES * sum(len(review.pairs) for review in self.reviews)


class Chosen(NamedTuple):
    """The decisions, the last reviewed first, and ``of`` how many they are the last."""

    cases: list[ReviewedCase]
    of: int


def last_reviewed(connection: Connection, since: str | None) -> Chosen:
    """The decisions with a review that counts (given ``since`` then) and with all that they need, but for what `fitting` asks
    of their inputs."""
    counting = and_(_counting(), reviews.c.decision_id.not_in(_OPEN))
    if since is not None:
        counting = and_(counting, reviews.c.submitted_at >= since)
    of = connection.scalar(select(func.count(reviews.c.decision_id.distinct())).where(counting)) or 0
    last = select(reviews.c.decision_id).where(counting).group_by(reviews.c.decision_id)
    ids = connection.scalars(last.order_by(func.max(reviews.c.seq).desc()).limit(MOST_DECISIONS)).all()
    cases, said = list[ReviewedCase](), 0
    for case in _cases(connection, ids):
        said += case.most_bytes()
        if said > MOST_SAID_BYTES:
            break
        cases.append(case)
    return Chosen(cases, of)


def waiting(connection: Connection) -> set[str]:
    """The decisions that need more reviews: until they are given, nobody is to know what others said."""
    return set(connection.scalars(_OPEN))


def fitting(cases: list[ReviewedCase], read: Callable[[str], bytes], put: Callable[[str, bytes], Any]) -> list[ReviewedCase]:
    """Put the inputs of these decisions one by one, each once, until no more fit; the decisions whose inputs were put. One that
    is too large by itself is passed over."""
    taken, there, left = list[ReviewedCase](), set[str](), MOST_BYTES
    for case in cases:
        if case.input_sha256 not in there:
            content = read(case.input_sha256)
            if len(content) > MOST_INPUT_BYTES:
                continue
            if len(content) > left:
                break
            put(case.input_sha256, content)
            there.add(case.input_sha256)
            left -= len(content)
        taken.append(case)
    return taken


def _counting() -> ColumnElement[bool]:
    """`current_reviews`, as the database tells it."""
    later = reviews.alias("later")
    kind = func.coalesce(reviews.c.kind, ReviewKind.REVIEW.value)
    replaced = exists(select(later.c.id).where(later.c.supersedes == reviews.c.id))
    return and_(reviews.c.verdict != Verdict.WITHDRAW.value, kind != ReviewKind.CONTROL.value, ~replaced)


def _cases(connection: Connection, ids: Sequence[str]) -> Iterator[ReviewedCase]:
    # Records with their selections are large: of each only what is needed is kept.
    for start in range(0, len(ids), _AT_ONCE):
        some = ids[start : start + _AT_ONCE]
        found = {one.decision.id: one for one in queries.summaries(connection, decisions.c.id.in_(some))}
        for id in some:
            if id in found:
                yield _case(found[id].seq, found[id].decision, current_reviews(queries.reviews_of(connection, id)))


def _case(seq: int, decision: DecisionRecord, counting: list[ReviewRecord]) -> ReviewedCase:
    return ReviewedCase(
        seq,
        decision.id,
        decision.input_sha256,
        decision.input_name,
        decision.weights_sha256,
        decision.details.get("reading"),
        decision.label,
        counting,
    )
