"""The app's entry: the visitor, the pages, and the sidebar with language and model. Nothing else happens here."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from audit import AuditError, SignInFailed
from dashboard.auth import account, provider_visits, root_key, sign_in
from dashboard.shared import checkpoint_thread, failures, navigation, session, session_sign_in, shell
from dashboard.shared.navigation import PAGES
from dashboard.texts import LANGUAGES
from dashboard.views import team

FOLDER = Path(__file__).parent
SHOW_A_DECISION = ("", "review", "record")

# An icon by name would be fetched from the network, which a plant may not have.
st.set_page_config(page_title="SparseMix", page_icon=FOLDER / "icon.svg", layout="wide")
st.html(FOLDER / "style.css")
if "language" not in st.session_state:
    st.session_state["language"] = session.language()
t = session.texts()

person, problem = None, None
try:
    person = session.access().person
    session_sign_in.note_person(person)
except SignInFailed:
    session_sign_in.note_nobody()
except AuditError as error:
    problem = error

pages = [
    st.Page(PAGES["analyse"], title=t("analyse.page"), icon=":material/upload_file:", default=True),
    st.Page(PAGES["review"], url_path="review", title=t("review.page"), icon=":material/rate_review:"),
    st.Page(PAGES["record"], url_path="record", title=t("record.page"), icon=":material/lock:"),
    st.Page(PAGES["data"], url_path="data", title=t("data.page"), icon=":material/model_training:"),
    st.Page(PAGES["monitor"], url_path="monitor", title=t("monitor.page"), icon=":material/monitoring:"),
    st.Page(
        PAGES["team"],
        url_path="team",
        title=t("team.page"),
        icon=":material/groups:",
        # Registered for everybody: otherwise a link to it would end in an error before the visitor has signed in.
        visibility="visible" if person and team.offered_to(person) else "hidden",
    ),
]
# People who have not signed in, or have no role, see no navigation.
inside = problem is not None or (person is not None and bool(person.roles))
page = st.navigation(pages, position="sidebar" if inside else "hidden")

st.logo(FOLDER / "logo.svg", size="large")
with st.sidebar:
    st.segmented_control(
        t("shell.language"),
        list(LANGUAGES),
        format_func=lambda code: LANGUAGES[code],
        key="language",
        required=True,
        on_change=session.language_chosen,
    )
    if person is not None:
        account.show(person, t)
    provider_visits.exchange_ticket()
    shell.page_language(t)
    models = st.empty()
decision = session.decision_id() if page.url_path in SHOW_A_DECISION else None
if inside:
    with models.container():
        shell.weights(t, decision)
session.keep_language()

if message := session.pending_message():
    st.toast(message, icon=":material/check_circle:")
with failures.contained(t):
    if problem is not None:
        failures.show(problem, t)
    elif person is None:
        sign_in.show(page, t)
    elif not person.roles:
        navigation.empty_state(t, t("sign_in.no_role", name=person.name), icon=":material/badge:")
    else:
        if (address := provider_visits.address_asked_for()) is not None:
            url_path, query = address
            for known in pages:
                if known.url_path == url_path:
                    st.switch_page(known, query_params=query)
        root_key.show(t)
        checkpoint_thread.keeper()  # begins with the first visitor, who opens the record
        try:
            page.run()
            # Review chooses a decision where none was chosen.
            if page.url_path in SHOW_A_DECISION and (shown := session.decision_id()) != decision:
                with models.container():
                    shell.weights(t, shown)
        except SignInFailed:
            # The session ended during this run: the next run shows the sign-in.
            st.rerun()
