"""Signing in and out, as one visitor's session goes through it.

The token of a session at the record lies in streamlit's session on the server, and in a cookie that no script can read, so
that a reload or a second tab does not lose it. It is checked anew at every action, and dead everywhere after signing out.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from contextlib import suppress

import streamlit as st

from audit import Access, Person, Role, Session, SignInFailed
from audit.people.sessions import LONGEST
from audit.storage.database import SYSTEM
from dashboard.service.sign_in import identity
from dashboard.service.sign_in.identity import Mode, Words
from dashboard.service.sign_in.tickets import TICKETS, Cookie
from dashboard.shared import cache

BY_PASSWORD = "password"  # noqa: S105 - how the record says that somebody came in
PAGE = "_page"  # the end of the name of the cookie that keeps an address during a visit to the identity provider
_KEPT = ("language",)  # what does not belong to a person and stays when one leaves
_AT_ONCE = threading.BoundedSemaphore(2)  # a password takes 64 MiB and a tenth of a second to check


def mode() -> Mode:
    """How people come in, now: a record that gets its first account asks for it from then on."""
    exist = cache.store().accounts.exist()
    return identity.mode(os.environ.get("SPARSEMIX_AUTH"), st.get_option("server.address"), accounts=exist)


def set_up_wanted() -> bool:
    """Whether somebody has to become the first administrator before anybody can come in."""
    return mode() is not Mode.SINGLE and not cache.store().accounts.exist()


def access() -> Access:
    """The visitor's access. Errors: `SignInFailed` when nobody has signed in; otherwise the access itself finds out."""
    store = cache.store()
    if mode() is Mode.SINGLE:
        return _alone()
    token = _token()
    if token is None:
        raise SignInFailed("nobody is signed in; sign in")
    return store.access(token)


def met(person: Person) -> None:
    """Note who is here; what another person left behind in this tab goes."""
    if st.session_state.setdefault("person_id", person.id) != person.id:
        # Another tab of this browser signed somebody else in, and its cookie or token is what this one goes by now.
        _forget_person("token")
        st.session_state["person_id"] = person.id


def ended() -> bool:
    """Whether there was a session that is over now, and not because its person signed out."""
    return _token() is not None and not st.session_state.get("left")


def provider_claims() -> dict[str, object] | None:
    """What the identity provider has said about the visitor, in streamlit's cookie; None when it has said nothing."""
    return dict(st.user) if mode() is Mode.OIDC and st.user.get("is_logged_in") else None


def fresh_claims() -> dict[str, object] | None:
    """The same, as long as it can open a session. Errors: `SignInFailed` when something in it is missing."""
    claims = provider_claims()
    if claims is None:
        return None
    try:
        if _words().usable(identity.word(claims)):
            return claims
    except SignInFailed as error:
        _note_brought(claims, str(error))
        raise
    _note_brought(claims, "the identity provider's word was used or is too old")
    return None


def sign_in(login: str, password: str) -> None:
    """Come in with a password. Errors: `SignInFailed`, one text for all causes."""
    with _AT_ONCE:
        found = cache.store().accounts.sign_in(login, password)
    _enter(found)


def announce() -> None:
    """See to it that the set-up code stands on the server's console, however the server was started."""
    identity.set_up_code()


def code_fits(code: str) -> bool:
    """Whether this is the set-up code; a wrong one that somebody has sent is an entry of the log."""
    if identity.is_set_up_code(code):
        return True
    _note_failure("wrong set-up code")
    return False


def set_up(login: str, name: str, password: str, *, code: str) -> None:
    """Create the first administrator, come in as them. Errors: `SignInFailed` for a wrong code, `Conflict`, `InvalidRecord`."""
    if not code_fits(code):
        raise SignInFailed("the set-up code is wrong")
    create_first(login, name, password)


def create_first(login: str, name: str, password: str) -> None:
    """The same for the one user of this machine, who needs no code: up to now everything was open to them."""
    with _AT_ONCE:
        cache.store().accounts.set_up(login, name, password)
    sign_in(login, password)


def sign_in_by_provider(claims: Mapping[str, object], *, code: str | None = None) -> None:
    """Come in by an identity provider's word; with the set-up code as the first administrator.

    Errors: `SignInFailed` when the word is used up or too old, the account is not active, or the code is wrong or missing.
    """
    _words().is_news(claims)  # from here on it is none: how this attempt ends is noted below
    roles = identity.newcomer_roles(os.environ.get("SPARSEMIX_OIDC_ROLES"))
    accounts = cache.store().accounts
    if not accounts.exist():
        if not code_fits(code or ""):
            raise SignInFailed("the set-up code is wrong")
        roles = (*roles, Role.ADMIN)
    try:
        said = identity.word(claims)
        _words().spend(said)
    except SignInFailed as error:
        _note_failure(str(error))
        raise
    _enter(accounts.sign_in_by_provider(said.issuer, said.subject, said.name, issued_at=said.issued_at, roles=roles))
    st.session_state["came_back"] = True
    have_set(_session_cookie(), Cookie(cookie_name() + PAGE, ""))


def change_password(old: str, new: str) -> None:
    """Replace one's own password; one's other sessions end. Errors: `SignInFailed`, `InvalidRecord`."""
    with _AT_ONCE:
        found = cache.store().accounts.change_password(_token() or "", old, new)
    st.session_state["token"] = found.token
    have_set(_session_cookie())


def sign_out() -> None:
    """End the session at the record, and forget whatever belongs to its person; also at the identity provider."""
    token = _token()
    if token is not None:
        with suppress(SignInFailed):  # it had ended before
            cache.store().accounts.sign_out(token)
    _forget_person()
    st.session_state["left"] = True
    if token is not None:
        have_set(Cookie(cookie_name(), "", only=token))
    if provider_claims() is not None:
        st.logout()


def drop_dead_cookie() -> None:
    """Have the cookie of a session that is over removed, once."""
    dead = cookie()
    if dead and pending_ticket() is None and st.session_state.get("dropped_cookie") != dead:
        st.session_state["dropped_cookie"] = dead
        have_set(Cookie(cookie_name(), "", only=dead))


def cookie_name() -> str:
    """The session's cookie; with the port, for browsers do not tell the ports of a host apart."""
    return f"sparsemix_{st.get_option('server.port')}"


def cookie(kind: str = "") -> str | None:
    """A cookie as the browser sent it when this session of streamlit's began; one set since is not seen."""
    found = st.context.cookies.get(cookie_name() + kind)
    return found if isinstance(found, str) and found else None


def have_set(*cookies: Cookie) -> None:
    """Have the browser take these cookies."""
    st.session_state["ticket"] = TICKETS.issue(*cookies)


def pending_ticket() -> str | None:
    """The ticket that the page has to exchange for a cookie; None once it has, or when it is too late."""
    ticket = st.session_state.get("ticket")
    return ticket if ticket and TICKETS.is_open(ticket) else None


def _alone() -> Access:
    name = str(st.session_state.get("reviewer_name") or "").strip()
    wanted = (cache.location(), name)
    kept: tuple[tuple[str, str], Access] | None = st.session_state.get("alone")
    if kept is None or kept[0] != wanted or kept[1].store is not cache.store():
        kept = (wanted, cache.store().single_user(name))
        st.session_state["alone"] = kept
    return kept[1]


def _token() -> str | None:
    return st.session_state.get("token") or cookie()


def _enter(found: Session) -> None:
    """Take a fresh session; what the person before left behind goes, what the same person left stays."""
    who = cache.store().accounts.person(found.token).id
    if st.session_state.get("person_id") != who:
        _forget_person()
    st.session_state.pop("left", None)
    st.session_state["token"], st.session_state["person_id"] = found.token, who
    have_set(_session_cookie())


def _session_cookie() -> Cookie:
    return Cookie(cookie_name(), st.session_state["token"], LONGEST)


def _forget_person(*kept: str) -> None:
    for job in list(st.session_state.get("jobs", {}).values()):
        cache.worker().forget(job)
    for key in [key for key in st.session_state if key not in (*_KEPT, *kept)]:
        del st.session_state[key]


def _note_failure(how: str) -> None:
    cache.store().record_event(SYSTEM, "sign_in_failed", "unknown", {"how": how})


def _note_brought(claims: Mapping[str, object], how: str) -> None:
    """Note a word that somebody has just brought from the provider. Every other run shows an old one again, for 30 days."""
    if cookie(PAGE) and _words().is_news(claims):
        _note_failure(how)


@st.cache_resource(show_spinner=False)
def _words() -> Words:
    return Words()
