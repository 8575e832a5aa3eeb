"""Signing in, shown in place of the page that was asked for: password, identity provider, or the first account's set-up."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st
from streamlit.errors import StreamlitAuthError
from streamlit.navigation.page import StreamlitPage

from audit import Conflict, InvalidRecord, SignInFailed, TooManyPasswords
from dashboard.auth import provider_visits, root_key
from dashboard.auth.passwords import password_fields, password_problem
from dashboard.service.sign_in.identity import Mode
from dashboard.shared import session_sign_in
from dashboard.texts import Texts

WIDTH = 420


def show(page: StreamlitPage, t: Texts) -> None:
    """Ask who is there. The address stays: after signing in, the page that it names comes up."""
    with _narrow():
        claims, refused = _claims()
        if session_sign_in.set_up_wanted():
            _set_up(page, claims, t)
            return
        if claims is not None and refused is None:
            # Right after the visit to the provider there is nothing more to ask.
            refused = _enter(claims)
        st.title(t("sign_in.title"), anchor=False)
        st.caption(t("sign_in.lead"))
        if refused is not None:
            st.error(t("sign_in.provider_refused", text=refused), icon=":material/error:")
        elif st.session_state.get("left"):
            st.success(t("sign_in.left"), icon=":material/logout:")
        elif session_sign_in.has_ended():
            st.info(t("sign_in.ended"), icon=":material/timer_off:")
        if session_sign_in.mode() is Mode.OIDC:
            _providers(page, t)
            with st.expander(t("sign_in.by_password"), icon=":material/password:"):
                _password(t)
        else:
            _password(t)


def create_first(t: Texts) -> None:
    """Show the form for the first administrator, for the one user of this machine: without a code."""
    _first(t, ask_code=False)


@contextmanager
def _narrow() -> Iterator[None]:
    with st.container(horizontal_alignment="center"), st.container(width=WIDTH, key="sign_in"):
        yield


def _password(t: Texts) -> None:
    with st.form("sign_in", border=False):
        login = st.text_input(t("word.login"), key="sign_in_login", autocomplete="username", max_chars=200)
        password = st.text_input(
            t("sign_in.password"), key="sign_in_password", type="password", autocomplete="current-password"
        )
        sent = st.form_submit_button(
            t("sign_in.title"), key="sign_in_now", type="primary", icon=":material/login:", width="stretch"
        )
    if sent:
        try:
            session_sign_in.sign_in(login or "", password or "")
        except SignInFailed:
            st.error(t("sign_in.wrong"), icon=":material/error:")
        except TooManyPasswords:
            st.error(t("failure.passwords"), icon=":material/error:")
        else:
            st.rerun()
    st.caption(t("sign_in.forgotten"))


def _providers(page: StreamlitPage, t: Texts) -> None:
    names = provider_visits.providers()
    if not names:
        st.error(t("sign_in.provider_missing"), icon=":material/error:")
    for name in names:
        st.button(
            t("sign_in.provider") if name is None else t("sign_in.provider_named", name=name.capitalize()),
            key=f"provider_{name or 'default'}",
            type="primary",
            icon=":material/domain:",
            width="stretch",
            on_click=provider_visits.go_to_provider,
            args=(page.url_path, name),
        )
    try:
        provider_visits.leave()
    except StreamlitAuthError as error:
        st.error(t("sign_in.provider_refused", text=str(error)), icon=":material/error:")


def _claims() -> tuple[dict[str, object] | None, str | None]:
    """Return the provider's claims as long as they can be used, else None; and the reason when something in them is missing."""
    try:
        return session_sign_in.fresh_claims(), None
    except SignInFailed as error:
        return None, str(error)


def _enter(claims: dict[str, object], code: str | None = None) -> str:
    """Sign in with the provider's claims; return the reason when this fails."""
    try:
        session_sign_in.sign_in_by_provider(claims, code=code)
        st.rerun()
    except (SignInFailed, InvalidRecord) as error:
        return str(error)


def _set_up(page: StreamlitPage, claims: dict[str, object] | None, t: Texts) -> None:
    session_sign_in.announce_set_up_code()
    st.title(t("set_up.title"), anchor=False)
    st.caption(t("set_up.lead"))
    if session_sign_in.mode() is not Mode.OIDC:
        _first(t, ask_code=True)
    elif claims is None:
        st.caption(t("set_up.provider_first"))
        _providers(page, t)
    else:
        _first_by_provider(claims, t)


def _first(t: Texts, *, ask_code: bool) -> None:
    with st.form("set_up", border=False):
        code = ""
        if ask_code:
            st.caption(t("set_up.code_help"))
            code = st.text_input(t("set_up.code"), key="set_up_code", autocomplete="off") or ""
        name = st.text_input(t("shell.reviewer"), key="set_up_name", help=t("set_up.name_help"), max_chars=200) or ""
        login = st.text_input(t("word.login"), key="set_up_login", autocomplete="username", max_chars=200) or ""
        new, repeat = password_fields(t, "set_up")
        sent = st.form_submit_button(
            t("set_up.submit"), key="set_up_now", type="primary", icon=":material/person_add:", width="stretch"
        )
    if not sent:
        return
    filled = login.strip() and name.strip()
    problem = password_problem(t, new, repeat, login) if filled else t("password.missing")
    if problem is None:
        problem = _create(login, name, new, code if ask_code else None, t)
    if problem is None:
        st.rerun()
    st.error(problem, icon=":material/error:")


def _create(login: str, name: str, password: str, code: str | None, t: Texts) -> str | None:
    try:
        if code is None:
            session_sign_in.create_first(login, name, password)
        else:
            session_sign_in.set_up(login, name, password, code=code)
    except SignInFailed:
        return t("set_up.wrong_code")
    except Conflict:
        return t("set_up.taken")
    except InvalidRecord as error:
        return t("keys.refused", text=str(error))
    except TooManyPasswords:
        return t("failure.passwords")
    root_key.note(session_sign_in.access().keys.root())
    return None


def _first_by_provider(claims: dict[str, object], t: Texts) -> None:
    name = str(claims.get("name") or claims.get("email") or claims.get("sub") or "")
    with st.form("set_up", border=False):
        st.caption(t("set_up.provider_known", name=name))
        st.caption(t("set_up.code_help"))
        code = st.text_input(t("set_up.code"), key="set_up_code", autocomplete="off")
        sent = st.form_submit_button(
            t("set_up.submit"), key="set_up_now", type="primary", icon=":material/person_add:", width="stretch"
        )
    if sent and not session_sign_in.is_set_up_code(code or ""):
        st.error(t("set_up.wrong_code"), icon=":material/error:")
    elif sent:
        st.error(t("sign_in.provider_refused", text=_enter(claims, code)), icon=":material/error:")
