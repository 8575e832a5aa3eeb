"""What speaks for looking at a line first: terms of every candidate, each by itself told from the file alone.

A person who reads a log counts *episodes* and not lines: lines of one kind with few others between them happen once. So a
kind's rarity is the number of its episodes, and a line counts as new where it begins one. Where something else is odd, such as
a number or a pause, it matters less how frequent the kind is. Candidates are all lines, and beside them one for every flood
(`floods`).

Axis letters: N events, K candidates (the events, then the identifiers), T terms.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sparsemix.encoding.file_statistics.lines import Lines
from sparsemix.encoding.file_statistics.rarity import summed
from sparsemix.encoding.file_statistics.statistics import NAMES, FileStatistics, lines_of
from sparsemix.encoding.file_statistics.surprise import Codes, Column, in_order
from sparsemix.encoding.sequence import Event
from sparsemix.incidents.floods import LEAST_FLOOD, floods_of
from sparsemix.incidents.severe_words import grade_with_values, severe_grade
from sparsemix.readers.sources import jumps_back, of_time_zone

REACH = 10
"""Lines of one kind with at most so many lines from each to the next are one episode; and so far an incident's consequences
are looked for."""
NEW_AROUND = 5
"""Lines on either side among which first lines of kinds are counted."""
# Of the pauses of a file with n lines, the longest n^0.41 are long, and so many of its lines outstanding: 22 of 2,000, 83 of
# 50,000.
_FEW = 0.59
# Lines of one kind in a row that can be a burst.
_LEAST_BURST = 8
# Seconds that a clock may run backwards without being noticed: programs write side by side.
_BACKWARDS = 1.0
_HIGHEST_LOGIT, _LOWEST_LOGIT = 6.0, -3.0
# Seconds that a single line's time is off those beside it, and how many times as much as these are apart.
_STRAY, _STRAY_TIMES = 60.0, 10.0
_GRADES = 4
_HARMLESS = frozenset({"INFO", "DEBUG", "NOTICE", "TRACE"})

TERMS = (
    "severe", "fault", "severest", "harmless", "episodes", "within", "pause", "clock", "follows", "start",
    "number_gap", "number_step", "number_rare", "burst", "aside", "model", "outstanding", "doubtful", "repeated",
    "flood", "identifier",
)  # fmt: skip
"""Terms of a candidate. Higher values speak for it. ``severe``, ``fault``, ``severest``: whether its grade is at least 1, 2, 3;
``harmless``: -1 where it is, and the line's own level says that it is information. ``episodes``: minus the logarithm of how
many episodes its kind has; ``within``: -1 inside an episode. ``pause``: how rare so long a pause before it is; ``clock``: how
rare it is that the time runs back, more where it clearly jumps and stays there. ``follows``: log(1 + severe lines right
after). ``start``: minus log(1 + first lines of kinds around it): where a program starts, everything is new. ``number_...``: see
`OddNumbers`; ``burst``: logarithm of how many times as long as any other of its kind the run is that the line begins.
``aside``: what ``episodes`` counts less because something else is odd (`aside`). ``model``: the network's logit;
``outstanding``: how few places of the file have a higher one. ``doubtful``: minus how rare the state is that holds for its
subject; ``repeated``: minus how often its form stands in a row. ``flood``: logarithm of an identifier's severe lines;
``identifier``: whether the candidate is one."""
_COLUMNS = {"number_gap": "numbers.gap", "number_step": "numbers.step", "number_rare": "numbers.rarity"}
_ODD = tuple(TERMS.index(term) for term in ("pause", "clock", "number_gap", "burst"))
_AGAINST = {"doubtful": "states.rarer", "repeated": "repetition.forms_in_a_row"}


@dataclass(frozen=True, slots=True)
class Candidates:
    """K candidates: the ``event`` of each, its ``kind`` (of two of one kind the second is less worth seeing), and the
    ``values`` of its TERMS [K, T]. Of all N events: the ``grade`` of severity, the ``episode`` of each and how many episodes
    its kind has; ``step``: seconds from the event before, 0 where one has no time or a source begins; ``source``: which
    of the file's sources each is of. ``words``: the identifiers of the candidates behind the N
    events, and ``members`` the events of each."""

    event: Codes
    kind: Codes
    values: NDArray[np.float64]
    grade: Codes
    episode: Codes
    episodes: Column
    step: Column
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
    kind = in_order(lines.kind * _GRADES + grade)[0]
    step, pause, clock, jumps = _times([event.time for event in events], starts)
    episode, begins = _episodes(kind, np.searchsorted(sorted([*starts, *jumps]), np.arange(n), "right"))
    often = _often(kind, begins)
    first = np.zeros(n)
    first[np.unique(kind, return_index=True)[1]] = 1.0
    columns = {
        "severe": (grade >= 1).astype(np.float64),
        "fault": (grade >= 2).astype(np.float64),
        "severest": (grade >= 3).astype(np.float64),
        "harmless": -np.array([event.level in _HARMLESS for event in events], np.float64) * (grade >= 1),
        "episodes": -np.log(often),
        "within": begins - 1.0,
        "pause": pause,
        "clock": clock,
        "follows": np.log1p(_after((grade >= 1).astype(np.float64), REACH, source)),
        "start": -np.log1p(summed(first, NEW_AROUND, NEW_AROUND + 1) - first),
        "burst": _bursts(kind),
        "aside": np.zeros(n),
        "model": bounded(logits),
        "outstanding": outstanding(logits),
        **{term: statistics.columns[:, NAMES.index(name)] for term, name in _COLUMNS.items()},
        **{term: -statistics.columns[:, NAMES.index(name)] for term, name in _AGAINST.items()},
        "flood": np.zeros(n),
        "identifier": np.zeros(n),
    }
    own = np.stack([columns[term] for term in TERMS], 1)
    own[:, TERMS.index("aside")] = aside(own)
    floods = floods_of(lines, kind, grade, source)
    further = np.zeros((len(floods), len(TERMS)))
    lead = np.array([one.lead for one in floods], np.int64)
    for term in ("severe", "fault", "severest", "harmless"):
        further[:, TERMS.index(term)] = columns[term][lead]
    further[:, TERMS.index("flood")] = [np.log(len(one.events)) - np.log(LEAST_FLOOD) for one in floods]
    further[:, TERMS.index("identifier")] = 1.0
    return Candidates(
        np.concatenate([np.arange(n), lead]),
        np.concatenate([kind, int(kind.max()) + 1 + np.arange(len(floods))]),
        np.concatenate([own, further]),
        grade,
        episode,
        often,
        step,
        source,
        tuple(one.word for one in floods),
        tuple(one.events for one in floods),
    )


def bounded(logits: Column) -> Column:
    """Return the term ``model`` of lines with these logits [...]."""
    return np.asarray(np.clip(logits, _LOWEST_LOGIT, _HIGHEST_LOGIT) - _LOWEST_LOGIT, np.float64)


def aside(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the term ``aside`` of candidates [...] with these ``values`` [..., T]: as much as how odd the pause, the clock, a
    number and the burst are, and at most what ``episodes`` counts."""
    return np.asarray(np.minimum(-values[..., TERMS.index("episodes")], values[..., _ODD].sum(-1)), np.float64)


def outstanding(logits: Column) -> Column:
    """Return how few places of the file have a higher logit than every event [N], 0 where many have, or one within REACH."""
    n, left, found = len(logits), np.array(logits, np.float64), np.zeros(len(logits))
    for place in range(1, 1 + int(n ** (1.0 - _FEW))):
        event = int(left.argmax())
        if left[event] == -np.inf:
            break
        found[event] = few(np.array(place), n)
        left[max(event - REACH, 0) : event + REACH + 1] = -np.inf
    return found


def few(places: NDArray[Any], n: int) -> Column:
    """Return how outstanding lines at these places from 1 are, of ``n`` lines."""
    return np.asarray(np.maximum(np.log(n / places) - _FEW * np.log(n), 0.0), np.float64)


def _grades(events: Sequence[Event], lines: Lines) -> Codes:
    """Return how severe every event is [N]: by its form, which many events share, and its level."""
    known: dict[tuple[int, str | None], int] = {}
    grades = np.empty(len(events), np.int64)
    for place, (form, event) in enumerate(zip(lines.form.tolist(), events, strict=True)):
        key = (form, event.level)
        if key not in known:
            known[key] = severe_grade(lines.forms[form], event.level)
        grades[place] = grade_with_values(known[key], event.message, event.level)
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


def _bursts(kind: Codes) -> Column:
    """Return the column ``burst`` [N]: at the first line of the longest run of a kind, where it is longer than the next. A
    run over most of the file is its course."""
    edge = np.flatnonzero(np.append(True, np.diff(kind) != 0))
    length = np.diff(np.append(edge, len(kind)))
    order = np.lexsort((-length, kind[edge]))
    first = np.append(True, np.diff(kind[edge][order]) != 0)
    longest, alone = length[order], np.append(first[1:], True)
    second = np.where(alone, 1, np.append(longest[1:], 1))
    column = np.zeros(len(kind))
    column[edge[order]] = np.where(
        first & (longest >= _LEAST_BURST) & (2 * longest <= len(kind)), np.log(longest / second), 0.0
    )
    return column


def _times(times: Sequence[float | None], starts: Sequence[int]) -> tuple[Column, Column, Column, list[int]]:
    """Return the seconds from the event before and the columns ``pause`` and ``clock`` [N], 0 where most events have no time,
    and the events at which the clock clearly jumps back: worth seeing whatever else their lines say."""
    time = np.array([np.nan if one is None else one for one in times], np.float64)
    n = len(time)
    if n < 2 or np.isnan(time).mean() > 0.5:
        return np.zeros(n), np.zeros(n), np.zeros(n), []
    time = _without_strays(time)
    step = np.nan_to_num(np.diff(time, prepend=time[0]))
    step[list(starts)] = 0.0  # the clock is another one
    longer = n - np.searchsorted(np.sort(step), step, "left")
    back = step < -_BACKWARDS
    clock = np.where(back, few(np.maximum(back.sum(), 1), n), 0.0)
    timed = np.flatnonzero(~np.isnan(time))
    jumps = [at for at in timed[jumps_back(time[timed])].tolist() if step[at] and not of_time_zone(-step[at])]
    clock[jumps] = np.log(n / max(len(jumps), 1))
    return step, np.where(step > 0, few(longer, n), 0.0), clock, jumps


def _without_strays(time: Column) -> Column:
    """Return times [N] in which a single line that is off both lines beside it, which agree, has a time between theirs: a line
    of elsewhere is no pause, and no clock that jumps."""
    before, own, after = time[:-2], time[1:-1], time[2:]
    off = np.minimum(np.abs(own - before), np.abs(own - after))
    stray = (off > _STRAY) & (off > _STRAY_TIMES * np.abs(after - before))
    mended = time.copy()
    mended[1:-1][stray] = (before + after)[stray] / 2
    return mended


def _after(column: Column, reach: int, source: Codes) -> Column:
    """Return the sum over the ``reach`` events of the same source after every event [N]."""
    total = np.append(0.0, column.cumsum())
    place = np.arange(len(column))
    return np.asarray(total[np.minimum(place + reach + 1, np.searchsorted(source, source, "right"))] - total[place + 1])
