"""Reliability of the probabilities: counted on freshly generated logs, and stored in the weights' card.

    python -m sparsemix reliability --card

The probability of a log is calibrated (``finish``). Counting shows whether the calibration holds: of the logs with a
probability of 90 to 100 %, how many really held a fault? Single events, whose probability is not calibrated, are counted too.
Bins of equal width and the expected calibration error: Guo et al. 2017, "On calibration of modern neural networks", section 2.
Half of the logs are healthy; elsewhere faults may be rarer, and then the same probability is right less often.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sparsemix.errors import WeightsError

BINS = 10


@dataclass(frozen=True, slots=True)
class Bin:
    """Probabilities from ``low`` up to, not including, ``high`` (the last bin includes 1): their ``count`` and ``mean``, and
    how many belonged to a ``faulty`` log or event."""

    low: float
    high: float
    count: int
    faulty: int
    mean: float


@dataclass(frozen=True, slots=True)
class ReliabilityTable:
    """Bins from 0 to 1, and the expected calibration ``error``: the distance between a bin's mean probability and its share of
    faulty, averaged over the bins by their counts."""

    bins: tuple[Bin, ...]
    error: float

    def of(self, probability: float) -> Bin:
        """Return the bin of a probability."""
        return self.bins[min(max(int(probability * len(self.bins)), 0), len(self.bins) - 1)]


@dataclass(frozen=True, slots=True)
class Reliability:
    """The counts on ``generated`` logs of ``events`` events, by log and by event."""

    generated: int
    events: int
    seed: int
    by_log: ReliabilityTable
    by_event: ReliabilityTable


def tabulate(probability: NDArray[np.floating], truth: NDArray[np.bool_]) -> ReliabilityTable:
    """Count probabilities [K] in [0, 1] against the truth [K]."""
    place = np.minimum((np.asarray(probability, np.float64) * BINS).astype(np.int64), BINS - 1)
    count = np.bincount(place, minlength=BINS)
    faulty = np.bincount(place, weights=truth, minlength=BINS).astype(np.int64)
    total = np.bincount(place, weights=probability, minlength=BINS)
    bins = tuple(
        Bin(i / BINS, (i + 1) / BINS, int(count[i]), int(faulty[i]), float(total[i] / count[i]) if count[i] else 0.0)
        for i in range(BINS)
    )
    return ReliabilityTable(bins, float(np.abs(total - faulty).sum() / max(len(place), 1)))


def write_reliability(card: Path, weights_sha256: str, reliability: Reliability) -> None:
    """Add the counts to the card of these weights. Raises ``WeightsError`` when the file is not their card."""
    content = read_card(card)
    if content.get("weights_sha256") != weights_sha256:
        raise WeightsError(f"{card} is the card of other weights")
    logs = f"--generated {reliability.generated} --events {reliability.events} --seed {reliability.seed}"
    command = f"python -m sparsemix reliability {logs} --card"
    content["reliability"] = {"command": command, **asdict(reliability)}
    card.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def read_reliability(card: Path) -> tuple[str, Reliability] | None:
    """Return the weights' hash and their counts from a card; None where there is no card, or it has no readable counts."""
    try:
        content = read_card(card)
        stored = content.get("reliability")
        if stored is None:
            return None
        tables = [_table(stored[name]) for name in ("by_log", "by_event")]
        return str(content["weights_sha256"]), Reliability(
            int(stored["generated"]), int(stored["events"]), int(stored["seed"]), *tables
        )
    except (WeightsError, KeyError, TypeError, ValueError):
        return None


def _table(stored: dict[str, Any]) -> ReliabilityTable:
    bins: Sequence[dict[str, Any]] = stored["bins"]
    if not bins:
        raise ValueError("no bins")
    return ReliabilityTable(tuple(Bin(**fields) for fields in bins), float(stored["error"]))


def read_card(path: Path) -> dict[str, Any]:
    """Read a card. Raises ``WeightsError`` when the file is none."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise WeightsError(f"{path} is not a card: {error}") from error
    if not isinstance(content, dict):
        raise WeightsError(f"{path} is not a card")
    return content
