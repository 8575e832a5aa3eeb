"""Files without a decision on the Record page: what could not be judged, why, and on whose bytes nobody decided since."""

from __future__ import annotations

import streamlit as st

from audit import Access
from audit.failures import MOST_SHOWN
from dashboard.components import tables
from dashboard.texts import Texts
from dashboard.views import record


def show(access: Access, t: Texts) -> None:
    """The newest ones; nothing where there are none."""
    found = access.failures.undecided()
    if not found:
        return
    st.header(t("undecided.title"), anchor=False)
    st.caption(t("undecided.lead"))
    tables.show(t, record.undecided_table(found, access.names(), t), "undecided")
    if len(found) == MOST_SHOWN:
        st.caption(t("undecided.newest", n=MOST_SHOWN))
