"""The closed vocabularies of decisions and reviews; the values are what is stored and must never change."""

from __future__ import annotations

from enum import StrEnum

__all__ = ["Gate", "PairVerdict", "Reason", "Verdict"]


class Gate(StrEnum):
    """Where a decision stands: usable, waiting for a person, or refused by a person."""

    RELEASED = "released"
    HELD = "held"
    REJECTED = "rejected"

    @staticmethod
    def after(verdict: Verdict) -> Gate:
        """The state that a review leads to."""
        return Gate.RELEASED if verdict is Verdict.APPROVE else Gate.REJECTED


class Verdict(StrEnum):
    """What a reviewer says about a whole decision."""

    APPROVE = "approve"
    FLAG = "flag"


class PairVerdict(StrEnum):
    """What a reviewer says about one selected (or not selected) pair of events."""

    RELEVANT = "relevant"
    SPURIOUS = "spurious"
    MISSING = "missing"


class Reason(StrEnum):
    """Why a decision was flagged."""

    WRONG_VERDICT = "wrong_verdict"
    WRONG_CAUSE = "wrong_cause"
    MISSING_CAUSE = "missing_cause"
    SPURIOUS_PAIRS = "spurious_pairs"
    UNFAMILIAR_INPUT = "unfamiliar_input"
    DATA_PROBLEM = "data_problem"
    OTHER = "other"
