"""Signing in and out in one visitor's session.

The token of a session at the record lies in streamlit's session on the server, and in a cookie that no script can read, so that
a reload or a second tab does not lose it. Every action checks the token anew, and after signing out it is invalid everywhere.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from audit import Access, Person, Role, Session, SignInFailed
from audit.log.roles import SYSTEM
from audit.people.refusals import SIGN_IN_FAILED
from audit.people.sessions import LONGEST
from dashboard.service.common.turns import PERSON
from dashboard.service.sign_in import identity
from dashboard.service.sign_in.identity import ClaimsRegister, Mode
from dashboard.service.sign_in.tickets import TICKETS, Cookie
from dashboard.service.web.visitors import VISITORS, Visitor
from dashboard.shared import cache

BY_PASSWORD = "password"  # noqa: S105 - how the record names this way of signing in
PAGE = "_page"  # the end of the name of the cookie that keeps an address during a visit to the identity provider
NAME = "name_at_review"  # the key of the field beside the first review, while the one user of this machine has no name
_KEPT = ("language",)  # what belongs to no person and stays when somebody signs out


def mode() -> Mode:
    """Return how people sign in now: a record with an account asks people to sign in."""
    exist = cache.store().accounts.exist()
    return identity.mode(os.environ.get("SPARSEMIX_AUTH"), st.get_option("server.address"), accounts=exist)


def set_up_wanted() -> bool:
    """Return whether somebody has to become the first administrator before anybody can sign in."""
    return mode() is not Mode.SINGLE and not cache.store().accounts.exist()


def access() -> Access:
    """Return the visitor's access. Raises `SignInFailed` when nobody has signed in; the access itself raises it when the
    session is over."""
    store = cache.store()
    if mode() is Mode.SINGLE:
        return _alone()
    token = own_token()
    if token is None:
        raise SignInFailed("nobody is signed in; sign in")
    return store.access(token)


def whom() -> str:
    """Return for whom this session works, by the run before: a person, or without accounts the session. Callbacks may ask."""
    context = get_script_run_ctx()
    known = VISITORS.get(context.session_id) if context else None
    return known.person if known else ""


def note_person(person: Person) -> None:
    """Note who is here, and forget what another person left in this tab."""
    if st.session_state.setdefault("person_id", person.id) != person.id:
        # Another tab of this browser signed somebody else in, and this tab now uses its cookie or token.
        _forget_person("token")
        st.session_state["person_id"] = person.id
    _tell_guard(signed_in=True)


def note_nobody() -> None:
    """Note that nobody is here, and have the cookie of a session that is over removed, once."""
    _tell_guard(signed_in=False)
    dead = cookie()
    if dead and pending_ticket() is None and st.session_state.get("dropped_cookie") != dead:
        st.session_state["dropped_cookie"] = dead
        set_cookies(Cookie(cookie_name(), "", only=dead))


def has_ended() -> bool:
    """Return whether there was a session that is over now, though its person did not sign out."""
    return own_token() is not None and not st.session_state.get("left")


def provider_claims() -> dict[str, object] | None:
    """Return what the identity provider has said about the visitor, from streamlit's cookie; None when it has said nothing."""
    return dict(st.user) if mode() is Mode.OIDC and st.user.get("is_logged_in") else None


def fresh_claims() -> dict[str, object] | None:
    """Return the provider's claims while they can open a session, else None. Raises `SignInFailed` when one is missing."""
    claims = provider_claims()
    if claims is None:
        return None
    try:
        if _claims_register().usable(identity.read_claims(claims)):
            return claims
    except SignInFailed as error:
        _note_brought(claims, str(error))
        raise
    _note_brought(claims, "the identity provider's word was used or is too old")
    return None


def sign_in(login: str, password: str) -> None:
    """Sign in with a password. Raises `SignInFailed`, with one text for all causes; `TooManyPasswords`."""
    _enter(cache.store().accounts.sign_in(login, password))


def announce_set_up_code() -> None:
    """Print the set-up code on the server's console, however the server was started."""
    identity.set_up_code()


def is_set_up_code(code: str) -> bool:
    """Return whether this is the set-up code; a wrong code that somebody has sent is recorded."""
    if identity.is_set_up_code(code):
        return True
    _note_failure("wrong set-up code")
    return False


def set_up(login: str, name: str, password: str, *, code: str) -> None:
    """Create the first administrator and sign in as them. Raises `SignInFailed` when the code is wrong, `Conflict`,
    `InvalidRecord`, `TooManyPasswords`."""
    if not is_set_up_code(code):
        raise SignInFailed("the set-up code is wrong")
    create_first(login, name, password)


def create_first(login: str, name: str, password: str) -> None:
    """Create the first administrator without a code, for the one user of this machine: until now everything was open to
    them."""
    cache.store().accounts.set_up(login, name, password)
    sign_in(login, password)


def sign_in_by_provider(claims: Mapping[str, object], *, code: str | None = None) -> None:
    """Sign in with an identity provider's claims; with the set-up code as the first administrator.

    Raises `SignInFailed` when the claims are used up or too old, the account is not active, or the code is wrong or
    missing.
    """
    _claims_register().is_news(claims)  # marks the claims as seen: how this attempt ends is noted below
    roles = identity.newcomer_roles(os.environ.get("SPARSEMIX_OIDC_ROLES"))
    accounts = cache.store().accounts
    if not accounts.exist():
        if not is_set_up_code(code or ""):
            raise SignInFailed("the set-up code is wrong")
        roles = (*roles, Role.ADMIN)
    try:
        word = identity.read_claims(claims)
        _claims_register().use(word)
    except SignInFailed as error:
        _note_failure(str(error))
        raise
    _enter(accounts.sign_in_by_provider(word.issuer, word.subject, word.name, issued_at=word.issued_at, roles=roles))
    st.session_state["came_back"] = True
    set_cookies(_session_cookie(), Cookie(cookie_name() + PAGE, ""))


def change_password(old: str, new: str) -> None:
    """Replace the person's password, and end their other sessions. Raises `SignInFailed`, `InvalidRecord`,
    `TooManyPasswords`."""
    new_session = cache.store().accounts.change_password(own_token() or "", old, new)
    st.session_state["token"] = new_session.token
    _tell_guard(signed_in=True)
    set_cookies(_session_cookie())


def sign_out() -> None:
    """End the session at the record and at the identity provider, and forget all that belongs to its person."""
    token = own_token()
    if token is not None:
        with suppress(SignInFailed):  # it had ended before
            cache.store().accounts.sign_out(token)
    _forget_person()
    st.session_state["left"] = True
    if token is not None:
        set_cookies(Cookie(cookie_name(), "", only=token))
    if provider_claims() is not None:
        st.logout()


def cookie_name() -> str:
    """Return the name of the session's cookie; it holds the port, because browsers do not tell the ports of a host apart."""
    return f"sparsemix_{st.get_option('server.port')}"


def cookie(kind: str = "") -> str | None:
    """Return a cookie as the browser sent it when this session of streamlit's began; a cookie set since is not seen."""
    value = st.context.cookies.get(cookie_name() + kind)
    return value if isinstance(value, str) and value else None


def set_cookies(*cookies: Cookie) -> None:
    """Have the browser take these cookies."""
    st.session_state["ticket"] = TICKETS.issue(*cookies)


def pending_ticket() -> str | None:
    """Return the ticket that the page has to exchange for a cookie; None once it has, or when it is too late."""
    ticket = st.session_state.get("ticket")
    return ticket if ticket and TICKETS.is_open(ticket) else None


def ticket_name() -> str:
    """Return by what a part of the page names the pending ticket that it waits for; empty without one."""
    return (pending_ticket() or "")[:8]


def _alone() -> Access:
    name = next((said for key in ("reviewer_name", NAME) if (said := str(st.session_state.get(key) or "").strip())), "")
    key = (cache.location(), name)
    cached: tuple[tuple[str, str], Access] | None = st.session_state.get("alone")
    if cached is None or cached[0] != key or cached[1].store is not cache.store():
        cached = (key, cache.store().single_user(name))
        st.session_state["alone"] = cached
    return cached[1]


def own_token() -> str | None:
    """Return the token of this session, None where nobody has signed in."""
    return st.session_state.get("token") or cookie()


def _enter(new_session: Session) -> None:
    """Take a fresh session. What another person left behind is forgotten; what the same person left stays."""
    who = cache.store().accounts.person(new_session.token).id
    if st.session_state.get("person_id") != who:
        _forget_person()
    st.session_state.pop("left", None)
    st.session_state["token"], st.session_state["person_id"] = new_session.token, who
    set_cookies(_session_cookie())


def _tell_guard(*, signed_in: bool) -> None:
    """Tell the guard in front of the app whom this session serves: what came before it, and a cookie, may say otherwise."""
    context = get_script_run_ctx()
    if context is not None:
        token = own_token() if signed_in else None
        who = st.session_state["person_id"] if token else context.session_id
        VISITORS.put(context.session_id, Visitor(signed_in, token, who))
        PERSON.set(who)


def _session_cookie() -> Cookie:
    return Cookie(cookie_name(), st.session_state["token"], LONGEST)


def _forget_person(*also_keep: str) -> None:
    # Trainings, which another worker does, go on: their person finds them again at the next visit.
    for job in list(st.session_state.get("jobs", {}).values()):
        cache.worker().forget(job)
    for key in [key for key in st.session_state if key not in (*_KEPT, *also_keep)]:
        del st.session_state[key]


def _note_failure(how: str) -> None:
    cache.store().refusals.note(SIGN_IN_FAILED, SYSTEM, "unknown", {"how": how})


def _note_brought(claims: Mapping[str, object], how: str) -> None:
    """Note claims that somebody has just brought from the provider. Every other run shows old claims again, for 30 days."""
    if cookie(PAGE) and _claims_register().is_news(claims):
        _note_failure(how)


@st.cache_resource(show_spinner=False)
def _claims_register() -> ClaimsRegister:
    return ClaimsRegister()
