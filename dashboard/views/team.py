"""The team as tables and numbers: who may see which part of it, progress, agreement, accounts, and the policy's settings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum

import pandas as pd

from audit import Account, Action, Person, ReviewPolicy, Role, Statistic, TeamReport, allowed
from audit.people.accounts import PASSWORD
from audit.people.tokens import PROVIDER
from audit.review.team_report import Agreement, PersonProgress
from dashboard.texts import Texts
from dashboard.views.times import duration
from dashboard.views.verdict import moment, person


class Section(StrEnum):
    """Parts of the Team page."""

    MINE = "mine"
    PROGRESS = "progress"
    POLICY = "policy"
    ACCOUNTS = "accounts"
    PROGRAMS = "programs"


def offered_to(person: Person) -> list[Section]:
    """What this person may see of the team, the most useful first; nothing for a viewer."""
    rights = {
        Section.PROGRESS: Action.SEE_TEAM,
        Section.MINE: Action.SUBMIT,
        Section.ACCOUNTS: Action.MANAGE_ACCOUNTS,
        Section.PROGRAMS: Action.MANAGE_ACCOUNTS,
    }
    found = [section for section, action in rights.items() if allowed(person.roles, action)]
    # Whoever works by the policy may read it.
    return [*found, Section.POLICY] if found else []


def roles_text(roles: Sequence[Role], t: Texts) -> str:
    """Roles in words."""
    names = [t.plain(f"role.{role.value}") for role in Role if role in roles]
    return t.plain("unit.join").join(names) or t.plain("account.no_roles")


def share(found: Statistic, t: Texts) -> str:
    """A share with its interval and number; a dash without any."""
    if found.value is None or found.low is None or found.high is None:
        return "–"
    return t.plain("progress.share", x=found.value, low=found.low, high=found.high, n=found.items)


def span(seconds: float | None, t: Texts) -> str:
    """A span of time, or a dash."""
    return "–" if seconds is None else duration(seconds, t)


def people_table(people: Sequence[PersonProgress], t: Texts) -> pd.DataFrame:
    """One row a person, those with most reviews first."""
    rows = [
        (
            person(p.name, t),
            p.reviews,
            p.today,
            p.flagged,
            span(p.median_seconds, t),
            moment(p.last_at),
            share(p.control, t),
            share(p.with_outcome, t),
            p.adjudications,
            p.withdrawn,
        )
        for p in people
    ]
    names = ("name", "reviews", "today", "flagged", "median", "last", "control", "outcome", "adjudications", "withdrawn")
    return pd.DataFrame(rows, columns=[t.plain(f"progress.{name}") for name in names])


def agreement_table(found: Agreement, t: Texts) -> pd.DataFrame:
    """The coefficients with their intervals, and what each says; empty when nothing can be compared."""
    coefficients = {"krippendorff": found.krippendorff, "fleiss": found.fleiss}
    rows: list[tuple[str, str, str, str, str]] = []
    share = found.observed
    if share.value is not None:
        interval = (
            "–" if share.low is None or share.high is None else t.plain("agreement.share", low=share.low, high=share.high)
        )
        means = t.plain("agreement.observed_means")
        rows.append((t.plain("agreement.observed"), f"{share.value:.0%}", interval, f"{share.items:,}", means))
        rows += [
            (t.plain(f"agreement.{name}"), *_statistic(value, t), t.plain(f"agreement.{name}_means"))
            for name, value in coefficients.items()
        ]
    names = ("measure", "value", "interval", "items", "meaning")
    return pd.DataFrame(rows, columns=[t.plain(f"agreement.{name}") for name in names])


def pairs_table(found: Agreement, names: Mapping[str, str], t: Texts) -> pd.DataFrame:
    """Cohen's kappa of pairs of reviewers, those with most decisions in common first."""
    ordered = sorted(found.pairs.items(), key=lambda pair: -pair[1].items)
    rows = [(names.get(a, a), names.get(b, b), *_statistic(kappa, t)) for (a, b), kappa in ordered]
    columns = ("first", "second", "kappa", "interval", "items")
    return pd.DataFrame(rows, columns=[t.plain(f"agreement.{name}") for name in columns])


def names_in(report: TeamReport, accounts: Mapping[str, str], t: Texts) -> dict[str, str]:
    """Printed names by id: of accounts, and of whoever has reviewed without one."""
    found = {one.reviewer_id: one.name for one in report.people} | dict(accounts)
    return {id: person(name, t) for id, name in found.items()}


def accounts_table(accounts: Sequence[Account], t: Texts) -> pd.DataFrame:
    """One row an account."""
    rows = [
        (
            a.name,
            a.login,
            roles_text(a.roles, t),
            t.plain("accounts.active" if a.active else "accounts.inactive"),
            t.plain(f"accounts.by_{a.provider}") if a.provider in (PASSWORD, PROVIDER) else a.provider,
        )
        for a in accounts
    ]
    names = ("name", "login", "roles", "state", "by")
    return pd.DataFrame(rows, columns=[t.plain(f"accounts.{name}") for name in names])


def policy_table(policy: ReviewPolicy, t: Texts) -> pd.DataFrame:
    """The review policy for those who do not set it."""
    facts = {
        "overlap": f"{policy.overlap}",
        "blind": t.plain("rule.yes" if policy.blind else "rule.no"),
        "sampling": f"{policy.sampling_share * 100:g}",
        "lease": f"{policy.lease_seconds / 60:g}",
        "due": f"{policy.due_hours}",
        "undo": f"{policy.undo_seconds / 60:g}",
    }
    # How many claims are control items is not for those who get them.
    rows = [(t.plain(f"rule.{name}"), value) for name, value in facts.items()]
    return pd.DataFrame(rows, columns=[t.plain("rule.setting"), t.plain("rule.value")])


def _statistic(found: Statistic, t: Texts) -> tuple[str, str, str]:
    if found.value is None or found.low is None or found.high is None:
        return "–", "–", f"{found.items:,}"
    return f"{found.value:.2f}", t.plain("agreement.from_to", low=found.low, high=found.high), f"{found.items:,}"
