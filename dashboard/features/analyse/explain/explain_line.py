"""Which line is explained, and its explanation, computed in the background and kept."""

from __future__ import annotations

import streamlit as st

from dashboard.service.common.result_cache import ResultCache
from dashboard.service.common.worker import Progress
from dashboard.service.decide.explanation import Explanations, rerun_of
from dashboard.service.decide.pipeline import LoadedDecision
from dashboard.shared import cache, jobs
from dashboard.shared.decision import log_choice
from dashboard.shared.jobs import Slot
from dashboard.texts import Texts
from dashboard.views.incidents import shown_incidents
from dashboard.views.verdict import one_line, shortened, suspects
from dashboard.views.wording import by_itself
from sparsemix import Rerun, SparseMixModel
from sparsemix.explain.explanation import Explanation, explain
from sparsemix.incidents.finding import LinePlace, place_of_line

_SHORT = 120  # characters of a line in a heading


def chosen_line(loaded: LoadedDecision, t: Texts) -> tuple[int | None, int | None]:
    """Return the event of the line that is chosen in the log, or else of the first incident, or else the most suspicious one;
    and the other event of the pair that is chosen there."""
    event, other = log_choice.follow_events(loaded)
    if event is not None:
        return event, other
    first = [one.event for one in shown_incidents(loaded, t)] + [one.index for one in suspects(loaded.summary.decision, 1)]
    return next(iter(first), None), None


def line_words(loaded: LoadedDecision, event: int, t: Texts) -> str:
    """Name a line by its number and its beginning."""
    line = loaded.sequence.events[event]
    return t("compare.line_item", line=line.line, text=shortened(one_line(line.text), _SHORT))


def explanation_of(t: Texts, loaded: LoadedDecision, model: SparseMixModel, target: int) -> tuple[Explanation, Rerun] | None:
    """Return the line's explanation and the run behind it, whose computation begins at once; None while it is under way."""
    decision = loaded.summary.decision.id
    key = (decision, model.weights_sha256, target)
    cached, reruns = explanations(), cache.reruns()
    explanation = cached.get(key)
    rerun = reruns.get(key[:2])
    if explanation is not None and rerun is not None:
        return explanation, rerun

    def work(progress: Progress) -> None:
        rerun = rerun_of(reruns, model, loaded, progress)
        if by_itself(loaded.summary.decision):
            places().put(key, place_of_line(rerun, target))
        cached.put(key, explain(rerun, target, (), progress=progress))

    jobs.begin(Slot("explain", f"{decision}_{target}", loaded.size), t, work, key="explain_compute")
    return None


@st.cache_resource(show_spinner=False)
def places() -> ResultCache[tuple[str, str, int], LinePlace]:
    """Return the cache of where explained lines stand among all lines of a file that was judged by itself."""
    return ResultCache(32)


@st.cache_resource(show_spinner=False)
def explanations() -> Explanations:
    """Return the cache of whole explanations."""
    return ResultCache(32)
