"""Do explanations change when the weights do (``explain.randomisation``)? The curve over several logs, as rows of a benchmark.

``value``: mean Spearman correlation with the explanation by the trained weights; the metric names how far randomisation went.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence

import numpy as np

from sparsemix.explain.randomisation import METHODS, curve, parts, randomised
from sparsemix.model.model import SparseMixModel
from sparsemix.training.common.metrics import interval, ratio_of
from sparsemix.training.generated.evaluation import fresh_log

__all__ = ["METHODS", "curve", "parts", "randomisation_rows", "randomised"]

_EVENTS = 512
_TARGETS = 8


def randomisation_rows(
    model: SparseMixModel, seeds: Sequence[int], tell: Callable[[str], None] = lambda _t: None
) -> list[dict[str, object]]:
    """Rows of the curve: one log a seed, its first faulty events; intervals over the seeds."""
    names = ["trained weights", *(f"{name} and all after it" for name, _ in parts(model))]
    tables: dict[tuple[str, str], list[tuple[float, float]]] = defaultdict(list)
    for seed in seeds:
        log = fresh_log(0, _EVENTS, seed, model.config.features)
        targets = [effect for effect, _ in log.log.pairs[:_TARGETS]]
        for method, depths in curve(model, log.sequence, targets, seed).items():
            for name, values in zip(names, depths, strict=True):
                tables[method, name].append((float(np.sum(values)), float(len(values))))
        tell(f"randomisation, seed {seed}")
    found: list[dict[str, object]] = []
    for (method, name), table in tables.items():
        rows = np.array(table)
        low, high = interval(rows, ratio_of, seeds[0])
        metric = f"rank correlation, randomised: {name}"
        found.append(
            {"task": "randomisation", "method": method, "metric": metric, "value": ratio_of(rows), "low": low, "high": high}
        )
    return found
