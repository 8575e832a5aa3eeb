"""Selection: which pairs of lines every layer and head used, why, and what carried a line's score."""

from __future__ import annotations

import streamlit as st

from dashboard.features.analyse.selection import maps, pair_explorer, pair_influence
from dashboard.service.decide.pipeline import LoadedDecision
from dashboard.texts import Texts
from dashboard.views.wording import by_itself


def show(t: Texts, loaded: LoadedDecision) -> None:
    """Show all heads at a glance, the map of one, the chosen pair, and the text coloured by a method."""
    if by_itself(loaded.summary.decision):
        st.info(t("itself.selection"), icon=":material/info:")
    maps.head_overview(t, loaded)
    pair_explorer.explore(t, loaded)
    st.divider()
    pair_influence.influence(t, loaded)
