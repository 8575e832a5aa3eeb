"""A decision's verdict as every page shows it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import streamlit as st

from audit import DecisionRecord, DecisionSummary, Gate, QueueState
from dashboard.service.common.decision_details import details_of
from dashboard.service.common.worker import Progress
from dashboard.service.decide.explanation import rerun_of
from dashboard.service.decide.hold_policy import RANDOM_CONTROL
from dashboard.service.decide.pipeline import LoadedDecision
from dashboard.shared import cache, display, failures, jobs, navigation, session
from dashboard.shared.jobs import Slot
from dashboard.texts import Texts, literal
from dashboard.views import drift, incidents, reading, reasons, verdict
from dashboard.views.explanation import recorded_agreement
from dashboard.views.incidents import ShownIncident
from dashboard.views.wording import as_unusual, by_itself, novelty, p_value, worded
from sparsemix import WeightsError
from sparsemix.incidents.incident import all_alike

_GATE_LOOK = {
    Gate.HELD: ("orange", ":material/front_hand:"),
    Gate.RELEASED: ("green", ":material/check_circle:"),
    Gate.REJECTED: ("red", ":material/block:"),
}


def header(summary: DecisionSummary, t: Texts) -> None:
    """Show the verdict where there is little room: a sentence, its state, how sure it is, what would change it, the
    numbers.

    Of a decision under blind review, show only which file it is on.
    """
    if not _title(summary, t):
        return
    decision = summary.decision
    t = worded(decision, t)
    told = incidents.has_incidents(decision) and by_itself(decision)
    concluded = verdict.must_be_seen(decision, t) if told else reasons.conclusion(decision, t)
    lines = [" · ".join(_file_and_hold(summary, t)), _confidence(decision, t), concluded]
    st.caption("  \n".join(lines), help=_counting(decision, t))
    score, known_share = t("unit.percent", x=decision.score), t("unit.percent", x=verdict.known_share(decision))
    with st.expander(t("verdict.numbers", score=score, known=known_share)):
        _numbers(summary, t)
        st.caption("  \n".join(_remarks(summary, t)))


Beside = Callable[[ShownIncident], None]
"""Shows what a person can say about an incident, beside it."""


def full(loaded: LoadedDecision, t: Texts, beside: Beside | None = None) -> None:
    """Show the verdict as it is first read: the sentence, how sure, what carried it, what would change it; then the details."""
    if not _title(loaded.summary, t):
        return
    decision = loaded.summary.decision
    t = worded(decision, t)
    if not details_of(decision).incidents and all_alike(loaded.sequence.events):
        st.markdown(t("incidents.alike", total=decision.event_count))
        st.caption("  \n".join(_file_and_hold(loaded.summary, t)))
        return
    with _row("confidence", t):
        st.markdown(_confidence(decision, t), help=_counting(decision, t))
    told = incidents.has_incidents(decision)
    with _row("incidents" if told else "carried", t):
        if told:
            _happened(loaded, t, beside)
        else:
            _carried(loaded, t)
    # Of a file that was judged by itself, no pair is made responsible.
    if not (told and by_itself(decision)):
        with _row("change", t):
            lines = [reasons.conclusion(decision, t), *reasons.changes(decision, t)]
            st.markdown("\n".join([lines[0], "", *(f"- {line}" for line in lines[1:])]))
    _numbers(loaded.summary, t)
    st.caption("  \n".join([*_file_and_hold(loaded.summary, t), *_remarks(loaded.summary, t)]))
    (_named_lines if told else _events)(loaded, t)


def _title(summary: DecisionSummary, t: Texts) -> bool:
    """Show what was decided and its state; return whether more may be shown."""
    decision = summary.decision
    if summary.blind:
        st.header(t("blind.title", name=decision.input_name, n=decision.event_count), anchor=False)
        st.caption(t("blind.hidden"))
        return False
    st.header(verdict.headline(decision, t), anchor=False)
    color, icon = _GATE_LOOK[summary.gate]
    with st.container(horizontal=True, vertical_alignment="center"):
        st.badge(t(f"gate.{summary.gate.value}"), color=color, icon=icon, help=t("glossary.gate"))  # type: ignore[arg-type]
        st.caption(verdict.state_text(summary, t))
    if verdict.unfamiliar(decision):
        st.warning(
            worded(decision, t)(
                "verdict.unfamiliar", known=verdict.known_share(decision), floor=verdict.familiarity_floor(decision)
            ),
            icon=":material/warning:",
        )
    if (fine := verdict.fine_lines(decision, t)) is not None:
        st.caption(fine)
    if (drifted := drift.warning(decision, t)) is not None:
        st.warning(drifted, icon=":material/timeline:")
    return True


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


_FIRST = 5
"""Incidents that are told in full; the others stand in the table."""


def happened(loaded: LoadedDecision, t: Texts) -> None:
    """Show the first incidents of a log that was judged by itself, where there is little room: a reviewer decides on them."""
    if by_itself(loaded.summary.decision):
        found = incidents.shown_incidents(loaded, t)[:_FIRST]
        st.markdown("\n".join(f"{number}. {_incident(one, t, must=True)}" for number, one in enumerate(found, 1)))


def _happened(loaded: LoadedDecision, t: Texts, beside: Beside | None) -> None:
    """Show the first incidents with their reasons and causes, those that are routine, and all of them as a table."""
    if (share := reasons.evidence(loaded, t)) is not None:
        st.markdown(share, help=reasons.evidence_help(loaded, t))
    found, decision = incidents.shown_incidents(loaded, t), loaded.summary.decision
    routine = incidents.routine_incidents(loaded, t)
    if not found:
        st.markdown(t("incidents.none_else" if routine else "incidents.none"))
    elif by_itself(decision):
        said = verdict.must_be_seen(decision, t)
        key = "incidents.of_first" if len(found) > _FIRST else "incidents.of"
        st.markdown(t(key, said=said, n=len(found), shown=_FIRST))
    if known := incidents.known_before(decision, t):
        st.markdown("  \n".join(known))
    for number, one in enumerate(found[:_FIRST], 1):
        told = f"{number}. {_incident(one, t, must=by_itself(decision))}"
        if beside is None:
            st.markdown(told)
            continue
        what, said_of_it = st.columns([7, 1])
        what.markdown(told)
        with said_of_it:
            beside(one)
    if routine:
        with st.expander(t("incidents.routine", n=len(routine))):
            st.markdown("\n".join(f"- {_incident(one, t, must=False)}" for one in routine))
    if found:
        with st.expander(t("incidents.all", n=len(found) + len(routine))):
            columns = {
                t.heading("incidents", name): st.column_config.NumberColumn(format="localized") for name in ("line", "lines")
            }
            table = incidents.incident_table(loaded, t)
            display.table(t, table, "incidents", key="incident_table", about=decision.id[:8], column_config=columns)


def _incident(one: ShownIncident, t: Texts, *, must: bool) -> str:
    """Return an incident's line to look at first, why it is shown, what led to it, and what people said of it."""
    line = t("incidents.item_more" if one.count > 1 else "incidents.item", line=one.line, count=one.count, text=one.text)
    new = f" :blue-badge[{t('incidents.new')}]" if one.new else ""
    seen = f" :orange-badge[{t('incidents.must')}]" if one.must and must else ""
    return "  \n".join(
        [f"{line}{seen}{new}", *map(literal, filter(None, [one.remark, one.why, *(cause.said for cause in one.causes)]))]
    )


def _carried(loaded: LoadedDecision, t: Texts) -> None:
    if (share := reasons.evidence(loaded, t)) is not None:
        st.markdown(share, help=reasons.evidence_help(loaded, t))
    sentences = reasons.carried(loaded, t)
    if not sentences:
        st.markdown(t("carried.none"))
    for carried in sentences:
        sentence, open_pair = st.columns([5, 1])
        sentence.markdown(carried.sentence)
        with open_pair:
            pair = {"decision": loaded.summary.decision.id, "pair": carried.pair}
            navigation.link("selection", t("carried.open"), pair)


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
        display.metric(t("verdict.pairs"), t("verdict.pairs_n", n=pairs), share, help=help)


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
    total = verdict.flagged_count(decision)
    shown = min(total, verdict.MAX_EVENTS)
    st.markdown(t("events.title", n=shown, total=total) if total else t("events.title_none"))
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


def _named_lines(loaded: LoadedDecision, t: Texts) -> None:
    """Show the flagged lines as a table that can be sorted and downloaded. The record lists the first of them; the others come
    from the run again, where people named none of them fine."""
    decision, reruns = loaded.summary.decision, cache.reruns()
    total, again = verdict.flagged_count(decision), None
    if not verdict.left_out(decision) and total > len(details_of(decision).flagged):
        again = reruns.get((decision.id, decision.weights_sha256))
    table = incidents.named_table(loaded, t, again)
    if not total:
        return
    whole = len(table) == total
    title = t(
        "incidents.named" if whole else "incidents.named_first", n=len(table), total=decision.event_count if whole else total
    )
    with st.expander(title):
        columns = {
            t.heading("incidents", "line"): st.column_config.NumberColumn(format="localized"),
            t.heading("incidents", "probability"): st.column_config.NumberColumn(format="%.1f"),
        }
        display.table(t, table, "named_lines", key=f"named_lines_{len(table)}", about=decision.id[:8], column_config=columns)
        if not (whole or verdict.left_out(decision)):
            _all_named(loaded, t, total)


def _all_named(loaded: LoadedDecision, t: Texts, total: int) -> None:
    """Show the button that has all flagged lines listed."""
    decision, reruns = loaded.summary.decision, cache.reruns()
    try:
        model = cache.model_of(session.access(), decision)
    except WeightsError:
        return
    slot = Slot("named", decision.id)

    def work(progress: Progress) -> None:
        rerun_of(reruns, model, loaded, progress)

    jobs.button(slot, t("incidents.named_all", n=total), work, key="named_all", icon=":material/list:")
    failures.show_deferred(t)
    jobs.watch(slot, t)


def links(decision_id: str, t: Texts, *, here: str) -> None:
    """Show links to the other pages about the same decision."""
    with st.container(horizontal=True):
        for name in ("selection", "explain", "review", "record"):
            if name != here:
                navigation.link(name, t(f"link.{name}"), {"decision": decision_id})
