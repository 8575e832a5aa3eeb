"""Which weights new analyses are made with, in the sidebar, with the way to their card."""

from __future__ import annotations

import streamlit as st

from audit import AuditError
from dashboard.shared import cache
from dashboard.shared.routes import PAGES
from dashboard.texts import Texts
from dashboard.views import weights_name
from sparsemix import WeightsError


def show(t: Texts) -> None:
    """Name and hash; that there are none that can be used."""
    try:
        used, loaded = cache.store().weights_in_use(), cache.model().weights_sha256
        st.caption(t("shell.model", id=weights_name.short(loaded)))
        if used is None or used.sha256 is None:
            return
        name = weights_name.name_of(used.sha256, cache.store().weights(), t)
    except (WeightsError, AuditError):
        st.caption(t("shell.no_model"))
        return
    st.page_link(
        PAGES["data"],
        label=t("model.title", name=name),
        icon=":material/model_training:",
        query_params={"section": "weights", "weights": weights_name.short(loaded)},
    )
