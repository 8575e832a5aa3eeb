"""A decision's verdict as every page shows it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from audit import DecisionRecord, DecisionSummary, Gate, QueueState
from dashboard.service.decide.hold_policy import RANDOM_CONTROL
from dashboard.service.decide.pipeline import LoadedDecision
from dashboard.shared import cache, display
from dashboard.texts import Texts
from dashboard.views import drift, incidents, reading, reasons, verdict
from dashboard.views.explanation import recorded_agreement
from dashboard.views.wording import as_unusual, by_itself, novelty, p_value, worded

_GATE_LOOK = {
    Gate.HELD: ("orange", ":material/front_hand:"),
    Gate.RELEASED: ("green", ":material/check_circle:"),
    Gate.REJECTED: ("red", ":material/block:"),
}


def hidden(summary: DecisionSummary, t: Texts) -> None:
    """Show only which file it is, of a decision under blind review."""
    st.header(t("blind.title", name=summary.decision.input_name, n=summary.decision.event_count), anchor=False)
    st.caption(t("blind.hidden"))


def about(loaded: LoadedDecision, t: Texts) -> None:
    """Show what the log beside it does not: the state, how sure the verdict is, what would change it, and the numbers."""
    decision = loaded.summary.decision
    t = worded(decision, t)
    _state(loaded.summary, t)
    if verdict.is_all_alike(loaded):
        return
    with _row("confidence", t):
        st.markdown(_confidence(decision, t), help=_counting(decision, t))
    told = incidents.has_incidents(decision)
    if said := _evidence(loaded, t):
        with _row("incidents", t):
            st.markdown("  \n".join(said), help=reasons.evidence_help(loaded, t))
    # Of a file that was judged by itself, no pair is made responsible.
    if not (told and by_itself(decision)):
        with _row("change", t):
            lines = [reasons.conclusion(decision, t), *reasons.changes(decision, t)]
            st.markdown("\n".join([lines[0], "", *(f"- {line}" for line in lines[1:])]))
    _numbers(loaded.summary, t)
    st.caption("  \n".join([*_file_and_hold(loaded.summary, t), *_remarks(loaded.summary, t)]))
    if not told:
        _events(loaded, t)


def _state(summary: DecisionSummary, t: Texts) -> None:
    """Show who brought the decision where it is, and what to be careful about."""
    decision = summary.decision
    color, icon = _GATE_LOOK[summary.gate] if summary.refused is None else ("red", ":material/gpp_bad:")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.badge(t(verdict.gate_key(summary)), color=color, icon=icon, help=t("glossary.gate"))  # type: ignore[arg-type]
        if summary.refused is None:
            st.caption(verdict.state_text(summary, t))
    refused(summary, t)
    if verdict.unfamiliar(decision):
        st.warning(verdict.why_unfamiliar(decision, t), icon=":material/warning:")
    if (fine := verdict.fine_lines(decision, t)) is not None:
        st.caption(fine)
    if (drifted := drift.warning(decision, t)) is not None:
        st.warning(drifted, icon=":material/timeline:")


def refused(summary: DecisionSummary, t: Texts) -> None:
    """Show why an entry about the decision was refused, and what to do; nothing where none was."""
    if summary.refused is not None:
        st.error(t("gate.refused_why", text=summary.refused), icon=":material/gpp_bad:")


@contextmanager
def _row(name: str, t: Texts) -> Iterator[None]:
    """Show a question to the left, its answer to the right."""
    left, right = st.columns([1, 5])
    left.markdown(f"**{t(f'{name}.title')}**")
    with right:
        yield


def _confidence(decision: DecisionRecord, t: Texts) -> str:
    if by_itself(decision) and (counted := cache.counted_by_itself(decision.weights_sha256)) is not None:
        return t("itself.counted", **counted)
    return reasons.confidence(decision, cache.reliability(decision.weights_sha256), t)


def _counting(decision: DecisionRecord, t: Texts) -> str | None:
    return reasons.counting(cache.reliability(decision.weights_sha256), t)


def _evidence(loaded: LoadedDecision, t: Texts) -> list[str]:
    """Say what the evidence beside attention is, and what was known of the incidents before."""
    share = reasons.evidence(loaded, t)
    return [*([share] if share is not None else []), *incidents.known_before(loaded.summary.decision, t)]


def _file_and_hold(summary: DecisionSummary, t: Texts) -> list[str]:
    """Say which file it is, and why the decision is held."""
    lines, why = [t("verdict.file", name=summary.decision.input_name)], verdict.hold_reasons(summary.decision, t)
    if why and summary.state is not QueueState.SETTLED:
        lines.append(t("verdict.held_because", reason=t.plain("unit.join").join(why)))
    return lines


def _remarks(summary: DecisionSummary, t: Texts) -> list[str]:
    """Return what else there is to say about how the decision was made."""
    decision, lines = summary.decision, []
    if (agreement := recorded_agreement(decision.details, t)) is not None:
        lines.append(agreement)
    if decision.sampling_route == RANDOM_CONTROL:
        lines.append(t("verdict.sampled"))
    other = tuple(code for code in decision.warnings if code != "unfamiliar_input")
    return lines + reading.notes(other, t)


def _numbers(summary: DecisionSummary, t: Texts) -> None:
    decision = summary.decision
    columns = st.columns(4)
    with columns[0]:
        _how_probable(decision, t)
    with columns[1]:
        flagged_events(decision, t)
    with columns[2]:
        known_words(decision, t)
    pairs = sum(selection.pair_count for selection in decision.selections)
    certified = min((selection.certified_share for selection in decision.selections), default=1.0)
    with columns[3]:
        share = t("verdict.certified", x=certified)
        help = f"{t('glossary.pair')}  \n{share}: {t('glossary.certificate')}"
        display.metric(t("verdict.pairs"), f"{pairs:,}", share, help=help)


def flagged_events(decision: DecisionRecord, t: Texts) -> None:
    """Show how many of the events are flagged, and from which probability on."""
    display.metric(
        worded(decision, t)("verdict.flagged"),
        t("verdict.of_events", n=verdict.flagged_count(decision), total=decision.event_count),
        t("verdict.event_threshold", x=verdict.event_threshold(decision)),
        help=t("glossary.threshold"),
    )


def known_words(decision: DecisionRecord, t: Texts) -> None:
    """Show the share of words that the weights know, and below which share the file is unfamiliar."""
    display.metric(
        t("verdict.familiarity"),
        t("unit.percent", x=verdict.known_share(decision)),
        t("verdict.floor", x=verdict.familiarity_floor(decision)),
        help=t("glossary.familiarity"),
    )


def _how_probable(decision: DecisionRecord, t: Texts) -> None:
    if novelty(decision):
        p = p_value(decision)
        label, value, help = t("unusual.rank"), as_unusual(decision, t), t("unusual.rank_help")
        comparison = t("unusual.no_p_short") if p is None else t("unusual.p_short", p=p)
    else:
        label, value, help = t("verdict.probability"), t("unit.percent", x=decision.score), t("glossary.probability")
        comparison = t("verdict.threshold", x=decision.threshold)
    display.metric(label, value, comparison, help=help)


def _events(loaded: LoadedDecision, t: Texts) -> None:
    """Show the few events that the model points at, each with the pair that carried it."""
    decision = loaded.summary.decision
    st.markdown(f"**{verdict.flagged_title(decision, t)}**")
    number = st.column_config.NumberColumn
    first = verdict.suspects(decision, 1)
    counted = cache.reliability(decision.weights_sha256)
    counts = reasons.event_counts(counted, first[0].probability, t) if first else None
    probability = " ".join(filter(None, (t.plain("glossary.event_probability"), counts)))
    display.table(
        t,
        verdict.event_table(loaded, t),
        "events",
        key="event_table",
        about=decision.id[:8],
        column_config={
            t.plain("word.line"): number(width="small"),
            t.plain("events.cause_line"): number(width="small", help=t.plain("glossary.pair")),
            t.plain("events.probability"): number(format="%.1f%%", width="small", help=probability),
            t.plain("word.weight"): number(format="%.1f%%", width="small", help=t.plain("glossary.weight")),
        },
    )
