"""The dense twin: the same network with softmax attention, trained as long, in the longest windows that its time allows.

The cost of a step grows with the square of the window. The longest window is taken, of 512 to 4,096 lines, at which a trial of
some seconds promises at least 200 steps. A twin reads identifiers as words: matching is what the sparse heads do.
"""

from __future__ import annotations

import contextlib
from dataclasses import replace

from sparsemix.dataset import DataSet
from sparsemix.errors import RunCancelled
from sparsemix.training.own_data import Plan, learn
from sparsemix.training.own_data.fitting import Fitting
from tests.benchmarks.report import Tell

LONGEST_ASKED = 16_384
"""Lines of a window at most: one of 65,536 lines costs sixteen times one of these."""
_WINDOWS = (4096, 2048, 1024, 512)
_LEAST_STEPS = 200
_TRIAL = 1 / 12
_LEAST_EVENTS = 2048


def twin_plan(plan: Plan, window: int, minutes: float) -> Plan:
    """Return the plan of a dense twin that is trained for so many ``minutes`` in windows of up to ``window`` lines."""
    events = max(2 * window, _LEAST_EVENTS)
    return replace(plan, attention="softmax", steps=None, minutes=minutes, longest=window, events=events)


def longest_window(data: DataSet, plan: Plan, minutes: float, tell: Tell) -> int:
    """Return the longest window in which a twin takes at least 200 steps in so many ``minutes``, else the shortest one."""
    for window in _WINDOWS:
        steps = _trial(data, twin_plan(plan, window, minutes * _TRIAL)) / _TRIAL
        tell(f"dense twin: about {steps:.0f} steps in windows of up to {window} lines")
        if steps >= _LEAST_STEPS:
            break
    return window


def _trial(data: DataSet, plan: Plan) -> int:
    """Return how many steps the plan's time allows."""
    steps = 0

    def count(fitting: Fitting) -> None:
        nonlocal steps
        steps = fitting.step
        if fitting.share >= 1.0:
            raise RunCancelled

    with contextlib.suppress(RunCancelled):
        learn(data, plan, count)
    return steps
