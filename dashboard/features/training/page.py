"""Data & training: one's own data, what can be learned from them, and the weights that came of it."""

from __future__ import annotations

import streamlit as st

from audit import Action
from dashboard.features.training import data_files, feedback_form, learn_form, training_view, weights_view
from dashboard.features.training import data_sections as sections
from dashboard.shared import diversity_view, failures, session

t = session.texts()
access = session.access()

st.title(t("data.title"), anchor=False)
st.caption(t("data.lead"))
train = access.can(Action.TRAIN)
reviews = train and access.can(Action.TAKE_FEEDBACK)
section = sections.chosen(t, [*(["learn"] if train else []), *(["reviews"] if reviews else []), "weights"])
with failures.contained(t):
    if section == "weights":
        weights_view.show(access, t)
    elif section == "reviews":
        training_view.show(access, t)
        feedback_form.show(access, t)
    else:
        training_view.show(access, t)
        data_files.choose(t)
        own = data_files.in_view()
        if own is not None and (data := data_files.show(own, access, t)) is not None:
            diversity_view.of_data(data, own.asked, f"{own.id} {own.version}", t)
            st.header(t("training.form"), anchor=False)
            learn_form.show(own, data, access, t)
