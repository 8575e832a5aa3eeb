"""Accounts: the list, a new one, and changing the chosen one."""

from __future__ import annotations

import secrets
from collections.abc import Callable

import streamlit as st

from audit import SINGLE_USER, Access, Account, AccountChanged, AuditError, Conflict, InvalidRecord, NotFound, Role
from audit.people.accounts import PASSWORD
from dashboard.auth import sign_in
from dashboard.features.team.parts import choose_row, show_once
from dashboard.shared import failures, session, signature
from dashboard.shared.signature import Signing
from dashboard.texts import Texts, literal
from dashboard.views import team as views

FORM_WIDTH = 420


def show(access: Access, t: Texts) -> None:
    """Show all accounts; in single-user mode the step to a team."""
    if access.person.id == SINGLE_USER:
        st.header(t("alone.title"), anchor=False)
        st.caption(t("alone.lead"))
        with st.container(width=FORM_WIDTH):
            sign_in.create_first(t)
        return
    accounts = sorted(access.admin.accounts(), key=lambda account: (not account.active, account.name.casefold()))
    show_once("fresh_password", "accounts.password_for", t, noted="password_noted")
    with st.container(key="split_accounts"):
        left, right = st.columns([3, 2], gap="large")
    with left:
        ids = [account.id for account in accounts]
        choose_row(views.accounts_table(accounts, t), "accounts", ids, "account_id", t)
        _new(access, t)
        with st.expander(t("accounts.roles_title"), icon=":material/badge:"):
            for role in Role:
                st.markdown(f"**{t(f'role.{role.value}')}** {t(f'role_may.{role.value}')}")
    with right:
        chosen = next((account for account in accounts if account.id == st.session_state.get("account_id")), None)
        if chosen is None:
            st.caption(t("word.choose_left"))
        else:
            _one(access, chosen, t)


def _roles(t: Texts, key: str, default: tuple[Role, ...]) -> tuple[Role, ...]:
    if key not in st.session_state:
        st.session_state[key] = [role for role in Role if role in default]
    chosen = st.pills(
        t("accounts.roles"),
        list(Role),
        selection_mode="multi",
        format_func=lambda role: t.plain(f"role.{role.value}"),
        key=key,
    )
    return tuple(role for role in Role if role in chosen)


def _new(access: Access, t: Texts) -> None:
    with (
        st.expander(t("accounts.new"), icon=":material/person_add:"),
        st.form("new_account", border=False),
    ):
        # New fields after every account: a field that is emptied on the server goes on showing its text in the browser.
        number = st.session_state.get("new_number", 0)
        name = st.text_input(t("word.name"), key=f"new_name_{number}", max_chars=200) or ""
        login = st.text_input(t("word.login"), key=f"new_login_{number}", max_chars=200, autocomplete="off") or ""
        roles = _roles(t, f"new_roles_{number}", (Role.REVIEWER,))
        with signature.within(access, t, "meaning.account", key="new_account") as signing:
            sent = signing.button(t("accounts.create"), key="create_account", type="primary")
    signing.ask_passkey(t)
    if not sent:
        return
    if not name.strip() or not login.strip():
        st.error(t("password.missing"))
        return
    password = _random_password()

    def create() -> None:
        account = signing().admin.create_account(login, name, roles, password)
        st.session_state["account_id"] = account.id
        st.session_state["fresh_password"] = (account.name, password)
        st.session_state["new_number"] = number + 1

    _attempt(create, t("word.done"), t("accounts.login_taken"), t)


def _one(access: Access, account: Account, t: Texts) -> None:
    name_key, roles_key, drawn = f"name_{account.id}", f"roles_{account.id}", st.session_state.get("account_seen")
    # What was pressed or typed meanwhile was meant for what the account was: nothing is overwritten unknowingly.
    stale = drawn is not None and drawn.id == account.id and drawn != account and name_key in st.session_state
    if stale or drawn is None or drawn.id != account.id or name_key not in st.session_state:
        st.session_state["account_seen"], st.session_state[name_key] = account, account.name
        st.session_state.pop(roles_key, None)
    with st.container(border=True, key="account"):
        st.markdown(f"**{literal(account.name)}**")
        st.caption(t("accounts.ends_sessions"))
        if stale:
            st.warning(t("accounts.changed_meanwhile"), icon=":material/sync_problem:")
        name = st.text_input(t("word.name"), key=name_key, max_chars=200) or ""
        roles = _roles(t, roles_key, account.roles)
        changed = name.strip() != account.name or set(roles) != set(account.roles)
        with signature.form(access, t, "meaning.account", key=f"account_{account.id}") as signing:
            save = signing.button(
                t("accounts.save"), key="save_account", type="primary", disabled=not changed or not name.strip()
            )
            toggle = signing.button(t("accounts.deactivate" if account.active else "accounts.activate"), key="toggle_account")
            resettable = account.provider == PASSWORD and account.active
            reset = resettable and signing.button(t("accounts.reset"), key="reset_password", icon=":material/key:")
        if stale:
            return
        if save:
            _change(signing, account, t, name=name, roles=roles)
        if toggle:
            _change(signing, account, t, active=not account.active)
        if reset:
            _reset(signing, account, t)
        if not account.active:
            _erase(access, account, t)


def _reset(signing: Signing, seen: Account, t: Texts) -> None:
    password = _random_password()
    st.session_state["fresh_password"] = (seen.name, password)
    _change(signing, seen, t, password=password)


def _erase(access: Access, account: Account, t: Texts) -> None:
    with st.popover(t("accounts.erase"), icon=":material/delete_forever:"):
        st.caption(t("accounts.erase_lead"))
        why = st.text_input(t("word.reason"), key=f"why_{account.id}", max_chars=1_000) or ""
        with signature.form(access, t, "meaning.erasure", key="erase_account") as signing:
            pressed = signing.button(t("accounts.erase_now"), key="erase_account", type="primary")
        if not pressed:
            return
        if not why.strip():
            st.error(t("word.needs_why"))
            return
    _attempt(lambda: signing().admin.erase_account(account.id, why.strip()), t("word.done"), t("accounts.still_active"), t)


def _change(
    signing: Signing,
    seen: Account,
    t: Texts,
    *,
    name: str | None = None,
    roles: tuple[Role, ...] | None = None,
    active: bool | None = None,
    password: str | None = None,
) -> None:
    def change() -> None:
        changed = signing().admin.change_account(seen, name=name, roles=roles, active=active, password=password)
        st.session_state["account_seen"] = changed

    _attempt(change, t("word.done"), t("accounts.last_admin"), t)


def _attempt(action: Callable[[], object], done: str, conflict: str, t: Texts) -> None:
    """Do the action and show the page anew, or say why it is not possible."""
    try:
        action()
    except AccountChanged:
        st.error(t("accounts.changed_meanwhile"), icon=":material/error:")
    except Conflict:
        st.error(conflict)
    except NotFound:
        st.error(t("accounts.gone"))
    except InvalidRecord as error:
        st.error(t("keys.refused", text=str(error)))
    except AuditError as error:
        failures.show(error, t)
    else:
        session.tell(done)
        st.rerun()
    # Reached after an error only: a password that was to be reset has not changed.
    st.session_state.pop("fresh_password", None)


def _random_password() -> str:
    """Return a password of about 96 bits, in groups that can be read out."""
    letters = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(letters) for _ in range(5)) for _ in range(4))
