"""Record: the log that shows any later change, and what each decision is tied to."""

from __future__ import annotations

import streamlit as st

from dashboard import resources, session
from dashboard.components import failures, log, replay, verdict

t = session.texts()
store = resources.store()
head = store.head()

st.title(t("record.title"), anchor=False)
st.caption(t("record.lead"))
log.head(head, t)
log.verification(t)

if (decision_id := session.decision_id()) is not None:
    st.subheader(t("record.decision"), anchor=False)
    with failures.contained(t):
        summary = store.summary(decision_id)
        verdict.links(decision_id, t, here="record")
        replay.identity(summary, t)
        replay.replay(summary, t)

st.subheader(t("record.entries"), anchor=False)
log.entries(head, t)
log.downloads(t)
