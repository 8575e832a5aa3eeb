"""Selection: which pairs of lines every layer and head used, why, and what carried a line's score."""

from __future__ import annotations

import streamlit as st

from dashboard import session
from dashboard.components import decision_choice, first_steps, head_overview, pair_explorer, pair_influence

t = session.texts()
st.title(t("selection.title"), anchor=False)
st.caption(t("selection.lead"))
first_steps.show(session.access(), t, here="selection")
if loaded := decision_choice.opened(t, "selection"):
    head_overview.head_overview(t, loaded)
    pair_explorer.explore(t, loaded)
    st.divider()
    pair_influence.influence(t, loaded)
