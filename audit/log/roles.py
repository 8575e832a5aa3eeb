"""Who may do what: the one table of rights, and which right an entry of each kind needs.

`audit.people.rights` checks every action against it before it is done, `audit.log.authority` every entry afterwards.
Separation of duties: people who judge decisions do not export or erase the record, people who manage accounts do not judge, and
only a lead settles disputes. Another program (service) has files judged and reads the answers; it reviews nothing.

This module needs only Python 3.9 and nothing else: a bundle carries a copy for its verifier.
"""

from __future__ import annotations

from collections.abc import Mapping

SYSTEM = "system"
SINGLE_USER = "single-user"
"""The actor of what the one person of a machine does, in a record without accounts."""
PROGRAM = "program"
"""Whose key signs what the program vouches for; like the two above, no account can have this id."""
EVERYBODY = frozenset({"viewer", "reviewer", "lead", "auditor", "admin", "service"})
REVIEWERS = frozenset({"reviewer", "lead"})
_LEAD = frozenset({"lead"})
_OVERSIGHT = frozenset({"lead", "auditor"})
_ADMIN = frozenset({"admin"})
_KEEPERS = frozenset({"auditor", "admin"})

ALLOWED: Mapping[str, frozenset[str]] = {
    "read": EVERYBODY,
    "verify": EVERYBODY,
    "analyse": REVIEWERS | {"service"},
    "claim": REVIEWERS,
    "submit": REVIEWERS,
    "skip": REVIEWERS,
    "release_claim": REVIEWERS,
    "amend": REVIEWERS,
    "withdraw": REVIEWERS,
    "request_review": REVIEWERS | {"auditor"},
    "adjudicate": _LEAD,
    "free_claim_of_others": _LEAD,
    "seed_control": _LEAD,
    "set_policy": _LEAD,
    "see_team": _OVERSIGHT,
    "read_sealed": frozenset({"auditor"}),
    "export": frozenset({"auditor"}),
    "checkpoint": _KEEPERS,
    "set_retention": _KEEPERS,
    "erase": _ADMIN,
    "manage_accounts": _ADMIN,
    "confirm_keys": _ADMIN,
    "train": REVIEWERS,
    "use_weights": _LEAD,
    "take_weights": _OVERSIGHT,
    # The feedback set holds verdicts on cases that others may still have to judge independently.
    "take_feedback": _OVERSIGHT,
    "set_costs": _LEAD,
    "decide_rollout": _LEAD,
    "set_reading": REVIEWERS,
    "set_reference": _LEAD,
    "name_fine_lines": REVIEWERS,
}
"""The roles that may do each action."""

KINDS: Mapping[str, tuple[str, ...]] = {
    "claim_freed": ("free_claim_of_others",),
    "control": ("seed_control",),
    "costs": ("set_costs",),
    "decision": ("analyse",),
    "erasure": ("erase",),
    "export": ("export", "take_weights"),
    "failed_input": ("analyse",),
    "feedback": ("take_feedback",),
    "fine_lines": ("name_fine_lines",),
    "policy": ("set_policy",),
    "reading": ("set_reading",),
    "reference": ("set_reference",),
    "retention": ("set_retention",),
    "review": ("submit",),
    "review_requested": ("request_review",),
    "rollout": ("decide_rollout",),
    "skip": ("skip",),
    "submitted_as": ("analyse", "erase"),
    "token": ("manage_accounts",),
    "weights": ("train",),
    "weights_in_use": ("use_weights",),
    "weights_retired": ("use_weights",),
}
"""The actions of which an entry of each kind needs one. Accounts, sign-ins and reviews have further rules below."""

BY_SYSTEM = frozenset({"clock_anomaly", "locked_out", "restored", "sessions_ended", "set_up", "sign_in_failed"})
"""Kinds of entries that the program makes on its own account."""
CONTENT = frozenset(
    {
        "account",
        "decision",
        "erasure",
        "failed_input",
        "key",
        "person",
        "review",
        "review_requested",
        "signature",
        "signed_in",
        "signed_out",
        "submitted_as",
        "token",
    }
)
"""Kinds of entries whose content the fold reads."""
MACHINE_ROLES = ("viewer", "service")
"""Whatever roles its account has, a program only reads and submits: people judge decisions."""
NEWCOMER_ROLES = frozenset({"viewer", "reviewer"})
"""The roles that a person can have who came from an identity provider and whom no administrator gave any yet."""

SIGNED = frozenset(
    {
        "account",
        "control",
        "erasure",
        "key",
        "person",
        "policy",
        "retention",
        "review",
        "rollout",
        "token",
        "weights_in_use",
        "weights_retired",
    }
)
"""Kinds of entries that people sign: judgements, and what gives power. In a record with a root key, only signed ones count."""
PROGRAM_SIGNED = frozenset({"decision", "reading", "reference", "sessions_ended"})
"""Kinds of entries that the program signs with its own key, no matter who started the work. Once it has a key, entries of these
kinds without its signature are refused."""
SIGNED_SINCE = frozenset({"signed_in", "signed_out", "submitted_as"})
"""Kinds that the program signs as well, from its entry "sessions_ended" on, which ends all sessions of before: earlier versions
did not sign them."""
KEY_KINDS: Mapping[str, str] = {
    "password": "sealed under the person's password: the signer knew it",
    "passkey": "sealed by a passkey: the signer held the device and could unlock it",
    "machine": "a file on the machine of a person who works alone: it shows where, not who",
    PROGRAM: "a file on a machine where the program runs: it shows that the program made the entry",
}
"""Kinds of keys, and what a signature by each is worth."""
PERSONAL_KEYS = frozenset({"password", "passkey"})
"""The kinds of keys that can sign a review."""
