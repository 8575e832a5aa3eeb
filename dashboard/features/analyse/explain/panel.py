"""Explain: why a line has its score, what would change it, and how far every explanation can be believed."""

from __future__ import annotations

import streamlit as st

from dashboard.features.analyse.explain.causes_view import lines_view
from dashboard.features.analyse.explain.explain_compare import compare_section
from dashboard.features.analyse.explain.explain_edit import edit_section
from dashboard.features.analyse.explain.explain_line import choose_line, explanation_of
from dashboard.features.analyse.explain.explain_what_if import try_section
from dashboard.features.analyse.explain.explain_why import why_section
from dashboard.features.analyse.explain.normal_runs_view import normal_runs_view
from dashboard.features.analyse.explain.report_download import report
from dashboard.features.analyse.explain.usual_view import usual_view
from dashboard.features.analyse.explain.variables_view import event_table, variables_view
from dashboard.service.decide.pipeline import LoadedDecision
from dashboard.shared import cache, failures, navigation, session
from dashboard.texts import Texts
from dashboard.views import verdict
from dashboard.views.wording import worded
from sparsemix import WeightsError

SECTIONS = ("why", "causes", "try", "edit", "compare", "usual", "report")


def show(t: Texts, loaded: LoadedDecision) -> None:
    """Show the chosen section, with the line to explain where it is about one, in words that fit the decision."""
    t = worded(loaded.summary.decision, t)
    try:
        model = cache.model_of(session.access(), loaded.summary.decision)
    except WeightsError as error:
        navigation.empty_state(t, t("explain.no_model", error=str(error)), icon=":material/model_training:")
        return
    if verdict.unfamiliar(loaded.summary.decision):
        st.warning(t("explain.unfamiliar"), icon=":material/warning:")
    section = _section(t)
    with failures.contained(t):
        if section == "usual":
            usual_view(t, loaded)
            return
        table = event_table(loaded.summary.decision) if section == "causes" else None
        if table is not None and (runs := normal_runs_view(t, loaded.summary.decision)) is not None:
            variables_view(t, loaded, table, runs)
            return
    target = choose_line(t, loaded)
    if target is None:
        return
    answer = explanation_of(t, loaded, model, target)
    if answer is None:
        return
    explanation, rerun = answer
    with failures.contained(t):
        if section == "why":
            why_section(t, loaded, explanation, rerun)
        elif section == "causes":
            lines_view(t, loaded, explanation, rerun)
        elif section == "try":
            try_section(t, loaded, explanation, rerun)
        elif section == "edit":
            edit_section(t, loaded, target, rerun)
        elif section == "compare":
            compare_section(t, loaded, rerun, target)
        else:
            report(t, loaded, explanation, rerun)


def _section(t: Texts) -> str:
    """Return the chosen section. A link opens the section it was made in: a widget bound to the address would write the
    section's translated name there."""
    named = st.query_params.get("section")
    if "explain_section" not in st.session_state:
        st.session_state["explain_section"] = named if named in SECTIONS else SECTIONS[0]
    section = st.segmented_control(
        t("explain.section"),
        SECTIONS,
        required=True,
        format_func=lambda name: t.plain(f"explain.section.{name}"),
        label_visibility="collapsed",
        key="explain_section",
    )
    st.query_params["section"] = section or SECTIONS[0]
    return section or SECTIONS[0]
