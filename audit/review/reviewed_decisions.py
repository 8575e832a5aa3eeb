"""Reviewed decisions that leave the record together: the last reviewed first, as many as training on reviews accepts.

Reviews accumulate for years, and a set without a bound would be refused one day. So the set has the upper bounds of
`sparsemix.training.feedback.reading`: in decisions, in bytes of inputs, and in bytes of what is said about them. Decisions that
do not fit are counted.
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

MOST_DECISIONS = 10_000
MOST_BYTES = 2**30
"""All inputs together."""
MOST_INPUT_BYTES = 64 * 2**20
"""One input."""
MOST_SAID_BYTES = 60 * 2**20
"""What is said about all decisions, as JSON."""
_AT_ONCE = 100
_OPEN = select(queue.c.decision_id).where(queue.c.state == QueueState.OPEN.value)
_DECISION_BYTES, _PAIR_BYTES = 600, 140  # what each takes besides its texts: field names, hashes, numbers of any size


class ReviewedCase(NamedTuple):
    """The needed fields of a decision, and its reviews that count; ``reading``: the recorded settings of reading its input."""

    seq: int
    id: str
    input_sha256: str
    input_name: str
    weights_sha256: str
    reading: object
    label: str
    reviews: list[ReviewRecord]

    def most_bytes(self) -> int:
        """Return an upper bound of the bytes of JSON that are said about this decision."""
        labels = {self.label, *(review.corrected_label for review in self.reviews)}
        own = len(canonical([self.input_name, self.reading])) + max(len(canonical(label)) for label in labels)
        return own + _DECISION_BYTES + _PAIR_BYTES * sum(len(review.pairs) for review in self.reviews)


class ReviewedCases(NamedTuple):
    """The chosen decisions, the last reviewed first; ``of``: how many reviewed decisions there are to choose from."""

    cases: list[ReviewedCase]
    of: int


def last_reviewed(connection: Connection, since: str | None) -> ReviewedCases:
    """Return the decisions that need no more reviews and have one that counts, given at ``since`` or later.

    There are at most as many as the bounds on their number and on what is said about them allow; `fitting` applies the bounds
    on inputs.
    """
    counting = and_(_counting(), reviews.c.decision_id.not_in(_OPEN))
    if since is not None:
        counting = and_(counting, reviews.c.submitted_at >= since)
    of = connection.scalar(select(func.count(reviews.c.decision_id.distinct())).where(counting)) or 0
    last = select(reviews.c.decision_id).where(counting).group_by(reviews.c.decision_id)
    ids = connection.scalars(last.order_by(func.max(reviews.c.seq).desc()).limit(MOST_DECISIONS)).all()
    cases, size = list[ReviewedCase](), 0
    for case in _cases(connection, ids):
        size += case.most_bytes()
        if size > MOST_SAID_BYTES:
            break
        cases.append(case)
    return ReviewedCases(cases, of)


def waiting(connection: Connection) -> set[str]:
    """Return the decisions that need more reviews: until these are given, the reviews of others stay hidden."""
    return set(connection.scalars(_OPEN))


def fitting(cases: list[ReviewedCase], read: Callable[[str], bytes], put: Callable[[str, bytes], Any]) -> list[ReviewedCase]:
    """Put the inputs of these decisions one by one, each once, until no more fit; return the decisions whose inputs were put.
    An input that is too large by itself is passed over. ``read(sha256)`` returns the content,
    ``put(sha256, content)`` stores it."""
    taken, put_already, left = list[ReviewedCase](), set[str](), MOST_BYTES
    for case in cases:
        if case.input_sha256 not in put_already:
            content = read(case.input_sha256)
            if len(content) > MOST_INPUT_BYTES:
                continue
            if len(content) > left:
                break
            put(case.input_sha256, content)
            put_already.add(case.input_sha256)
            left -= len(content)
        taken.append(case)
    return taken


def _counting() -> ColumnElement[bool]:
    """Return `current_reviews` as a condition of the database."""
    later = reviews.alias("later")
    replaced = exists(select(later.c.id).where(later.c.supersedes == reviews.c.id))
    return and_(reviews.c.verdict != Verdict.WITHDRAW.value, reviews.c.kind != ReviewKind.CONTROL.value, ~replaced)


def _cases(connection: Connection, ids: Sequence[str]) -> Iterator[ReviewedCase]:
    # Records with their selections are large: only the needed fields of each are kept.
    for start in range(0, len(ids), _AT_ONCE):
        part = ids[start : start + _AT_ONCE]
        summaries = {summary.decision.id: summary for summary in queries.summaries(connection, decisions.c.id.in_(part))}
        for id in part:
            if id in summaries:
                counting = current_reviews(queries.reviews_of(connection, id))
                yield _case(summaries[id].seq, summaries[id].decision, counting)


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
