"""Scores of an attribution's values: infidelity and max-sensitivity; Yeh et al. 2019 (arXiv 1901.09392), through Captum.

And the presence of events where the selection is free.

Infidelity is counted over random removals and scaled as Captum's ``normalize`` does; max-sensitivity is to small changes of the
embedded events.

Axis letters: B batch, K events of the receptive field, M model dimension.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from sparsemix.explain.attribution import Attribution, frozen_field
from sparsemix.explain.faithfulness import Presence
from sparsemix.explain.intervention import Intervention
from sparsemix.explain.rerun import Rerun

_PERTURBATIONS = 64
# Of the embedded events' root mean square, which the embedding's norm holds near 1.
_RADIUS = 0.02


class FreePresence(Presence):
    """The presence of events where the model selects anew without the events that are not there."""

    def __init__(self, rerun: Rerun, target: int) -> None:
        super().__init__(rerun, target)
        self.steps = len(self.events) - 1
        self._rerun = rerun

    def logits(self, there: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Return the logits [B] with the events ``there`` bool [B, K] present and the neutral event in place of the others."""
        _, first, place = np.unique(np.packbits(there, axis=1), axis=0, return_index=True, return_inverse=True)
        changes = [Intervention(neutral=frozenset(self.events[~row].tolist())) for row in there[first]]
        logits = [self._rerun(change, self._target).of(self._target, self._rerun.logits) for change in changes]
        return np.array(logits)[place.ravel()]


def infidelity_of(rerun: Rerun, attribution: Attribution, seed: int = 0) -> float:
    """Return the infidelity of an attribution's values when random halves of the field's events are removed.

    The selection stays frozen.
    """
    from captum.metrics import infidelity  # noqa: PLC0415 - it loads matplotlib

    field = frozen_field(rerun, attribution.target)
    real, neutral = field.lookup(field.ids), field.lookup(torch.zeros_like(field.ids))
    generator = torch.Generator().manual_seed(seed)

    def forward(mask: Tensor) -> Tensor:
        return field.of_embedded(torch.where(mask[..., None] > 0.5, real, neutral))

    def perturb(mask: Tensor) -> tuple[Tensor, Tensor]:
        gone = (torch.rand(mask.shape, generator=generator) < 0.5).to(mask.dtype)
        return gone, mask - gone

    values = attribution.dense(rerun.trace.length)[field.events]
    with torch.no_grad():
        score = infidelity(
            forward,
            perturb,
            torch.ones(1, len(field.events), dtype=torch.float64),
            torch.from_numpy(values.astype(np.float64))[None],
            n_perturb_samples=_PERTURBATIONS,
            max_examples_per_batch=min(field.batch, _PERTURBATIONS),
            normalize=True,
        )
    return float(score[0])


def sensitivity_of(rerun: Rerun, target: int, explain: Callable[[Tensor], Tensor], samples: int = 10, seed: int = 0) -> float:
    """Return the max-sensitivity: the largest relative change of ``explain`` ([1, K, M] embedded events -> [1, K] values) when
    the embedded events move by up to 0.02 in every coordinate."""
    from captum.metrics import sensitivity_max  # noqa: PLC0415 - it loads matplotlib

    field = frozen_field(rerun, target)
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.manual_seed(seed)
        score = sensitivity_max(
            lambda inputs: (explain(inputs[0]),),
            (field.lookup(field.ids),),
            perturb_radius=_RADIUS,
            n_perturb_samples=samples,
            max_examples_per_batch=1,
        )
    return float(score[0])


def gradient_values(rerun: Rerun, target: int) -> Callable[[Tensor], Tensor]:
    """Return gradient x activation as a function of the field's embedded events [1, K, M] -> [1, K], for max-sensitivity."""
    field = frozen_field(rerun, target)

    def explain(embedded: Tensor) -> Tensor:
        with torch.enable_grad():
            x = embedded.detach().requires_grad_(True)
            (gradient,) = torch.autograd.grad(field.of_embedded(x).sum(), x)
        return (gradient * x.detach()).sum(-1)

    return explain


def integrated_values(rerun: Rerun, target: int, steps: int = 20) -> Callable[[Tensor], Tensor]:
    """Return integrated gradients from the neutral event, by the midpoint rule, as such a function for max-sensitivity."""
    field = frozen_field(rerun, target)
    neutral = rerun.model.neutral

    def explain(embedded: Tensor) -> Tensor:
        way = embedded - neutral
        share = (torch.arange(steps, dtype=embedded.dtype) + 0.5) / steps
        with torch.enable_grad():
            total = torch.zeros_like(way)
            for some in torch.split(share, field.batch):
                x = (neutral + some[:, None, None] * way).requires_grad_(True)
                (gradient,) = torch.autograd.grad(field.of_embedded(x).sum(), x)
                total += gradient.sum(0, keepdim=True)
        return (total / steps * way).sum(-1)

    return explain
