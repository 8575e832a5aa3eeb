"""What the record says of every decision and of the people's word on it: what KPI are counted from.

What a decision came to is taken only once it is settled, when everybody may know: figures must not tell a reviewer what others
said, or what the model said of a decision that is judged blind.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from sqlalchemy import ColumnElement, Connection, String, case, cast, func, select
from sqlalchemy.dialects.postgresql import JSON

from audit.errors import InvalidRecord, Tampered
from audit.records import validation as v
from audit.records.clock import seconds_between
from audit.records.vocabulary import Gate, PairVerdict, QueueState, Reason, ReviewKind, Verdict
from audit.review.gate import current_reviews
from audit.review.review_verdicts import deciding, says_right
from audit.storage.schema import NO_DUE_DATE, decisions, pair_reviews, queue, reviews

__all__ = ["NOT_SAMPLED", "RANDOM_CONTROL", "TRIAL", "Observation", "Scope", "detail", "observations"]

# Routes of decisions that nothing speaks against, as `DecisionRecord.sampling_route` names them; all others are held.
RANDOM_CONTROL, NOT_SAMPLED = "random_control", "not_sampled"
TRIAL = "trial"
"""The route of a decision that is held for nothing but its source: it is not rolled out there."""
LONGEST_REVIEW = 3_600.0
"""Seconds; a page that was left open for longer counts as this much work."""
FAULT = "fault"
_CAUSES = frozenset({Reason.WRONG_CAUSE, Reason.MISSING_CAUSE})


@dataclass(frozen=True, slots=True)
class Scope:
    """Which decisions are looked at: `since` (included) and `before` (not) are moments that `started_at` lies between;
    `sources` are patterns (`*`, `?`, capitals do not matter) of which one must fit, none: all; `weights` is a SHA-256."""

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
        """Whether a source is among those that are looked at."""
        return not self.sources or fits(source, self.sources)


@dataclass(frozen=True, slots=True)
class Observation:
    """One decision. Spans in seconds, `memory` in MB; None where the record does not say.

    `stratum`: "held", "trial" or "passed". `probability`: of being drawn for review, None when it was not. `right`: whether the
    verdict was, None while that is not settled or when the reviewers said nothing of it; `fault`: whether there was one, by
    their word; `missed_cause`: whether they named a cause that the evidence lacks. `waited`: until it was settled, or so far
    (`settled` tells). `ratings`: every reviewer's independent word.
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


@dataclass(frozen=True, slots=True)
class _Review:
    id: str
    supersedes: str | None
    verdict: Verdict
    kind: ReviewKind
    reason: Reason | None
    corrected_label: str | None
    reviewer_id: str
    opened_at: str
    submitted_at: str


def fits(source: str | None, patterns: Sequence[str]) -> bool:
    """Whether one of the patterns fits a source; no pattern but `*` fits one that nobody named."""
    return any(fnmatchcase((source or "").casefold(), pattern.casefold()) for pattern in patterns)


def observations(connection: Connection, scope: Scope, now: str) -> list[Observation]:
    """The decisions in scope, oldest first. Errors: `Tampered` for a row that no decision or review has."""
    wanted = _where(scope)
    given, missing = _reviews(connection, wanted), _missing_pairs(connection, wanted)
    names = (
        "id",
        "started_at",
        "ended_at",
        "weights_sha256",
        "event_count",
        "label",
        "sampling_route",
        "inclusion_probability",
    )
    columns = [*(decisions.c[name] for name in names), decisions.c.gate.label("initial"), queue.c.state, queue.c.due_at]
    told = [detail(connection, name).label(name) for name in ("source", "selected_per_query", "memory_mb")]
    rows = connection.execute(
        select(*columns, *told).join(queue, queue.c.decision_id == decisions.c.id).where(*wanted).order_by(decisions.c.seq)
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
    found: list[ColumnElement[bool]] = []
    if scope.since is not None:
        found.append(decisions.c.started_at >= scope.since)
    if scope.before is not None:
        found.append(decisions.c.started_at < scope.before)
    if scope.weights is not None:
        found.append(decisions.c.weights_sha256 == scope.weights)
    return found


def detail(connection: Connection, name: str) -> ColumnElement[Any]:
    """A field of `details` as text, without reading all of them, which take some kilobytes a decision."""
    if connection.dialect.name == "postgresql":
        # Its text holds no NUL, and it refuses all details that hold one somewhere, in a line of a log perhaps.
        plain = func.replace(decisions.c.details, r"\u0000", r"\ufffd")
        return func.json_extract_path_text(cast(plain, JSON), name)
    valid = func.json_valid(decisions.c.details) == 1
    return case((valid, cast(func.json_extract(decisions.c.details, f"$.{name}"), String)), else_=None)


def _reviews(connection: Connection, wanted: list[ColumnElement[bool]]) -> dict[str, list[_Review]]:
    found: dict[str, list[_Review]] = defaultdict(list)
    columns = [reviews.c[name] for name in _Review.__slots__]
    joined = select(reviews.c.decision_id, *columns).join(decisions, decisions.c.id == reviews.c.decision_id)
    try:
        for row in connection.execute(joined.where(*wanted).order_by(reviews.c.seq)).mappings():
            fields = {name: row[name] for name in _Review.__slots__}
            fields["verdict"] = Verdict(row["verdict"])
            fields["kind"] = ReviewKind(row["kind"] or ReviewKind.REVIEW)
            fields["reason"] = None if row["reason"] is None else Reason(row["reason"])
            found[row["decision_id"]].append(_Review(**fields))
    except ValueError as error:
        raise Tampered("a stored review is not what was recorded; run `python -m audit verify` to see what changed") from error
    return found


def _missing_pairs(connection: Connection, wanted: list[ColumnElement[bool]]) -> dict[str, set[str]]:
    """Which reviews of a decision name a pair that the model missed."""
    found: dict[str, set[str]] = defaultdict(set)
    joined = (
        select(reviews.c.decision_id, reviews.c.id)
        .join(pair_reviews, pair_reviews.c.review_id == reviews.c.id)
        .join(decisions, decisions.c.id == reviews.c.decision_id)
        .where(pair_reviews.c.verdict == PairVerdict.MISSING.value, *wanted)
    )
    for decision_id, review_id in connection.execute(joined):
        found[decision_id].add(review_id)
    return found


def _observation(row: Any, given: list[_Review], missing: set[str], now: str) -> Observation:
    settled = row.state == QueueState.SETTLED.value
    current = current_reviews(given)
    decided = deciding(current)
    right = _right(decided, row.label) if settled else None
    called = row.label == FAULT
    missed: bool | None = None
    if right and called:
        missed = any(one.reason in _CAUSES or one.id in missing for one in decided)
    last = max((one.submitted_at for one in decided), default=row.ended_at)
    stratum, probability = _drawn(row)
    return Observation(
        id=row.id,
        started_at=row.started_at,
        source=row.source,
        weights=row.weights_sha256,
        seconds=max(0.0, seconds_between(row.started_at, row.ended_at)),
        events=int(row.event_count),
        per_query=None if row.selected_per_query is None else float(row.selected_per_query),
        memory=None if row.memory_mb is None else float(row.memory_mb),
        stratum=stratum,
        probability=probability,
        settled=settled,
        right=right,
        fault=None if right is None else called is right,
        # Of what is judged blind and not settled yet, no figure may tell what the model said.
        called_fault=called if settled else None,
        missed_cause=missed,
        waited=max(0.0, seconds_between(row.ended_at, last if settled else now)),
        overdue=not settled and row.due_at != NO_DUE_DATE and row.due_at < now,
        work=tuple(
            min(max(0.0, seconds_between(one.opened_at, one.submitted_at)), LONGEST_REVIEW)
            for one in given
            if one.verdict is not Verdict.WITHDRAW
        ),
        ratings=tuple((one.reviewer_id, one.verdict.value) for one in current if one.kind is ReviewKind.REVIEW),
    )


def _right(decided: Sequence[_Review], label: str) -> bool | None:
    """Whether the verdict was right by those who decided; one of them who says that it was wrong is enough for a flag."""
    said = {says_right(one, label) for one in decided} - {None}
    return None if not said else False not in said


def _drawn(row: Any) -> tuple[str, float | None]:
    """The stratum of a decision, and how likely it was to be drawn for review; None when it was not, whoever asked for one."""
    if row.sampling_route == NOT_SAMPLED:
        return "passed", None
    if row.sampling_route == RANDOM_CONTROL and row.initial != Gate.HELD.value:
        return "passed", float(row.inclusion_probability)
    return "trial" if row.sampling_route == TRIAL else "held", 1.0
