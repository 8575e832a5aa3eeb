"""The gate: whether a decision may be used, derived from what is recorded and nothing else, and closed in doubt.

    answer = gate(store, decision_id)
    if answer: ...                                   # released, and every row that says so is the committed one

A held decision is released only when as many independent people as its policy asked for have approved it, or when a
lead has settled their dispute. A flag closes the gate at once, also of a decision that was released. What cannot be
read, verified or found is not released.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol, TypeVar

from audit.errors import AuditError, NotFound, Tampered
from audit.records.vocabulary import Gate, QueueState, ReviewKind, Verdict

__all__ = ["GateAnswer", "Standing", "Vote", "current_reviews", "gate", "standing"]


class Vote(Protocol):
    """What of a review decides: a `ReviewRecord`, or just these columns of its row."""

    @property
    def id(self) -> str: ...
    @property
    def supersedes(self) -> str | None: ...
    @property
    def verdict(self) -> Verdict: ...
    @property
    def kind(self) -> ReviewKind: ...


V = TypeVar("V", bound=Vote)


class Standing(NamedTuple):
    """Where a decision stands: its gate, its place in the queue, reviews that count, and reviews that it needs."""

    gate: Gate
    state: QueueState
    accepted: int
    required: int


def current_reviews(reviews: Sequence[V]) -> list[V]:
    """The reviews that count: neither superseded, nor withdrawn, nor a control item's."""
    replaced = {review.supersedes for review in reviews}
    return [
        review
        for review in reviews
        if review.id not in replaced and review.verdict is not Verdict.WITHDRAW and review.kind is not ReviewKind.CONTROL
    ]


def standing(initial: Gate, required: int, reviews: Sequence[Vote], requests: int = 0) -> Standing:
    """Derive where a decision stands from all its reviews, in order.

    `required`: reviews that its policy asked for; every one of `requests` by a person asks for one more and closes the
    gate until it is given.
    """
    current = current_reviews(reviews)
    ordinary = [review for review in current if review.kind is ReviewKind.REVIEW]
    rulings = [review for review in current if review.kind is ReviewKind.ADJUDICATION]
    needed = max(required + requests, int(bool(ordinary)))
    if rulings:
        return Standing(_after(rulings[-1].verdict), QueueState.SETTLED, len(ordinary), needed)
    start = Gate.HELD if requests else initial
    verdicts = {review.verdict for review in ordinary}
    if len(ordinary) < needed:
        doubted = Verdict.FLAG in verdicts and start is Gate.RELEASED
        return Standing(Gate.HELD if doubted else start, QueueState.OPEN, len(ordinary), needed)
    if len(verdicts) > 1:
        return Standing(Gate.HELD, QueueState.DISPUTED, len(ordinary), needed)
    return Standing(_after(verdicts.pop()) if verdicts else start, QueueState.SETTLED, len(ordinary), needed)


def _after(verdict: Verdict) -> Gate:
    return Gate.RELEASED if verdict is Verdict.APPROVE else Gate.REJECTED


@dataclass(frozen=True, slots=True)
class GateAnswer:
    """Whether a decision is released; `gate` is None when that could not be found out. True only when released."""

    decision_id: str
    released: bool
    gate: Gate | None
    reason: str

    def __bool__(self) -> bool:
        return self.released


class _Provable(Protocol):
    def proven_standing(self, id: str) -> Standing:
        """The standing of a decision, all of its rows compared with what the log commits to."""


def gate(store: _Provable, decision_id: str) -> GateAnswer:
    """Ask whether a decision may be used. Never raises: whatever goes wrong closes the gate."""
    try:
        found = store.proven_standing(decision_id)
    except NotFound as error:
        return GateAnswer(decision_id, False, None, str(error))
    except Tampered as error:
        return GateAnswer(decision_id, False, None, f"what is stored is not what was recorded: {error}")
    except AuditError as error:
        return GateAnswer(decision_id, False, None, f"the record cannot be read: {error}")
    except Exception as error:  # a gate that raises may be taken for one that was not asked
        return GateAnswer(decision_id, False, None, f"the record cannot be read: {type(error).__name__}: {error}")
    reasons = {
        Gate.RELEASED: "released",
        Gate.HELD: "held: a person has to decide"
        if found.state is not QueueState.DISPUTED
        else "held: the reviewers disagree, a lead has to decide",
        Gate.REJECTED: "rejected by a person",
    }
    return GateAnswer(decision_id, found.gate is Gate.RELEASED, found.gate, reasons[found.gate])
