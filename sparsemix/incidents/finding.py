"""The incidents of a decision, best first.

    for incident in find_incidents(Rerun(model, sequence, run.trace)):
        print(sequence.events[incident.lead[0]].line, sentence_of(incident, sequence.events))

Where a file was judged by itself, incidents are ranked by what speaks for looking at a line first (`ranking`), and what led
to them is looked for (`causes`). Weights that know their plant have named the lines already: events that they flag close
together are one incident, the most probable first. Nothing here changes what is decided, or what is recorded of the
selection.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from sparsemix.encoding.file_statistics.statistics import NAMES, FileStatistics, file_statistics
from sparsemix.encoding.sequence import Event
from sparsemix.explain.rerun import Rerun
from sparsemix.incidents.causes import LINKED, CauseSearch
from sparsemix.incidents.incident import Incident, Reason, leads, members
from sparsemix.incidents.pair_causes import pair_causes, selections
from sparsemix.incidents.ranking import WEIGHTS, WORTH_SHOWING, first_ones, must_be_seen, vector
from sparsemix.incidents.reasons import reasons_of, usual_line
from sparsemix.incidents.severe_words import ended
from sparsemix.incidents.terms import REACH, TERMS, Candidates, candidates

MOST = 10
"""Incidents that are shown first."""
# Incidents among which trouble may have begun.
_LOOKED_AT = 30
_APART = 25  # lines between unusual rows of a table that are told apart
_MODEL_ALONE = np.array([float(term == "model") for term in TERMS])
_OF_TABLE = [place for place, name in enumerate(NAMES) if name.startswith("table.")]


def find_incidents(
    rerun: Rerun, most: int = MOST, weights: Mapping[str, float] = WEIGHTS, look: Callable[[], None] = lambda: None
) -> list[Incident]:
    """Return at most so many incidents of the decision that is run again by ``rerun``, best first; ``weights``: of the terms,
    where the file was judged by itself; ``look`` is called again and again there, and may raise to stop."""
    if not rerun.model.judge.by_itself:
        return _flagged(rerun, most)
    statistics = file_statistics(rerun.sequence.events)
    found = candidates(rerun.sequence.events, statistics, rerun.logits, rerun.sequence.starts)
    if statistics.columns[:, _OF_TABLE].any():
        return _of_table(rerun, statistics, found, most)
    look()
    of_terms = vector(weights)
    shown, scores = first_ones(found, max(most, _LOOKED_AT), of_terms)
    must = must_be_seen(found.values[shown], np.array(scores)).tolist()
    search = CauseSearch(rerun.sequence, found, list(zip(found.event[shown].tolist(), must, strict=True)))
    incidents, usual = [], usual_line(found, statistics)
    for number, score, seen in list(zip(shown, scores, must, strict=True))[:most]:
        look()
        lead = int(found.event[number])
        reasons = reasons_of(found, number, of_terms, rerun, statistics, usual)
        if not reasons or reasons[0].effect < WORTH_SHOWING:
            continue
        causes = search.causes_of(lead, seen)
        own = tuple(members(found, number).tolist())
        incidents.append(Incident(leads(found, lead), own, score + LINKED * bool(causes), seen, reasons, causes))
    return sorted(incidents, key=lambda incident: -incident.score)


def called(label: str, incidents: Sequence[Incident], events: Sequence[Event]) -> str:
    """Return what a file that was judged by itself is called: what was decided, and a fault where the line to look at first
    says that a system has run out of something, or how a program ended."""
    return "fault" if incidents and ended(events[incidents[0].lead[0]].message) else label


@dataclass(frozen=True, slots=True)
class LinePlace:
    """Where a line stands among all lines of a file that was judged by itself: its ``place`` from 1, its ``score``, and the
    ``reasons`` that speak for it."""

    place: int
    score: float
    reasons: tuple[Reason, ...]


def place_of_line(rerun: Rerun, event: int) -> LinePlace:
    """Return where the line of an event stands, and why it is not shown earlier."""
    statistics = file_statistics(rerun.sequence.events)
    found = candidates(rerun.sequence.events, statistics, rerun.logits, rerun.sequence.starts)
    weights = _MODEL_ALONE if statistics.columns[:, _OF_TABLE].any() else vector(WEIGHTS)
    scores = found.values[: len(rerun.logits)] @ weights
    usual = usual_line(found, statistics)
    reasons = reasons_of(found, event, weights, rerun, statistics, usual)
    return LinePlace(1 + int((scores > scores[event]).sum()), float(scores[event]), reasons)


def _of_table(rerun: Rerun, statistics: FileStatistics, found: Candidates, most: int) -> list[Incident]:
    """Return the incidents of a sensor table: its rows have no words and no kinds, and differ in what the network reads from
    them. They must be seen where the whole table is unusual: a few rows are in every one."""
    # The logit itself, not cut off: rows of a table are told apart by nothing else.
    values = found.values.copy()
    values[: len(rerun.logits), TERMS.index("model")] = rerun.logits
    found = replace(found, values=values)
    shown, scores = first_ones(found, most, _MODEL_ALONE, again=0.0, apart=_APART)
    cut, place = rerun.model.event_cut, np.arange(len(rerun.logits))
    incidents, usual, fault = [], usual_line(found, statistics), rerun.run.decision.label == "fault"
    for number, score in zip(shown, scores, strict=True):
        lead = int(found.event[number])
        near = np.flatnonzero((np.abs(place - lead) <= _APART) & (rerun.logits >= cut))
        reasons = reasons_of(found, number, _MODEL_ALONE, rerun, statistics, usual)
        if reasons:
            own = tuple(near.tolist()) or (lead,)
            incidents.append(Incident((lead,), own, score, bool(fault and rerun.logits[lead] >= cut), reasons))
    return incidents


def together(
    flagged: NDArray[np.int64], score: NDArray[np.floating], starts: tuple[int, ...]
) -> Iterator[tuple[int, NDArray[np.int64]]]:
    """Yield events with the others that lie close to each and come from the same source, the highest score first. ``flagged``
    [F]: events, ascending, of which each belongs to one; ``score`` [F]; ``starts``: of the sequence."""
    source, free = np.searchsorted(starts, flagged, "right"), np.ones(len(flagged), np.bool_)
    for place in np.argsort(-score, kind="stable").tolist():
        if free[place]:
            own = (np.abs(flagged - flagged[place]) <= REACH) & (source == source[place]) & free
            free &= ~own
            yield int(flagged[place]), flagged[own]


def _flagged(rerun: Rerun, most: int) -> list[Incident]:
    """Return the events that the weights flag, as incidents."""
    model, logits = rerun.model, rerun.logits
    later = model.judge.later
    flagged = np.flatnonzero(logits >= model.event_cut)
    flagged = flagged[flagged + later < len(logits)]
    shown = list(islice(together(flagged, logits[flagged], rerun.sequence.starts), most))
    led = pair_causes(rerun, [event for event, _ in shown], selections(rerun.trace))
    incidents: list[Incident] = []
    for (event, own), causes in zip(shown, led, strict=True):
        logit = float(logits[event])
        reason = Reason("unexpected" if later else "weights", logit, {"probability": 1.0 / (1.0 + float(np.exp(-logit)))})
        incidents.append(Incident((event + later,), tuple((own + later).tolist()), logit, True, (reason,), causes))
    return incidents
