"""Explain: why a line has its score, what would change it, and how far every explanation can be believed."""

from __future__ import annotations

import streamlit as st

from dashboard.features.analyse.explain.explain_compare import compare_section
from dashboard.features.analyse.explain.explain_edit import edit_section
from dashboard.features.analyse.explain.explain_line import chosen_line, explanation_of, line_words
from dashboard.features.analyse.explain.explain_methods import methods_section
from dashboard.features.analyse.explain.explain_pair import pair_section
from dashboard.features.analyse.explain.explain_what_if import try_section
from dashboard.features.analyse.explain.explain_why import why_section
from dashboard.features.analyse.explain.report_download import report
from dashboard.features.analyse.explain.usual_view import usual_view
from dashboard.features.analyse.explain.variables_view import event_table, variables_section
from dashboard.service.decide.pipeline import LoadedDecision
from dashboard.shared import cache, failures, navigation, session
from dashboard.texts import Texts
from dashboard.views import verdict
from dashboard.views.wording import worded
from sparsemix import WeightsError
from sparsemix.causes.event_table import EventTable

SECTIONS = ("why", "pair", "methods", "try", "edit", "compare", "usual", "report")


def show(t: Texts, loaded: LoadedDecision) -> None:
    """Show the chosen section, about the line that is chosen in the log, in words that fit the decision."""
    decision = loaded.summary.decision
    t = worded(decision, t)
    try:
        model = cache.model_of(session.access(), decision)
    except WeightsError as error:
        navigation.empty_state(t, t("explain.no_model", error=str(error)), icon=":material/model_training:")
        return
    if verdict.unfamiliar(decision):
        st.caption(f":material/warning: {t('explain.unfamiliar')}")
    with failures.contained(t):
        table = event_table(decision)
        section = _section(t, table)
        if section == "usual":
            usual_view(t, loaded)
        elif table is not None and section == "variables":
            variables_section(t, loaded, table)
    if section in ("usual", "variables"):
        return
    target, other = chosen_line(loaded, t)
    if target is None:
        st.info(t("log.choose"), icon=":material/ads_click:")
        return
    st.markdown(f"**{line_words(loaded, target, t)}**", help=t("explain.line_help"))
    answer = explanation_of(t, loaded, model, target)
    if answer is None:
        return
    explanation, rerun = answer
    with failures.contained(t):
        if section == "pair":
            pair_section(t, loaded, explanation, rerun, other)
        elif section == "edit":
            edit_section(t, loaded, target, rerun)
        elif section == "compare":
            compare_section(t, loaded, rerun, target)
        else:
            {"why": why_section, "methods": methods_section, "try": try_section, "report": report}[section](
                t, loaded, explanation, rerun
            )


def _section(t: Texts, table: EventTable | None) -> str:
    """Return the chosen section. A link opens the section it was made in: a widget bound to the address would write the
    section's translated name there."""
    offered = SECTIONS if table is None else ("variables", *SECTIONS)
    named = st.query_params.get("section")
    if st.session_state.get("explain_section") not in offered:
        st.session_state["explain_section"] = named if named in offered else offered[0]
    section = st.segmented_control(
        t("explain.section"),
        offered,
        required=True,
        format_func=lambda name: t.plain(f"explain.section.{name}"),
        label_visibility="collapsed",
        key="explain_section",
    )
    st.query_params["section"] = section = section or offered[0]
    return section
