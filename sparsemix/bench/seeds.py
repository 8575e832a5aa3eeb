"""How much of a result is luck: the same training under several seeds, measured on the same fresh logs.

``python -m sparsemix bench seeds --weights A.safetensors B.safetensors ... --json FILE`` gives a row for every weights and
length, and for every length one with the least, the median and the largest of each figure.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from sparsemix.bench.tasks.planted import check_replay
from sparsemix.errors import ConfigError
from sparsemix.model.model import SparseMixModel
from sparsemix.training.generated.evaluation import evaluate

# Length and number of logs.
TESTS = ((2048, 20), (65536, 1))
_FIGURES = ("event_f1", "cause_recall", "selected_per_query", "certified_share")

Row = dict[str, object]


def rows(
    weights: Sequence[Path],
    seed: int,
    tests: Sequence[tuple[int, int]] = TESTS,
    tell: Callable[[str], None] = lambda _text: None,
) -> list[Row]:
    """All rows; ``seed`` is that of the logs. Raises ConfigError on the dense twin or fewer than two weights, BenchmarkRefused
    when a dense layer masked to the logged pairs gives another output than the run."""
    if len(weights) < 2:
        raise ConfigError("a spread needs the weights of at least two seeds")
    models = [SparseMixModel.load(path) for path in weights]
    if any(model.config.attention != "entmax15" for model in models):
        raise ConfigError("a dense softmax model selects every pair: there is no selection to measure")
    for model in models:
        check_replay(model, seed)
    found: list[Row] = []
    for length, logs in tests:
        measured = []
        for path, model in zip(weights, models, strict=True):
            result = evaluate(model, None, generated=logs, events=length, seed=seed)
            figures = (
                result.event_f1.value,
                result.cause_recall.value,
                result.selected_per_query.value,
                result.certified_share,
            )
            measured.append(figures)
            row: Row = {"weights": path.name, "weights_sha256": model.weights_sha256, "length": length, "logs": logs}
            found.append(row | {"effects": result.effects} | dict(zip(_FIGURES, figures, strict=True)))
            tell(f"{path.name} at {length}: " + ", ".join(f"{n} {v:.4f}" for n, v in zip(_FIGURES, figures, strict=True)))
        table = np.array(measured)
        for name, statistic in (("least", np.min), ("median", np.median), ("largest", np.max)):
            values = (float(statistic(table[:, column])) for column in range(len(_FIGURES)))
            found.append({"weights": name, "length": length, "logs": logs} | dict(zip(_FIGURES, values, strict=True)))
    return found
