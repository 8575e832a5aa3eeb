"""Which line is explained, and its explanation, computed in the background and kept: at once what is shown first, the
comparison of methods when asked for."""

from __future__ import annotations

import streamlit as st

from dashboard.features.analyse.explain.views.comparison import chosen_event
from dashboard.service.common.result_cache import ResultCache
from dashboard.service.common.worker import Progress
from dashboard.service.decide.explanation import Explanations, rerun_of, scored_parts
from dashboard.service.decide.pipeline import LoadedDecision
from dashboard.shared import cache, failures, jobs
from dashboard.shared.jobs import Slot
from dashboard.texts import Texts
from dashboard.views.incidents import shown_incidents
from dashboard.views.verdict import one_line, shortened, suspects
from dashboard.views.wording import by_itself
from sparsemix import Rerun, SparseMixModel
from sparsemix.explain.explanation import Explanation, explain
from sparsemix.incidents.finding import LinePlace, place_of_line

MAX_EVENTS = 200
_SHORT = 90
_DIGITS = 10  # the number of an event in the address has fewer


def choose_line(t: Texts, loaded: LoadedDecision) -> int | None:
    """Return the event to explain; a line number may be typed. The event also stands in the address (``&event=``)."""
    decision, events = loaded.summary.decision, loaded.sequence.events
    probability = {event.index: event.probability for event in suspects(decision, MAX_EVENTS)}
    incidents = {one.event: place for place, one in enumerate(shown_incidents(loaded, t), 1)} if by_itself(decision) else {}
    options = list(dict.fromkeys([*(incidents or (one.event for one in shown_incidents(loaded, t))), *probability]))
    named = st.query_params.get("event", "")
    names_an_event = named.isdecimal() and len(named) < _DIGITS and int(named) < len(events)
    if names_an_event and int(named) not in options:
        options.insert(0, int(named))

    def item(event: int) -> str:
        line, text = events[event].line, shortened(one_line(events[event].text), _SHORT)
        if event in incidents:
            return t.plain("explain.incident_item", place=incidents[event], line=line, text=text)
        if event not in probability:
            return t.plain("explain.line_item", line=line, text=text)
        return t.plain("selection.text.event_item", line=line, probability=f"{probability[event]:.0%}", text=text)

    start = options.index(int(named)) if names_an_event else 0
    chosen = st.selectbox(
        t("explain.line"),
        options,
        index=start if options else None,
        format_func=lambda event: item(event) if isinstance(event, int) else str(event),
        accept_new_options=True,
        help=t("explain.line_help"),
        key=f"explain_line_{decision.id}",
    )
    event = chosen_event(loaded.sequence, chosen if isinstance(chosen, int) else str(chosen or ""))
    if named and not names_an_event and options:
        st.warning(t("explain.event_unknown", line=events[options[0]].line), icon=":material/link_off:")
    if event is None:
        if chosen:
            st.warning(t("explain.line_unknown", line=str(chosen)), icon=":material/search_off:")
        return None
    st.query_params["event"] = str(event)
    return event


def explanation_of(t: Texts, loaded: LoadedDecision, model: SparseMixModel, target: int) -> tuple[Explanation, Rerun] | None:
    """Return the line's explanation and the run behind it, whose computation begins at once; None while it is under way. A
    button begins again what was cancelled, failed, or is kept no more."""
    decision = loaded.summary.decision.id
    key = (decision, model.weights_sha256, target)
    slot, cached, reruns = Slot("explain", f"{decision}_{target}"), explanations(), cache.reruns()
    explanation = cached.get(key)
    rerun = reruns.get(key[:2])
    if explanation is not None and rerun is not None:
        return explanation, rerun

    def work(progress: Progress) -> None:
        rerun = rerun_of(reruns, model, loaded, progress)
        if by_itself(loaded.summary.decision):
            places().put(key, place_of_line(rerun, target))
        cached.put(key, explain(rerun, target, (), progress=progress))

    if jobs.job(slot) is None:
        with failures.deferred():
            jobs.start(slot, work)
    busy = jobs.under_way(slot)
    jobs.watch(slot, t)
    failures.show_deferred(t)
    if not busy:
        jobs.button(slot, t("explain.compute"), work, key="explain_compute", type="primary", icon=":material/science:")
    return None


def whole_of(t: Texts, loaded: LoadedDecision, explanation: Explanation, rerun: Rerun) -> Explanation | None:
    """Return the line's explanation with all quick methods and their scores, or show the button that has them computed."""
    if explanation.scores:
        return explanation
    decision, target = loaded.summary.decision.id, explanation.target
    slot, cached, attributions = Slot("scores", f"{decision}_{target}"), explanations(), cache.attributions()

    def work(progress: Progress) -> None:
        whole = explain(rerun, target, progress=progress)
        cached.put((decision, rerun.model.weights_sha256, target), whole)
        for scored in scored_parts(whole):
            attributions.put((decision, rerun.model.weights_sha256, target, scored.attribution.method), scored)

    jobs.button(slot, t("explain.scores.compute"), work, key="explain_scores_compute", icon=":material/science:")
    failures.show_deferred(t)
    jobs.watch(slot, t)
    return None


@st.cache_resource(show_spinner=False)
def places() -> ResultCache[tuple[str, str, int], LinePlace]:
    """Return the cache of where explained lines stand among all lines of a file that was judged by itself."""
    return ResultCache(32)


@st.cache_resource(show_spinner=False)
def explanations() -> Explanations:
    """Return the cache of whole explanations."""
    return ResultCache(32)
