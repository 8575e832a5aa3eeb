"""Integrated gradients on the event embedding: which events carried an event's logit.

Source: Sundararajan, Taly, Yan 2017 (arXiv 1703.01365), through Captum's LayerIntegratedGradients, from the neutral event to
the real event, for all events of the receptive field. There are two variants:

- **frozen**: the selection stays as logged. Along the path no other pair comes in, so the convergence delta goes to 0 with the
  number of steps. Events outside the receptive field have an attribution of exactly 0.
- **free**: at every point of the path the model selects anew, from all events; events outside the field stay as they are. On
  the path, where the field's events are only partly present, the decision may rest on entirely different events, and the path
  has kinks wherever a pair enters or leaves the selection: the delta says how far to believe the result.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from sparsemix.errors import ConfigError
from sparsemix.explain.attribution import Attribution, frozen_field
from sparsemix.explain.rerun import Rerun
from sparsemix.model.receptive_field import NEUTRAL, ReceptiveField, reach
from sparsemix.model.run import Progress, unheard

FROZEN, FREE = "integrated_gradients", "integrated_gradients_free"
GRADIENT = "gradient_x_activation"

# Entmax has kinks along the path: where they are steep, 50 steps are too few.
_MAX_DOUBLED = 16
_MOST_NODES = 128
# However large the field is.
_LEAST_STEPS = 16
# A step computes the gradient as well, which takes about twice as long as the logit.
_STEP = 3


def integrated_gradients(rerun: Rerun, target: int, steps: int = 50, progress: Progress = unheard) -> Attribution:
    """Attribute the logit of event ``target`` to the events of its receptive field, the selection frozen.

    The number of steps starts at ``steps`` and doubles, up to 16 times as many, until the convergence delta is at most 1 % of
    the explained difference; for very large fields it starts lower and stops earlier, and ``converged`` may then be False.
    Raises ``ExplanationError`` when the target lies outside the sequence or values are not finite, ``ConfigError`` when
    ``steps`` is below 1, and any error that ``progress`` raises.
    """
    done, first = 0, steps

    def step() -> None:
        # Every round has as many steps as all rounds before it together, and may not be needed: the share is an estimate.
        progress(1.0 - 1.0 / (1.0 + done / first), "attribution")

    field = frozen_field(rerun, target, step)
    affordable = field.affordable // _STEP
    first = min(steps, max(_LEAST_STEPS, affordable))
    result = _integrate(field, FROZEN, target, first, field.batch)
    while not result.converged and 2 * result.steps <= min(_MAX_DOUBLED * steps, affordable):
        done += result.steps
        result = _integrate(field, FROZEN, target, 2 * result.steps, field.batch)
    return result


def free_integrated_gradients(rerun: Rerun, target: int, steps: int = 50, progress: Progress = unheard) -> Attribution:
    """Attribute the logit of event ``target`` as ``integrated_gradients`` does, with the selection made anew at every step.

    Raises the same errors.
    """
    done = 0

    def step() -> None:
        nonlocal done
        progress(min(done / (steps + 2), 1.0), "attribution, free selection")
        done += 1

    return _integrate(FreeField(rerun, target, step), FREE, target, steps, 1)


def gradient_x_activation(rerun: Rerun, target: int) -> Attribution:
    """Attribute by the gradient of the logit times the event's embedding: one backward pass, the values need not add up.

    The selection is frozen.

    Source: Shrikumar et al. 2016 (arXiv 1605.01713), through Captum's LayerGradientXActivation.
    """
    from captum.attr import LayerGradientXActivation  # noqa: PLC0415 - it loads matplotlib

    field = frozen_field(rerun, target)
    values = LayerGradientXActivation(field, field.lookup).attribute(field.ids)
    return attributed(field, GRADIENT, target, values.sum(-1)[0].detach(), None, 1)


class FreeField(nn.Module):
    """The target's logit as a function of its receptive field's events, the selection made anew at every call.

    Each call finds the exact selection at that point (``Rerun``) and then computes as ``ReceptiveField`` does: pairs that are
    not selected have no gradient, so the gradient over the selected pairs is the gradient of the whole model.
    """

    def __init__(self, rerun: Rerun, target: int, step: Callable[[], None] = lambda: None) -> None:
        super().__init__()
        self.events = reach(rerun.trace, target)
        self.ids = torch.arange(1, len(self.events) + 1)[None]
        rows = torch.cat([rerun.model.neutral[None], rerun.embedded[torch.from_numpy(self.events)]])
        self.lookup = nn.Embedding.from_pretrained(rows)  # type: ignore[no-untyped-call]
        self._rerun, self._target, self._step = rerun, target, step

    def forward(self, ids: Tensor) -> Tensor:
        return torch.stack([self._logit(embedded) for embedded in self.lookup(ids)])

    def _logit(self, embedded: Tensor) -> Tensor:
        """Return the logit of the target with embeddings [K, M] of the field's events."""
        self._step()
        rerun, events = self._rerun, torch.from_numpy(self.events)
        outcome = rerun.with_embedded(self.events, embedded.detach(), self._target)

        def keys(layer: int, head: int, queries: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
            found = [outcome.selected(rerun.trace, layer, head, query)[0] for query in queries.tolist()]
            return np.array([len(part) for part in found]), np.concatenate(found)

        now = rerun.embedded.index_copy(0, events, embedded.detach())
        field = ReceptiveField(
            rerun.model.network, now, rerun.model.neutral, keys, self._target, following=rerun.following, matches=rerun.matches
        )
        reached = torch.from_numpy(field.events)
        place = torch.searchsorted(events, reached).clamp_max(len(events) - 1)
        # Events that came in only at this point of the path are constants; gradients flow to the events of the field.
        x = torch.where((events[place] == reached)[:, None], embedded[place], now[reached])
        return field.of_embedded(x[None])[0]


def _integrate(field: ReceptiveField | FreeField, method: str, target: int, steps: int, batch: int) -> Attribution:
    from captum.attr import LayerIntegratedGradients  # noqa: PLC0415 - it loads matplotlib

    if steps < 1:
        raise ConfigError("integrated gradients need at least one step")
    ids = field.ids
    values, delta = LayerIntegratedGradients(field, field.lookup).attribute(
        ids,
        baselines=torch.full_like(ids, NEUTRAL),
        n_steps=steps,
        # The Gauss-Legendre nodes take an eigendecomposition: seconds for hundreds of steps. Where that many steps are needed,
        # the path has kinks, and midpoints are as good.
        method="gausslegendre" if steps <= _MOST_NODES else "riemann_middle",
        internal_batch_size=batch,
        return_convergence_delta=True,
    )
    return attributed(field, method, target, values.sum(-1)[0].detach(), float(delta[0]), steps)


def attributed(
    field: ReceptiveField | FreeField, method: str, target: int, values: Tensor, delta: float | None, steps: int
) -> Attribution:
    """Return ``values`` [K] of a field's events as an attribution, beside the logits with and without these events."""
    ids = field.ids
    with torch.no_grad():
        logit, neutral_logit = float(field(ids)[0]), float(field(torch.full_like(ids, NEUTRAL))[0])
    return Attribution(method, target, field.events, values.numpy().astype(np.float32), logit, neutral_logit, delta, steps)
