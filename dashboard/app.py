"""The app's entry: pages, language, reviewer and model in the sidebar. Nothing else happens here."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from dashboard import resources, session
from dashboard.components import failures
from dashboard.texts import LANGUAGES
from sparsemix import WeightsError

FOLDER = Path(__file__).parent

# An icon by name would be fetched from the network, which a plant may not have.
st.set_page_config(page_title="SparseMix", page_icon=FOLDER / "icon.svg", layout="wide")
st.html(FOLDER / "style.css")
if "language" not in st.session_state:
    st.session_state["language"] = session.language()
t = session.texts()

page = st.navigation(
    [
        st.Page("app_pages/analyse.py", title=t("analyse.page"), icon=":material/upload_file:", default=True),
        st.Page("app_pages/selection.py", title=t("selection.page"), icon=":material/scatter_plot:"),
        st.Page("app_pages/review.py", title=t("review.page"), icon=":material/rate_review:"),
        st.Page("app_pages/record.py", title=t("record.page"), icon=":material/lock:"),
    ]
)

st.logo(FOLDER / "logo.svg", size="large")
with st.sidebar:
    st.segmented_control(
        t("shell.language"), list(LANGUAGES), format_func=lambda code: LANGUAGES[code], key="language", required=True
    )
    st.text_input(t("shell.reviewer"), key="reviewer_name", max_chars=100, help=t("shell.reviewer_help"))
    try:
        st.caption(t("shell.model", id=resources.model().weights_sha256[:12]))
    except WeightsError:
        st.caption(t("shell.no_model"))
st.query_params["lang"] = session.language()

if message := session.told():
    st.toast(message, icon=":material/check_circle:")
with failures.contained(t):
    page.run()
