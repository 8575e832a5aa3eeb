"""Record: the log that shows any later change, what each decision is tied to, checkpoints, and what leaves the house."""

from __future__ import annotations

import streamlit as st

from dashboard.features.record import checkpoints, log, record_export, replay, retention_form, undecided, verification
from dashboard.shared import failures, session
from dashboard.shared.decision import verdict

t = session.texts()
access = session.access()
head = access.head()

st.title(t("record.title"), anchor=False)
st.caption(t("record.lead"))
log.head(head, t)
verification.show(access, head, t)

if (decision_id := session.decision_id()) is not None:
    st.header(t("record.decision"), anchor=False)
    with failures.contained(t):
        summary = access.summary(decision_id)
        verdict.links(decision_id, t, here="record")
        replay.identity(summary, t)
        replay.replay(access, summary, t)
        retention_form.show(access, summary, t)

with failures.contained(t):
    undecided.show(access, t)
st.header(t("record.entries"), anchor=False)
log.entries(access, head, t)
st.header(t("checkpoints.title"), anchor=False)
checkpoints.show(access, t)
st.header(t("export.title"), anchor=False)
record_export.show(access, t)
