"""What reviews say of a decision's verdict, and which of them decide: the same for KPI and for what is learned from reviews."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeVar

from audit.records.vocabulary import Reason, ReviewKind, Verdict
from audit.review.gate import Vote

__all__ = ["Word", "deciding", "says_right"]

# Of these reasons for a flag, which say that the verdict was wrong, and which that it was right and its evidence was not.
_WRONG, _RIGHT = frozenset({Reason.WRONG_VERDICT}), frozenset({Reason.WRONG_CAUSE, Reason.MISSING_CAUSE, Reason.SPURIOUS_PAIRS})


class Word(Vote, Protocol):
    """What of a review tells whether the verdict was right: a `ReviewRecord`, or just these columns of its row."""

    @property
    def reason(self) -> Reason | None: ...
    @property
    def corrected_label(self) -> str | None: ...


V = TypeVar("V", bound=Vote)


def deciding(current: Sequence[V]) -> list[V]:
    """Of the reviews that count those that decide: the last ruling alone where there is one, for who ruled knew the others."""
    rulings = [one for one in current if one.kind is ReviewKind.ADJUDICATION]
    return rulings[-1:] or list(current)


def says_right(review: Word, label: str) -> bool | None:
    """Whether the verdict ``label`` was right by one review; None when it says nothing of that, only of the input perhaps."""
    if review.corrected_label is not None:
        return review.corrected_label == label
    if review.verdict is Verdict.APPROVE or review.reason in _RIGHT:
        return True
    return False if review.reason in _WRONG else None
