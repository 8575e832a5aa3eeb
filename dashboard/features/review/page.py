"""Review: the queue, and one decision of it to approve, to flag, or to settle when reviewers disagree."""

from __future__ import annotations

import streamlit as st

from audit import NotFound
from dashboard.features.review import review_case, review_queue
from dashboard.shared import cache, failures, monitoring, navigation, session

t = session.texts()
access = session.access()

problem = None
try:
    chosen = review_queue.in_view(access)
    case = None if chosen is None else access.case(chosen)
except NotFound as error:
    case, problem = None, error
# A decision's log has its verdict as the page's title.
if case is None or case.summary.blind:
    st.title(t("review.page"), anchor=False, help=t("review.lead"))
else:
    # After a judgement the next case begins at its top.
    navigation.scroll_here(case.summary.decision.id)
monitoring.drift_banner(access, t)
review_queue.show(access, t, brief=case is not None)
failures.show_deferred(t)
if problem is not None:
    failures.show(problem, t)
elif case is None:
    review_queue.nothing_in_view(access, t)
else:
    review_case.show(access, case, cache.with_evidence(case), t)
