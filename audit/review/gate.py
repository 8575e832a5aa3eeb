"""The gate: whether a decision may be used. It is derived from the record and nothing else, and closed in doubt.

    answer = gate(store, decision_id)
    if answer: ...                                   # released, by entries that the log commits to

A held decision is released only when as many independent people as its policy asked for have approved it, or when a
lead has settled their dispute. A flag closes the gate at once, also of a decision that was released. A decision that cannot
be read, verified or found is not released.

This module also says which reviews count, which of them decide, and what a review says of the verdict: the same for the gate,
the KPI and the set that is learned from.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol, TypeVar

from audit.errors import AuditError, NotFound, Tampered
from audit.log import standing as rules
from audit.log.standing import current_reviews
from audit.records.records import ReviewRecord
from audit.records.vocabulary import Gate, QueueState, Reason, ReviewKind, Verdict
from audit.review.review_lines import ReviewLine

# Reasons for a flag that say that the verdict was wrong, and reasons that say that it was right and its evidence was not.
_WRONG, _RIGHT = frozenset({Reason.WRONG_VERDICT}), frozenset({Reason.WRONG_CAUSE, Reason.MISSING_CAUSE, Reason.SPURIOUS_PAIRS})


__all__ = ["CountedReview", "DecisionStanding", "GateAnswer", "current_reviews", "deciding", "gate", "says_right", "standing"]
CountedReview = ReviewRecord | ReviewLine
R = TypeVar("R", bound=CountedReview)


class DecisionStanding(NamedTuple):
    """A decision's gate, its state in the queue, how many reviews count (`accepted`) and how many it needs (`required`)."""

    gate: Gate
    state: QueueState
    accepted: int
    required: int

    @staticmethod
    def of(found: rules.Standing) -> DecisionStanding:
        """Return a standing in the words of the record."""
        return DecisionStanding(Gate(found.gate), QueueState(found.state), found.accepted, found.required)


def deciding(current: Sequence[R]) -> list[R]:
    """Return the reviews that decide, of those that count: the last ruling alone, because the lead who ruled knew the other
    reviews; all where there is no ruling."""
    rulings = [review for review in current if review.kind is ReviewKind.ADJUDICATION]
    return rulings[-1:] or list(current)


def says_right(review: CountedReview, label: str) -> bool | None:
    """Return whether a review says that the verdict ``label`` was right; None when it does not say (it may be about the input
    alone)."""
    if review.corrected_label is not None:
        return review.corrected_label == label
    if review.verdict is Verdict.APPROVE or review.reason in _RIGHT:
        return True
    return False if review.reason in _WRONG else None


def standing(initial: Gate, required: int, reviews: Sequence[CountedReview], requests: int = 0) -> DecisionStanding:
    """Derive a decision's standing from all its reviews, in order (`audit.log.standing`)."""
    return DecisionStanding.of(rules.standing(initial, required, reviews, requests))


@dataclass(frozen=True, slots=True)
class GateAnswer:
    """The answer to whether a decision may be used, true only when it is released; `gate` is None when it cannot be derived."""

    decision_id: str
    released: bool
    gate: Gate | None
    reason: str

    def __bool__(self) -> bool:
        return self.released


class _Provable(Protocol):
    def proven_standing(self, id: str) -> DecisionStanding:
        """Return a decision's standing as the log has it."""


def gate(store: _Provable, decision_id: str) -> GateAnswer:
    """Return whether a decision may be used. Raises nothing: any error closes the gate."""
    try:
        proven = store.proven_standing(decision_id)
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
        if proven.state is not QueueState.DISPUTED
        else "held: the reviewers disagree, a lead has to decide",
        Gate.REJECTED: "rejected by a person",
    }
    return GateAnswer(decision_id, proven.gate is Gate.RELEASED, proven.gate, reasons[proven.gate])
