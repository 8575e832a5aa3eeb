"""Record: the log, which shows any later change, what each decision is tied to, checkpoints, and exports."""

from __future__ import annotations

import streamlit as st

from dashboard.features.record import decision, entries, export, verification
from dashboard.shared import failures, session
from dashboard.shared.decision import verdict

t = session.texts()
access = session.access()
head = access.head()

st.title(t("record.title"), anchor=False)
st.caption(t("record.lead"))
entries.head(head, t)
verification.show(access, head, t)

if (decision_id := session.decision_id()) is not None:
    st.header(t("record.decision"), anchor=False)
    with failures.contained(t):
        summary = access.summary(decision_id)
        with st.container(horizontal=True):
            verdict.links(decision_id, t, here="record")
        decision.identity(summary, t)
        decision.replay(access, summary, t)
        decision.retention(access, summary, t)

with failures.contained(t):
    entries.undecided(access, t)
st.header(t("record.entries"), anchor=False)
entries.entries(access, head, t)
st.header(t("checkpoints.title"), anchor=False)
export.checkpoints(access, t)
st.header(t("entry.export"), anchor=False)
export.show(access, t)
