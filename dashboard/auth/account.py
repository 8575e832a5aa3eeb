"""Who is here, in the sidebar: a name to type in single-user mode, or the account that is signed in, with its password and
key."""

from __future__ import annotations

import streamlit as st

from audit import SINGLE_USER, UNNAMED, InvalidRecord, Person, SignInFailed, TooManyPasswords
from dashboard.auth import own_key
from dashboard.auth.passwords import password_fields, password_problem, refused
from dashboard.shared import failures, session, session_sign_in
from dashboard.texts import Texts, literal
from dashboard.views.team import roles_text
from dashboard.views.verdict import moment


def show(person: Person, t: Texts) -> None:
    """Show the name field in single-user mode, else name, roles, key, password and the button to sign out."""
    if person.id == SINGLE_USER:
        if "reviewer_name" not in st.session_state:
            # A reload forgets the name. The last reviewer on this machine is most likely the present one.
            named = (review.reviewer_name for review in session.access().queue.recent_reviews())
            st.session_state["reviewer_name"] = next((name for name in named if name != UNNAMED), "")
        if not st.session_state["reviewer_name"] and person.name != UNNAMED:
            st.session_state["reviewer_name"] = person.name  # said beside the review
        st.text_input(t("shell.reviewer"), key="reviewer_name", max_chars=100, help=t("shell.reviewer_help"))
        return
    access = session.access()
    with st.popover(literal(person.name), icon=":material/account_circle:", width="stretch", key="account_menu"):
        st.caption(t("account.since", time=moment(person.authenticated_at)))
        by_password = person.authentication.startswith(session_sign_in.BY_PASSWORD)
        if person.roles:
            with failures.contained(t):
                own_key.show(access, t, elsewhere=not by_password)
        if by_password:
            _change_password(t)
        st.button(
            t("account.sign_out"), key="sign_out", icon=":material/logout:", on_click=session_sign_in.sign_out, width="stretch"
        )
    st.caption(roles_text(person.roles, t))
    if person.roles:
        with failures.contained(t):
            own_key.remind(access, t)


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
    except TooManyPasswords as error:
        failures.show(error, t)
    except InvalidRecord:
        st.error(refused(t, new))
    else:
        session.tell(t("account.changed"))
        st.rerun()
