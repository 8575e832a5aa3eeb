"""LogHub's samples of ten systems: how many keys are selected by weights that learned the normal course of one log.

The first half of each log is learned as a user's own log would be, and the second half is judged. Whether a line is faulty is
not known, so nothing else is measured; the benchmark `zero` measures what is named in these logs.
"""

from __future__ import annotations

from collections.abc import Mapping

from sparsemix.dataset import DataSet, Item
from sparsemix.readers.limits import Limits
from sparsemix.readers.log_lines import event_sequence
from sparsemix.training.own_data import Plan
from tests.benchmarks.real.rows import RealSettings, judged, keys_row
from tests.benchmarks.report import Row, Tell
from tests.benchmarks.zero.logs import SystemLog

SET = "loghub"
PLAN = Plan(task="novelty", longest=512, steps=150)


def rows(logs: Mapping[str, SystemLog], settings: RealSettings, tell: Tell) -> list[Row]:
    """Return a row a seed: how many keys a query of a head selects on average, the mean over the systems."""
    result = []
    for seed in settings.seeds:
        learned = []
        for name, log in logs.items():
            texts = [line[int(head) :] for line, head in zip(log.lines, log.head, strict=True)]
            half = len(texts) // 2
            given, asked = (
                Item(part, event_sequence(some, part, Limits(min_events=1)), None)
                for part, some in ((f"{name}, first half", texts[:half]), (f"{name}, second half", texts[half:]))
            )
            learned.append(judged(DataSet(name, (given,)), settings.plan(PLAN, seed), [asked], tell))
        result.append(keys_row(SET, "normal course of a half, the other judged", seed, *learned))
    return result
