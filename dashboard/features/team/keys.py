"""Keys: the record's root key, keys that wait for an administrator, revoking keys, and how signing begins in an old record."""

from __future__ import annotations

import streamlit as st

from audit import SINGLE_USER, Access, Account, Conflict, NotFound
from audit.people.keys import PublicKey
from dashboard.auth import root_key
from dashboard.features.team.parts import refusals
from dashboard.shared import display, failures, navigation, session, signature
from dashboard.texts import Texts
from dashboard.views.frames import frame
from dashboard.views.verdict import moment

_WIDTH = 560


def show(access: Access, t: Texts) -> None:
    """Show the root key and what waits; where nobody signs yet, the step to it."""
    if access.person.id == SINGLE_USER:
        navigation.empty_state(t, t("keys.alone"), icon=":material/key:")
        return
    root = access.keys.root()
    if root is None:
        _begin(access, t)
        return
    st.header(t("keys.root"), anchor=False)
    st.code(root, language=None, width="content")
    st.caption(t("keys.root_lead"))
    st.header(t("keys.waiting"), anchor=False)
    waiting = access.keys.waiting()
    if waiting:
        _waiting(access, waiting, t)
    else:
        st.caption(t("keys.waiting_none"))
    with st.expander(t("keys.revoke_title"), icon=":material/block:"):
        _revoke(access, t)


def _begin(access: Access, t: Texts) -> None:
    st.header(t("keys.begin"), anchor=False)
    st.markdown(t("keys.begin_lead"))
    st.markdown("\n".join(f"- {t(f'keys.begin_{what}')}" for what in ("sign", "confirm", "write")))
    with st.form("begin_signing", border=False, clear_on_submit=True), st.container(horizontal=True):
        password = signature.password_field("sign_in.password", "begin_password", t)
        pressed = st.form_submit_button(t("keys.begin"), key="begin_signing_now", type="primary", icon=":material/key:")
    if not pressed:
        return
    if not password:
        st.error(t("signature.failed_empty"), icon=":material/error:")
        return
    with failures.contained(t):
        root_key.note(access.keys.begin(password))
        session.tell(t("word.done"))
        st.rerun()


def _waiting(access: Access, waiting: list[tuple[Account, PublicKey]], t: Texts) -> None:
    st.caption(t("keys.waiting_lead"))
    rows = [(account.name, account.login, key.fingerprint, moment(key.made_at)) for account, key in waiting]
    display.table(t, frame(rows, "keys", ("name", "login", "fingerprint", "time"), t), "keys", key="keys_waiting")
    owners = {key.public_key: account for account, key in waiting}
    fingerprints = {key.public_key: key.fingerprint for _, key in waiting}
    with st.container(border=True, width=_WIDTH, key="confirm_key_box"):
        chosen = st.selectbox(
            t("keys.whose"),
            list(owners),
            format_func=lambda key: f"{owners[key].name} ({owners[key].login})",
            key="confirm_which",
        )
        if chosen is None:
            return
        st.code(fingerprints[chosen], language=None)
        with signature.form(access, t, "meaning.key", key=f"confirm_{chosen[:16]}") as signing:
            pressed = signing.button(t("keys.confirm"), key="confirm_key", type="primary", icon=":material/verified_user:")
        if not pressed:
            return
        with refusals(t, NotFound):  # its owner made another one, or another administrator was faster
            signing().keys.confirm(chosen)
            session.tell(t("word.done"))
            st.rerun()


def _revoke(access: Access, t: Texts) -> None:
    st.caption(t("keys.revoke_lead"))
    holders = {account.id: account for account, _, state in access.keys.all() if state != "waits"}
    chosen = st.selectbox(
        t("entry.account"),
        list(holders),
        format_func=lambda id: f"{holders[id].name} ({holders[id].login})",
        index=None,
        key="revoke_whose",
        width=_WIDTH,
    )
    with signature.form(access, t, "meaning.key", key="revoke_keys") as signing:
        pressed = signing.button(t("keys.revoke"), key="revoke_keys", icon=":material/block:", disabled=chosen is None)
    if not pressed or chosen is None:
        return
    with refusals(t, NotFound, Conflict):
        signing().keys.revoke(chosen)
        session.tell(t("word.done"))
        st.rerun()
