"""The review policy: a setting of the record, changed only by an entry of its log (type "policy", subject "review")."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from audit.log.entries import POLICY
from audit.records import validation as v
from audit.records.records import MAX_REVIEWERS
from audit.storage import documents

SUBJECT = "review"

_DAY = 86_400


@dataclass(frozen=True, slots=True)
class ReviewPolicy:
    """Settings for decisions recorded from now on, and for claims.

    `overlap`: independent reviews that a queued decision needs. `lease_seconds`: how long a claim lasts when its holder does
    not renew it. `due_hours`: when a held decision is due (0: never). `blind`: the model's verdict is hidden until the
    reviewer has given theirs. `sampling_share`: share of the decisions with no reason for a review that are reviewed
    nevertheless, drawn at random. `control_share`: share of the claims that are control items, whose right verdict is known.
    `undo_seconds`: how long a review can be taken back.
    """

    overlap: int = 1
    lease_seconds: int = 900
    due_hours: int = 24
    blind: bool = False
    sampling_share: float = 0.1
    control_share: float = 0.0
    undo_seconds: int = 600

    def __post_init__(self) -> None:
        v.whole("overlap", self.overlap, least=1, most=MAX_REVIEWERS)
        v.whole("lease_seconds", self.lease_seconds, least=1, most=_DAY)
        v.whole("due_hours", self.due_hours, most=24 * 366)
        v.flag("blind", self.blind)
        v.number("sampling_share", self.sampling_share, least=0.0, most=1.0)
        v.number("control_share", self.control_share, least=0.0, most=0.5)
        v.whole("undo_seconds", self.undo_seconds, most=_DAY)


def current_policy(connection: Connection) -> ReviewPolicy:
    """Return the review policy that the log states, or the default. Raises `Tampered`."""
    return documents.setting(connection, POLICY, SUBJECT, ReviewPolicy)
