"""Access tokens of programs at the gate API: list them, issue one, revoke the chosen one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st

from audit import (
    MACHINE_ROLES,
    SINGLE_USER,
    Access,
    Account,
    Conflict,
    InvalidRecord,
    NotFound,
    Role,
    Token,
    utc_now,
)
from dashboard.features.team.parts import choose_row, refusals, show_once
from dashboard.shared import navigation, session, signature
from dashboard.texts import Texts
from dashboard.views.frames import frame
from dashboard.views.verdict import moment

_DAYS, _MOST_DAYS = 90, 366


def show(access: Access, t: Texts) -> None:
    """Show the tokens, a form that issues one, and the chosen token with its button to revoke it."""
    st.header(t("programs.title"), anchor=False)
    st.caption(t("programs.lead"))
    if access.person.id == SINGLE_USER:
        navigation.empty_state(t, t("keys.alone"), icon=":material/key:")
        return
    accounts = {account.id: account for account in access.admin.accounts()}
    now = utc_now()
    # Valid tokens first, the newest at the top.
    tokens = sorted(access.tokens.all(), key=lambda token: token.issued_at, reverse=True)
    tokens.sort(key=lambda token: token.revoked or now >= token.expires_at)
    show_once("fresh_token", "programs.token_for", t, noted="token_noted")
    with st.container(key="split_programs"):
        left, right = st.columns([3, 2], gap="large")
    with left:
        if tokens:
            table = _tokens_table(tokens, accounts, now, t)
            choose_row(table, "tokens", [token.sha256 for token in tokens], "program_token", t)
        else:
            st.caption(t("programs.none"))
        _issue_form(access, t)
    with right:
        chosen = next((token for token in tokens if token.sha256 == st.session_state.get("program_token")), None)
        if chosen is not None and not chosen.revoked:
            _revoke(access, chosen, _name_of(chosen, accounts), t)
        elif tokens:
            st.caption(t("word.choose_left"))


def _issue_form(access: Access, t: Texts) -> None:
    with st.expander(t("programs.new"), icon=":material/key:"), st.form("new_token", border=False):
        # New fields after every token: a field that is emptied on the server goes on showing its text in the browser.
        number = st.session_state.get("token_number", 0)
        name = st.text_input(t("programs.account"), key=f"token_name_{number}", max_chars=200, autocomplete="off") or ""
        role = st.radio(
            t("programs.role"),
            list(reversed(MACHINE_ROLES)),
            format_func=lambda role: t.plain(f"programs.{role.value}"),
            key=f"token_role_{number}",
            horizontal=True,
        )
        days = st.number_input(t("programs.days"), 1, _MOST_DAYS, _DAYS, key=f"token_days_{number}")
        with signature.within(access, t, "meaning.token", key="new_token") as signing:
            sent = signing.button(t("programs.issue"), key="issue_token", type="primary")
    signing.ask_passkey(t)
    if not sent:
        return
    if not name.strip():
        st.error(t("password.missing"))
        return
    with refusals(t, Conflict, InvalidRecord):
        issued = signing().tokens.issue(name, (Role(role or Role.SERVICE),), days=int(days))
        st.session_state["fresh_token"] = (name.strip(), issued.token)
        st.session_state["token_number"] = number + 1
        session.tell(t("word.done"))
        st.rerun()


def _revoke(access: Access, token: Token, name: str, t: Texts) -> None:
    with st.container(border=True, key="token"):
        st.caption(t("programs.revoke_lead", name=name))
        with signature.form(access, t, "meaning.token", key="revoke_token") as signing:
            pressed = signing.button(t("keys.revoke"), key="revoke_token", icon=":material/block:")
        if not pressed:
            return
        with refusals(t, Conflict, NotFound):  # another administrator was faster
            signing().tokens.revoke(token.sha256)
            session.tell(t("word.done"))
            st.rerun()


def _state(token: Token, now: str, t: Texts) -> str:
    """Say in a word whether the token is valid."""
    return t.plain(f"programs.{'revoked' if token.revoked else 'expired' if now >= token.expires_at else 'good'}")


def _name_of(token: Token, accounts: Mapping[str, Account]) -> str:
    """Return the program's name, or the id of its account once the account was erased."""
    account = accounts.get(token.account_id)
    return account.name if account is not None else token.account_id


def _tokens_table(tokens: Sequence[Token], accounts: Mapping[str, Account], now: str, t: Texts) -> pd.DataFrame:
    """Return one row a token."""
    rows = [
        (
            _name_of(token, accounts),
            _role_name(accounts.get(token.account_id), t),
            token.issued_at[:10],
            moment(token.expires_at),
            _state(token, now, t),
            token.sha256[:8],
        )
        for token in tokens
    ]
    return frame(rows, "programs", ("name", "role", "issued", "expires", "state", "hash"), t)


def _role_name(account: Account | None, t: Texts) -> str:
    roles = account.roles if account is not None and account.active else ()
    if Role.SERVICE in roles:
        return t.plain("programs.service")
    return t.plain("programs.viewer") if Role.VIEWER in roles else "–"
