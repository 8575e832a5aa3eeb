"""Rows that no log entry accounts for. Run after the entries themselves were verified."""

from __future__ import annotations

from sqlalchemy import Connection, select, union

from audit.log import Problem
from audit.rules import DECISION, REVIEW
from audit.schema import blobs, decisions, log, pair_reviews, payloads, reviews, selections

__all__ = ["find_strays"]


def find_strays(connection: Connection) -> list[Problem]:
    """Return one problem for the first stray row of each kind; a row that names its entry gives the `seq`."""
    problems = []
    named = union(select(selections.c.sha256), select(decisions.c.input_sha256)).subquery()
    logged = select(log.c.seq)
    for table, what, known in (
        (log, "A log entry", select(log.c.seq).where(log.c.seq >= 1)),
        (payloads, "The content", logged),
        (decisions, "A decision", logged.where(log.c.type == DECISION)),
        (reviews, "A review", logged.where(log.c.type == REVIEW)),
    ):
        stray = select(table.c.seq).where(table.c.seq.not_in(known)).order_by(table.c.seq).limit(1)
        seq = connection.execute(stray).scalar()
        if seq is not None:
            text = f"{what} in the database claims to be entry {seq}, but the log has no such entry."
            problems.append(Problem(seq, text))
    for table, column, known, what in (
        (selections, selections.c.decision_id, select(decisions.c.id), "selection of a decision"),
        (pair_reviews, pair_reviews.c.review_id, select(reviews.c.id), "verdict on a pair of a review"),
        (blobs, blobs.c.sha256, select(named.c.sha256), "file"),
    ):
        owner = connection.execute(select(column).select_from(table).where(column.not_in(known)).limit(1)).scalar()
        if owner is not None:
            problems.append(Problem(None, f"The database holds a {what} ({owner}) that no log entry recorded."))
    return sorted(problems, key=lambda problem: (problem.seq is None, problem.seq or 0))
