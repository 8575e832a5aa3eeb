"""What stands below the log of a decision: one of its panels, which the address names."""

from __future__ import annotations

import streamlit as st

from audit import Access
from dashboard.features.analyse import marks, next_steps, record_panel
from dashboard.features.analyse.explain import panel as explain
from dashboard.features.analyse.next_steps import Again
from dashboard.features.analyse.selection import panel as selection
from dashboard.service.decide.pipeline import LoadedDecision
from dashboard.shared import navigation, session
from dashboard.shared.decision import verdict
from dashboard.shared.navigation import PANELS
from dashboard.texts import Texts


def named() -> str:
    """Return the panel that the address names; it names the first by naming none."""
    panel = st.query_params.get("panel")
    return panel if panel in PANELS else PANELS[0]


def show(loaded: LoadedDecision, again: Again, access: Access, t: Texts, *, steps: bool) -> None:
    """Show the names of the panels, and the chosen one. ``again``: as `next_steps.show` has it; ``steps``: whether to show what
    can be done next."""
    panel = _choose(("about", "record") if loaded.summary.blind else PANELS, t)
    if panel == PANELS[0]:
        if not loaded.summary.blind:
            _about(loaded, again, access, t, steps=steps)
        return
    with st.container(key="panel_open"):
        if panel == "selection":
            selection.show(t, loaded)
        elif panel == "explain":
            explain.show(t, loaded)
        else:
            record_panel.show(access, loaded.summary, t, loaded)


def _choose(offered: tuple[str, ...], t: Texts) -> str:
    panel = named() if named() in offered else offered[0]
    # A link chooses a panel too, so the address leads and the control mirrors it.
    st.session_state["panel"] = panel
    st.segmented_control(
        t("word.section"),
        offered,
        required=True,
        format_func=lambda name: t.plain(f"{name}.page"),
        label_visibility="collapsed",
        key="panel",
        on_change=_chosen,
    )
    # The page of a pair that a link names goes to the pair.
    if panel != PANELS[0] and not (panel == "selection" and "pair" in st.query_params):
        navigation.scroll_here(panel)
    return panel


def _chosen() -> None:
    panel = st.session_state["panel"]
    session.put_in_address("panel", "" if panel == PANELS[0] else panel)


def _about(loaded: LoadedDecision, again: Again, access: Access, t: Texts, *, steps: bool) -> None:
    with st.container(border=True, key="verdict"):
        verdict.about(loaded, t)
    if steps:
        said = marks.of(loaded, access)
        next_steps.show(loaded, said or {}, again, access, t)
        marks.form(loaded, said, access, t)
        marks.show(loaded, said or {}, access, t)
