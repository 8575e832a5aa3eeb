"""Lists of decisions, found, ordered and counted in the database by what one person may see of each.

    access.find(Wanted(text="line 4", label="fault"), Order.PROBABLE, limit=25)

A filter or an order must not tell what the rows themselves hide. So gate and queue state are compared as they are shown
(`audit.review.visibility`, whose rules stand here once more, in SQL), and a decision that is blind to the person is found by no
filter that asks for the model's word, and ordered by none of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, and_, case, false, func, literal, or_, select

from audit.log.entries import REQUEST
from audit.people.sessions import Person
from audit.records import validation as v
from audit.records.records import DecisionSummary, Gate, QueueState
from audit.records.vocabulary import ReviewKind, Role, Verdict
from audit.review.claims import Claim
from audit.review.visibility import judges
from audit.storage.queries import newest_review
from audit.storage.schema import NO_DUE_DATE, decisions, log, queue, reviews

__all__ = ["Found", "Order", "Wanted", "find"]


class Order(StrEnum):
    """How a list is ordered; what is equal, newest first."""

    NEWEST = "newest"
    OLDEST = "oldest"
    PROBABLE = "probable"
    URGENT = "urgent"
    NAME = "name"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which decisions a list holds: all that fit everything given.

    `text` is part of the file's name, in capitals or not, `name` all of it; `since` (included) and `before` (not) are moments
    that `started_at` lies between; `warning` is the code of a warning; `ids` leaves out every other decision; `input_sha256`
    is of the very bytes that were decided on.
    """

    text: str = ""
    label: str | None = None
    gate: Gate | None = None
    state: QueueState | None = None
    since: str | None = None
    before: str | None = None
    warning: str | None = None
    ids: tuple[str, ...] | None = None
    input_sha256: str | None = None
    name: str | None = None

    def __post_init__(self) -> None:
        v.text("text", self.text, empty=True)
        for name in ("label", "warning", "name"):
            if getattr(self, name) is not None:
                v.text(name, getattr(self, name))
        for name in ("since", "before"):
            if getattr(self, name) is not None:
                v.moment(name, getattr(self, name))
        if self.input_sha256 is not None:
            v.sha256_hex("input_sha256", self.input_sha256)


class Found(NamedTuple):
    """One page of a list, and how many decisions the whole list holds."""

    summaries: list[DecisionSummary]
    total: int


class _Shown(NamedTuple):
    """What one person is shown of a decision: whether the model's word is hidden, gate and state."""

    hidden: ColumnElement[bool]
    gate: ColumnElement[str]
    state: ColumnElement[str]


def find(
    connection: Connection, person: Person, claims: Sequence[Claim], wanted: Wanted, order: Order, limit: int, offset: int
) -> tuple[list[str], int]:
    """The ids of one page, in order, and how many there are in all."""
    shown = _shown_to(person, claims)
    where = _conditions(wanted, shown)
    source = queue.join(decisions, decisions.c.id == queue.c.decision_id)
    ids = select(queue.c.decision_id).select_from(source).where(*where).order_by(*_order(order, shown))
    count = select(func.count()).select_from(source if where else queue).where(*where)
    total = int(connection.execute(count).scalar_one())
    return list(connection.scalars(ids.limit(limit).offset(offset))), total


def _conditions(wanted: Wanted, shown: _Shown) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.ids is not None:
        found.append(queue.c.decision_id.in_(wanted.ids))
    if wanted.input_sha256 is not None:
        found.append(decisions.c.input_sha256 == wanted.input_sha256)
    if wanted.text:
        found.append(decisions.c.input_name.icontains(wanted.text, autoescape=True))
    if wanted.name is not None:
        found.append(decisions.c.input_name == wanted.name)
    if wanted.since is not None:
        found.append(decisions.c.started_at >= wanted.since)
    if wanted.before is not None:
        found.append(decisions.c.started_at < wanted.before)
    if wanted.state is not None:
        found.append(shown.state == wanted.state.value)
    told: list[ColumnElement[bool]] = []
    if wanted.label is not None:
        told.append(decisions.c.label == wanted.label)
    if wanted.gate is not None:
        told.append(shown.gate == wanted.gate.value)
    if wanted.warning is not None:
        # Canonical JSON of texts: a quotation mark that is part of one is written with a backslash before it.
        told.append(or_(*(decisions.c.warnings.contains(f'"{wanted.warning}{end}', autoescape=True) for end in ('"', ":"))))
    return [*found, *told, ~shown.hidden] if told else found


def _order(order: Order, shown: _Shown) -> list[ColumnElement[Any]]:
    newest = queue.c.seq.desc()
    if order is Order.OLDEST:
        return [queue.c.seq.asc()]
    if order is Order.PROBABLE:
        return [case((shown.hidden, 1), else_=0), case((shown.hidden, 0.0), else_=decisions.c.score).desc(), newest]
    if order is Order.URGENT:
        # The order of the queue, but for what of it would tell the model's word or another person's.
        settled = case((shown.state == QueueState.SETTLED.value, 1), else_=0)
        held = case((shown.hidden, 1), (shown.gate == Gate.HELD.value, 0), else_=1)
        due = case((shown.hidden, NO_DUE_DATE), else_=queue.c.due_at)
        return [settled, held, due, newest]
    if order is Order.NAME:
        return [func.lower(decisions.c.input_name), newest]
    return [newest]


def _shown_to(person: Person, claims: Sequence[Claim]) -> _Shown:
    """`visibility.listed_for` as expressions over queue and decisions.

    Each subquery is of one kind of decisions, and few: the database makes it once, not for every row.
    """
    ruling = [claim.decision_id for claim in claims if claim.kind is ReviewKind.ADJUDICATION]
    claimed = [claim.decision_id for claim in claims if claim.kind is not ReviewKind.ADJUDICATION]
    controls = [claim.decision_id for claim in claims if claim.kind is ReviewKind.CONTROL]
    id = queue.c.decision_id
    told = queue.c.state == QueueState.SETTLED.value
    if Role.LEAD in person.roles:
        told |= queue.c.state == QueueState.DISPUTED.value
    own = reviews.c.reviewer_id == person.id
    spoken = id.in_(select(reviews.c.decision_id).where(own))
    newest = reviews.c.seq == newest_review(reviews.c.decision_id)
    standing = select(reviews.c.decision_id).where(own, reviews.c.verdict != Verdict.WITHDRAW.value, newest)
    asked = id.in_(select(log.c.subject).where(log.c.type == REQUEST))
    blind = id.in_(select(decisions.c.id).where(decisions.c.blind == 1))

    by_claim = [(id.in_(ruling), literal(0)), (id.in_(claimed), literal(1))]
    if judges(person):
        others_hidden = case(*by_claim, (told, 0), (id.in_(standing), 0), else_=1) == 1
        hidden = and_(blind, ~spoken, case(*by_claim, (told, 0), else_=1) == 1)
    else:
        # Who held a claim when the role was taken away sees of that decision what they saw.
        others_hidden, hidden = case(*by_claim, else_=0) == 1, false()
    queued = case((and_(asked, ~id.in_(controls)), Gate.HELD.value), else_=decisions.c.gate)
    return _Shown(
        hidden,
        case((others_hidden, queued), else_=queue.c.gate),
        case((others_hidden, QueueState.OPEN.value), else_=queue.c.state),
    )
