"""Where a decision stands after its reviews: one rule for the gate, the fold, the queue and verification.

A review replaces the same person's earlier one of the same kind, which it names (`supersedes`). One of a control item never
counts. A ruling, a lead's review that settles a dispute, decides alone.

This module needs only Python 3.9 and nothing else: a bundle carries a copy for its verifier.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple, TypeVar

REVIEW, RULING, CONTROL = REVIEW_KINDS = ("review", "adjudication", "control")
APPROVE, FLAG, WITHDRAW = VERDICTS = ("approve", "flag", "withdraw")
RELEASED, HELD, REJECTED = GATES = ("released", "held", "rejected")
OPEN, DISPUTED, SETTLED = "open", "disputed", "settled"

R = TypeVar("R", bound=Any)  # whatever has the id, kind and verdict of a review, and the one that it supersedes


class GivenReview(NamedTuple):
    """A review that counts: its id and maker, its kind and verdict, and the review that it replaces."""

    id: str
    by: str
    kind: str
    verdict: str
    supersedes: str | None


class Standing(NamedTuple):
    """A decision's gate, its state in the queue, how many reviews count (`accepted`) and how many it needs (`required`)."""

    gate: str
    state: str
    accepted: int
    required: int


def current_reviews(reviews: Sequence[R]) -> list[R]:
    """Return the reviews that count: neither superseded, nor withdrawn, nor of a control item."""
    replaced = {review.supersedes for review in reviews}
    return [r for r in reviews if r.id not in replaced and r.verdict != WITHDRAW and r.kind != CONTROL]


def standing(initial: str, required: int, reviews: Sequence[Any], requests: int = 0) -> Standing:
    """Derive a decision's standing from all its reviews, in order.

    `required`: reviews that its policy asked for. Each of the `requests` by a person asks for one more review and closes the
    gate until that review is given.
    """
    current = current_reviews(reviews)
    ordinary = [review for review in current if review.kind == REVIEW]
    rulings = [review for review in current if review.kind == RULING]
    needed = max(required + requests, int(bool(ordinary)))
    if rulings:
        return Standing(_after(rulings[-1].verdict), SETTLED, len(ordinary), needed)
    start = HELD if requests else initial
    verdicts = {str(review.verdict) for review in ordinary}
    if len(ordinary) < needed:
        doubted = FLAG in verdicts and start == RELEASED
        return Standing(HELD if doubted else start, OPEN, len(ordinary), needed)
    if len(verdicts) > 1:
        return Standing(HELD, DISPUTED, len(ordinary), needed)
    return Standing(_after(verdicts.pop()) if verdicts else start, SETTLED, len(ordinary), needed)


def _after(verdict: str) -> str:
    return RELEASED if verdict == APPROVE else REJECTED


def refused_review(review: GivenReview, earlier: Sequence[GivenReview], before: Callable[[], Standing | None]) -> str | None:
    """Return how a review is not independent of the earlier ones of its decision, or why it comes at the wrong time; None if
    neither. ``before()`` says where the decision stood just before it, None where that cannot be known."""
    return next(_reasons(review, earlier, before), None)


def _reasons(review: GivenReview, earlier: Sequence[GivenReview], before: Callable[[], Standing | None]) -> Iterator[str]:
    own = [old for old in earlier if (old.by, old.kind) == (review.by, review.kind)]
    current = own[-1] if own and own[-1].verdict != WITHDRAW else None
    if review.supersedes is None and current is not None:
        yield f"{review.by} had reviewed this decision already"
    if review.supersedes is not None and (current is None or current.id != review.supersedes):
        yield f"it replaces a review that is not the current one of {review.by}"
    if review.verdict == WITHDRAW and current is None:
        yield f"{review.by} had no review to withdraw"
    counting = current_reviews(earlier)
    said = next((old.verdict for old in reversed(own) if old.verdict != WITHDRAW), review.verdict)
    if review.verdict not in (said, WITHDRAW) and any(old.by != review.by for old in counting):
        yield "others had reviewed this decision: a review keeps its verdict then, or is withdrawn"
    if review.kind == REVIEW and any(old.kind == RULING for old in counting):
        yield "a lead had settled the dispute"
    if review.kind == RULING and any(old.by == review.by and old.kind != RULING for old in earlier):
        yield f"{review.by} had reviewed this decision and could not settle its dispute"
    stood = before() if review.kind == RULING and current is None else None  # one that is explained anew settles the same
    if stood is not None and stood.state != DISPUTED:
        yield "there was no dispute to settle"
