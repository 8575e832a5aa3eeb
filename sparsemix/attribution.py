"""Which events carried an event's logit: integrated gradients on the event embedding.

Source: Sundararajan, Taly, Yan 2017 (arXiv 1703.01365), through Captum's LayerIntegratedGradients. The selection is frozen at
the real input: along the path from the neutral event to the real one no other pair comes in, so the convergence delta goes
to 0 with the number of steps. Events outside the receptive field have an attribution of exactly 0.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from captum.attr import LayerIntegratedGradients
from numpy.typing import NDArray

from sparsemix.encoder import encode
from sparsemix.errors import ConfigError, TraceError
from sparsemix.model import Progress, SparseMixModel
from sparsemix.network import Batch
from sparsemix.receptive import NEUTRAL, ReceptiveField
from sparsemix.sequence import TokenSequence
from sparsemix.trace import SelectionTrace

# Rows of events that one call of the network may hold at once.
_MAX_ROWS = 65_536
# Entmax has kinks along the path: where they are steep, 50 steps are too few.
_TOLERANCE = 0.01
_MAX_DOUBLED = 16
# Events times steps beyond which more steps would take too long to wait for; the delta then says what is missing.
_MAX_WORK = 200_000


@dataclass(frozen=True, slots=True)
class Attribution:
    """Attribution of one event's logit.

    ``events`` int64 [K]: the receptive field; ``value`` float32 [K]: contribution of each to logit - baseline_logit, in logits;
    ``delta``: sum of the values minus (logit - baseline_logit), 0 when the integration has converged.
    """

    target: int
    events: NDArray[np.int64]
    value: NDArray[np.float32]
    logit: float
    baseline_logit: float
    delta: float
    steps: int

    @property
    def converged(self) -> bool:
        """Whether the delta is below 1 % of the difference that is being explained."""
        return abs(self.delta) <= _TOLERANCE * max(abs(self.logit - self.baseline_logit), 1.0)

    def dense(self, length: int) -> NDArray[np.float32]:
        """Attribution of every event of the sequence, float32 [length]."""
        full = np.zeros(length, np.float32)
        full[self.events] = self.value
        return full


def integrated_gradients(
    model: SparseMixModel,
    sequence: TokenSequence,
    trace: SelectionTrace,
    target: int,
    steps: int = 50,
    progress: Progress | None = None,
) -> Attribution:
    """Attribute the logit of event ``target`` to the events of its receptive field.

    The number of steps starts at ``steps`` and doubles, up to 16 times as many, until the convergence delta is below 1 % of the
    difference that is being explained; for very large fields it stops earlier, and ``converged`` tells. Raises TraceError when
    the trace does not fit the sequence or the target lies outside it, ConfigError for less than one step, and whatever
    ``progress`` raises.
    """
    if steps < 1:
        raise ConfigError("integrated gradients need at least one step")
    if trace.length != len(sequence):
        raise TraceError(f"the trace is of {trace.length} events, the sequence of {len(sequence)}")
    with torch.no_grad():
        embedded = model.network.embed(Batch.of([encode(sequence.events, model.config.features)]))[0]
    done = 0

    def step() -> None:
        # The last round has as many steps as all before it together, and it may not be needed: the share is a guess.
        if progress is not None:
            progress(1.0 - 1.0 / (1.0 + done / steps), "attribution")

    field = ReceptiveField(model.network, embedded, model.neutral, trace, target, step)
    result = _integrate(field, target, steps)
    most = min(_MAX_DOUBLED * steps, _MAX_WORK // len(field.events))
    while not result.converged and 2 * result.steps <= most:
        done += result.steps
        result = _integrate(field, target, 2 * result.steps)
    return result


def _integrate(field: ReceptiveField, target: int, steps: int) -> Attribution:
    ids = field.ids
    baseline = torch.full_like(ids, NEUTRAL)
    method = LayerIntegratedGradients(field, field.lookup)
    values, delta = method.attribute(
        ids,
        baselines=baseline,
        n_steps=steps,
        internal_batch_size=max(1, _MAX_ROWS // ids.shape[1]),
        return_convergence_delta=True,
    )
    with torch.no_grad():
        logit, neutral_logit = float(field(ids)[0]), float(field(baseline)[0])
    contribution = values.sum(-1)[0].detach().numpy().astype(np.float32)
    return Attribution(target, field.events, contribution, logit, neutral_logit, float(delta[0]), steps)
