"""Run: what a model decided on a sequence, the selection that led to it, and what its layers did.

Axis letters: H heads, N events, M model dimension.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from sparsemix.kernels import parallel
from sparsemix.model.decision import Decision
from sparsemix.trace.selection_trace import SelectionTrace

Progress = Callable[[float, str], None]
"""Called with the share done in [0, 1] and a stage ("encode", "layer 1", ...); may raise RunCancelled to stop the run."""


def unheard(_share: float, _stage: str) -> None:
    """Be a ``Progress`` that tells nobody."""


@dataclass(frozen=True, slots=True)
class RunLayers:
    """What the layers of a run did: what each ``read`` [N, M], the embedded events first; the thresholds ``tau`` [H, N] of
    each; and the ``logits`` float64 [N] of the events."""

    read: tuple[Tensor, ...]
    tau: tuple[Tensor, ...]
    logits: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Run:
    """A decision and the selection that led to it; what the ``layers`` did, where it was asked for."""

    decision: Decision
    trace: SelectionTrace
    layers: RunLayers | None = field(default=None, repr=False, compare=False)

    def blobs(self, step: Callable[[float], None] | None = None) -> list[bytes]:
        """Return the selection as it is stored, one blob a layer; ``step`` as for `parallel.run`."""
        return parallel.run([partial(self.trace.layer_blob, layer) for layer in range(len(self.trace.heads))], step)
