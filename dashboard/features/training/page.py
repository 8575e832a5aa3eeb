"""Data & training: the person's own data, what can be learned from them, and the resulting weights."""

from __future__ import annotations

import streamlit as st

from audit import Action
from dashboard.features.training import data_files, diversity_view, feedback_form, learn_form, training_view, weights_view
from dashboard.shared import failures, navigation, session

t = session.texts()
access = session.access()

st.title(t("data.page"), anchor=False)
st.caption(t("data.lead"))
train = access.can(Action.TRAIN)
reviews = train and access.can(Action.TAKE_FEEDBACK)
section = navigation.sections(
    "data",
    [*(["learn"] if train else []), *(["reviews"] if reviews else []), "weights"],
    t,
    words=lambda name: t.plain(f"data.section_{name}"),
    asked_for=st.session_state.pop(training_view.NEXT_SECTION, None),
)
with failures.contained(t):
    if section == "weights":
        weights_view.show(access, t)
    elif section == "reviews":
        training_view.show(access, t)
        feedback_form.show(access, t)
    else:
        training_view.show(access, t)
        data_files.take_from_link(access)
        data_files.choose(t)
        own = data_files.in_view()
        if own is not None and (data := data_files.show(own, access, t)) is not None:
            diversity_view.show(data, own.asked, t)
            st.header(t("training.form"), anchor=False)
            learn_form.show(own, data, access, t)
