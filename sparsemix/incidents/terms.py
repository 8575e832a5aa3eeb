"""What speaks for looking at a line first: terms of every candidate, each by itself told from the file alone.

A person who reads a log counts *episodes* and not lines: lines of one kind with few others between them happen once. So a
kind's rarity is the number of its episodes, and a line counts as new where it begins one. Candidates are all lines, and
beside them one for every identifier, such as an address, with many severe lines close together: no line of a flood is rare by
itself.

Axis letters: N events, K candidates (the events, then the identifiers), T terms.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sparsemix.encoding.file_statistics.lines import Lines
from sparsemix.encoding.file_statistics.statistics import NAMES, FileStatistics, lines_of
from sparsemix.encoding.file_statistics.surprise import Codes, Column, codes_of
from sparsemix.encoding.sequence import Event
from sparsemix.incidents.severe_words import failed_request, severe_grade
from sparsemix.readers.sources import jumps_back, of_time_zone

REACH = 10
"""Lines of one kind with at most so many lines from each to the next are one episode; and so far an incident's consequences
are looked for."""
NEW_AROUND = 5
"""Lines on either side among which first lines of kinds are counted."""
# Of the pauses of a file with n lines, the longest n^0.41 are long: 22 of 2,000, 83 of 50,000.
_LONG_PAUSE = 0.59
# Seconds that a clock may run backwards without being noticed: programs write side by side.
_BACKWARDS = 1.0
HIGHEST_LOGIT, LOWEST_LOGIT = 6.0, -3.0
_GRADES, _FAULT = 4, 2

TERMS = (
    "severe", "fault", "severest", "episodes", "within", "pause", "clock", "follows",
    "start", "number_gap", "number_step", "number_rare", "model", "doubtful", "repeated", "flood", "identifier",
)  # fmt: skip
"""Terms of a candidate. Higher values speak for it. ``severe``, ``fault``, ``severest``: whether its grade is at least 1, 2, 3.
``episodes``: minus the logarithm of how many episodes its kind has; ``within``: -1 inside an episode. ``pause``: how rare so
long a pause before it is; ``clock``: how rare it is that the time runs back, more where it clearly jumps and stays there.
``follows``: log(1 + severe lines right after). ``start``: minus log(1 + first lines of kinds around it): where a program
starts, everything is new. ``number_...``: see `OddNumbers`. ``model``: the network's logit. ``doubtful``: minus how rare the
state is that holds for its subject; ``repeated``: minus how often its form stands in a row. ``flood``: logarithm of an
identifier's severe lines; ``identifier``: whether the candidate is one."""
_COLUMNS = {"number_gap": "numbers.gap", "number_step": "numbers.step", "number_rare": "numbers.rarity"}
_AGAINST = {"doubtful": "states.rarer", "repeated": "repetition.forms_in_a_row"}


@dataclass(frozen=True, slots=True)
class Candidates:
    """K candidates: the ``event`` of each, its ``kind`` (of two of one kind the second is less worth seeing), and the
    ``values`` of its TERMS [K, T]. Of all N events: the ``grade`` of severity, the ``episode`` of each and how many episodes
    its kind has; ``source``: which of the file's sources each is of. ``words``: the identifiers of the candidates behind the N
    events, and ``members`` the events of each."""

    event: Codes
    kind: Codes
    values: NDArray[np.float64]
    grade: Codes
    episode: Codes
    episodes: Column
    source: Codes
    words: tuple[str, ...]
    members: tuple[Codes, ...]

    def own_source(self, event: int) -> tuple[int, int]:
        """Return the first event of an event's source, and the one behind its last."""
        begin, end = (int(np.searchsorted(self.source, self.source[event], side)) for side in ("left", "right"))
        return begin, end


def candidates(events: Sequence[Event], statistics: FileStatistics, logits: Column, starts: Sequence[int] = ()) -> Candidates:
    """Return the candidates of a file with these ``statistics`` and the network's ``logits`` [N]; ``starts``: events at which
    another source begins."""
    lines = lines_of(tuple(events))
    n, grade = len(events), _grades(events, lines)
    source = np.searchsorted(starts, np.arange(n), "right")
    # A request that fails is another kind than the same request that does not.
    kind = codes_of((lines.kind * _GRADES + grade).tolist())[0]
    pause, clock, jumps = _times([event.time for event in events], starts)
    episode, begins = _episodes(kind, np.searchsorted(sorted([*starts, *jumps]), np.arange(n), "right"))
    often = _often(kind, begins)
    first = np.zeros(n)
    first[np.unique(kind, return_index=True)[1]] = 1.0
    columns = {
        "severe": (grade >= 1).astype(np.float64),
        "fault": (grade >= 2).astype(np.float64),
        "severest": (grade >= 3).astype(np.float64),
        "episodes": -np.log(often),
        "within": begins - 1.0,
        "pause": pause,
        "clock": clock,
        "follows": np.log1p(_after((grade >= 1).astype(np.float64), REACH, source)),
        "start": -np.log1p(_around(first, NEW_AROUND) - first),
        "model": np.clip(logits, LOWEST_LOGIT, HIGHEST_LOGIT) - LOWEST_LOGIT,
        **{term: statistics.columns[:, NAMES.index(name)] for term, name in _COLUMNS.items()},
        **{term: -statistics.columns[:, NAMES.index(name)] for term, name in _AGAINST.items()},
        "flood": np.zeros(n),
        "identifier": np.zeros(n),
    }
    own = np.stack([columns[term] for term in TERMS], 1)
    floods = _floods(lines, kind, grade, source)
    further = np.zeros((len(floods), len(TERMS)))
    lead = np.array([one.lead for one in floods], np.int64)
    for term in ("severe", "fault", "severest"):
        further[:, TERMS.index(term)] = columns[term][lead]
    further[:, TERMS.index("flood")] = [np.log(len(one.events)) - np.log(_LEAST_FLOOD) for one in floods]
    further[:, TERMS.index("identifier")] = 1.0
    return Candidates(
        np.concatenate([np.arange(n), lead]),
        np.concatenate([kind, int(kind.max()) + 1 + np.arange(len(floods))]),
        np.concatenate([own, further]),
        grade,
        episode,
        often,
        source,
        tuple(one.word for one in floods),
        tuple(one.events for one in floods),
    )


def _grades(events: Sequence[Event], lines: Lines) -> Codes:
    """Return how severe every event is [N]: by its form, which many events share, and its level."""
    known: dict[tuple[int, str | None], int] = {}
    grades = np.empty(len(events), np.int64)
    for place, (form, event) in enumerate(zip(lines.form.tolist(), events, strict=True)):
        key = (form, event.level)
        if key not in known:
            known[key] = severe_grade(lines.forms[form], event.level)
        grades[place] = max(known[key], _FAULT if failed_request(event.message) else 0)
    return grades


def _episodes(kind: Codes, clock: Codes) -> tuple[Codes, NDArray[np.bool_]]:
    """Return the episode of every event [N], numbered by kind and place, and whether the event begins it [N]; ``clock``: events
    of another have another number."""
    order = np.argsort(kind, kind="stable")
    apart = np.append(True, (np.diff(kind[order]) != 0) | (np.diff(order) > REACH) | (np.diff(clock[order]) != 0))
    begins, episode = np.empty(len(kind), np.bool_), np.empty(len(kind), np.int64)
    begins[order], episode[order] = apart, apart.cumsum() - 1
    return episode, begins


def _often(kind: Codes, begins: NDArray[np.bool_]) -> Column:
    """Return how often every event's kind happens [N]: its episodes; more where these cover most of the file, for what goes on
    all the time is one episode, and not rare."""
    n = len(kind)
    lines, episodes = np.bincount(kind), np.bincount(kind[begins], minlength=int(kind.max()) + 1)
    covered = np.clip(2.0 * lines / n - 1.0, 0.0, 1.0 - 1.0 / n)
    return np.asarray((episodes / (1.0 - covered))[kind], np.float64)


def _times(times: Sequence[float | None], starts: Sequence[int]) -> tuple[Column, Column, list[int]]:
    """Return the columns ``pause`` and ``clock`` [N], 0 where most events have no time, and the events at which the clock
    clearly jumps back: worth seeing whatever else their lines say."""
    time = np.array([np.nan if one is None else one for one in times], np.float64)
    n = len(time)
    if n < 2 or np.isnan(time).mean() > 0.5:
        return np.zeros(n), np.zeros(n), []
    step = np.nan_to_num(np.diff(time, prepend=time[0]))
    step[list(starts)] = 0.0  # the clock is another one
    longer = n - np.searchsorted(np.sort(step), step, "left")
    pause = np.where(step > 0, np.maximum(np.log(n / longer) - _LONG_PAUSE * np.log(n), 0.0), 0.0)
    back = step < -_BACKWARDS
    clock = np.where(back, max(float(np.log(n / max(int(back.sum()), 1)) - _LONG_PAUSE * np.log(n)), 0.0), 0.0)
    timed = np.flatnonzero(~np.isnan(time))
    jumps = [at for at in timed[jumps_back(time[timed])].tolist() if step[at] and not of_time_zone(-step[at])]
    clock[jumps] = np.log(n / max(len(jumps), 1))
    return pause, clock, jumps


def _after(column: Column, reach: int, source: Codes) -> Column:
    """Return the sum over the ``reach`` events of the same source after every event [N]."""
    total = np.append(0.0, column.cumsum())
    place = np.arange(len(column))
    return np.asarray(total[np.minimum(place + reach + 1, np.searchsorted(source, source, "right"))] - total[place + 1])


def _around(column: Column, reach: int) -> Column:
    """Return the sum over the events at most ``reach`` from every event [N], itself included."""
    total = np.append(0.0, column.cumsum())
    place = np.arange(len(column))
    return np.asarray(total[np.minimum(place + reach + 1, len(column))] - total[np.maximum(place - reach, 0)])


# An identifier with so many severe lines, each at most so far from the next, is a flood where it is one of several of its
# shape.
_LEAST_FLOOD, _FLOOD_REACH, _LEAST_WORDS, _LEAST_CHARACTERS = 8, 40, 3, 4
# Kinds of nearly as many and as severe lines: what is written last tells how it ended.
_NEARLY = 0.8
_MOST_SEVERE = 100_000


@dataclass(frozen=True, slots=True)
class _Flood:
    word: str
    shape: str
    lead: int
    events: Codes


def _floods(lines: Lines, kind: Codes, grade: Codes, source: Codes) -> list[_Flood]:
    """Return the identifiers with many severe lines close together."""
    severe = np.flatnonzero(grade >= 1)[:_MOST_SEVERE]
    at: dict[tuple[str, str], list[int]] = defaultdict(list)
    for event in severe.tolist():
        for word, shape in dict.fromkeys(zip(lines.words[event], lines.shapes[event], strict=True)):
            if word != shape and (len(word) >= _LEAST_CHARACTERS or not word.isdigit()):
                at[word, shape].append(event)
    words_of = Counter(shape for _, shape in at)
    found, seen = [], set()
    for (word, shape), places in at.items():
        if len(places) < _LEAST_FLOOD or words_of[shape] < _LEAST_WORDS or 2 * len(places) > len(kind):
            continue
        events = np.array(places)
        apart = (np.diff(events) > _FLOOD_REACH) | (np.diff(source[events]) != 0)
        run = max(np.split(events, np.flatnonzero(apart) + 1), key=len)
        lead = _lead(run, kind, grade)
        # Two words of the same lines, such as an address and the process that serves it, are one flood.
        if len(run) >= _LEAST_FLOOD and lead not in seen:
            seen.add(lead)
            found.append(_Flood(word, shape, lead, run))
    return found


def _lead(run: Codes, kind: Codes, grade: Codes) -> int:
    """Return the first event of the kind that tells a flood: the most frequent and most severe; of nearly equal ones the one
    that comes last."""
    weight: dict[int, int] = defaultdict(int)
    for event in run.tolist():
        weight[int(kind[event])] += 1 + int(grade[event])
    most = max(weight.values())
    told = [one for one in weight if weight[one] >= _NEARLY * most][-1]
    return int(run[kind[run] == told][0])
