"""A decision's verdict as every page shows it."""

from __future__ import annotations

import streamlit as st

from audit import DecisionSummary, Gate, QueueState
from dashboard.pipeline import LoadedDecision
from dashboard.policy import RANDOM_CONTROL
from dashboard.texts import Texts
from dashboard.views import parsed, verdict
from dashboard.views.explanation import recorded_agreement

_GATE_LOOK = {
    Gate.HELD: ("orange", ":material/front_hand:"),
    Gate.RELEASED: ("green", ":material/check_circle:"),
    Gate.REJECTED: ("red", ":material/block:"),
}


def header(summary: DecisionSummary, t: Texts) -> None:
    """The verdict in a sentence, where it stands, the numbers behind it, and warnings; of a blind one only which file it is."""
    decision = summary.decision
    if summary.blind:
        st.header(t("blind.title", name=decision.input_name, n=decision.event_count), anchor=False)
        st.caption(t("blind.hidden"))
        return
    st.header(verdict.headline(decision, t), anchor=False)
    color, icon = _GATE_LOOK[summary.gate]
    with st.container(horizontal=True, vertical_alignment="center"):
        st.badge(t(f"gate.{summary.gate.value}"), color=color, icon=icon)  # type: ignore[arg-type]
        st.caption(verdict.state_text(summary, t))
    if verdict.unfamiliar(decision):
        st.warning(
            t("verdict.unfamiliar", known=verdict.known_share(decision), floor=verdict.familiarity_floor(decision)),
            icon=":material/warning:",
        )
    _numbers(summary, t)
    st.caption("  \n".join(_remarks(summary, t)))


def _remarks(summary: DecisionSummary, t: Texts) -> list[str]:
    decision = summary.decision
    reasons = verdict.hold_reasons(decision, t)
    lines = [t("verdict.file", name=decision.input_name)]
    if reasons and summary.state is not QueueState.SETTLED:
        lines.append(t("verdict.held_because", reason=t.plain("unit.join").join(reasons)))
    if (agreement := recorded_agreement(decision.details, t)) is not None:
        lines.append(agreement)
    if decision.sampling_route == RANDOM_CONTROL:
        lines.append(t("verdict.sampled"))
    other = tuple(code for code in decision.warnings if code != "unfamiliar_input")
    return lines + parsed.notes(other, t)


def _numbers(summary: DecisionSummary, t: Texts) -> None:
    decision = summary.decision
    columns = st.columns(4)
    columns[0].metric(
        t("verdict.probability"),
        t("unit.percent", x=decision.score),
        t("verdict.threshold", x=decision.threshold),
        delta_color="off",
        delta_arrow="off",
    )
    columns[1].metric(
        t("verdict.flagged"),
        t("verdict.of_events", n=verdict.flagged_count(decision), total=decision.event_count),
        t("verdict.event_threshold", x=verdict.event_threshold(decision)),
        delta_color="off",
        delta_arrow="off",
    )
    columns[2].metric(
        t("verdict.familiarity"),
        t("verdict.known", x=verdict.known_share(decision)),
        t("verdict.floor", x=verdict.familiarity_floor(decision)),
        delta_color="off",
        delta_arrow="off",
    )
    pairs = sum(selection.pair_count for selection in decision.selections)
    certified = min((selection.certified_share for selection in decision.selections), default=1.0)
    columns[3].metric(
        t("verdict.pairs"),
        t("verdict.pairs_n", n=pairs),
        t("verdict.certified", x=certified),
        delta_color="off",
        delta_arrow="off",
    )


def events(loaded: LoadedDecision, t: Texts) -> None:
    """The few events that the model points at, each with the pair that carried it."""
    decision = loaded.summary.decision
    total = verdict.flagged_count(decision)
    shown = min(total, verdict.MAX_EVENTS)
    st.markdown(t("events.title", n=shown, total=total) if total else t("events.title_none"))
    percent = st.column_config.NumberColumn(format="%.1f %%", width="small")
    st.dataframe(
        verdict.event_table(loaded, t),
        hide_index=True,
        key="event_table",
        column_config={
            t.plain("events.line"): st.column_config.NumberColumn(width="small"),
            t.plain("events.cause_line"): st.column_config.NumberColumn(width="small"),
            t.plain("events.probability"): percent,
            t.plain("events.weight"): percent,
        },
    )


def links(decision_id: str, t: Texts, *, here: str) -> None:
    """Ways to the other pages that speak of the same decision."""
    pages = {
        "selection": ":material/scatter_plot:",
        "explain": ":material/science:",
        "review": ":material/rate_review:",
        "record": ":material/lock:",
    }
    with st.container(horizontal=True):
        for name, icon in pages.items():
            if name == here:
                continue
            st.page_link(
                f"app_pages/{name}.py",
                label=t(f"link.{name}"),
                icon=icon,
                query_params={"decision": decision_id},
            )
