"""Reasons of an incident that are its reasons: the score of its lead, less the score of a line that is usual in one term.

A usual line has the median of the term over all lines of the file. For the network's part the line is read again as a usual
line in a group of the statistics, while all other lines stay as they were read; the network is small, so this is exact. Terms
and statistics of one name are one reason.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from sparsemix.encoding.file_statistics.statistics import GROUPS, NAMES, FileStatistics
from sparsemix.encoding.of_file import features_of
from sparsemix.explain.rerun import Rerun
from sparsemix.incidents.incident import Fact, Reason
from sparsemix.incidents.severe_words import severe_word
from sparsemix.incidents.terms import REACH, TERMS, Candidates, aside, bounded, outstanding
from sparsemix.kernels import parallel
from sparsemix.model.event_batch import EventBatch

GROUP_OF = {
    "severe": "severity",
    "fault": "severity",
    "severest": "severity",
    "harmless": "severity",
    "episodes": "rarity",
    "pause": "time",
    "clock": "clock",
    "follows": "consequence",
    "number_gap": "numbers",
    "number_step": "numbers",
    "number_rare": "numbers",
    "burst": "repetition",
    "flood": "flood",
    "identifier": "flood",
}
"""The reason that each term belongs to. Terms that can only speak against a line are no reasons for it."""
_OF_GROUP = {
    group: [place for place, name in enumerate(NAMES) if name.removeprefix("rank.").partition(".")[0] == group]
    for group in GROUPS
}
_LEAST, _MOST = 0.2, 4


@dataclass(frozen=True, slots=True)
class UsualLine:
    """What is usual in a file: the median of every term over all lines, and of every column of its statistics."""

    terms: NDArray[np.float64]
    columns: NDArray[np.float64]


def usual_line(found: Candidates, statistics: FileStatistics) -> UsualLine:
    """Return what is usual in a file."""
    # Column by column: all at once would be copied.
    terms, columns = found.values[: len(found.grade)].T, statistics.columns.T
    return UsualLine(*(np.array(parallel.run([partial(np.median, one) for one in some])) for some in (terms, columns)))


def reasons_of(
    found: Candidates,
    number: int,
    weights: NDArray[np.float64],
    rerun: Rerun,
    statistics: FileStatistics,
    usual: UsualLine,
) -> tuple[Reason, ...]:
    """Return why a candidate is shown, the strongest reason first; () where nothing speaks for it more than for a usual
    line."""
    event = int(found.event[number])
    if number < len(found.grade):
        effects = line_effects(found, event, weights, rerun, statistics, usual)
    else:
        # An identifier is no line: what it has beside its severity is the flood.
        own = weights * (found.values[number] - usual.terms)
        severe = [place for place, term in enumerate(TERMS) if GROUP_OF.get(term) == "severity"]
        effects = {"severity": float(own[severe].sum()), "flood": float(own.sum() - own[severe].sum())}
    pause = TERMS.index("pause")
    if found.values[number, pause] <= usual.terms[pause]:
        # What the network reads from a time that runs back, or from a single one of elsewhere, is no pause.
        back = effects.pop("time", 0.0) if found.step[event] < 0 else 0.0
        effects = {term: effect for term, effect in effects.items() if term != "time"}
        effects["clock"] = effects.get("clock", 0.0) + back
    ordered = sorted(effects.items(), key=lambda one: -one[1])
    told = [(term, effect) for term, effect in ordered if effect >= _LEAST][:_MOST]
    return tuple(Reason(term, effect, _facts(term, found, number, rerun)) for term, effect in told)


def line_effects(
    found: Candidates,
    event: int,
    weights: NDArray[np.float64],
    rerun: Rerun,
    statistics: FileStatistics,
    usual: UsualLine,
) -> dict[str, float]:
    """Return by how much the score of an event's line falls where it is a usual line in the terms and the statistics of one
    name."""
    logits = _logits_without(event, rerun, statistics, usual)
    effects = {}
    for group in dict.fromkeys((*GROUP_OF.values(), *GROUPS)):
        values = found.values[event].copy()
        of_group = [place for place, term in enumerate(TERMS) if GROUP_OF.get(term) == group]
        values[of_group] = usual.terms[of_group]
        if group in logits:
            values[TERMS.index("model")] += bounded(np.array(logits[group])) - bounded(rerun.logits[event])
            values[TERMS.index("outstanding")] = _outstanding_with(event, logits[group], rerun, found)
        values[TERMS.index("aside")] = aside(values)
        effects[group] = float((found.values[event] - values) @ weights)
    return effects


def _logits_without(event: int, rerun: Rerun, statistics: FileStatistics, usual: UsualLine) -> dict[str, float]:
    """Return the network's logit of an event that is a usual line in a group of statistics, which has its medians of the file;
    only of groups in which the event is none."""
    own, config = statistics.of(event), rerun.model.config
    rows = []
    for group in GROUPS:
        columns = own.columns.copy()
        columns[0, _OF_GROUP[group]] = usual.columns[_OF_GROUP[group]]
        rows.append(features_of(FileStatistics(columns, own.codes), features=config.features, types=()))
    embedded = rerun.model.network.embed(EventBatch.of(rows))[:, 0]
    other = (embedded != rerun.embedded[event]).any(-1)
    groups = [group for group, differs in zip(GROUPS, other.tolist(), strict=True) if differs]
    return dict(zip(groups, rerun.alone(event, embedded[other]) if groups else (), strict=True))


def _outstanding_with(event: int, logit: float, rerun: Rerun, found: Candidates) -> float:
    """Return how outstanding an event would be with another logit, all others having theirs."""
    column = TERMS.index("outstanding")
    logits = rerun.logits.copy()
    logits[event] = logit
    return float(outstanding(logits)[event]) if found.values[event, column] or logit > rerun.logits[event] else 0.0


def _facts(term: str, found: Candidates, number: int, rerun: Rerun) -> dict[str, Fact]:
    """Return the numbers and words with which a reason is said."""
    n, event = len(found.grade), int(found.event[number])
    events, grade = rerun.sequence.events, found.grade
    match term:
        case "severity":
            alike = int((grade >= grade[event]).sum())
            return {"word": severe_word(events[event].message, events[event].level)[:60], "lines": alike, "of": n}
        case "rarity":
            own = found.episode[found.kind[:n] == found.kind[event]]
            return {"times": len(np.unique(own)), "lines": len(own), "of": n}
        case "consequence":
            after = grade[event + 1 : min(event + 1 + REACH, found.own_source(event)[1])]
            return {"lines": int((after >= 1).sum()), "of": len(after)}
        case "time" | "clock":
            return {"seconds": abs(float(found.step[event]))}
        case "flood" if number >= n:
            return {"word": found.words[number - n][:60], "lines": len(found.members[number - n])}
        case _:
            return {}
