"""Data & training: the person's own data, what can be learned from them, and the resulting weights."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from audit import Action
from dashboard.features.training import data_files, feedback_form, learn_form, training_view, weights_view
from dashboard.shared import failures, monitoring, session
from dashboard.texts import Texts

_KEY, _LAST = "data_section", "data_section_last"


def choose_section(t: Texts, offered: Sequence[str]) -> str:
    """Return the chosen section among those that this person is offered: as a link says, as something that just happened asks
    for, as it was last, or the first of them."""
    last = st.session_state.get(_LAST)
    # The address still names the section of the last run; only another section comes from a link.
    named = st.session_state.pop(training_view.NEXT_SECTION, None) or st.query_params.get("section")
    if named in offered and named != last:
        st.session_state[_KEY] = named
    elif st.session_state.get(_KEY) not in offered:
        st.session_state[_KEY] = last if last in offered else offered[0]
    picked = st.segmented_control(
        t("word.section"),
        offered,
        required=True,
        format_func=lambda name: t.plain(f"data.section_{name}"),
        label_visibility="collapsed",
        key=_KEY,
    )
    section = picked or offered[0]
    st.query_params["section"] = st.session_state[_LAST] = section
    return section


t = session.texts()
access = session.access()

st.title(t("data.page"), anchor=False)
st.caption(t("data.lead"))
train = access.can(Action.TRAIN)
reviews = train and access.can(Action.TAKE_FEEDBACK)
section = choose_section(t, [*(["learn"] if train else []), *(["reviews"] if reviews else []), "weights"])
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
            monitoring.diversity_of_data(data, own.asked, t)
            st.header(t("training.form"), anchor=False)
            learn_form.show(own, data, access, t)
