"""Who is here, in the sidebar: a name to type in single-user mode, or the account that is signed in; and how a password is
chosen."""

from __future__ import annotations

import streamlit as st

from audit import SINGLE_USER, UNNAMED, InvalidRecord, Person, SignInFailed
from audit.people.sessions import SHORTEST_PASSWORD
from dashboard.shared import session, session_sign_in
from dashboard.texts import Texts
from dashboard.views.team import roles_text
from dashboard.views.verdict import moment


def show(person: Person, t: Texts) -> None:
    """Show the name field in single-user mode, else name, roles, password and the button to sign out."""
    if person.id == SINGLE_USER:
        if "reviewer_name" not in st.session_state:
            # A reload forgets the name. The last reviewer on this machine is most likely the present one.
            last = session.access().queue.recent_reviews(1)
            st.session_state["reviewer_name"] = last[0].reviewer_name if last and last[0].reviewer_name != UNNAMED else ""
        st.text_input(t("shell.reviewer"), key="reviewer_name", max_chars=100, help=t("shell.reviewer_help"))
        return
    with st.popover(t("account.menu", name=person.name), icon=":material/account_circle:", width="stretch", key="account_menu"):
        st.caption(t("account.since", time=moment(person.authenticated_at)))
        if person.authentication.startswith(session_sign_in.BY_PASSWORD):
            _change_password(t)
        st.button(
            t("account.sign_out"), key="sign_out", icon=":material/logout:", on_click=session_sign_in.sign_out, width="stretch"
        )
    st.caption(roles_text(person.roles, t))


def _change_password(t: Texts) -> None:
    with st.expander(t("account.change"), icon=":material/password:"), st.form("change_password", border=False):
        old = st.text_input(t("account.old"), type="password", key="old_password", autocomplete="current-password")
        new, repeat = password_fields(t, "account")
        if not st.form_submit_button(t("account.change"), key="change_password_now", type="primary"):
            return
    problem = password_problem(t, new, repeat)
    if problem or not old:
        st.error(problem or t("password.missing"))
        return
    try:
        session_sign_in.change_password(old, new)
    except SignInFailed:
        st.error(t("account.old_wrong"))
    except InvalidRecord:
        st.error(t("password.has_login") if len(new) >= SHORTEST_PASSWORD else t("password.short", n=SHORTEST_PASSWORD))
    else:
        session.tell(t("account.changed"))
        st.rerun()


def password_fields(t: Texts, purpose: str) -> tuple[str, str]:
    """Show the two password fields and return their values; ``purpose`` (set_up, account) names their texts and keys."""
    labels = {"set_up": ("set_up.password", "set_up.repeat"), "account": ("account.new", "account.repeat")}[purpose]
    new = st.text_input(
        t(labels[0], n=SHORTEST_PASSWORD), type="password", key=f"{purpose}_password", autocomplete="new-password"
    )
    repeat = st.text_input(t(labels[1]), type="password", key=f"{purpose}_repeat", autocomplete="new-password")
    return new or "", repeat or ""


def password_problem(t: Texts, new: str, repeat: str, login: str = "") -> str | None:
    """Say what is wrong with this password, in words; None when nothing is."""
    if not new or not repeat:
        return t("password.missing")
    if len(new) < SHORTEST_PASSWORD:
        return t("password.short", n=SHORTEST_PASSWORD)
    if login.strip() and login.strip().casefold() in new.casefold():
        return t("password.has_login")
    return t("password.differs") if new != repeat else None
