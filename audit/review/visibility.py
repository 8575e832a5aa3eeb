"""What a person may see of a decision while it is still to be judged independently.

Two things can be hidden. What others said, from everybody who may still have to give their own word. And what the model said,
where the decision is reviewed blind, from the same people until they have given it once: who has seen it is blind no more.
A control item under claim must look like any other decision.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from audit.log.entries import CONTROL, DECISION
from audit.people.roles import Action, allowed
from audit.people.sessions import Person
from audit.records.records import DecisionSummary, Gate, LogEntry, QueueState, ReviewRecord
from audit.records.vocabulary import ReviewKind, Role
from audit.review.claims import Claim
from audit.review.gate import current_reviews

__all__ = ["Case", "case_for", "entries_for", "judges", "knows_controls", "listed_for", "model_is_hidden"]


class Case(NamedTuple):
    """A decision as one person may see it: `hidden` counts the reviews that they may not see yet."""

    summary: DecisionSummary
    reviews: list[ReviewRecord]
    hidden: int
    claim: Claim | None


def case_for(
    person: Person, summary: DecisionSummary, reviews: list[ReviewRecord], claim: Claim | None, *, requested: bool
) -> Case:
    """The case with what this person may see; `requested`: whether somebody asked for one more review."""
    mine = [review for review in reviews if review.reviewer_id == person.id]
    blind = model_is_hidden(person, summary, claim, spoken=bool(mine))
    if not _others_are_hidden(person, summary, mine, claim):
        return Case(_masked(summary, summary.gate, summary.latest_review, summary.state, blind), reviews, 0, claim)
    control = claim is not None and claim.kind is ReviewKind.CONTROL
    gate = _as_queued(summary, requested and not control)
    masked = _masked(summary, gate, mine[-1] if mine else None, QueueState.OPEN, blind)
    # Of a control item others have spoken, which an ordinary decision that needs one review never tells.
    return Case(masked, mine, 0 if control else len(reviews) - len(mine), claim)


def listed_for(
    person: Person, summary: DecisionSummary, claim: Claim | None, *, requested: bool, spoken: bool
) -> DecisionSummary:
    """A decision in a list, never more than its case would show; `spoken`: whether this person ever reviewed it."""
    latest = summary.latest_review
    mine = [latest] if latest and latest.reviewer_id == person.id else []
    blind = model_is_hidden(person, summary, claim, spoken=spoken)
    if not _others_are_hidden(person, summary, mine, claim):
        return _masked(summary, summary.gate, latest, summary.state, blind)
    return _masked(summary, _as_queued(summary, requested), mine[-1] if mine else None, QueueState.OPEN, blind)


def entries_for(person: Person, entries: Sequence[LogEntry], claim: Claim | None) -> list[LogEntry]:
    """The entries about a decision; that it is a control item is only told to those who may know."""
    if claim is not None and claim.kind is ReviewKind.CONTROL:
        return [entry for entry in entries if entry.type == DECISION or entry.actor == person.id]
    return [entry for entry in entries if knows_controls(person) or entry.type != CONTROL]


def knows_controls(person: Person) -> bool:
    """Whether this person may know which decisions are control items."""
    return allowed(person.roles, Action.SEED_CONTROL) or allowed(person.roles, Action.READ_SEALED)


def model_is_hidden(person: Person, summary: DecisionSummary, claim: Claim | None, *, spoken: bool) -> bool:
    """Whether this person is not to know what the model said; `spoken`: whether they ever reviewed the decision."""
    if not summary.decision.blind or spoken or not judges(person):
        return False
    if claim is not None:
        return claim.kind is not ReviewKind.ADJUDICATION
    settles = Role.LEAD in person.roles and summary.state is QueueState.DISPUTED
    return summary.state is not QueueState.SETTLED and not settles


def judges(person: Person) -> bool:
    """Whether this person may have to give a word of their own, whatever else they may."""
    return bool({Role.REVIEWER, Role.LEAD} & set(person.roles))


def _others_are_hidden(person: Person, summary: DecisionSummary, mine: list[ReviewRecord], claim: Claim | None) -> bool:
    if claim is not None:
        return claim.kind is not ReviewKind.ADJUDICATION
    # Who may judge is no mere onlooker, whatever other roles they have.
    if summary.state is QueueState.SETTLED or not judges(person):
        return False
    return not current_reviews(mine) and not (Role.LEAD in person.roles and summary.state is QueueState.DISPUTED)


def _as_queued(summary: DecisionSummary, requested: bool) -> Gate:
    """The gate as it was before anybody's word: what it is now would tell what others said."""
    return Gate.HELD if requested else summary.decision.gate


def _masked(
    summary: DecisionSummary, gate: Gate, latest: ReviewRecord | None, state: QueueState, blind: bool
) -> DecisionSummary:
    return replace(summary, gate=gate, latest_review=latest, state=state, blind=blind)
