"""The team report for the manager: progress of every reviewer, the state of the queue, and the agreement between reviewers."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import combinations, count
from statistics import median

from sqlalchemy import Connection, func, select

from audit.records.clock import seconds_between
from audit.records.vocabulary import Gate, QueueState, ReviewKind, Verdict
from audit.review.agreement import Statistic, cohen_kappa, fleiss_kappa, krippendorff_alpha, observed_agreement, wilson
from audit.review.gate import current_reviews
from audit.review.review_lines import ReviewLine, review_lines
from audit.storage.schema import NO_DUE_DATE, controls, decisions, leases, queue, reviews

_MOST_PAIRS = 20  # pairs of reviewers whose kappa is computed: those with most decisions in common


@dataclass(frozen=True, slots=True)
class QueueReport:
    """State of the queue. `oldest_seconds`: how long the oldest open decision has been waiting, None when none waits."""

    open: int
    disputed: int
    settled: int
    held: int
    overdue: int
    claimed: int
    oldest_seconds: float | None


@dataclass(frozen=True, slots=True)
class PersonProgress:
    """One person's work. `median_seconds`: from opening to submitting. `control`: share of control items judged right.

    `streak`: days in a row with a review (UTC), up to today; a today without a review does not break it.
    `with_outcome`: share of their reviews that agree with the final verdict on the decision.
    """

    reviewer_id: str
    name: str
    reviews: int
    today: int
    streak: int
    flagged: int
    withdrawn: int
    adjudications: int
    median_seconds: float | None
    last_at: str
    control: Statistic
    with_outcome: Statistic


@dataclass(frozen=True, slots=True)
class Agreement:
    """Agreement on approve or flag over decisions with several reviews; `pairs`: Cohen's kappa by the two reviewers' ids."""

    observed: Statistic
    krippendorff: Statistic
    fleiss: Statistic
    pairs: dict[tuple[str, str], Statistic]


@dataclass(frozen=True, slots=True)
class TeamReport:
    """The queue, the people, their agreement."""

    queue: QueueReport
    people: list[PersonProgress]
    agreement: Agreement


def team_report(connection: Connection, now: str) -> TeamReport:
    """Return the whole report; this reads every review."""
    rows = review_lines(connection)
    by_decision: dict[str, list[ReviewLine]] = defaultdict(list)
    for row in rows:
        by_decision[row.decision_id].append(row)
    ratings = []
    for given in by_decision.values():
        current = [row for row in current_reviews(given) if row.kind is ReviewKind.REVIEW]
        if len(current) > 1:
            ratings.append({row.reviewer_id: row.verdict.value for row in current})
    return TeamReport(_queue(connection, now), _people(connection, rows, now), _agreement(ratings))


def progress_of(connection: Connection, reviewer_id: str, now: str) -> PersonProgress | None:
    """Return one person's own progress without revealing control items; None before the first review."""
    rows = review_lines(connection, reviews.c.reviewer_id == reviewer_id)
    if not rows:
        return None
    # To the person, a control item is a review like any other.
    rows = [row._replace(kind=ReviewKind.REVIEW) if row.kind is ReviewKind.CONTROL else row for row in rows]
    return _progress(rows, {}, {}, now)


def _queue(connection: Connection, now: str) -> QueueReport:
    states: dict[str, int] = defaultdict(int)
    held = 0
    for state, gate, n in connection.execute(
        select(queue.c.state, queue.c.gate, func.count()).group_by(queue.c.state, queue.c.gate)
    ):
        states[state] += n
        held += n if gate == Gate.HELD.value else 0
    waiting = queue.c.state != QueueState.SETTLED.value
    overdue = select(func.count()).select_from(queue).where(waiting, queue.c.due_at < now, queue.c.due_at != NO_DUE_DATE)
    first = select(func.min(queue.c.seq)).where(waiting).scalar_subquery()
    oldest = connection.execute(select(decisions.c.ended_at).where(decisions.c.seq == first)).scalar()
    return QueueReport(
        open=states[QueueState.OPEN],
        disputed=states[QueueState.DISPUTED],
        settled=states[QueueState.SETTLED],
        held=held,
        overdue=connection.execute(overdue).scalar_one(),
        claimed=connection.execute(select(func.count()).select_from(leases)).scalar_one(),
        oldest_seconds=None if oldest is None else max(0.0, seconds_between(oldest, now)),
    )


def _people(connection: Connection, rows: list[ReviewLine], now: str) -> list[PersonProgress]:
    expected = {row.decision_id: row.expected for row in connection.execute(select(controls).order_by(controls.c.seq))}
    settled = select(queue.c.decision_id, queue.c.gate).where(queue.c.state == QueueState.SETTLED.value, queue.c.accepted > 0)
    outcome = {id: Verdict.APPROVE if gate == Gate.RELEASED.value else Verdict.FLAG for id, gate in connection.execute(settled)}
    by_person: dict[str, list[ReviewLine]] = defaultdict(list)
    for row in rows:
        by_person[row.reviewer_id].append(row)
    people = [_progress(own, expected, outcome, now) for own in by_person.values()]
    return sorted(people, key=lambda person: (-person.reviews, person.name))


def _progress(rows: list[ReviewLine], expected: dict[str, str], outcome: dict[str, Verdict], now: str) -> PersonProgress:
    given = [row for row in current_reviews(rows) if row.kind is ReviewKind.REVIEW]
    # Only the first review counts: after it, the person could read the others.
    first = [row for row in rows if row.kind is ReviewKind.CONTROL and row.supersedes is None]
    tested = [row for row in first if row.decision_id in expected]
    compared = [row for row in given if row.decision_id in outcome]
    spans = [seconds_between(row.opened_at, row.submitted_at) for row in given]
    return PersonProgress(
        reviewer_id=rows[-1].reviewer_id,
        name=rows[-1].reviewer_name,
        reviews=len(given),
        today=sum(row.submitted_at[:10] == now[:10] for row in given),
        streak=_streak({row.submitted_at[:10] for row in given}, date.fromisoformat(now[:10])),
        flagged=sum(row.verdict is Verdict.FLAG for row in given),
        withdrawn=sum(row.verdict is Verdict.WITHDRAW for row in rows),
        adjudications=sum(row.kind is ReviewKind.ADJUDICATION for row in current_reviews(rows)),
        median_seconds=median(spans) if spans else None,
        last_at=rows[-1].submitted_at,
        control=wilson(sum(row.verdict == expected[row.decision_id] for row in tested), len(tested)),
        with_outcome=wilson(sum(row.verdict is outcome[row.decision_id] for row in compared), len(compared)),
    )


def _streak(days: set[str], today: date) -> int:
    last = today if today.isoformat() in days else today - timedelta(days=1)
    return next(n for n in count() if (last - timedelta(days=n)).isoformat() not in days)


def _agreement(ratings: list[dict[str, str]]) -> Agreement:
    common: dict[tuple[str, str], int] = defaultdict(int)
    for item in ratings:
        for pair in combinations(sorted(item), 2):
            common[pair] += 1
    most = sorted(common, key=lambda pair: (-common[pair], pair))[:_MOST_PAIRS]
    return Agreement(
        observed=observed_agreement(ratings),
        krippendorff=krippendorff_alpha(ratings),
        fleiss=fleiss_kappa(ratings),
        pairs={pair: cohen_kappa(ratings, *pair) for pair in most},
    )
