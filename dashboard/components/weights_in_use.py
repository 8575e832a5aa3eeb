"""Which weights new analyses are made with, in the sidebar, with the way to their card."""

from __future__ import annotations

import streamlit as st

from audit import AuditError
from dashboard import resources
from dashboard.texts import Texts
from dashboard.views import weights
from sparsemix import WeightsError


def show(t: Texts) -> None:
    """Name and hash; that there are none that can be used."""
    try:
        used, loaded = resources.store().weights_in_use(), resources.model().weights_sha256
        st.caption(t("shell.model", id=weights.short(loaded)))
        if used is None or used.sha256 is None:
            return
        name = weights.name_of(used.sha256, resources.store().weights(), t)
    except (WeightsError, AuditError):
        st.caption(t("shell.no_model"))
        return
    st.page_link(
        "app_pages/data.py",
        label=t("model.title", name=name),
        icon=":material/model_training:",
        query_params={"section": "weights", "weights": weights.short(loaded)},
    )
