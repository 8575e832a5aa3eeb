"""Review: the queue, and one decision of it to approve or to flag."""

from __future__ import annotations

import streamlit as st

from audit import Gate
from dashboard import resources, session
from dashboard.components import decisions, review_form
from dashboard.views.decisions import queue

t = session.texts()
store = resources.store()

st.title(t("review.title"), anchor=False)
st.caption(t("review.lead"))
if not session.reviewer():
    st.info(t("review.name_needed"), icon=":material/badge:")

waiting = queue(store)
with st.container(key="split_review"):
    left, right = st.columns([1, 2], gap="large")
with left:
    st.subheader(t("review.queue"), anchor=False)
    counts = st.columns(2)
    counts[0].metric(t("review.held"), t("review.decisions_n", n=store.count_decisions(gate=Gate.HELD, unreviewed=True)))
    counts[1].metric(
        t("review.released"), t("review.decisions_n", n=store.count_decisions(gate=Gate.RELEASED, unreviewed=True))
    )
    decisions.queue(waiting, t)
with right:
    chosen = session.decision_id()
    if chosen is None and waiting:
        chosen = waiting[0].decision.id
        session.choose_decision(chosen)
    if chosen is None:
        st.success(t("review.nothing"), icon=":material/task_alt:")
        st.page_link("app_pages/analyse.py", label=t("link.analyse"), icon=":material/upload_file:")
    else:
        review_form.show(resources.loaded(chosen), t)
