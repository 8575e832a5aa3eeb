"""Programs that ask at the gate: their tokens as a table, and how each stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from audit import Account, Role, Token
from dashboard.texts import Texts
from dashboard.views.verdict import moment


def state(token: Token, now: str, t: Texts) -> str:
    """Whether it is good, in a word."""
    return t.plain(f"programs.{'revoked' if token.revoked else 'expired' if now >= token.expires_at else 'good'}")


def name_of(token: Token, accounts: Mapping[str, Account]) -> str:
    """The program's name, or its account's number once that was erased."""
    found = accounts.get(token.account_id)
    return found.name if found is not None else token.account_id


def tokens_table(tokens: Sequence[Token], accounts: Mapping[str, Account], now: str, t: Texts) -> pd.DataFrame:
    """One row a token."""
    rows = [
        (
            name_of(token, accounts),
            _may(accounts.get(token.account_id), t),
            token.issued_at[:10],
            moment(token.expires_at),
            state(token, now, t),
            token.sha256[:8],
        )
        for token in tokens
    ]
    names = ("name", "role", "issued", "expires", "state", "hash")
    return pd.DataFrame(rows, columns=[t.plain(f"programs.{name}") for name in names])


def _may(account: Account | None, t: Texts) -> str:
    roles = account.roles if account is not None and account.active else ()
    if Role.SERVICE in roles:
        return t.plain("programs.service")
    return t.plain("programs.viewer") if Role.VIEWER in roles else "–"
