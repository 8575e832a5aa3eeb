"""Review: the queue, and one decision of it to approve, to flag, or to settle when reviewers disagree."""

from __future__ import annotations

import streamlit as st

from dashboard.features.review import review_case, review_queue
from dashboard.shared import cache, failures, first_steps, monitoring, session

t = session.texts()
access = session.access()

chosen = review_queue.in_view(access)
if chosen is None:
    st.title(t("review.title"), anchor=False, help=t("review.lead"))
first_steps.show(access, t, here="review")
monitoring.drift_banner(access, t)
review_queue.show(access, t, brief=chosen is not None)
failures.show_deferred(t)
if chosen is None:
    review_queue.nothing_in_view(access, t)
else:
    case = access.case(chosen)
    review_case.show(access, case, cache.with_evidence(case), t)
