"""The closed vocabularies of the record; the values are what is stored and must never change."""

from __future__ import annotations

from enum import StrEnum

__all__ = ["Gate", "PairVerdict", "QueueState", "Reason", "Retention", "ReviewKind", "Role", "Verdict"]


class Gate(StrEnum):
    """Where a decision stands: usable, waiting for a person, or refused by a person."""

    RELEASED = "released"
    HELD = "held"
    REJECTED = "rejected"


class Verdict(StrEnum):
    """What a reviewer says about a whole decision; WITHDRAW takes an earlier review back."""

    APPROVE = "approve"
    FLAG = "flag"
    WITHDRAW = "withdraw"


class ReviewKind(StrEnum):
    """What a review counts for: the decision, a dispute about it, or only the reviewer's own measure (control item)."""

    REVIEW = "review"
    ADJUDICATION = "adjudication"
    CONTROL = "control"


class QueueState(StrEnum):
    """Where a decision stands in the queue: waiting for reviews, for an adjudication, or for nobody."""

    OPEN = "open"
    DISPUTED = "disputed"
    SETTLED = "settled"


class Role(StrEnum):
    """What a person may do, and SERVICE what another program may; an account can have several."""

    VIEWER = "viewer"
    REVIEWER = "reviewer"
    LEAD = "lead"
    AUDITOR = "auditor"
    ADMIN = "admin"
    SERVICE = "service"


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


class Retention(StrEnum):
    """How long content is kept before it may and must go (`audit.retention.retention` has the periods)."""

    STANDARD = "standard"
    EXTENDED = "extended"
    LEGAL_HOLD = "legal_hold"
