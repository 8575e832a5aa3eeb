"""Scores of every line by the model for any log, whole and with a part left out.

Axis letters: N lines, E events.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sparsemix.encoding.file_statistics.statistics import file_statistics
from sparsemix.encoding.sequence import TokenSequence
from sparsemix.errors import ConfigError
from sparsemix.model.model import SparseMixModel
from sparsemix.model.replay import replay
from sparsemix.readers import read_bytes
from sparsemix.training.any_log.pretraining import event_logits

Scores = NDArray[np.float64]
PARTS: dict[str, tuple[str, ...]] = {
    "rarity": ("rarity",),
    "severity": ("severity",),
    "counts": ("order", "repetition", "numbers"),
    "entities": ("sessions", "entities"),
    "time": ("time",),
}
"""Parts that can be left out, with the groups of statistics that each consists of."""
ATTENTION = "attention"
_MOST_DIFFERENCE = 1e-9


def read_lines(lines: Sequence[str]) -> TokenSequence:
    """Read lines as the product reads a file."""
    return read_bytes(("\n".join(lines) + "\n").encode("utf-8", "surrogateescape"), "benchmark.log")


def line_scores(model: SparseMixModel, sequence: TokenSequence, count: int) -> Scores:
    """Return the logit of every line [N], as a run of the product decides; a line that continues an event has its logit."""
    return _by_line(sequence, event_logits(model, file_statistics(sequence.events)), count)


def scores_without(model: SparseMixModel, sequence: TokenSequence, count: int) -> dict[str, Scores]:
    """Return the logits of every line [N] with each part left out, by the part's name."""
    statistics = file_statistics(sequence.events)
    scores = {name: event_logits(model, statistics.without(*groups)) for name, groups in PARTS.items()}
    scores[ATTENTION] = event_logits(model, statistics, attends=False)
    return {name: _by_line(sequence, own, count) for name, own in scores.items()}


def check(model: SparseMixModel, sequence: TokenSequence) -> None:
    """Raise `ConfigError` unless a dense layer masked to the logged pairs gives the run's output, every query is certified, and
    the logits are those of the decision."""
    run = model.run_with_trace(sequence)
    certified = min(run.trace.certified_share(layer) for layer in range(len(run.trace.heads)))
    difference = max(replay(model, sequence, run.trace))
    logits = event_logits(model, file_statistics(sequence.events))
    decided = float(np.abs(run.decision.event_probability - 1.0 / (1.0 + np.exp(-logits))).max())
    if not (certified == 1.0 and difference <= _MOST_DIFFERENCE and decided <= 1e-6):
        raise ConfigError(
            f"the model's selection does not hold what it promises (certified {certified:.2%}, difference {difference:.1e}, of "
            f"the decision {decided:.1e}): nothing is reported"
        )


def _by_line(sequence: TokenSequence, logits: Scores, count: int) -> Scores:
    first = np.array([event.line for event in sequence.events])
    return logits[np.maximum(np.searchsorted(first, np.arange(1, count + 1), "right") - 1, 0)]
