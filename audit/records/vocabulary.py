"""The closed vocabularies of the record. The values are stored and must never change."""

from __future__ import annotations

from enum import StrEnum


class Gate(StrEnum):
    """Whether a decision may be used: released, held until a person decides, or rejected by a person."""

    RELEASED = "released"
    HELD = "held"
    REJECTED = "rejected"


class Verdict(StrEnum):
    """A reviewer's verdict on a whole decision; WITHDRAW takes an earlier review back."""

    APPROVE = "approve"
    FLAG = "flag"
    WITHDRAW = "withdraw"


class ReviewKind(StrEnum):
    """What a review counts for: the decision, a dispute about it, or only the reviewer's own accuracy (control item)."""

    REVIEW = "review"
    ADJUDICATION = "adjudication"
    CONTROL = "control"


class QueueState(StrEnum):
    """The state of a decision in the queue: it waits for reviews, for an adjudication, or for nothing."""

    OPEN = "open"
    DISPUTED = "disputed"
    SETTLED = "settled"


class Role(StrEnum):
    """The role of a person, or of another program (SERVICE); an account can have several roles."""

    VIEWER = "viewer"
    REVIEWER = "reviewer"
    LEAD = "lead"
    AUDITOR = "auditor"
    ADMIN = "admin"
    SERVICE = "service"


class PairVerdict(StrEnum):
    """A reviewer's verdict on one selected (or not selected) pair of events."""

    RELEVANT = "relevant"
    SPURIOUS = "spurious"
    MISSING = "missing"


class Reason(StrEnum):
    """The reason why a decision was flagged."""

    WRONG_VERDICT = "wrong_verdict"
    WRONG_CAUSE = "wrong_cause"
    MISSING_CAUSE = "missing_cause"
    SPURIOUS_PAIRS = "spurious_pairs"
    UNFAMILIAR_INPUT = "unfamiliar_input"
    DATA_PROBLEM = "data_problem"
    OTHER = "other"


class Retention(StrEnum):
    """How long content is kept before it may and must be erased (`audit.retention` has the periods)."""

    STANDARD = "standard"
    EXTENDED = "extended"
    LEGAL_HOLD = "legal_hold"
