"""Explanations put to the test: ``python -m sparsemix bench explanations --json FILE``.

Planted causes first: logs whose every fault has one true cause, so that a method's first event is right or wrong. Then scores
that need no truth (``faithfulness``), then what becomes of the explanations when the weights are randomised. With
``--data-dir`` also human rationales (``rationales``) and the lines of anomalous HDFS blocks (``hdfs``). Methods stand beside
controls, and a result that brute force contradicts is not reported at all.

Rows: ``task``, ``method``, ``metric``, ``value``, ``low``, ``high`` (95 % bootstrap interval over the logs, or as the task
says).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from sparsemix.bench.brute_force import check_effects
from sparsemix.bench.explanation_speed import speed_rows
from sparsemix.bench.hdfs import benchmark
from sparsemix.bench.randomisation import randomisation_rows
from sparsemix.bench.rationales import benchmark as rationales
from sparsemix.errors import ConfigError
from sparsemix.explain.attribution import TOLERANCE
from sparsemix.explain.attribution import edges
from sparsemix.explain.faithfulness import CONTROLS, control_ranking
from sparsemix.explain.effects import PAIR_EFFECT, pair_effects
from sparsemix.explain.faithfulness import Presence, infidelity_of, score, sensitivity_of
from sparsemix.explain.integrated import FROZEN, GRADIENT
from sparsemix.explain.methods import QUICK, attribute, gradient_values, integrated_values
from sparsemix.explain.rerun import Rerun
from sparsemix.model.model import SparseMixModel
from sparsemix.training.common.metrics import interval, ratio_of
from sparsemix.training.generated.evaluation import fresh_log

Row = dict[str, object]
Tell = Callable[[str], None]
TASKS = ("planted", "randomisation", "speed", "toxic_spans", "hdfs")
LOGS, EVENTS = 20, 4096
# Effects of a log that get the scores beyond truth: they take a hundred passes each.
_SCORED = 5
_SENSITIVE = 2


@dataclass(frozen=True, slots=True)
class Settings:
    """``logs`` planted logs of ``events`` events over all ``seeds`` together; ``data_dir``: where toxic_spans and hdfs lie;
    ``steps_scale`` multiplies the steps of training."""

    seeds: tuple[int, ...]
    logs: int = LOGS
    events: int = EVENTS
    data_dir: Path | None = None
    steps_scale: float = 1.0


def rows(model: SparseMixModel, tasks: Sequence[str], settings: Settings, tell: Tell = lambda _text: None) -> list[Row]:
    """All rows of some ``TASKS``. Without a data folder the tasks that need one are left out, and said to be.

    Raises ConfigError for unknown tasks or settings that measure nothing, BenchmarkRefused when a check fails.
    """
    unknown = [task for task in tasks if task not in TASKS]
    if unknown or not tasks:
        raise ConfigError(f"unknown task {', '.join(unknown)}; choose from {', '.join(TASKS)}")
    found: list[Row] = []
    if "planted" in tasks:
        found += planted_rows(model, settings.seeds, settings.logs, settings.events, tell=tell)
    if "randomisation" in tasks:
        found += randomisation_rows(model, settings.seeds, tell)
    if "speed" in tasks:
        found += speed_rows(model, settings.seeds[0], tell=tell)
    for task, measure in (("toxic_spans", rationales.rows), ("hdfs", benchmark.rows)):
        if task not in tasks:
            continue
        if settings.data_dir is None:
            tell(f"{task} is left out: it needs --data-dir")
            continue
        found += measure(settings.data_dir / task, settings.seeds, settings.steps_scale, tell)
    return found


def planted_rows(
    model: SparseMixModel, seeds: Sequence[int], logs: int, events: int, scored: int = _SCORED, tell: Tell = lambda _text: None
) -> list[Row]:
    """Methods and controls on fresh planted logs, ``logs`` over all ``seeds`` together.

    Raises ConfigError for settings that measure nothing, BenchmarkRefused when pair effects are not those of brute force.
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
            _truth(rerun, effect, cause, seed, add, full=place < scored)
        for key, (total, count) in sums.items():
            tables[key].append((total, count))
        tell(f"planted log {number + 1} of {logs}: {len(log.log.pairs)} effects")
    return [row_of(*key, table, seeds[0]) for key, table in tables.items()]


def _truth(rerun: Rerun, effect: int, cause: int, seed: int, add: Callable[[str, str, float], None], *, full: bool) -> None:
    """All measurements of one true (effect, cause); ``full``: with the scores beyond truth."""
    effects = pair_effects(rerun, effect, most=max(1, len(edges(rerun.trace, effect))))
    direct = sorted(effects, key=lambda e: -abs(e.effect.direct))
    for name, ordered in ((PAIR_EFFECT, effects), ("pair_effect_direct", direct)):
        _hits(name, "pair", [(e.edge.query, e.edge.key) for e in ordered], (effect, cause), add)
    weights = [(e.query, e.key) for e in sorted(edges(rerun.trace, effect), key=lambda e: -e.weight)]
    _hits("selection_weight", "pair", weights, (effect, cause), add)
    found = {name: attribute(rerun, effect, name) for name in QUICK}
    rankings = {name: attribution.ranking().tolist() for name, attribution in found.items()}
    rankings |= {control: control_ranking(rerun.trace, effect, control, seed) for control in CONTROLS}
    for name, ranking in rankings.items():
        _hits(name, "event", ranking, cause, add)
    delta = found[FROZEN].relative_delta
    add(FROZEN, "delta_below_0.01", float(delta is not None and delta < TOLERANCE))
    if not full:
        return
    for free in (False, True):
        presence = Presence(rerun, effect, free)
        for name, ranking in rankings.items():
            if free and name not in (PAIR_EFFECT, FROZEN, "random"):
                continue
            for metric, value in asdict(score(presence, ranking)).items():
                add(name, f"{metric}_free" if free else metric, value)
    for name, attribution in found.items():
        # Rollout and weights are shares, not logits: infidelity does not apply.
        if name in (PAIR_EFFECT, FROZEN, GRADIENT, "feature_ablation"):
            add(name, "infidelity", infidelity_of(rerun, attribution, seed))
    for name, values in ((GRADIENT, gradient_values), (FROZEN, integrated_values)):
        add(name, "max_sensitivity", sensitivity_of(rerun, effect, values(rerun, effect), samples=_SENSITIVE, seed=seed))


def _hits(method: str, what: str, ranking: Sequence[object], truth: object, add: Callable[[str, str, float], None]) -> None:
    """Pointing game (the first is the truth) and recall among the first five."""
    add(method, f"{what}_pointing_game", float(list(ranking[:1]) == [truth]))
    add(method, f"{what}_recall@5", float(truth in ranking[:5]))


def row_of(task: str, method: str, metric: str, table: Sequence[tuple[float, float]], seed: int) -> Row:
    """A row from (sum, count) pairs, one a log: their mean with its bootstrap interval over the logs."""
    rows = np.array(table)
    low, high = interval(rows, ratio_of, seed)
    return {"task": task, "method": method, "metric": metric, "value": ratio_of(rows), "low": low, "high": high}
