"""Selection: which pairs of lines every layer and head used, why, and what carried a line's score."""

from __future__ import annotations

import streamlit as st

from dashboard.features.selection import maps, pair_explorer, pair_influence
from dashboard.shared import first_steps, session
from dashboard.shared.decision import decision_choice
from dashboard.views.wording import by_itself

t = session.texts()
st.title(t("selection.page"), anchor=False)
st.caption(t("selection.lead"))
first_steps.show(session.access(), t, here="selection")
if loaded := decision_choice.opened(t, "selection"):
    if by_itself(loaded.summary.decision):
        st.info(t("itself.selection"), icon=":material/info:")
    maps.head_overview(t, loaded)
    pair_explorer.explore(t, loaded)
    st.divider()
    pair_influence.influence(t, loaded)
