"""Visibility: what a person may see of a decision that still waits for independent reviews.

Two things can be hidden. The reviews of others are hidden from everybody who may still have to review the decision. The model's
verdict, where the decision is reviewed blind, is hidden from the same people until they have reviewed it once: a person who has
seen it can no longer review blind. A control item under claim must look like any other decision.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from audit.log.entries import CONTROL, DECISION
from audit.people.rights import Action, allowed
from audit.people.sessions import Person
from audit.records.records import DecisionSummary, LogEntry, ReviewRecord
from audit.records.vocabulary import Gate, QueueState, ReviewKind, Role
from audit.review.claims import Claim
from audit.review.gate import current_reviews


class Case(NamedTuple):
    """A decision as one person may see it: `hidden` counts the reviews that they may not see yet; `entry_hash`: of the log's
    entry that the decision was compared with, which a judgement names."""

    summary: DecisionSummary
    reviews: list[ReviewRecord]
    hidden: int
    claim: Claim | None
    entry_hash: str


def case_for(
    person: Person,
    summary: DecisionSummary,
    reviews: list[ReviewRecord],
    claim: Claim | None,
    entry_hash: str,
    *,
    requested: bool,
) -> Case:
    """Return the case with what this person may see; `requested`: whether somebody asked for one more review."""
    mine = [review for review in reviews if review.reviewer_id == person.id]
    blind = model_is_hidden(person, summary, claim, reviewed=bool(mine))
    if not _others_are_hidden(person, summary, mine, claim):
        return Case(replace(summary, blind=blind), reviews, 0, claim, entry_hash)
    control = claim is not None and claim.kind is ReviewKind.CONTROL
    gate = _as_queued(summary, requested and not control)
    masked = replace(summary, gate=gate, latest_review=mine[-1] if mine else None, state=QueueState.OPEN, blind=blind)
    # The reviews of a control item are not counted: an ordinary decision that needs one review has none to hide.
    return Case(masked, mine, 0 if control else len(reviews) - len(mine), claim, entry_hash)


def listed_for(
    person: Person, summary: DecisionSummary, claim: Claim | None, *, requested: bool, reviewed: bool
) -> DecisionSummary:
    """Return a decision as a list shows it, never more than its case; `reviewed`: whether this person ever reviewed it."""
    latest = summary.latest_review
    mine = [latest] if latest and latest.reviewer_id == person.id else []
    blind = model_is_hidden(person, summary, claim, reviewed=reviewed)
    if not _others_are_hidden(person, summary, mine, claim):
        return replace(summary, blind=blind)
    latest = mine[-1] if mine else None
    return replace(summary, gate=_as_queued(summary, requested), latest_review=latest, state=QueueState.OPEN, blind=blind)


def entries_for(person: Person, entries: Sequence[LogEntry], claim: Claim | None) -> list[LogEntry]:
    """Return the entries about a decision, without those that reveal a control item to a person who may not know of it."""
    if claim is not None and claim.kind is ReviewKind.CONTROL:
        return [entry for entry in entries if entry.type == DECISION or entry.actor == person.id]
    return [entry for entry in entries if knows_controls(person) or entry.type != CONTROL]


def knows_controls(person: Person) -> bool:
    """Return whether this person may know which decisions are control items."""
    return allowed(person.roles, Action.SEED_CONTROL) or allowed(person.roles, Action.READ_SEALED)


def model_is_hidden(person: Person, summary: DecisionSummary, claim: Claim | None, *, reviewed: bool) -> bool:
    """Return whether the model's verdict is hidden from this person; `reviewed`: whether they ever reviewed the decision."""
    if not summary.decision.blind or reviewed or not judges(person):
        return False
    if claim is not None:
        return claim.kind is not ReviewKind.ADJUDICATION
    settles = Role.LEAD in person.roles and summary.state is QueueState.DISPUTED
    return summary.state is not QueueState.SETTLED and not settles


def judges(person: Person) -> bool:
    """Return whether this person may have to review decisions, whatever other roles they have."""
    return bool({Role.REVIEWER, Role.LEAD} & set(person.roles))


def _others_are_hidden(person: Person, summary: DecisionSummary, mine: list[ReviewRecord], claim: Claim | None) -> bool:
    if claim is not None:
        return claim.kind is not ReviewKind.ADJUDICATION
    # A reviewer or lead who has another role as well may still have to review.
    if summary.state is QueueState.SETTLED or not judges(person):
        return False
    return not current_reviews(mine) and not (Role.LEAD in person.roles and summary.state is QueueState.DISPUTED)


def _as_queued(summary: DecisionSummary, requested: bool) -> Gate:
    """Return the gate as it was before any review: the present one would show what others said."""
    return Gate.HELD if requested else summary.decision.gate
