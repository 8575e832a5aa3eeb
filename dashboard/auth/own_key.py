"""A person's own key, under their name in the sidebar: its fingerprint, whether it counts, the passkey beside it, and how those
who sign in elsewhere make it."""

from __future__ import annotations

import streamlit as st

from audit import Access, AuditError, InvalidRecord, SignatureFailed
from audit.people.keys import PublicKey
from dashboard.auth.passwords import password_fields, password_problem, refused
from dashboard.shared import failures, passkey, session, signature
from dashboard.texts import Texts


def remind(access: Access, t: Texts) -> None:
    """Say in the sidebar what keeps this person from signing."""
    if not access.keys.needed():
        return
    key, counts = access.keys.own()
    if key is not None and key.initial:
        st.warning(t("own_key.initial"), icon=":material/password:")
    elif key is not None and not counts:
        st.caption(t("own_key.waits_short"))


def show(access: Access, t: Texts, *, elsewhere: bool) -> None:
    """Show the key; ``elsewhere``: this person signs in with their organisation, and chooses a password for signing here."""
    key, counts = access.keys.own()
    if access.keys.needed():
        _state(access, key, counts, t, elsewhere=elsewhere)
        if key is not None and counts and not key.initial:
            with st.expander(t("passkey.title"), icon=":material/passkey:"):
                passkey.add_form(access, t)
                if _has_passkey(access):
                    _remove_passkey(access, t)
    if elsewhere:
        _make(access, t, again=key is not None)


def _state(access: Access, key: PublicKey | None, counts: bool, t: Texts, *, elsewhere: bool) -> None:
    if key is None:
        st.caption(t("own_key.missing_provider" if elsewhere else "own_key.missing"))
    elif key.initial:
        st.caption(t("own_key.initial"))
    elif counts:
        st.caption(t("own_key.fingerprint", fingerprint=key.fingerprint))
        st.caption(t("own_key.counts"))
    else:
        st.caption(t("own_key.waits"))
        _read_out(access, t)


def _read_out(access: Access, t: Texts) -> None:
    """Show the fingerprint of the key that the password opens: a row of the database could name another's."""
    with st.form("read_out", border=False, clear_on_submit=True):
        password = st.text_input(t("own_key.password"), type="password", key="read_out_password", autocomplete="off")
        pressed = st.form_submit_button(t("own_key.show"), key="read_out_now")
    if not pressed:
        return
    try:
        proven = access.keys.proven(password or "")
    except AuditError as error:
        failures.show(error, t)
    else:
        st.code(t.plain("own_key.read_out", fingerprint=proven.fingerprint), language=None)


def _has_passkey(access: Access) -> bool:
    """Return whether there is a passkey, one that cannot be read included."""
    try:
        return access.keys.passkey() is not None
    except SignatureFailed:
        return True


def _remove_passkey(access: Access, t: Texts) -> None:
    with st.form("remove_passkey", border=False, clear_on_submit=True):
        st.caption(t("passkey.remove_lead"))
        signature.says(t, "meaning.key")
        password = st.text_input(t("passkey.password"), type="password", key="remove_passkey_password", autocomplete="off")
        pressed = st.form_submit_button(t("passkey.remove"), key="remove_passkey_now", icon=":material/delete:")
    if not pressed:
        return
    if not password:
        st.error(t("signature.failed_empty"), icon=":material/error:")
        return
    try:
        access.signing(password).keys.remove_passkey()
    except AuditError as error:
        failures.show(error, t)
    else:
        session.tell(t("word.done"))
        st.rerun()


def _make(access: Access, t: Texts, *, again: bool) -> None:
    label = t("own_key.make_again" if again else "own_key.make")
    with (
        st.expander(label, icon=":material/key:"),
        st.form("make_key", border=False, clear_on_submit=True),
    ):
        st.caption(t("own_key.make_lead"))
        new, repeat = password_fields(t, "signing")
        if not st.form_submit_button(label, key="make_key_now", type="primary"):
            return
    problem = password_problem(t, new, repeat)
    if problem is not None:
        st.error(problem)
        return
    try:
        made = access.keys.make(new)
    except InvalidRecord:
        st.error(refused(t, new))
    except AuditError as error:
        failures.show(error, t)
    else:
        session.tell(t("own_key.made", fingerprint=made.fingerprint))
        st.rerun()
