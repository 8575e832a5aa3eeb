"""How one-sided a data set is, said before anything is learned from it."""

from __future__ import annotations

import streamlit as st

from dashboard.features.training.views import diversity as views
from dashboard.service.reading.data_sets import DataSetFacts
from dashboard.shared import display
from dashboard.texts import Texts
from sparsemix.readers import ReadOptions
from sparsemix.readers.options import UTC_NAME


def show(data: DataSetFacts, reading: ReadOptions, t: Texts) -> None:
    """Show sentences with advice and what the data consist of. ``reading``: the settings that they were read by."""
    sentences = views.sentences(data.aspects, data.lacking, t)
    with st.expander(t("diversity.title_n", n=len(sentences)), icon=":material/pie_chart:"):
        if any(aspect.name == "shift" for aspect in data.aspects):
            st.caption(t("diversity.times_events", zone=reading.time_zone or UTC_NAME))
        st.markdown("\n".join(f"- {sentence}" for sentence in sentences) if sentences else t("diversity.balanced"))
        display.table(t, views.aspects_table(data.aspects, t), "diversity", key="diversity_data")
