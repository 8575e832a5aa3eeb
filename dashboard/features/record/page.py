"""Record: the log, which shows any later change, checkpoints, and exports."""

from __future__ import annotations

import streamlit as st

from dashboard.features.record import entries, export, verification
from dashboard.shared import failures, navigation, session

t = session.texts()
access = session.access()
head = access.head()

st.title(t("record.title"), anchor=False)
st.caption(t("record.lead"))
entries.head(head, t)
verification.show(access, head, t)

if (decision_id := session.decision_id()) is not None:
    address = {"decision": decision_id, "panel": "record"}
    navigation.link("analyse", t("record.decision"), address, icon=navigation.ICONS["record"])

with failures.contained(t):
    entries.undecided(access, t)
st.header(t("record.entries"), anchor=False)
entries.entries(access, head, t)
st.header(t("checkpoints.title"), anchor=False)
export.checkpoints(access, t)
st.header(t("entry.export"), anchor=False)
export.show(access, t)
