"""Has the browser exchange a ticket for the cookie that it stands for; nothing is to be seen of it."""

from __future__ import annotations

import streamlit as st

from dashboard.auth import provider_visits
from dashboard.service.sign_in.tickets import PATH
from dashboard.shared import session_sign_in

_SCRIPT = f"""
export default function ({{ data, setTriggerValue }}) {{
  if (!data || !data.ticket || window.sparsemixTicket === data.ticket) return;
  window.sparsemixTicket = data.ticket;
  const body = JSON.stringify({{ ticket: data.ticket }});
  fetch("{PATH}", {{ method: "POST", headers: {{ "Content-Type": "application/json" }}, body }})
    .catch(() => null)
    .then(() => data.tell && setTriggerValue("used", true));
}}
"""


def show() -> None:
    """Once in every run. Only who waits for it is told, by a run: any other would be cut short for nothing."""
    ticket = session_sign_in.pending_ticket()
    if ticket is not None:
        exchange = st.components.v2.component("sparsemix_remember", js=_SCRIPT)
        data = {"ticket": ticket, "tell": provider_visits.is_leaving()}
        exchange(key=f"remember_{ticket[:8]}", data=data, on_used_change=lambda: None)
