"""Lists of decisions: filtered, ordered and counted in the database by what one person may see of each.

    access.find(DecisionFilter(text="line 4", label="fault"), Order.PROBABLE, limit=25)

A filter or an order must not reveal what the rows themselves hide. So gate and queue state are compared as they are shown (the
rules of `audit.review.visibility`, repeated here in SQL). A decision whose model verdict is hidden from the person matches no
filter on that verdict, and no order uses it.
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
from audit.records.records import DecisionSummary
from audit.records.vocabulary import Gate, QueueState, ReviewKind, Role, Verdict
from audit.review.claims import Claim
from audit.review.visibility import judges
from audit.storage.queries import newest_review
from audit.storage.schema import NO_DUE_DATE, decisions, log, queue, reviews


class Order(StrEnum):
    """Orders of a list; equal decisions stand newest first. `HELD`: those first whose gate is closed until a review."""

    HELD = "held"
    NEWEST = "newest"
    OLDEST = "oldest"
    PROBABLE = "probable"
    URGENT = "urgent"
    NAME = "name"


@dataclass(frozen=True, slots=True)
class DecisionFilter:
    """Conditions of a list, which holds the decisions that meet all of them.

    `text` is a part of the file's name, upper and lower case alike, `name` the whole name; `started_at` lies between the
    moments `since` (included) and `before` (excluded); `warning` is the code of a warning; `ids` are the only decisions
    allowed; `input_sha256` is the hash of the bytes that were decided on.
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


class DecisionPage(NamedTuple):
    """One page of a list, and how many decisions the whole list holds."""

    summaries: list[DecisionSummary]
    total: int


class _ShownColumns(NamedTuple):
    """The columns as one person sees them: whether the model's verdict is hidden, gate and state."""

    hidden: ColumnElement[bool]
    gate: ColumnElement[str]
    state: ColumnElement[str]


def find(
    connection: Connection,
    person: Person,
    claims: Sequence[Claim],
    filters: DecisionFilter,
    order: Order,
    limit: int,
    offset: int,
) -> tuple[list[str], int]:
    """Return the ids of one page, in order, and how many decisions the whole list holds."""
    shown = _shown_to(person, claims)
    where = _conditions(filters, shown)
    source = queue.join(decisions, decisions.c.id == queue.c.decision_id)
    ids = select(queue.c.decision_id).select_from(source).where(*where).order_by(*_order(order, shown))
    count = select(func.count()).select_from(source if where else queue).where(*where)
    total = int(connection.execute(count).scalar_one())
    return list(connection.scalars(ids.limit(limit).offset(offset))), total


def _conditions(filters: DecisionFilter, shown: _ShownColumns) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if filters.ids is not None:
        conditions.append(queue.c.decision_id.in_(filters.ids))
    if filters.input_sha256 is not None:
        conditions.append(decisions.c.input_sha256 == filters.input_sha256)
    if filters.text:
        conditions.append(decisions.c.input_name.icontains(filters.text, autoescape=True))
    if filters.name is not None:
        conditions.append(decisions.c.input_name == filters.name)
    if filters.since is not None:
        conditions.append(decisions.c.started_at >= filters.since)
    if filters.before is not None:
        conditions.append(decisions.c.started_at < filters.before)
    if filters.state is not None:
        conditions.append(shown.state == filters.state.value)
    on_verdict: list[ColumnElement[bool]] = []
    if filters.label is not None:
        on_verdict.append(decisions.c.label == filters.label)
    if filters.gate is not None:
        on_verdict.append(shown.gate == filters.gate.value)
    if filters.warning is not None:
        # Warnings are a list of texts in canonical JSON. A quotation mark inside a text has a backslash before it, so one
        # without a backslash begins or ends a text. A colon follows the code where the warning has a count.
        matches = (decisions.c.warnings.contains(f'"{filters.warning}{end}', autoescape=True) for end in ('"', ":"))
        on_verdict.append(or_(*matches))
    return [*conditions, *on_verdict, ~shown.hidden] if on_verdict else conditions


def _order(order: Order, shown: _ShownColumns) -> list[ColumnElement[Any]]:
    newest = queue.c.seq.desc()
    settled = case((shown.state == QueueState.SETTLED.value, 1), else_=0)
    held = case((shown.hidden, 1), (shown.gate == Gate.HELD.value, 0), else_=1)
    if order is Order.HELD:
        return [case((settled == 1, 1), else_=held), newest]
    if order is Order.OLDEST:
        return [queue.c.seq.asc()]
    if order is Order.PROBABLE:
        return [case((shown.hidden, 1), else_=0), case((shown.hidden, 0.0), else_=decisions.c.score).desc(), newest]
    if order is Order.URGENT:
        # The order of the queue, without the parts that would reveal the model's verdict or another person's review.
        due = case((shown.hidden, NO_DUE_DATE), else_=queue.c.due_at)
        return [settled, held, due, newest]
    if order is Order.NAME:
        return [func.lower(decisions.c.input_name), newest]
    return [newest]


def _shown_to(person: Person, claims: Sequence[Claim]) -> _ShownColumns:
    """Return `visibility.listed_for` as expressions over queue and decisions.

    No subquery refers to the row around it, and each selects few decisions: the database runs it once, not for every row.
    """
    ruling = [claim.decision_id for claim in claims if claim.kind is ReviewKind.ADJUDICATION]
    claimed = [claim.decision_id for claim in claims if claim.kind is not ReviewKind.ADJUDICATION]
    controls = [claim.decision_id for claim in claims if claim.kind is ReviewKind.CONTROL]
    id = queue.c.decision_id
    open_to_all = queue.c.state == QueueState.SETTLED.value
    if Role.LEAD in person.roles:
        open_to_all |= queue.c.state == QueueState.DISPUTED.value
    own = reviews.c.reviewer_id == person.id
    reviewed = id.in_(select(reviews.c.decision_id).where(own))
    newest = reviews.c.seq == newest_review(reviews.c.decision_id)
    counted = select(reviews.c.decision_id).where(own, reviews.c.verdict != Verdict.WITHDRAW.value, newest)
    requested = id.in_(select(log.c.subject).where(log.c.type == REQUEST))
    blind = id.in_(select(decisions.c.id).where(decisions.c.blind == 1))

    by_claim = [(id.in_(ruling), literal(0)), (id.in_(claimed), literal(1))]
    if judges(person):
        others_hidden = case(*by_claim, (open_to_all, 0), (id.in_(counted), 0), else_=1) == 1
        hidden = and_(blind, ~reviewed, case(*by_claim, (open_to_all, 0), else_=1) == 1)
    else:
        # A person who held a claim when the role was taken away still sees that decision as before.
        others_hidden, hidden = case(*by_claim, else_=0) == 1, false()
    queued = case((and_(requested, ~id.in_(controls)), Gate.HELD.value), else_=decisions.c.gate)
    return _ShownColumns(
        hidden,
        case((others_hidden, queued), else_=queue.c.gate),
        case((others_hidden, QueueState.OPEN.value), else_=queue.c.state),
    )
