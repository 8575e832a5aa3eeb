"""Observations: what the record says of every decision and its reviews. KPI are computed from them.

The outcome of a decision is taken only when it is settled, and everybody may know it: figures must not show a reviewer what
others said, or the model's verdict on a decision that is reviewed blind.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from sqlalchemy import ColumnElement, Connection, select

from audit.errors import InvalidRecord, Tampered
from audit.records import validation as v
from audit.records.clock import seconds_between
from audit.records.vocabulary import Gate, PairVerdict, QueueState, Reason, ReviewKind, Verdict
from audit.review.gate import current_reviews, deciding, says_right
from audit.review.review_lines import ReviewLine, review_lines
from audit.storage.schema import NO_DUE_DATE, decisions, doubted_pairs, queue, reviews

# Routes of decisions with no reason to be held, as `DecisionRecord.sampling_route` names them; all other routes are held.
RANDOM_CONTROL, NOT_SAMPLED = "random_control", "not_sampled"
TRIAL = "trial"
"""The route of a decision that is held only for its source, on which nothing is rolled out."""
LONGEST_REVIEW = 3_600.0
"""Seconds; a page left open for longer counts as this much work."""
FAULT = "fault"
_CAUSES = frozenset({Reason.WRONG_CAUSE, Reason.MISSING_CAUSE})


@dataclass(frozen=True, slots=True)
class Scope:
    """Selection of decisions: `started_at` lies between the moments `since` (included) and `before` (excluded); one of the
    `sources` fits, which are patterns (`*`, `?`; upper and lower case are alike; none: all sources); `weights` is a SHA-256."""

    since: str | None = None
    before: str | None = None
    sources: tuple[str, ...] = ()
    weights: str | None = None

    def __post_init__(self) -> None:
        for name in ("since", "before"):
            if getattr(self, name) is not None:
                v.moment(name, getattr(self, name))
        if self.weights is not None:
            v.sha256_hex("weights", self.weights)
        if not isinstance(self.sources, tuple):
            raise InvalidRecord("sources must be a tuple of patterns")
        for pattern in self.sources:
            v.text("source", pattern, limit=200)

    def fits(self, source: str | None) -> bool:
        """Return whether a source belongs to the scope."""
        return not self.sources or fits(source, self.sources)


@dataclass(frozen=True, slots=True)
class Observation:
    """One decision. Spans in seconds, `memory` in MB; None where the record does not say.

    - `stratum`: "held", "trial" or "passed"; `probability`: of being drawn for review, None when the decision was not drawn.
    - `right`: whether the verdict was right; None while the decision is not settled or when the reviewers did not say.
    - `fault`: whether there was a fault by the reviews; `missed_cause`: whether they named a cause that the evidence lacks.
    - `waited`: until the decision was settled, or so far (`settled` says which).
    - `per_query`: keys selected a query and head.
    - `work`: seconds of each review; `ratings`: every reviewer's independent verdict.
    """

    id: str
    started_at: str
    source: str | None
    weights: str
    seconds: float
    events: int
    per_query: float | None
    memory: float | None
    stratum: str
    probability: float | None
    settled: bool
    right: bool | None
    fault: bool | None
    called_fault: bool | None
    missed_cause: bool | None
    waited: float
    overdue: bool
    work: tuple[float, ...]
    ratings: tuple[tuple[str, str], ...]


def fits(source: str | None, patterns: Sequence[str]) -> bool:
    """Return whether one of the patterns fits a source; only `*` fits a decision without a source."""
    return any(fnmatchcase((source or "").casefold(), pattern.casefold()) for pattern in patterns)


def observations(connection: Connection, scope: Scope, now: str) -> list[Observation]:
    """Return the decisions in scope, oldest first. Raises `Tampered` for a row that cannot be of a decision or review."""
    where = _where(scope)
    given: dict[str, list[ReviewLine]] = defaultdict(list)
    for review in review_lines(connection, reviews.c.decision_id == decisions.c.id, *where):
        given[review.decision_id].append(review)
    missing = _missing_pairs(connection, where)
    names = (
        "id",
        "started_at",
        "ended_at",
        "weights_sha256",
        "event_count",
        "label",
        "sampling_route",
        "inclusion_probability",
        "source",
        "selected_per_query",
        "memory_mb",
    )
    columns = [*(decisions.c[name] for name in names), decisions.c.gate.label("initial"), queue.c.state, queue.c.due_at]
    rows = connection.execute(
        select(*columns).join(queue, queue.c.decision_id == decisions.c.id).where(*where).order_by(decisions.c.seq)
    )
    try:
        return [
            _observation(row, given.get(row.id, []), missing.get(row.id, set()), now) for row in rows if scope.fits(row.source)
        ]
    except (InvalidRecord, ValueError, TypeError) as error:  # forged cells may hold anything
        raise Tampered(
            "a stored decision is not what was recorded; run `python -m audit verify` to see what changed"
        ) from error


def _where(scope: Scope) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if scope.since is not None:
        conditions.append(decisions.c.started_at >= scope.since)
    if scope.before is not None:
        conditions.append(decisions.c.started_at < scope.before)
    if scope.weights is not None:
        conditions.append(decisions.c.weights_sha256 == scope.weights)
    return conditions


def _missing_pairs(connection: Connection, where: list[ColumnElement[bool]]) -> dict[str, set[str]]:
    """Return by decision the ids of the reviews that name a pair which the model missed."""
    by_decision: dict[str, set[str]] = defaultdict(set)
    joined = (
        select(reviews.c.decision_id, reviews.c.id)
        .join(doubted_pairs, doubted_pairs.c.seq == reviews.c.seq)
        .join(decisions, decisions.c.id == reviews.c.decision_id)
        .where(doubted_pairs.c.verdict == PairVerdict.MISSING.value, *where)
    )
    for decision_id, review_id in connection.execute(joined):
        by_decision[decision_id].add(review_id)
    return by_decision


def _observation(row: Any, given: list[ReviewLine], missing: set[str], now: str) -> Observation:
    settled = row.state == QueueState.SETTLED.value
    current = current_reviews(given)
    decided = deciding(current)
    right = _right(decided, row.label) if settled else None
    called = row.label == FAULT
    missed: bool | None = None
    if right and called:
        missed = any(review.reason in _CAUSES or review.id in missing for review in decided)
    last = max((review.submitted_at for review in decided), default=row.ended_at)
    stratum, probability = _drawn(row)
    return Observation(
        id=row.id,
        started_at=row.started_at,
        source=row.source,
        weights=row.weights_sha256,
        seconds=max(0.0, seconds_between(row.started_at, row.ended_at)),
        events=int(row.event_count),
        per_query=row.selected_per_query,
        memory=row.memory_mb,
        stratum=stratum,
        probability=probability,
        settled=settled,
        right=right,
        fault=None if right is None else called is right,
        # No figure may show the model's verdict on a decision that is reviewed blind and not settled yet.
        called_fault=called if settled else None,
        missed_cause=missed,
        waited=max(0.0, seconds_between(row.ended_at, last if settled else now)),
        overdue=not settled and row.due_at != NO_DUE_DATE and row.due_at < now,
        work=tuple(
            min(max(0.0, seconds_between(review.opened_at, review.submitted_at)), LONGEST_REVIEW)
            for review in given
            if review.verdict is not Verdict.WITHDRAW
        ),
        ratings=tuple((review.reviewer_id, review.verdict.value) for review in current if review.kind is ReviewKind.REVIEW),
    )


def _right(decided: Sequence[ReviewLine], label: str) -> bool | None:
    """Return whether the verdict was right by the deciding reviews: wrong as soon as one of them says so; None if none says."""
    answers = {says_right(review, label) for review in decided} - {None}
    return None if not answers else False not in answers


def _drawn(row: Any) -> tuple[str, float | None]:
    """Return a decision's stratum and its probability of being drawn for review; None when it was not drawn, even if a person
    asked for a review."""
    if row.sampling_route == NOT_SAMPLED:
        return "passed", None
    if row.sampling_route == RANDOM_CONTROL and row.initial != Gate.HELD.value:
        return "passed", float(row.inclusion_probability)
    return "trial" if row.sampling_route == TRIAL else "held", 1.0
