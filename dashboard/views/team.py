"""The team as tables and numbers: the parts that a person may see, progress, agreement, accounts, and the policy's settings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum

import pandas as pd

from audit import Account, Action, Person, ReviewPolicy, Role, Statistic, TeamReport, allowed
from audit.people.accounts import PASSWORD
from audit.people.tokens import PROVIDER
from audit.review.team_report import Agreement, PersonProgress
from dashboard.texts import Texts
from dashboard.views.frames import frame
from dashboard.views.times import duration
from dashboard.views.verdict import moment, person


class TeamSection(StrEnum):
    """Parts of the Team page."""

    MINE = "mine"
    PROGRESS = "progress"
    POLICY = "policy"
    ACCOUNTS = "accounts"
    PROGRAMS = "programs"
    KEYS = "keys"


def offered_to(person: Person) -> list[TeamSection]:
    """Return the parts of the Team page that this person may see, the most useful first; none for a viewer."""
    rights = {
        TeamSection.PROGRESS: Action.SEE_TEAM,
        TeamSection.MINE: Action.SUBMIT,
        TeamSection.ACCOUNTS: Action.MANAGE_ACCOUNTS,
        TeamSection.PROGRAMS: Action.MANAGE_ACCOUNTS,
        TeamSection.KEYS: Action.MANAGE_ACCOUNTS,
    }
    sections = [section for section, action in rights.items() if allowed(person.roles, action)]
    # People who work by the policy may read it.
    return [*sections, TeamSection.POLICY] if sections else []


def roles_text(roles: Sequence[Role], t: Texts) -> str:
    """Return the names of roles in words."""
    names = [t.plain(f"role.{role.value}") for role in Role if role in roles]
    return t.plain("unit.join").join(names) or t.plain("account.no_roles")


def share(statistic: Statistic, t: Texts) -> str:
    """Format a share with its interval and number; a dash where it is unknown."""
    if statistic.value is None or statistic.low is None or statistic.high is None:
        return "–"
    return t.plain("progress.share", x=statistic.value, low=statistic.low, high=statistic.high, n=statistic.items)


def span(seconds: float | None, t: Texts) -> str:
    """Format a span of time, or a dash where it is unknown."""
    return "–" if seconds is None else duration(seconds, t)


def people_table(people: Sequence[PersonProgress], t: Texts) -> pd.DataFrame:
    """Return one row a person, most reviews first."""
    rows = [
        (
            person(member.name, t),
            member.reviews,
            member.today,
            member.flagged,
            span(member.median_seconds, t),
            moment(member.last_at),
            share(member.control, t),
            share(member.with_outcome, t),
        )
        for member in people
    ]
    names = ("name", "reviews", "today", "flagged", "median", "last", "control", "outcome")
    return frame(rows, "progress", names, t)


def agreement_table(agreement: Agreement, t: Texts) -> pd.DataFrame:
    """Return the coefficients with their intervals and meanings; empty when nothing can be compared."""
    rows: list[tuple[str, str, str, str, str]] = []
    share = agreement.observed
    if share.value is not None:
        interval = (
            "–"
            if share.low is None or share.high is None
            else t.plain("word.from_to", low=f"{share.low:.0%}", high=f"{share.high:.0%}")
        )
        means = t.plain("agreement.observed_means")
        rows.append((t.plain("agreement.observed"), f"{share.value:.0%}", interval, f"{share.items:,}", means))
        means = t.plain("agreement.krippendorff_means")
        rows.append((t.plain("agreement.krippendorff"), *_statistic(agreement.krippendorff, t), means))
    return frame(rows, "agreement", ("what", "value", "interval_95", "decisions", "means"), t)


def names_in(report: TeamReport, accounts: Mapping[str, str], t: Texts) -> dict[str, str]:
    """Return printed names by id: of accounts, and of people who reviewed without an account."""
    names = {member.reviewer_id: member.name for member in report.people} | dict(accounts)
    return {id: person(name, t) for id, name in names.items()}


def accounts_table(accounts: Sequence[Account], t: Texts) -> pd.DataFrame:
    """Return one row an account."""
    rows = [
        (
            account.name,
            account.login,
            roles_text(account.roles, t),
            t.plain("accounts.active" if account.active else "accounts.inactive"),
            t.plain(f"accounts.by_{account.provider}") if account.provider in (PASSWORD, PROVIDER) else account.provider,
        )
        for account in accounts
    ]
    return frame(rows, "accounts", ("name", "login", "roles", "state", "by"), t)


def policy_table(policy: ReviewPolicy, t: Texts) -> pd.DataFrame:
    """Return the review policy for people who do not set it."""
    facts = {
        "overlap": f"{policy.overlap}",
        "blind": t.plain("rule.yes" if policy.blind else "rule.no"),
        "sampling": f"{policy.sampling_share * 100:g}",
        "lease": f"{policy.lease_seconds / 60:g}",
        "due": f"{policy.due_hours}",
        "undo": f"{policy.undo_seconds / 60:g}",
    }
    # Without the share of control items: reviewers who get them must not know it.
    rows = [(t.plain(f"rule.{name}"), value) for name, value in facts.items()]
    return frame(rows, "rule", ("what", "value"), t)


def _statistic(value: Statistic, t: Texts) -> tuple[str, str, str]:
    if value.value is None or value.low is None or value.high is None:
        return "–", "–", f"{value.items:,}"
    return f"{value.value:.2f}", t.plain("word.from_to", low=f"{value.low:.2f}", high=f"{value.high:.2f}"), f"{value.items:,}"
