"""Reviews as lines: the columns that say what each counts for, when many are read at once.

A `ReviewRecord` checks itself and has its pairs; reading thousands of them takes a hundred times as long.
"""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, select

from audit.errors import Tampered
from audit.records.vocabulary import Reason, ReviewKind, Verdict
from audit.storage.schema import reviews


class ReviewLine(NamedTuple):
    """Some columns of a review's row; the first four decide the gate."""

    id: str
    supersedes: str | None
    verdict: Verdict
    kind: ReviewKind
    reason: Reason | None = None
    corrected_label: str | None = None
    decision_id: str = ""
    reviewer_id: str = ""
    reviewer_name: str = ""
    opened_at: str = ""
    submitted_at: str = ""


def review_lines(connection: Connection, *where: ColumnElement[bool]) -> list[ReviewLine]:
    """Return the reviews that fit, oldest first. Raises `Tampered` for a row that cannot be of a review."""
    columns = [reviews.c[name] for name in ReviewLine._fields]
    lines = map(ReviewLine._make, connection.execute(select(*columns).where(*where).order_by(reviews.c.seq)))
    try:
        return [
            line._replace(
                verdict=Verdict(line.verdict),
                kind=ReviewKind(line.kind),
                reason=None if line.reason is None else Reason(line.reason),
            )
            for line in lines
        ]
    except ValueError as error:
        raise Tampered("a stored review is not what was recorded; run `python -m audit verify` to see what changed") from error
