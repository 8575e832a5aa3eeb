"""Cascading randomisation of the parameters: do explanations change when the weights do?

Source: Adebayo et al. 2018, "Sanity Checks for Saliency Maps" (arXiv 1810.03292): from the output back to the input, one part
after the other loses what it learned; an explanation that stays the same never explained the model. Parameters are permuted,
not drawn anew, so that their distribution stays; similarity is the rank correlation of signed values over *all* events, because
scaling or taking magnitudes first makes unlike maps look alike (Hedstroem et al. 2024, arXiv 2405.02383).

    result = randomisation_curve(model, sequence, event)
    result.depths, result.values["integrated_gradients"]    # ("trained", "head", ...), 1.0, ...
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from sparsemix.encoding.sequence import TokenSequence
from sparsemix.errors import ExplanationError
from sparsemix.explain.attribution import ROLLOUT, WEIGHT
from sparsemix.explain.effects import PAIR_EFFECT
from sparsemix.explain.integrated import FROZEN, GRADIENT
from sparsemix.explain.methods import attribute
from sparsemix.explain.rerun import Rerun
from sparsemix.model.model import SparseMixModel
from sparsemix.model.run import Progress, unheard

METHODS = (PAIR_EFFECT, FROZEN, GRADIENT, ROLLOUT, WEIGHT)
TRAINED, STAGE = "trained", "randomise"
# Scrambled weights can select far more than trained ones, and every depth is a whole run.
LONGEST = 4096


@dataclass(frozen=True, slots=True)
class Randomisation:
    """How similar the explanation of one event stays to the explanation by the trained weights.

    ``depths``: "trained", then the part that was randomised last, from the output on (every part before it is randomised too);
    ``values``: by method, the rank correlation at each depth; the first is 1 where the explanation tells events apart at all.
    """

    target: int
    depths: tuple[str, ...]
    values: dict[str, tuple[float, ...]]


def parts(model: SparseMixModel) -> list[tuple[str, list[torch.nn.Parameter]]]:
    """Return the names and parameters of the randomised parts, from the output to the input."""
    network = model.network
    layers = [(f"layer {number + 1}", list(layer.parameters())) for number, layer in enumerate(network.stack)]
    return [("head", list(network.head.parameters())), *reversed(layers), ("embedding", [network.embedding])]


def randomised(model: SparseMixModel, depth: int, seed: int) -> SparseMixModel:
    """Return a copy of the model whose first ``depth`` parts, from the output on, have permuted parameters."""
    copy = SparseMixModel.from_bytes(model.to_bytes())
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for _, parameters in parts(copy)[:depth]:
            for parameter in parameters:
                order = torch.randperm(parameter.numel(), generator=generator)
                parameter.copy_(parameter.flatten()[order].view_as(parameter))
    return SparseMixModel(copy.network, copy.vocabulary, copy.neutral, copy.calibration, *copy.learned)


def curve(
    model: SparseMixModel,
    sequence: TokenSequence,
    targets: Sequence[int],
    seed: int,
    methods: Sequence[str] = METHODS,
    progress: Progress = unheard,
) -> dict[str, list[list[float]]]:
    """Return for every method the rank correlations [depth][target] with the explanation by the trained weights.

    Depth 0 is 1. Raises any error that ``progress`` raises.
    """
    correlations: dict[str, list[list[float]]] = {method: [] for method in methods}
    trained_maps: dict[str, list[NDArray[np.float32]]] = {}
    depths = len(parts(model)) + 1
    for depth in range(depths):
        report = _at(progress, depth / depths)
        report(0.0, STAGE)
        other = randomised(model, depth, seed)
        trace = other.run_with_trace(sequence, report).trace
        rerun = Rerun(other, sequence, trace, lambda: report(0.0, STAGE))  # noqa: B023 - called within this turn only
        for method in methods:
            # Without the target itself, whose own value is large whatever the weights are.
            maps = [np.delete(attribute(rerun, target, method, report).dense(len(sequence)), target) for target in targets]
            trained_maps.setdefault(method, maps)
            correlations[method].append([_correlation(one, two) for one, two in zip(trained_maps[method], maps, strict=True)])
    return correlations


def randomisation_curve(
    model: SparseMixModel, sequence: TokenSequence, target: int, seed: int = 0, progress: Progress = unheard
) -> Randomisation:
    """Return the curve of one event, for a report.

    Raises ``ExplanationError`` when there are more than ``LONGEST`` events, and any error that ``progress`` raises.
    """
    if len(sequence) > LONGEST:
        raise ExplanationError(f"weights are randomised for at most {LONGEST:,} events; this sequence has {len(sequence):,}")
    correlations = curve(model, sequence, (target,), seed, progress=progress)
    depths = (TRAINED, *(name for name, _ in parts(model)))
    return Randomisation(target, depths, {method: tuple(row[0] for row in rows) for method, rows in correlations.items()})


def _at(progress: Progress, share: float) -> Progress:
    """Return a progress that stays at this share, so that the parts of a depth can be stopped."""
    return lambda _share, _stage: progress(share, STAGE)


def _correlation(values: NDArray[np.float32], other_values: NDArray[np.float32]) -> float:
    from scipy.stats import spearmanr  # noqa: PLC0415 - slow to load

    if np.ptp(values) == 0.0 or np.ptp(other_values) == 0.0:
        return 0.0
    return float(spearmanr(values, other_values).statistic)
