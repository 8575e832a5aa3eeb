"""Selection: which pairs of lines every layer and head used, why, and what carried a line's score."""

from __future__ import annotations

import streamlit as st

from audit import Tampered
from dashboard import resources, session
from dashboard.components import decision_choice, failures, head_overview, pair_explorer, pair_influence

t = session.texts()
st.title(t("selection.title"), anchor=False)
st.caption(t("selection.lead"))
if chosen := decision_choice.choose(t, "selection"):
    session.choose_decision(chosen)
    try:
        loaded = resources.loaded(session.access(), chosen)
    except Tampered as error:
        # Caught here, so that another decision can still be chosen.
        failures.show(error, t)
    else:
        if loaded.summary.blind:
            st.info(t("blind.hidden"), icon=":material/visibility_off:")
        else:
            head_overview.head_overview(t, loaded)
            pair_explorer.explore(t, loaded)
            st.divider()
            pair_influence.influence(t, loaded)
