"""How well a ranking of events finds the true ones, and logits those that are to be found (the metrics of ``hdfs``)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

# What lies further than this many lines from the target is also scored for itself.
FAR = 32


def scores(ranking: Sequence[int], truth: set[int], target: int, flagged: bool) -> dict[str, float]:
    """The metrics of one ranking, best first, given the true events. ``flagged``: the model flags the target."""
    found = _hits(ranking, truth, "")
    far = {event for event in truth if abs(event - target) > FAR}
    if far:
        found |= _hits([event for event in ranking if abs(event - target) > FAR], far, "far_")
    return found | {f"{name}_flagged": value for name, value in found.items() if flagged}


def _hits(ranking: Sequence[int], truth: set[int], prefix: str) -> dict[str, float]:
    right = np.array([event in truth for event in ranking], dtype=np.float64)
    precision = np.cumsum(right) / np.arange(1, len(right) + 1)
    return {
        f"{prefix}pointing_game": float(right[:1].sum()),
        f"{prefix}recall@5_hit": float(right[:5].any()),
        f"{prefix}average_precision": float((precision * right).sum() / len(truth)),
    }


@dataclass(frozen=True, slots=True)
class Ranked:
    """Lines of all windows, best first: their ``window``, ``label``, and the ``ends`` of runs of equal logits."""

    window: NDArray[np.int64]
    label: NDArray[np.bool_]
    ends: NDArray[np.int64]

    @classmethod
    def of(cls, logits: list[NDArray[np.float32]], labels: list[NDArray[np.bool_]]) -> Ranked:
        """From logits and labels [J] window by window."""
        values, label = np.concatenate(logits), np.concatenate(labels)
        window = np.repeat(np.arange(len(logits)), [len(part) for part in logits])
        order = np.argsort(-values, kind="stable")
        ends = np.flatnonzero(np.append(np.diff(values[order]) != 0.0, True))
        return cls(window[order], label[order], ends)

    def precision(self, windows: NDArray[np.float64]) -> float:
        """Average precision over windows [n, 1], some of them several times; 0 where nothing is to be found."""
        times = np.bincount(windows[:, 0].astype(np.int64), minlength=int(self.window.max()) + 1)[self.window]
        true, total = (np.cumsum(part)[self.ends].astype(np.float64) for part in (times * self.label, times))
        gained = np.diff(true, prepend=0.0)
        return float((gained * true / np.maximum(total, 1.0)).sum() / max(true[-1], 1.0))
