"""Files without a decision on the Record page: what could not be judged, why, and on whose bytes nobody decided since."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from audit import Access
from audit.intake.failed_inputs import MOST_SHOWN, Failure
from dashboard.shared import tables
from dashboard.texts import Texts
from dashboard.views import record


def show(access: Access, t: Texts) -> None:
    """The newest ones, windows of watched logs by themselves; nothing where there are none."""
    files, windows = access.failures.undecided(), access.failures.undecided(windows=True)
    if not files and not windows:
        return
    st.header(t("undecided.title"), anchor=False)
    if files:
        _table(files, "undecided", t("undecided.lead"), access, t)
    if windows:
        _table(windows, "undecided_windows", t("undecided.windows"), access, t)


def _table(found: Sequence[Failure], name: str, lead: str, access: Access, t: Texts) -> None:
    st.caption(lead)
    tables.show(t, record.undecided_table(found, access.names(), t), name)
    if len(found) == MOST_SHOWN:
        st.caption(t("undecided.newest", n=MOST_SHOWN))
