"""Who may do what: the one table that every action is checked against, in the store's layer (`audit.access`).

Separation of duties: who judges decisions does not export or erase the record, who manages accounts does not judge, and
only a lead settles disputes. Another program (service) submits and asks. Single-user mode is a person with all roles.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from enum import StrEnum

from audit.records.vocabulary import Role

__all__ = ["PERMISSIONS", "Action", "allowed"]


class Action(StrEnum):
    """Everything that a signed-in person can ask of the record."""

    READ = "read"
    VERIFY = "verify"
    ANALYSE = "analyse"
    CLAIM = "claim"
    SUBMIT = "submit"
    SKIP = "skip"
    RELEASE_CLAIM = "release_claim"
    AMEND = "amend"
    WITHDRAW = "withdraw"
    REQUEST_REVIEW = "request_review"
    ADJUDICATE = "adjudicate"
    FREE_CLAIM_OF_OTHERS = "free_claim_of_others"
    SEED_CONTROL = "seed_control"
    SET_POLICY = "set_policy"
    SEE_TEAM = "see_team"
    READ_SEALED = "read_sealed"
    EXPORT = "export"
    CHECKPOINT = "checkpoint"
    SET_RETENTION = "set_retention"
    ERASE = "erase"
    MANAGE_ACCOUNTS = "manage_accounts"
    TRAIN = "train"
    USE_WEIGHTS = "use_weights"
    TAKE_WEIGHTS = "take_weights"
    TAKE_FEEDBACK = "take_feedback"
    SET_COSTS = "set_costs"
    DECIDE_ROLLOUT = "decide_rollout"
    SET_READING = "set_reading"
    SET_REFERENCE = "set_reference"


_EVERYBODY = frozenset(Role)
_REVIEWERS = frozenset({Role.REVIEWER, Role.LEAD})
_LEAD = frozenset({Role.LEAD})
_OVERSIGHT = frozenset({Role.LEAD, Role.AUDITOR})

PERMISSIONS: Mapping[Action, frozenset[Role]] = {
    Action.READ: _EVERYBODY,
    Action.VERIFY: _EVERYBODY,
    Action.ANALYSE: _REVIEWERS | {Role.SERVICE},
    Action.CLAIM: _REVIEWERS,
    Action.SUBMIT: _REVIEWERS,
    Action.SKIP: _REVIEWERS,
    Action.RELEASE_CLAIM: _REVIEWERS,
    Action.AMEND: _REVIEWERS,
    Action.WITHDRAW: _REVIEWERS,
    Action.REQUEST_REVIEW: _REVIEWERS | {Role.AUDITOR},
    Action.ADJUDICATE: _LEAD,
    Action.FREE_CLAIM_OF_OTHERS: _LEAD,
    Action.SEED_CONTROL: _LEAD,
    Action.SET_POLICY: _LEAD,
    Action.SEE_TEAM: _OVERSIGHT,
    Action.READ_SEALED: frozenset({Role.AUDITOR}),
    Action.EXPORT: frozenset({Role.AUDITOR}),
    Action.CHECKPOINT: frozenset({Role.AUDITOR, Role.ADMIN}),
    Action.SET_RETENTION: frozenset({Role.AUDITOR, Role.ADMIN}),
    Action.ERASE: frozenset({Role.ADMIN}),
    Action.MANAGE_ACCOUNTS: frozenset({Role.ADMIN}),
    Action.TRAIN: _REVIEWERS,
    Action.USE_WEIGHTS: _LEAD,
    Action.TAKE_WEIGHTS: _OVERSIGHT,
    # It holds what reviewers said of cases that others may still have to judge by themselves.
    Action.TAKE_FEEDBACK: _OVERSIGHT,
    Action.SET_COSTS: _LEAD,
    Action.DECIDE_ROLLOUT: _LEAD,
    Action.SET_READING: _REVIEWERS,
    Action.SET_REFERENCE: _LEAD,
}


def allowed(roles: Collection[Role], action: Action) -> bool:
    """Whether a person with these roles may do this."""
    return not PERMISSIONS[action].isdisjoint(roles)
