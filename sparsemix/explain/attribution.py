"""Attribution: what each event contributed to one event's logit, by whichever method."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sparsemix.errors import ExplanationError
from sparsemix.explain.intervention import check_event
from sparsemix.explain.rerun import Rerun
from sparsemix.model.receptive_field import ReceptiveField

TOLERANCE = 0.01
# A difference below this, in logits, is nothing that anybody wants explained: relative to it, every delta is large.
_LEAST_DIFFERENCE = 0.1


@dataclass(frozen=True, slots=True)
class Attribution:
    """Attribution of one event's logit.

    ``method``: its name. ``events`` int64 [K]: the receptive field; ``value`` float32 [K]: contribution of each, in logits
    (for rollout: share of the weight). For methods whose values should add up to logit - baseline_logit, ``delta``: their sum
    minus that, 0 when they do; else None. ``steps``: of an integration, samples or forward passes otherwise.
    """

    method: str
    target: int
    events: NDArray[np.int64]
    value: NDArray[np.float32]
    logit: float
    baseline_logit: float
    delta: float | None
    steps: int

    def __post_init__(self) -> None:
        if not (np.isfinite(self.value).all() and np.isfinite([self.logit, self.baseline_logit]).all()):
            raise ExplanationError(f"{self.method} gives values that are not finite; they are not shown")

    @property
    def relative_delta(self) -> float | None:
        """|delta| as a share of the difference that is explained (of 0.1 logits where it is smaller)."""
        if self.delta is None:
            return None
        return abs(self.delta) / max(abs(self.logit - self.baseline_logit), _LEAST_DIFFERENCE)

    @property
    def converged(self) -> bool:
        """Whether the delta is below 1 % of the difference that is being explained; True where there is none to judge."""
        return self.relative_delta is None or self.relative_delta <= TOLERANCE

    def dense(self, length: int) -> NDArray[np.float32]:
        """Attribution of every event of the sequence, float32 [length]."""
        full = np.zeros(length, np.float32)
        full[self.events] = self.value
        return full

    def ranking(self) -> NDArray[np.int64]:
        """The other events of the field, the largest contribution (of either sign) first; ties: the earlier event."""
        others = self.events != self.target
        events, size = self.events[others], np.abs(self.value[others])
        return np.asarray(events[np.argsort(-size, kind="stable")])


def frozen_field(rerun: Rerun, target: int, step: Callable[[], None] = lambda: None) -> ReceptiveField:
    """The receptive field of ``target`` with the selection of the run; raises ExplanationError for an unknown event."""
    check_event(rerun.trace, target)
    return ReceptiveField(rerun.model.network, rerun.embedded, rerun.model.neutral, rerun.trace, target, step, rerun.following)
