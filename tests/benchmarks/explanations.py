"""Benchmark of explanations: ``python -m tests.benchmarks explanations --json FILE``.

- *planted*: logs in which every fault has one true cause, so that a method's first event is right or wrong; and scores that
  need no truth (``faithfulness``).
- *randomisation*: whether explanations change when the weights do (``explain.randomisation``), over several logs. ``value`` is
  the mean Spearman correlation with the explanation by the trained weights; the metric names how far randomisation went.
- *speed*: how long explanations take at 50,000 events. The rival of pair effects is a whole run of the model for every pair.
  Targets are the most probable events of one planted log, as many as are needed for fifty pairs. Rows hold seconds, and the
  rival's seconds divided by ours; a few whole runs are timed, each of which would give one effect.
- *toxic_spans* and *hdfs*, with ``--data-dir``: human rationales (``rationales``) and the lines of anomalous HDFS blocks
  (``hdfs``).

Methods stand beside controls. A result that brute force contradicts is not reported.

Rows: ``task``, ``method``, ``metric``, ``value``, ``low``, ``high`` (95 % bootstrap interval over the logs, or as the task
says).
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from sparsemix.errors import ConfigError
from sparsemix.explain.attribution import TOLERANCE, edges
from sparsemix.explain.effects import PAIR_EFFECT, pair_effects
from sparsemix.explain.faithfulness import CONTROLS, Presence, control_ranking, score
from sparsemix.explain.integrated import FROZEN, GRADIENT, integrated_gradients
from sparsemix.explain.methods import QUICK, attribute
from sparsemix.explain.randomisation import curve, parts
from sparsemix.explain.rerun import Rerun
from sparsemix.model.model import SparseMixModel
from sparsemix.training.common.metrics import interval, ratio_of
from sparsemix.training.generated.evaluation import fresh_log
from tests.benchmarks.brute_force import check_effects
from tests.benchmarks.explanation_scores import FreePresence, gradient_values, infidelity_of, integrated_values, sensitivity_of
from tests.benchmarks.hdfs import benchmark as hdfs
from tests.benchmarks.rationales import benchmark as rationales
from tests.benchmarks.report import BenchmarkRefused, Row, Tell
from tests.benchmarks.tasks.accuracy import TOLERANCE as EXACT

TASKS = ("planted", "randomisation", "speed", "toxic_spans", "hdfs")
LOGS, EVENTS = 20, 4096
# How many effects of a log also get the scores that need no truth: each takes a hundred passes.
_SCORED = 5
_SENSITIVE = 2
_RANDOMISED_EVENTS, _RANDOMISED_TARGETS = 512, 8
_TIMED_EVENTS, _TIMED_PAIRS, _TIMED_REPEATS = 50_000, 50, 3


@dataclass(frozen=True, slots=True)
class ExplanationSettings:
    """Sizes of the tasks: ``logs`` planted logs of ``events`` events over all ``seeds`` together; ``data_dir``, the folder that
    holds toxic_spans and hdfs; ``steps_scale``, which multiplies the steps of training."""

    seeds: tuple[int, ...]
    logs: int = LOGS
    events: int = EVENTS
    data_dir: Path | None = None
    steps_scale: float = 1.0


def rows(
    model: SparseMixModel, tasks: Sequence[str], settings: ExplanationSettings, tell: Tell = lambda _text: None
) -> list[Row]:
    """Return all rows of ``tasks``. Without a data folder the tasks that need one are left out, and ``tell`` names them.

    Raises `ConfigError` for unknown tasks or settings that measure nothing, `BenchmarkRefused` when a check fails.
    """
    unknown = [task for task in tasks if task not in TASKS]
    if unknown or not tasks:
        raise ConfigError(f"unknown task {', '.join(unknown)}; choose from {', '.join(TASKS)}")
    result: list[Row] = []
    if "planted" in tasks:
        result += planted_rows(model, settings.seeds, settings.logs, settings.events, tell=tell)
    if "randomisation" in tasks:
        result += randomisation_rows(model, settings.seeds, tell)
    if "speed" in tasks:
        result += speed_rows(model, settings.seeds[0], tell=tell)
    for task, measure in (("toxic_spans", rationales.rows), ("hdfs", hdfs.rows)):
        if task not in tasks:
            continue
        if settings.data_dir is None:
            tell(f"{task} is left out: it needs --data-dir")
            continue
        result += measure(settings.data_dir / task, settings.seeds, settings.steps_scale, tell)
    return result


def planted_rows(
    model: SparseMixModel, seeds: Sequence[int], logs: int, events: int, scored: int = _SCORED, tell: Tell = lambda _text: None
) -> list[Row]:
    """Measure methods and controls on fresh planted logs, ``logs`` over all ``seeds`` together.

    Raises `ConfigError` for settings that measure nothing, `BenchmarkRefused` when pair effects differ from brute force.
    """
    if logs < 1 or events < 64:
        raise ConfigError("at least one log of 64 events is needed")
    check_effects(model, seeds[0])
    tables: dict[tuple[str, str, str], list[tuple[float, float]]] = defaultdict(list)
    for number in range(logs):
        seed = seeds[number % len(seeds)]
        log = fresh_log(number // len(seeds), events, seed, model.config.features)
        rerun = Rerun(model, log.sequence, model.run_with_trace(log.sequence).trace)
        sums: dict[tuple[str, str, str], list[float]] = defaultdict(lambda: [0.0, 0.0])

        def add(method: str, metric: str, value: float) -> None:
            entry = sums[("planted", method, metric)]  # noqa: B023 - called within this turn only
            entry[0] += value
            entry[1] += 1.0

        for place, (effect, cause) in enumerate(log.log.pairs):
            _measure_pair(rerun, effect, cause, seed, add, full=place < scored)
        for key, (total, count) in sums.items():
            tables[key].append((total, count))
        tell(f"planted log {number + 1} of {logs}: {len(log.log.pairs)} effects")
    return [_mean_row(*key, table, seeds[0]) for key, table in tables.items()]


def _measure_pair(
    rerun: Rerun, effect: int, cause: int, seed: int, add: Callable[[str, str, float], None], *, full: bool
) -> None:
    """Add all measurements of one true (effect, cause); ``full``: with the scores that need no truth."""
    effects = pair_effects(rerun, effect, most=max(1, len(edges(rerun.trace, effect))))
    direct = sorted(effects, key=lambda e: -abs(e.effect.direct))
    for name, ordered in ((PAIR_EFFECT, effects), ("pair_effect_direct", direct)):
        _hits(name, "pair", [(e.edge.query, e.edge.key) for e in ordered], (effect, cause), add)
    weights = [(e.query, e.key) for e in sorted(edges(rerun.trace, effect), key=lambda e: -e.weight)]
    _hits("selection_weight", "pair", weights, (effect, cause), add)
    attributions = {name: attribute(rerun, effect, name) for name in QUICK}
    rankings = {name: attribution.ranking().tolist() for name, attribution in attributions.items()}
    rankings |= {control: control_ranking(rerun.trace, effect, control, seed) for control in CONTROLS}
    for name, ranking in rankings.items():
        _hits(name, "event", ranking, cause, add)
    delta = attributions[FROZEN].relative_delta
    add(FROZEN, "delta_below_0.01", float(delta is not None and delta < TOLERANCE))
    if not full:
        return
    for free in (False, True):
        presence = (FreePresence if free else Presence)(rerun, effect)
        for name, ranking in rankings.items():
            if free and name not in (PAIR_EFFECT, FROZEN, "random"):
                continue
            for metric, value in asdict(score(presence, ranking)).items():
                add(name, f"{metric}_free" if free else metric, value)
    for name, attribution in attributions.items():
        # Rollout and weights are shares, not logits: infidelity does not apply.
        if name in (PAIR_EFFECT, FROZEN, GRADIENT, "feature_ablation"):
            add(name, "infidelity", infidelity_of(rerun, attribution, seed))
    for name, values in ((GRADIENT, gradient_values), (FROZEN, integrated_values)):
        add(name, "max_sensitivity", sensitivity_of(rerun, effect, values(rerun, effect), samples=_SENSITIVE, seed=seed))


def _hits(method: str, what: str, ranking: Sequence[object], truth: object, add: Callable[[str, str, float], None]) -> None:
    """Add the pointing game (whether the first is the truth) and the recall among the first five."""
    add(method, f"{what}_pointing_game", float(list(ranking[:1]) == [truth]))
    add(method, f"{what}_recall@5", float(truth in ranking[:5]))


def _mean_row(task: str, method: str, metric: str, table: Sequence[tuple[float, float]], seed: int) -> Row:
    """Return a row from (sum, count) pairs, one per log: their mean with its bootstrap interval over the logs."""
    sums = np.array(table)
    low, high = interval(sums, ratio_of, seed)
    return {"task": task, "method": method, "metric": metric, "value": ratio_of(sums), "low": low, "high": high}


def randomisation_rows(model: SparseMixModel, seeds: Sequence[int], tell: Tell = lambda _text: None) -> list[Row]:
    """Return the rows of the randomisation curve: one log per seed, its first faulty events; intervals over the seeds."""
    names = ["trained weights", *(f"{name} and all after it" for name, _ in parts(model))]
    tables: dict[tuple[str, str], list[tuple[float, float]]] = defaultdict(list)
    for seed in seeds:
        log = fresh_log(0, _RANDOMISED_EVENTS, seed, model.config.features)
        targets = [effect for effect, _ in log.log.pairs[:_RANDOMISED_TARGETS]]
        for method, depths in curve(model, log.sequence, targets, seed).items():
            for name, values in zip(names, depths, strict=True):
                tables[method, name].append((float(np.sum(values)), float(len(values))))
        tell(f"randomisation, seed {seed}")
    return [
        _mean_row("randomisation", method, f"rank correlation, randomised: {name}", table, seeds[0])
        for (method, name), table in tables.items()
    ]


def speed_rows(
    model: SparseMixModel, seed: int, events: int = _TIMED_EVENTS, pairs: int = _TIMED_PAIRS, tell: Tell = lambda _text: None
) -> list[Row]:
    """Return rows of seconds and one of the ratio; ``low`` and ``high`` are the least and the largest of three repetitions.

    Raises `BenchmarkRefused` when pair effects differ from brute force, or the prepared run differs from the whole run.
    """
    check_effects(model, seed)
    log = fresh_log(0, events, seed, model.config.features)
    run = model.run_with_trace(log.sequence)
    whole = _seconds(lambda: model.run_with_trace(log.sequence))
    tell(f"a whole run of {events:,} events: {np.median(whole):.1f} s")
    rerun = Rerun(model, log.sequence, run.trace)
    difference = float(np.abs(rerun.run.decision.event_probability - run.decision.event_probability).max())
    # Written so that not-a-number is refused.
    if not difference <= EXACT:
        raise BenchmarkRefused(f"the prepared run differs from the whole run by {difference:.1e}; nothing is reported")
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
    prepared = _seconds(lambda: Rerun(model, log.sequence, run.trace))

    def effects() -> None:
        for target, count in plan:
            pair_effects(rerun, target, count)

    ours = _seconds(effects)
    tell(f"{counted} pair effects: {np.median(ours):.1f} s")
    gradients = _seconds(lambda: integrated_gradients(rerun, plan[0][0]))
    at = f"at {events:,} events"
    total = [first + second for first, second in zip(prepared, ours, strict=True)]
    ratio = [counted * slow / quick for slow, quick in zip(whole, total, strict=True)]
    return [
        _median_row("pair_effect", f"seconds for {counted} pairs {at}, preparation included", total),
        _median_row("whole_run", f"seconds for one pair {at}", whole),
        _median_row("pair_effect", f"times as fast as a whole run for every pair {at}", ratio),
        _median_row("integrated_gradients", f"seconds for one event {at}", gradients),
    ]


def _seconds(work: Callable[[], object]) -> list[float]:
    seconds = []
    for _ in range(_TIMED_REPEATS):
        started = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - started)
    return seconds


def _median_row(method: str, metric: str, values: list[float]) -> Row:
    value, low, high = float(np.median(values)), min(values), max(values)
    return {"task": "speed", "method": method, "metric": metric, "value": value, "low": low, "high": high}
