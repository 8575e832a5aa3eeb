"""Do explanations change when the weights do? Cascading randomisation of the parameters.

Source: Adebayo et al. 2018, "Sanity Checks for Saliency Maps" (arXiv 1810.03292): from the output back to the input, one part
after the other loses what it learned; an explanation that stays the same never explained the model. Parameters are permuted,
not drawn anew, so that their distribution stays; similarity is the rank correlation of signed values over *all* events, as
scaling or taking magnitudes first makes unlike maps look alike (Hedstroem et al. 2024, arXiv 2405.02383).

``value``: mean Spearman correlation with the explanation by the trained weights; the metric names how far randomisation went.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence

import numpy as np
import torch
from scipy.stats import spearmanr

from sparsemix.evaluate import fresh_log
from sparsemix.explain.effects import PAIR_EFFECT
from sparsemix.explain.integrated import FROZEN, GRADIENT
from sparsemix.explain.methods import attribute
from sparsemix.explain.rerun import Rerun
from sparsemix.explain.weights import ROLLOUT, WEIGHT
from sparsemix.metrics import interval, ratio_of
from sparsemix.model import SparseMixModel
from sparsemix.sequence import TokenSequence

METHODS = (PAIR_EFFECT, FROZEN, GRADIENT, ROLLOUT, WEIGHT)
_EVENTS = 512
_TARGETS = 8


def parts(model: SparseMixModel) -> list[tuple[str, list[torch.nn.Parameter]]]:
    """Names and parameters of what is randomised, from the output to the input."""
    network = model.network
    layers = [(f"layer {number + 1}", list(layer.parameters())) for number, layer in enumerate(network.stack)]
    return [("head", list(network.head.parameters())), *reversed(layers), ("embedding", [network.embedding])]


def randomised(model: SparseMixModel, depth: int, seed: int) -> SparseMixModel:
    """A copy whose first ``depth`` parts, from the output on, have their parameters permuted."""
    copy = SparseMixModel.from_bytes(model.to_bytes())
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for _, parameters in parts(copy)[:depth]:
            for parameter in parameters:
                order = torch.randperm(parameter.numel(), generator=generator)
                parameter.copy_(parameter.flatten()[order].view_as(parameter))
    return SparseMixModel(copy.network, copy.vocabulary, copy.neutral, copy.calibration)


def curve(
    model: SparseMixModel, sequence: TokenSequence, targets: Sequence[int], seed: int, methods: Sequence[str] = METHODS
) -> dict[str, list[list[float]]]:
    """For every method the rank correlations [depth][target] with the explanation by the trained weights; depth 0 is 1."""
    found: dict[str, list[list[float]]] = {method: [] for method in methods}
    whole: dict[str, list[np.ndarray]] = {}
    for depth in range(len(parts(model)) + 1):
        other = randomised(model, depth, seed)
        rerun = Rerun(other, sequence, other.run_with_trace(sequence).trace)
        for method in methods:
            maps = [_others(attribute(rerun, target, method).dense(len(sequence)), target) for target in targets]
            whole.setdefault(method, maps)
            found[method].append([_correlation(one, two) for one, two in zip(whole[method], maps, strict=True)])
    return found


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


def _others(values: np.ndarray, target: int) -> np.ndarray:
    """Without the target itself, whose own value is large whatever the weights are."""
    return np.delete(values, target)


def _correlation(one: np.ndarray, two: np.ndarray) -> float:
    if np.ptp(one) == 0.0 or np.ptp(two) == 0.0:
        return 0.0
    return float(spearmanr(one, two).statistic)
