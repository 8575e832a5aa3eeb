"""Checks without which nothing is reported: durations by a plain loop, and scores that names do not change."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sparsemix.causes.event_table import EventTable
from sparsemix.causes.ranking import Cause
from sparsemix.causes.usual_states import UsualStates
from tests.benchmarks.report import BenchmarkRefused

_PAIRS = 5
_NEAR = 1e-6


def check_durations(usual: UsualStates, normal: Sequence[EventTable], seed: int) -> None:
    """Raise `BenchmarkRefused` unless a plain loop over every normal run finds the same durations of a few drawn pairs."""
    pairs, normal = sorted(usual.states), [usual.ranged(run) for run in normal]
    for place in np.random.default_rng(seed).choice(len(pairs), min(_PAIRS, len(pairs)), replace=False).tolist():
        longest = [_longest(run, pairs[place]) for run in normal]
        expected = sorted(seconds for seconds in longest if seconds is not None)
        found = usual.states[pairs[place]].tolist()
        if len(found) != len(expected) or not np.allclose(found, expected, rtol=0, atol=_NEAR):
            raise BenchmarkRefused(f"the durations of {pairs[place]} are not those of a plain loop; nothing is reported")


def check_scores(plain: Sequence[Cause], scrambled: Sequence[Cause]) -> None:
    """Raise `BenchmarkRefused` unless a run has the same scores without names and with scrambled ones."""
    expected, found = (sorted(cause.score for cause in ranking) for ranking in (plain, scrambled))
    if len(expected) != len(found) or not np.allclose(expected, found, rtol=0, atol=_NEAR):
        raise BenchmarkRefused("scrambled names have other scores than no names; nothing is reported")


def _longest(run: EventTable, pair: tuple[str, str, str, str]) -> float | None:
    """Return the longest time that a pair of states lasted in a run; None where it never was."""
    one, value, other, other_value = pair
    state: dict[str, str] = {}
    began, longest = None, None
    # The rows of one moment change the state together.
    rows = [change for change in run.changes if change.node in (one, other)]
    for place, change in enumerate(rows):
        state[change.node] = change.value
        if place + 1 < len(rows) and rows[place + 1].time == change.time:
            continue
        both = state.get(one) == value and state.get(other) == other_value
        if both and began is None:
            began = change.time
        elif began is not None and not both:
            longest, began = max(longest or 0.0, change.time - began), None
    return longest if began is None else max(longest or 0.0, run.end - began)
