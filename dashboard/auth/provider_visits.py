"""Visits to the identity provider: which providers there are, the way there, and back to the page that was asked for.

The browser exchanges a ticket for the cookie that it stands for, without showing anything.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from urllib.parse import parse_qsl, urlencode

import streamlit as st

from dashboard.service.sign_in.tickets import PATH, Cookie
from dashboard.shared import session_sign_in

_AWAY = 600  # seconds that a visit may take
_LONGEST_ADDRESS = 1_000
_SCRIPT = f"""
export default function ({{ data, setTriggerValue }}) {{
  if (!data || !data.ticket || window.sparsemixTicket === data.ticket) return;
  window.sparsemixTicket = data.ticket;
  const body = JSON.stringify({{ ticket: data.ticket }});
  fetch("{PATH}", {{ method: "POST", headers: {{ "Content-Type": "application/json" }}, body }})
    .catch(() => null)
    .then(() => {{
      window.sparsemixExchanged = data.name;
      window.dispatchEvent(new Event("sparsemix-exchanged"));
      return data.tell && setTriggerValue("used", true);
    }});
}}
"""


def providers() -> list[str | None]:
    """Return the names of the configured identity providers; None stands for the one in [auth] itself. Empty when there is
    none."""
    try:
        auth = st.secrets.get("auth")
    except FileNotFoundError:
        auth = None
    if not isinstance(auth, Mapping):
        return []
    named = [str(name) for name, section in auth.items() if isinstance(section, Mapping) and "client_id" in section]
    return [None, *named] if "client_id" in auth else list(named)


def go_to_provider(page: str, provider: str | None) -> None:
    """Keep the page's address in a cookie; as soon as it is kept, `leave` goes to the provider, which brings people back to the
    first page only."""
    address = f"{page}?{urlencode(st.query_params.to_dict())}"[:_LONGEST_ADDRESS]
    session_sign_in.set_cookies(
        Cookie(session_sign_in.cookie_name() + session_sign_in.PAGE, urlsafe_b64encode(address.encode()).decode(), _AWAY)
    )
    st.session_state["leaving"] = (provider,)


def is_leaving() -> bool:
    """Return whether the visitor is about to go to the provider."""
    return "leaving" in st.session_state


def leave() -> None:
    """Go to the provider as soon as the address is kept. Raises `StreamlitAuthError` when the provider is not configured
    correctly."""
    if is_leaving() and session_sign_in.pending_ticket() is None:
        st.login(*st.session_state.pop("leaving"))


def address_asked_for() -> tuple[str, dict[str, str]] | None:
    """Return the page and the values of its address that were asked for before the visit to the provider; only once."""
    if not st.session_state.pop("came_back", False):
        return None
    try:
        address = urlsafe_b64decode(session_sign_in.cookie(session_sign_in.PAGE) or "").decode()
    except ValueError:
        return None
    page, _, query = address.partition("?")
    return (page, dict(parse_qsl(query))) if address else None


def exchange_ticket() -> None:
    """Have the browser exchange a pending ticket for its cookie, in every run. The exchange starts a new run
    only when somebody waits for it: otherwise it would cut another run short for nothing."""
    ticket = session_sign_in.pending_ticket()
    if ticket is not None:
        exchange = st.components.v2.component("sparsemix_remember", js=_SCRIPT)
        name = session_sign_in.ticket_name()
        data = {"ticket": ticket, "name": name, "tell": is_leaving()}
        exchange(key=f"remember_{name}", data=data, on_used_change=lambda: None)
