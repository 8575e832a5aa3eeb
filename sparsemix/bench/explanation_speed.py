"""How long explanations take at 50,000 events: pair effects beside the named rival, a whole run for every pair.

Targets are the most probable events of one planted log, until fifty pairs are together. Rows: seconds, and the rival's seconds
over ours (from a few whole runs, each of which would give one effect).
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from sparsemix.bench.brute_force import check_effects
from sparsemix.bench.tasks.accuracy import TOLERANCE
from sparsemix.errors import BenchmarkRefused
from sparsemix.explain.attribution import edges
from sparsemix.explain.effects import pair_effects
from sparsemix.explain.integrated import integrated_gradients
from sparsemix.explain.rerun import Rerun
from sparsemix.model.model import SparseMixModel
from sparsemix.training.generated.evaluation import fresh_log

EVENTS, PAIRS = 50_000, 50
_REPEATS = 3


def speed_rows(
    model: SparseMixModel, seed: int, events: int = EVENTS, pairs: int = PAIRS, tell: Callable[[str], None] = lambda _t: None
) -> list[dict[str, object]]:
    """Rows of seconds and one of the ratio; ``low`` and ``high``: least and largest of three repetitions.

    Raises BenchmarkRefused when pair effects are not those of brute force, or the prepared run is not the whole run.
    """
    check_effects(model, seed)
    log = fresh_log(0, events, seed, model.config.features)
    run = model.run_with_trace(log.sequence)
    whole = _times(lambda: model.run_with_trace(log.sequence))
    tell(f"a whole run of {events:,} events: {np.median(whole):.1f} s")
    rerun = Rerun(model, log.sequence, run.trace)
    differs = float(np.abs(rerun.run.decision.event_probability - run.decision.event_probability).max())
    # Not-a-number must not pass.
    if not differs <= TOLERANCE:
        raise BenchmarkRefused(f"the prepared run differs from the whole run by {differs:.1e}; nothing is reported")
    plan: list[tuple[int, int]] = []
    order = np.argsort(-run.decision.event_probability, kind="stable")
    for target in order.tolist():
        missing = pairs - sum(count for _, count in plan)
        if missing <= 0:
            break
        available = len(edges(run.trace, target))
        if available:
            plan.append((target, min(missing, available)))
    counted = sum(count for _, count in plan)
    prepared = _times(lambda: Rerun(model, log.sequence, run.trace))

    def effects() -> None:
        for target, count in plan:
            pair_effects(rerun, target, count)

    ours = _times(effects)
    tell(f"{counted} pair effects: {np.median(ours):.1f} s")
    gradients = _times(lambda: integrated_gradients(rerun, plan[0][0]))
    at = f"at {events:,} events"
    total = [first + second for first, second in zip(prepared, ours, strict=True)]
    ratio = [counted * slow / quick for slow, quick in zip(whole, total, strict=True)]
    return [
        _row("pair_effect", f"seconds for {counted} pairs {at}, preparation included", total),
        _row("whole_run", f"seconds for one pair {at}", whole),
        _row("pair_effect", f"times as fast as a whole run for every pair {at}", ratio),
        _row("integrated_gradients", f"seconds for one event {at}", gradients),
    ]


def _times(work: Callable[[], object]) -> list[float]:
    found = []
    for _ in range(_REPEATS):
        begun = time.perf_counter()
        work()
        found.append(time.perf_counter() - begun)
    return found


def _row(method: str, metric: str, values: list[float]) -> dict[str, object]:
    value, low, high = float(np.median(values)), min(values), max(values)
    return {"task": "speed", "method": method, "metric": metric, "value": value, "low": low, "high": high}
